// A generator: mapping and synthesis, either family behind one door. Immutable after construction except through its
// own tensors (training); const member functions may be called from one thread at a time per object (LibTorch
// parallelises inside). Whether gradients are recorded is the caller's choice (at::InferenceMode, at::NoGradGuard):
// parameters do not ask for them by themselves.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "core/base/matrix3.h"
#include "core/model/layer_schedule.h"
#include "core/model/recorded_pass.h"
#include "core/model/styles.h"
#include "core/model/tensor_plan.h"
#include "core/ops/device.h"
#include "core/ops/tensor_convert.h"
#include "core/ops/tensor_pool.h"

namespace afs {

class ReplacedFilters;  // core/model/replaced_filters.h

enum class NoiseMode { constant, random, none };  // StyleGAN2; others have no noise

struct SynthesisOptions {
    Matrix3 network_transform = kIdentity3;  // what the network receives: the INVERSE of the user's matrix (SPEC 3)
    NoiseMode noise_mode = NoiseMode::constant;
    std::uint64_t noise_seed = 0;  // random noise: same seed, same noise, on any thread
    // Training: what random noise comes from instead, N(0, 1) of a shape on the CPU; one call a layer, in their order.
    std::function<Tensor(at::IntArrayRef shape)> draw_normal;
    Precision precision = Precision::automatic;
    std::stop_token stop;  // looked at between layers; Error{cancelled}
    // Called with every module's output in the explorer's order (SPEC and golden README: "input", "L0_...", ...,
    // "output"; StyleGAN2: "b4.conv1", "b4.torgb", "b4:0", "b4:1", ...). The tensor is the layer's own: do not change
    // it.
    std::function<void(const std::string& name, const Tensor& activation)> on_layer;
    // on_layer changes tensors of the network that modules behind the shown one read: magnitudes, in calibration and in
    // training.
    bool on_layer_changes_network = false;
    std::shared_ptr<const ReplacedFilters> filters = {};  // of this network's schedule; null: its own
};

class Generator {
  public:
    virtual ~Generator() = default;

    // Untrained, every tensor at its official initialisation drawn from `seed` (SPEC 2, 3, 6, 11).
    // Draws from a generator of random numbers of its own. Throws Error{network} for a configuration without a
    // schedule.
    [[nodiscard]] static std::shared_ptr<Generator> create(const GeneratorConfig& config, std::uint64_t seed = 0);

    // From one float32 CPU tensor for each entry of plan_tensors(config), in that order and of those shapes; they
    // become the network's own.
    [[nodiscard]] static std::shared_ptr<Generator> from_tensors(const GeneratorConfig& config,
                                                                 std::vector<Tensor> tensors);

    [[nodiscard]] const GeneratorConfig& config() const { return config_; }
    [[nodiscard]] const Schedule& schedule() const { return schedule_; }
    [[nodiscard]] int num_ws() const { return schedule_.num_ws; }
    [[nodiscard]] bool input_transformable() const { return config_.family == Family::alias_free; }
    [[nodiscard]] bool has_noise() const { return config_.family == Family::stylegan2 && config_.use_noise; }

    // z: [N, z_dim] float32.  c: [N, c_dim] or undefined when c_dim is 0. Result: w before truncation, [N, w_dim]
    // float32. Throws Error{argument} for other shapes.
    [[nodiscard]] virtual Tensor map(const Tensor& z, const Tensor& c) const = 0;
    [[nodiscard]] virtual Tensor w_avg() const = 0;  // [w_dim]

    // ws: [N, num_ws, w_dim] float32. Result: [N, img_channels, R, R] float32. Throws Error{argument} for other shapes
    // and for a precision that the device cannot do, Error{cancelled}. The same tensor again, unchanged, saves what
    // depends on ws alone; so do equal values on a CPU.
    [[nodiscard]] Tensor synthesize(const Tensor& ws, const SynthesisOptions& options = {}) const;

    // Every parameter and buffer by its official dotted name, in the official order. The tensors are the network's own:
    // setting requires_grad on them or writing into them trains or calibrates it.
    struct State {
        std::string name;
        Tensor tensor;
        bool parameter;
    };
    [[nodiscard]] const std::vector<State>& state() const { return state_; }
    [[nodiscard]] Tensor tensor(const std::string& name) const;  // undefined when there is none of that name

    // Of the memory that pictures were made in; CPU only.
    [[nodiscard]] TensorPool::Usage pool_usage() const { return pool_.usage(); }

    [[nodiscard]] Device device() const { return device_; }
    void to(Device device);  // the tensors are replaced by copies there
    // A generator of its own on that device; nothing is shared with this one.
    [[nodiscard]] std::shared_ptr<Generator> clone_to(Device device) const;

    // Whether the last picture was made by work recorded before (core/model/recorded_pass.h): on a GPU, from the second
    // picture of a kind on, where nobody looks at layers, records gradients or draws random noise.
    [[nodiscard]] bool replayed() const { return passes_.replayed(); }
    // By default CUDA graphs on a GPU and nothing on a CPU; tests bring their own. Until the next to().
    void record_with(WorkRecorder recorder) { passes_ = RecordedPasses(std::move(recorder)); }

  protected:
    Generator(const GeneratorConfig& config, Schedule schedule, std::vector<State> state);
    // A picture in two parts, without gradients. Both may be recorded and replayed: on a GPU they wait for nothing.
    [[nodiscard]] virtual Styles styles(const Tensor& ws, Precision precision) const = 0;
    // transform: [3, 3] float64 on the network's device; it, not the options, says how the picture is moved.
    [[nodiscard]] virtual Tensor draw(const Styles& styles, const Tensor& transform,
                                      const SynthesisOptions& options) const = 0;
    // The whole of it from the network's tensors as they are at each layer: where gradients are recorded, or where
    // on_layer changes them.
    [[nodiscard]] virtual Tensor draw_unkept(const Tensor& ws, const SynthesisOptions& options) const = 0;
    virtual void bind() = 0;  // takes the modules' handles from state(): after construction, after to()

    GeneratorConfig config_;
    Schedule schedule_;
    Device device_;

  private:
    void check_ws(const Tensor& ws) const;  // throws Error{argument}
    [[nodiscard]] std::int64_t weights_version() const;
    [[nodiscard]] std::optional<Tensor> replay(const Tensor& ws, const SynthesisOptions& options) const;
    // Intermediate tensors lie in this network's pool, those that on_layer sees among them: who keeps one keeps some of
    // the pool. The picture does not, nor does what on_layer makes.
    [[nodiscard]] Tensor in_pool(const SynthesisOptions& options,
                                 const std::function<Tensor(const SynthesisOptions&)>& draw) const;

    std::vector<State> state_;
    mutable KeptStyles styles_;
    mutable RecordedPasses passes_;
    mutable TensorPool pool_;
};

// [N, w_dim] -> [N, num_ws, w_dim] with truncation towards w_avg for the first `cutoff` copies (negative = all).
// SPEC 2.
[[nodiscard]] Tensor truncate_and_broadcast(const Tensor& w, const Tensor& w_avg, int num_ws, double psi,
                                            int cutoff = -1);

}  // namespace afs
