#include "core/ops/device.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <torch/types.h>

#include <charconv>
#include <thread>

#include "core/base/error.h"
#include "core/base/log.h"
#include "core/ops/cuda_side.h"

#ifdef AFS_WITH_CUDA
#    include <c10/cuda/CUDAStream.h>
#    include <cuda_runtime_api.h>
#endif

namespace afs {

std::string device_name(Device device) {
    return device.kind == Device::Kind::cpu ? "cpu" : fmt::format("cuda:{}", device.index);
}

Device parse_device(const std::string& text) {
    if (text == "cpu") return {};
    const auto devices = cuda_devices();
    if (text == "auto") {
        if (devices.empty()) return {};
        if (const auto problem = load_cuda_side()) {
            log_once(fmt::format("The GPU is not used: {}", *problem));
            return {};
        }
        return devices.front().device;
    }
    int index = 0;
    bool valid = text == "cuda";
    if (text.starts_with("cuda:")) {
        const auto [end, status] = std::from_chars(text.data() + 5, text.data() + text.size(), index);
        valid = status == std::errc{} && end == text.data() + text.size() && index >= 0;
    }
    if (!valid)
        throw Error(ErrorKind::argument, fmt::format("\"{}\" is not a device", text),
                    "devices are auto, cpu, cuda and cuda:N");
    if (!built_with_cuda())
        throw Error(ErrorKind::device, fmt::format("Could not use {}", text), "this program was built without CUDA",
                    "Use --device cpu, or build with AFS_CUDA=on.");
    if (static_cast<std::size_t>(index) >= devices.size())
        throw Error(ErrorKind::device, fmt::format("Could not use {}", text),
                    devices.empty() ? "no CUDA device was found"
                                    : fmt::format("there are {} CUDA devices, numbered from 0", devices.size()),
                    "Use --device cpu, or see `afstudio info`.");
    (void)cuda_side();
    return {Device::Kind::cuda, index};
}

Precision parse_precision(const std::string& text) {
    for (const Precision p : {Precision::automatic, Precision::fp32, Precision::tf32, Precision::bf16, Precision::fp16})
        if (precision_name(p) == text) return p;
    throw Error(ErrorKind::argument, fmt::format("\"{}\" is not a precision", text),
                "precisions are auto, fp32, tf32, bf16 and fp16");
}

std::string precision_name(Precision precision) {
    switch (precision) {
        case Precision::automatic: return "auto";
        case Precision::fp32: return "fp32";
        case Precision::tf32: return "tf32";
        case Precision::bf16: return "bf16";
        case Precision::fp16: return "fp16";
    }
    return "auto";
}

bool built_with_cuda() {
#ifdef AFS_WITH_CUDA
    return true;
#else
    return false;
#endif
}

std::vector<DeviceInfo> cuda_devices() {
    std::vector<DeviceInfo> devices;
#ifdef AFS_WITH_CUDA
    int count = 0;
    if (cudaGetDeviceCount(&count) != cudaSuccess) return devices;  // no driver is an answer, not an error
    for (int index = 0; index < count; ++index) {
        cudaDeviceProp properties{};
        if (cudaGetDeviceProperties(&properties, index) != cudaSuccess) continue;
        devices.push_back({{Device::Kind::cuda, index}, properties.name, properties.totalGlobalMem});
    }
#endif
    return devices;
}

void wait_for_device(Device device) {
#ifdef AFS_WITH_CUDA
    if (device.kind == Device::Kind::cuda)
        c10::cuda::getCurrentCUDAStream(static_cast<c10::DeviceIndex>(device.index)).synchronize();
#else
    (void)device;
#endif
}

void use_exact_float32() {
    at::globalContext().setAllowTF32CuDNN(false);
    at::globalContext().setAllowTF32CuBLAS(false);
}

void set_compute_threads(int threads) {
    at::set_num_threads(threads > 0 ? threads : static_cast<int>(std::max(1u, std::thread::hardware_concurrency())));
}

int compute_threads() { return at::get_num_threads(); }

}  // namespace afs
