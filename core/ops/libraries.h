// What `afstudio info` and the performance panel tell about the machinery below. Torch-free.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace afs {

struct Libraries {
    std::vector<std::pair<std::string, std::string>> versions;  // ("LibTorch", "2.11.0"), ...
    std::string simd;                                           // "AVX512": what LibTorch chose on this processor
};
[[nodiscard]] Libraries loaded_libraries();

// How the filtered nonlinearity runs: "fused AVX-512", "fused CUDA".
[[nodiscard]] std::string filtered_lrelu_path(bool on_cuda);

// (operator, how it runs): "plain LibTorch", "CUDA kernel", ...
[[nodiscard]] std::vector<std::pair<std::string, std::string>> operator_paths();

}  // namespace afs
