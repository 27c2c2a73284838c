#include "core/ops/libraries.h"

#include <ATen/Version.h>
#include <ATen/native/DispatchStub.h>
#include <fmt/format.h>
#include <spdlog/version.h>
#include <torch/version.h>

#include "core/base/json.h"
#include "core/ops/device.h"
#include "kernels/filtered_lrelu.h"

namespace afs {

Libraries loaded_libraries() {
    Libraries libraries;
    libraries.simd = at::get_cpu_capability();
    libraries.versions = {
        {"LibTorch", TORCH_VERSION},
        {"fmt", fmt::format("{}.{}.{}", FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100)},
        {"spdlog", fmt::format("{}.{}.{}", SPDLOG_VER_MAJOR, SPDLOG_VER_MINOR, SPDLOG_VER_PATCH)},
        {"nlohmann_json", fmt::format("{}.{}.{}", NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR,
                                      NLOHMANN_JSON_VERSION_PATCH)}};
    return libraries;
}

std::string filtered_lrelu_path(bool on_cuda) {
    if (on_cuda) return "fused CUDA";
    const std::string_view set = kernels::cpu::instruction_set();  // Highway's names
    return fmt::format("fused {}", set == "AVX3" ? "AVX-512" : set);
}

std::vector<std::pair<std::string, std::string>> operator_paths() {
    const std::string fir =
        filtered_lrelu_path(false) + (cuda_devices().empty() ? "" : ", " + filtered_lrelu_path(true));
    const std::string winograd = "Winograd, oneDNN";
    return {{"upfirdn2d", fir},
            {"bias_act", fir},
            {"filtered_lrelu", fir},
            {"modulated_conv", winograd + (cuda_devices().empty() ? "" : "; cuDNN")},
            {"rgba8", cuda_devices().empty() ? "C++" : "CUDA kernel"}};
}

}  // namespace afs
