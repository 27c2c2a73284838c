#include "core/model/generator.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/model/alias_free_generator.h"
#include "core/model/arithmetic.h"
#include "core/model/initial_tensor.h"
#include "core/model/stylegan2_generator.h"
#include "core/model/tensor_plan.h"
#include "core/ops/plain_operators.h"

namespace afs {
namespace {

std::shared_ptr<Generator> assemble(const GeneratorConfig& config, Schedule schedule,
                                    std::vector<Generator::State> state) {
    if (config.family == Family::alias_free)
        return std::make_shared<AliasFreeGenerator>(config, std::move(schedule), std::move(state));
    return std::make_shared<StyleGan2Generator>(config, std::move(schedule), std::move(state));
}

}  // namespace

std::shared_ptr<Generator> Generator::create(const GeneratorConfig& config, std::uint64_t seed) {
    const c10::InferenceMode ordinary(false);
    const at::Generator random = at::make_generator<at::CPUGeneratorImpl>(seed);
    std::vector<Tensor> tensors;
    for (const TensorPlan& plan : plan_tensors(config, make_schedule(config)))
        tensors.push_back(initial_tensor(plan, random));
    return from_tensors(config, std::move(tensors));
}

std::shared_ptr<Generator> Generator::from_tensors(const GeneratorConfig& config, std::vector<Tensor> tensors) {
    const c10::InferenceMode ordinary(false);
    Schedule schedule = make_schedule(config);
    const std::vector<TensorPlan> plans = plan_tensors(config, schedule);
    AFS_CHECK(plans.size() == tensors.size());
    std::vector<State> state;
    for (std::size_t i = 0; i < plans.size(); ++i) {
        AFS_CHECK(tensors[i].sizes() == at::IntArrayRef(plans[i].shape) && tensors[i].scalar_type() == at::kFloat);
        state.push_back({plans[i].name, std::move(tensors[i]), plans[i].parameter});
    }
    return assemble(config, std::move(schedule), std::move(state));
}

Generator::Generator(const GeneratorConfig& config, Schedule schedule, std::vector<State> state)
    : config_(config), schedule_(std::move(schedule)), state_(std::move(state)) {}

Tensor Generator::tensor(const std::string& name) const {
    const auto found = std::ranges::find(state_, name, &State::name);
    return found == state_.end() ? Tensor() : found->tensor;
}

void Generator::to(Device device) {
    if (device == device_) return;
    const c10::InferenceMode ordinary(false);
    const at::NoGradGuard no_gradient;
    for (State& entry : state_) {
        const bool trained = entry.tensor.requires_grad();
        entry.tensor = entry.tensor.detach().to(at::Device(device_name(device))).set_requires_grad(trained);
    }
    device_ = device;
    passes_ = RecordedPasses(cuda_graph_recorder(device));  // recordings of the former tensors are void
    styles_.forget();
    bind();
}

std::shared_ptr<Generator> Generator::clone_to(Device device) const {
    const c10::InferenceMode ordinary(false);
    const at::NoGradGuard no_gradient;
    std::vector<State> state;
    for (const State& entry : state_) state.push_back({entry.name, entry.tensor.detach().clone(), entry.parameter});
    std::shared_ptr<Generator> clone = assemble(config_, schedule_, std::move(state));
    clone->device_ = device_;
    clone->to(device);
    return clone;
}

void Generator::check_ws(const Tensor& ws) const {
    if (ws.defined() && ws.dim() == 3 && ws.size(0) > 0 && ws.size(1) == num_ws() && ws.size(2) == config_.w_dim &&
        ws.scalar_type() == at::kFloat)
        return;
    throw Error(
        ErrorKind::argument, "Could not make a picture",
        fmt::format("ws should be float32 [N, {}, {}] but {}", num_ws(), config_.w_dim,
                    ws.defined() ? fmt::format("is {} {}", at::toString(ws.scalar_type()), shape_text(ws.sizes()))
                                 : "is absent"));
}

std::int64_t Generator::weights_version() const {
    std::int64_t version = 0;
    for (const State& entry : state_) version += entry.tensor._version();
    return version;
}

Tensor Generator::synthesize(const Tensor& ws, const SynthesisOptions& options) const {
    check_ws(ws);
    passes_.forget_last();
    const Float32Scope exact(device_, false);
    if (at::GradMode::is_enabled() || options.on_layer_changes_network) return draw_unkept(ws, options);
    if (auto picture = replay(ws, options)) return *picture;
    const Styles& kept = styles_(ws, {weights_version(), options.precision},
                                 [&](const Tensor& values) { return styles(values, options.precision); });
    return in_pool(options, [&](const SynthesisOptions& o) {
        return draw(kept, transform_tensor(options.network_transform, ws), o);
    });
}

std::optional<Tensor> Generator::replay(const Tensor& ws, const SynthesisOptions& options) const {
    const bool draws_numbers = has_noise() && options.noise_mode == NoiseMode::random;
    if (!passes_.active() || options.on_layer || draws_numbers || options.filters) return std::nullopt;
    check_not_stopped(options.stop);
    const RecordedPasses::Kind kind{options.precision, static_cast<int>(options.noise_mode), PlainOperators::active(),
                                    weights_version()};
    SynthesisOptions unattended = options;
    unattended.stop = {};
    return passes_(kind, ws, options.network_transform,
                   {[this, precision = options.precision](const Tensor& w) { return styles(w, precision); },
                    [this, unattended](const Styles& kept, const Tensor& transform) {
                        return draw(kept, transform, unattended);
                    }});
}

Tensor Generator::in_pool(const SynthesisOptions& options,
                          const std::function<Tensor(const SynthesisOptions&)>& draw) const {
    if (device_.kind != Device::Kind::cpu) return draw(options);
    SynthesisOptions within = options;
    if (options.on_layer)
        within.on_layer = [&options](const std::string& name, const Tensor& activation) {
            const TensorPool::Pause outside;  // what the listener makes may be there to stay
            options.on_layer(name, activation);
        };
    const TensorPool::Scope scope(pool_);
    const Tensor picture = draw(within);
    const TensorPool::Pause outside;
    return picture.clone();
}

Tensor truncate_and_broadcast(const Tensor& w, const Tensor& w_avg, int num_ws, double psi, int cutoff) {
    const Tensor copies = w.unsqueeze(1).expand({w.size(0), num_ws, w.size(1)});
    const std::int64_t truncated = cutoff < 0 ? num_ws : std::min(cutoff, num_ws);
    if (psi == 1 || truncated == 0) return copies.contiguous();
    const Tensor pulled = w_avg + psi * (w - w_avg);
    return at::cat({pulled.unsqueeze(1).expand({w.size(0), truncated, w.size(1)}), copies.slice(1, truncated)}, 1);
}

}  // namespace afs
