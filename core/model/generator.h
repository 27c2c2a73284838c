// A generator: mapping and synthesis, either family behind one door. Immutable after construction except through
// training (later); const member functions may be called from one thread at a time per object (LibTorch parallelises
// inside).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "core/base/matrix3.h"
#include "core/model/layer_schedule.h"
#include "core/ops/device.h"
#include "core/ops/tensor_convert.h"

namespace afs {

enum class NoiseMode { constant, random, none };  // StyleGAN2; others have no noise

struct SynthesisOptions {
    Matrix3 network_transform = kIdentity3;  // what the network receives: the INVERSE of the user's matrix (SPEC 3)
    NoiseMode noise_mode = NoiseMode::constant;
    std::uint64_t noise_seed = 0;  // random noise: same seed, same noise, on any thread
    Precision precision = Precision::automatic;
    std::stop_token stop;  // looked at between layers; Error{cancelled}
    // Called with every module's output in the explorer's order (SPEC and golden README: "input", "L0_...", ...,
    // "output"; StyleGAN2: "b4.conv1", "b4.torgb", "b4:0", "b4:1", ...). The tensor is the layer's own: do not change
    // it.
    std::function<void(const std::string& name, const Tensor& activation)> on_layer;
};

class Generator {
  public:
    virtual ~Generator() = default;

    // Untrained, every tensor at its official initialisation drawn from `seed` (SPEC 2, 3, 6, 11).
    [[nodiscard]] static std::shared_ptr<Generator> create(const GeneratorConfig& config, std::uint64_t seed = 0);

    [[nodiscard]] const GeneratorConfig& config() const { return config_; }
    [[nodiscard]] const Schedule& schedule() const { return schedule_; }
    [[nodiscard]] int num_ws() const { return schedule_.num_ws; }
    [[nodiscard]] bool input_transformable() const { return config_.family == Family::alias_free; }
    [[nodiscard]] bool has_noise() const { return config_.family == Family::stylegan2 && config_.use_noise; }

    // z: [N, z_dim] float32.  c: [N, c_dim] or undefined when c_dim is 0. Result: w before truncation, [N, w_dim]
    // float32.
    [[nodiscard]] virtual Tensor map(const Tensor& z, const Tensor& c) const = 0;
    [[nodiscard]] virtual Tensor w_avg() const = 0;  // [w_dim]

    // ws: [N, num_ws, w_dim] float32. Result: [N, img_channels, R, R] float32.
    [[nodiscard]] virtual Tensor synthesize(const Tensor& ws, const SynthesisOptions& options = {}) const = 0;

    // Every parameter and buffer by its official dotted name, in the official order. The tensors are the network's own.
    struct State {
        std::string name;
        Tensor tensor;
        bool parameter;
    };
    [[nodiscard]] virtual std::vector<State> state() const = 0;

    [[nodiscard]] Device device() const { return device_; }
    // The same network on another device; the tensors are copies.
    [[nodiscard]] virtual std::shared_ptr<const Generator> clone_to(Device device) const = 0;

  protected:
    GeneratorConfig config_;
    Schedule schedule_;
    Device device_;
};

// [N, w_dim] -> [N, num_ws, w_dim] with truncation towards w_avg for the first `cutoff` copies (negative = all).
// SPEC 2.
[[nodiscard]] Tensor truncate_and_broadcast(const Tensor& w, const Tensor& w_avg, int num_ws, double psi,
                                            int cutoff = -1);

}  // namespace afs
