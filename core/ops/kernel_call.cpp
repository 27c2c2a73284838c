#include "core/ops/kernel_call.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "core/base/error.h"
#include "core/ops/device.h"

#ifdef AFS_WITH_CUDA
#    include <c10/cuda/CUDAGuard.h>
#    include <c10/cuda/CUDAStream.h>
#    include <cuda_runtime_api.h>
#endif

namespace afs::detail {

Tensor as_floats(const Tensor& t) { return t.defined() ? t.detach().to(at::kFloat).contiguous() : t; }

const float* data_of(const Tensor& floats) { return floats.defined() ? floats.const_data_ptr<float>() : nullptr; }

bool learns(const Tensor& t) { return at::GradMode::is_enabled() && t.defined() && t.requires_grad(); }

bool has_kernels(at::Device device) { return device.is_cpu() || (device.is_cuda() && built_with_cuda()); }

void launch_on_gpu(at::Device device, const char* tried, const std::function<int(void* stream)>& launch) {
#ifdef AFS_WITH_CUDA
    const c10::cuda::CUDAGuard guard(device);
    const auto status = static_cast<cudaError_t>(launch(c10::cuda::getCurrentCUDAStream().stream()));
    if (status == cudaSuccess) return;
    (void)cudaGetLastError();  // told here; LibTorch must not find it again after a launch of its own
    throw Error(ErrorKind::device, tried,
                fmt::format("CUDA error {} ({})", static_cast<int>(status), cudaGetErrorString(status)),
                status == cudaErrorNoKernelImageForDevice
                    ? "This program was built for other GPUs: build it with AFS_CUDA_ARCHITECTURES set to this one's, "
                      "or use --device cpu."
                    : "Try --device cpu; `afstudio info` lists the devices.");
#else
    (void)launch;
    throw Error(ErrorKind::internal, tried, fmt::format("{} in a program without CUDA", device.str()));
#endif
}

}  // namespace afs::detail
