// The discriminator of every configuration (SPEC 12): a picture's logit, high for real. Immutable after construction
// except through its own tensors (training); const member functions may be called from one thread at a time per object.
// Whether gradients are recorded is the caller's choice; they exist to the second order (R1).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/model/discriminator_config.h"
#include "core/model/generator.h"
#include "core/model/save_network.h"

namespace afs {

class Discriminator {
  public:
    using State = Generator::State;

    // Untrained, drawn from `seed`. Throws Error{network} for a configuration that cannot be.
    [[nodiscard]] static std::shared_ptr<Discriminator> create(const DiscriminatorConfig& config,
                                                               std::uint64_t seed = 0);
    // From one float32 CPU tensor for each entry of plan_tensors(config), in that order and of those shapes; they
    // become the network's own.
    [[nodiscard]] static std::shared_ptr<Discriminator> from_tensors(const DiscriminatorConfig& config,
                                                                     std::vector<Tensor> tensors);

    // pictures: [N, img_channels, R, R] float32, real or generated, in [-1, 1].  c: [N, c_dim], or undefined when c_dim
    // is 0. N: at most a group of the minibatch standard deviation, or a multiple of it. Result: [N, 1] float32. Throws
    // Error{argument} for other shapes.
    [[nodiscard]] Tensor operator()(const Tensor& pictures, const Tensor& c = {},
                                    Precision precision = Precision::automatic) const;

    [[nodiscard]] const DiscriminatorConfig& config() const { return config_; }
    // By official name, in the official order; frozen layers' tensors are buffers. See Generator::state().
    [[nodiscard]] const std::vector<State>& state() const { return state_; }
    [[nodiscard]] Tensor tensor(const std::string& name) const;  // undefined when there is none of that name

    [[nodiscard]] Device device() const { return device_; }
    void to(Device device);  // the tensors are replaced by copies there

  private:
    struct Parts;

    Discriminator(const DiscriminatorConfig& config, std::vector<State> state);
    void bind();

    DiscriminatorConfig config_;
    std::vector<State> state_;
    Device device_;
    std::shared_ptr<const Parts> parts_;
};

// From a file's record; see build_generator. Throws Error{network}.
[[nodiscard]] std::shared_ptr<Discriminator> build_discriminator(const NetworkRecord& record,
                                                                 const DiscriminatorConfig& config,
                                                                 const std::string& tried,
                                                                 std::vector<std::string>& warnings);

// As save_networks takes it; the tensors are shared.
[[nodiscard]] SavedNetwork saved_network(const std::string& name, const Discriminator& discriminator);

}  // namespace afs
