// Where a computation runs and in which arithmetic. Torch-free: the command line and panels name devices with it.
#pragma once

#include <string>
#include <vector>

namespace afs {

struct Device {
    enum class Kind { cpu, cuda };
    Kind kind = Kind::cpu;
    int index = 0;

    bool operator==(const Device&) const = default;
};

// auto: on CUDA half precision by SPEC 6's rule, else fp32.
enum class Precision { automatic, fp32, tf32, bf16, fp16 };

[[nodiscard]] std::string device_name(Device device);  // "cpu", "cuda:0"
// "auto" (CUDA when there is one), "cpu", "cuda", "cuda:N". Throws Error{argument} for other text, Error{device} when
// there is none such.
[[nodiscard]] Device parse_device(const std::string& text);
[[nodiscard]] Precision parse_precision(const std::string& text);  // throws Error{argument}
[[nodiscard]] std::string precision_name(Precision precision);

struct DeviceInfo {
    Device device;
    std::string name;  // "NVIDIA H100", "CPU"
    std::size_t memory_bytes = 0;
};
[[nodiscard]] std::vector<DeviceInfo> cuda_devices();  // empty without CUDA; never throws
[[nodiscard]] bool built_with_cuda();

// Returns when the device has done what this thread asked of it; at once on a CPU.
void wait_for_device(Device device);

// From now on float32 products on CUDA are float32 products, in the whole process: LibTorch's default rounds the
// factors of convolutions to TF32's 11 bits. Call once, before work starts; Precision::tf32 allows it for a pass.
void use_exact_float32();

// Threads that LibTorch uses for one operator; 0 = all cores. Call once, before work starts.
void set_compute_threads(int threads);
[[nodiscard]] int compute_threads();

}  // namespace afs
