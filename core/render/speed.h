// What `afstudio bench` measures: operators, whole generators, frames. Every figure comes with the machine's own
// limits, measured in the same run. Torch-free.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/model/generator_config.h"
#include "core/ops/device.h"
#include "core/render/frame.h"

namespace afs {

struct SpeedOptions {
    Device device;
    Precision precision = Precision::automatic;
    int batch = 1;
    int repeats = 5;                 // medians of so many, after one that does not count
    bool compare_reference = false;  // also without this program's kernels (core/ops/plain_operators.h)
    std::stop_token stop;
};

struct MachineLimits {        // of all threads of the CPU
    double peak_gflops = 0;   // float32 multiply-adds in registers
    double gbytes_per_s = 0;  // copying: read and written
};
[[nodiscard]] MachineLimits measure_machine();

// One operator at one shape of a network.
struct OperatorSpeed {
    std::string op = {};                   // "modulated_conv", "filtered_lrelu", "filtered_lrelu backward"
    std::string network = {}, layer = {};  // "stylegan3-t 256", "L5_84_512"
    std::string shape = {};                // "512x86x86 -> 512x84x84"
    std::string type = {};                 // "Float", "Half", "BFloat16": by the precision and SPEC's rule
    double ms = 0, gflop = 0, gbytes = 0;  // of one call: median; arithmetic (polyphase); input and output
    std::optional<double> reference_ms = {};
};
// The hot shapes of one network: convolution, nonlinearity, and the nonlinearity with its gradient.
[[nodiscard]] std::vector<OperatorSpeed> measure_operators(const std::string& network, const GeneratorConfig& config,
                                                           const SpeedOptions& options,
                                                           const std::function<void(const OperatorSpeed&)>& on_row);

struct GeneratorSpeed {
    double median_ms = 0, min_ms = 0;  // synthesis of one batch
    int repeats = 0;
    std::uint64_t peak_memory_bytes = 0;  // of the process
    double gflop = 0;                     // of a batch's convolutions and nonlinearities; 0 for StyleGAN2
    std::vector<LayerTime> layers;        // from separate runs: layers are looked at
    std::optional<double> reference_median_ms;
};
// network_path: a file; empty: random weights of `config`.
[[nodiscard]] GeneratorSpeed measure_generator(const std::string& network_path, const GeneratorConfig& config,
                                               const SpeedOptions& options);

struct FrameSpeed {
    double median_ms = 0,
           min_ms = 0;  // request to finished RGBA picture, on the device that makes it, through the render service
    double frames_per_s = 0;  // distinct pictures, the transform moving, requests back to back
    int repeats = 0;
};
// network_path: a file.
[[nodiscard]] FrameSpeed measure_frames(const std::string& network_path, const SpeedOptions& options);

// Arithmetic of one layer, GFLOP a picture: {convolution, nonlinearity}. 1 multiply-add = 2; polyphase counts; 5 for
// each upsampled sample's bias, bend and clamp.
struct LayerCost {
    double convolution_gflop = 0, nonlinearity_gflop = 0;
};
struct LayerSpec;
[[nodiscard]] LayerCost layer_cost(const LayerSpec& layer);

}  // namespace afs
