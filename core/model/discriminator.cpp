#include "core/model/discriminator.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "core/base/error.h"
#include "core/model/arithmetic.h"
#include "core/model/host_filter.h"
#include "core/model/initial_tensor.h"
#include "core/model/mapping.h"
#include "core/model/recompute.h"
#include "core/ops/bias_act.h"
#include "core/ops/fully_connected.h"
#include "core/ops/modulated_conv.h"
#include "core/ops/upfirdn2d.h"

namespace afs {
namespace {

struct Convolution {
    DiscriminatorLayer layer;
    Tensor weight, bias;
    HostFilter filter;
};

// Convolution of equalised learning rate without bias; `gain` rides on the weight.
Tensor convolve(const Convolution& part, const Tensor& x, double gain = 1) {
    const double fan_in = static_cast<double>(part.layer.channels_in) * part.layer.kernel * part.layer.kernel;
    const Tensor weight = (part.weight * (gain / std::sqrt(fan_in))).to(x.scalar_type());
    return conv2d_resample(x, weight, part.filter(), /*up=*/1, part.layer.down, part.layer.kernel / 2);
}

}  // namespace

struct Discriminator::Parts {
    struct Block {
        int resolution = 0;
        bool half_precision = false;
        std::optional<Convolution> fromrgb, conv0, conv1, skip;
        HostFilter filter;  // of the picture, for the next block
    };

    DiscriminatorConfig config;
    std::vector<Block> blocks;
    std::optional<Convolution> last_fromrgb;
    Convolution last;
    Tensor fc_weight, fc_bias, out_weight, out_bias;
    Mapping mapping;

    [[nodiscard]] Tensor activated(const Convolution& part, const Tensor& x, double gain = 1) const {
        BiasActSpec act;
        act.activation = Activation::lrelu;
        act.gain = default_gain(Activation::lrelu) * gain;
        if (config.conv_clamp) act.clamp = *config.conv_clamp * gain;
        return bias_act(convolve(part, x), part.bias.to(x.scalar_type()), act);
    }

    // x: features so far, undefined before the first block. picture: what fromRGB layers read.
    [[nodiscard]] Tensor run(const Block& block, Tensor x, const Tensor& picture) const {
        if (block.fromrgb) {
            const Tensor y = activated(*block.fromrgb, picture);
            x = x.defined() ? x + y : y;
        }
        const double gain = block.skip ? std::sqrt(0.5) : 1.0;
        const Tensor residual = block.skip ? convolve(*block.skip, x, gain) : Tensor();
        const Tensor y = activated(*block.conv1, activated(*block.conv0, x), gain);
        return block.skip ? residual + y : y;
    }

    // The same, keeping nothing but x and the picture for gradients. parts: what `block` belongs to.
    [[nodiscard]] static Tensor run_recomputed(const std::shared_ptr<const Parts>& parts, const Block& block,
                                               const Tensor& x, const Tensor& picture, const Arithmetic& arithmetic) {
        std::vector<Tensor> inputs, parameters;
        if (x.defined()) inputs.push_back(x);
        if (block.fromrgb) inputs.push_back(picture);
        for (const auto* part : {&block.fromrgb, &block.conv0, &block.conv1, &block.skip})
            if (*part) parameters.insert(parameters.end(), {(*part)->weight, (*part)->bias});
        return recomputed(
            [parts, &block, arithmetic, has_x = x.defined()](const std::vector<Tensor>& in) {
                const Float32Scope exact(arithmetic.device, arithmetic.tf32);
                return parts->run(block, has_x ? in.front() : Tensor(), block.fromrgb ? in.back() : Tensor());
            },
            inputs, parameters);
    }

    // One more channel: how much the pictures of a group differ, the same at every place and in all of them.
    [[nodiscard]] Tensor with_minibatch_std(const Tensor& x) const {
        const std::int64_t statistics = config.mbstd_num_channels;
        if (statistics == 0) return x;
        const std::int64_t batch = x.size(0), group = std::min<std::int64_t>(config.mbstd_group_size, batch);
        const Tensor members =
            x.reshape({group, batch / group, statistics, x.size(1) / statistics, x.size(2), x.size(3)});
        const Tensor variance = (members - members.mean(0, /*keepdim=*/true)).square().mean(0);
        const Tensor spread = (variance + 1e-8).sqrt().mean({2, 3, 4});  // [groups, statistics]
        const Tensor channel = spread.repeat({group, 1}).unsqueeze(2).unsqueeze(3);
        return at::cat({x, channel.expand({batch, statistics, x.size(2), x.size(3)})}, 1);
    }
};

Discriminator::Discriminator(const DiscriminatorConfig& config, std::vector<State> state)
    : config_(config), state_(std::move(state)) {
    bind();
}

std::shared_ptr<Discriminator> Discriminator::create(const DiscriminatorConfig& config, std::uint64_t seed) {
    validate(config);
    const c10::InferenceMode ordinary(false);
    const at::Generator random = at::make_generator<at::CPUGeneratorImpl>(seed);
    std::vector<Tensor> tensors;
    for (const TensorPlan& plan : plan_tensors(config)) tensors.push_back(initial_tensor(plan, random));
    return from_tensors(config, std::move(tensors));
}

std::shared_ptr<Discriminator> Discriminator::from_tensors(const DiscriminatorConfig& config,
                                                           std::vector<Tensor> tensors) {
    const c10::InferenceMode ordinary(false);
    const std::vector<TensorPlan> plans = plan_tensors(config);
    AFS_CHECK(plans.size() == tensors.size());
    std::vector<State> state;
    for (std::size_t i = 0; i < plans.size(); ++i) {
        AFS_CHECK(tensors[i].sizes() == at::IntArrayRef(plans[i].shape) && tensors[i].scalar_type() == at::kFloat);
        state.push_back({plans[i].name, std::move(tensors[i]), plans[i].parameter});
    }
    return std::shared_ptr<Discriminator>(new Discriminator(config, std::move(state)));
}

Tensor Discriminator::tensor(const std::string& name) const {
    const auto found = std::ranges::find(state_, name, &State::name);
    return found == state_.end() ? Tensor() : found->tensor;
}

void Discriminator::to(Device device) {
    if (device == device_) return;
    const c10::InferenceMode ordinary(false);
    const at::NoGradGuard no_gradient;
    for (State& entry : state_) {
        const bool trained = entry.tensor.requires_grad();
        entry.tensor = entry.tensor.detach().to(at::Device(device_name(device))).set_requires_grad(trained);
    }
    device_ = device;
    bind();
}

void Discriminator::bind() {
    auto parts = std::make_shared<Parts>();
    parts->config = config_;
    const TensorLookup tensors = [this](const std::string& name) { return tensor(name); };
    const int log2 = static_cast<int>(std::log2(config_.img_resolution));
    const double half_from = std::max(std::exp2(log2 + 1 - config_.num_fp16_res), 8.0);
    for (const DiscriminatorLayer& layer : discriminator_layers(config_)) {
        Convolution part{layer, tensor(layer.name + ".weight"), tensor(layer.name + ".bias"),
                         HostFilter(tensor(layer.name + ".resample_filter"))};
        const std::string kind = layer.name.substr(layer.name.find('.') + 1);
        if (layer.resolution == 4) {
            if (kind == "fromrgb")
                parts->last_fromrgb = std::move(part);
            else
                parts->last = std::move(part);
            continue;
        }
        if (parts->blocks.empty() || parts->blocks.back().resolution != layer.resolution) {
            Parts::Block& block = parts->blocks.emplace_back();
            block.resolution = layer.resolution;
            block.half_precision = layer.resolution >= half_from;
            block.filter = HostFilter(tensor(fmt::format("b{}.resample_filter", layer.resolution)));
        }
        Parts::Block& block = parts->blocks.back();
        auto& place = kind == "fromrgb" ? block.fromrgb
                      : kind == "conv0" ? block.conv0
                      : kind == "conv1" ? block.conv1
                                        : block.skip;
        place = std::move(part);
    }
    parts->fc_weight = tensor("b4.fc.weight");
    parts->fc_bias = tensor("b4.fc.bias");
    parts->out_weight = tensor("b4.out.weight");
    parts->out_bias = tensor("b4.out.bias");
    if (config_.c_dim > 0) {
        GeneratorConfig labels;  // a mapping of labels alone
        labels.z_dim = 0;
        labels.c_dim = config_.c_dim;
        labels.mapping_layers = config_.mapping_layers;
        labels.mapping_lr_multiplier = config_.mapping_lr_multiplier;
        parts->mapping = Mapping(labels, tensors);
    }
    parts_ = std::move(parts);
}

Tensor Discriminator::operator()(const Tensor& pictures, const Tensor& c, Precision precision) const {
    constexpr const char* kTried = "Could not judge pictures";
    const std::int64_t side = config_.img_resolution;
    if (!pictures.defined() || pictures.dim() != 4 || pictures.size(0) < 1 ||
        pictures.size(1) != config_.img_channels || pictures.size(2) != side || pictures.size(3) != side ||
        pictures.scalar_type() != at::kFloat)
        throw Error(ErrorKind::argument, kTried,
                    fmt::format("they should be float32 [N, {}, {}, {}] but are {}", config_.img_channels, side, side,
                                pictures.defined() ? shape_text(pictures.sizes()) : "absent"));
    const std::int64_t batch = pictures.size(0), group = std::min<std::int64_t>(config_.mbstd_group_size, batch);
    if (batch % group != 0)
        throw Error(ErrorKind::argument, kTried,
                    fmt::format("{} pictures cannot be divided into groups of {}", batch, group),
                    "Choose a batch that is a multiple of the minibatch standard deviation's group.");

    const Arithmetic arithmetic = choose_arithmetic(precision, device_);
    const Float32Scope exact(device_, arithmetic.tf32);
    Tensor x, picture = pictures;
    for (const Parts::Block& block : parts_->blocks) {
        const at::ScalarType type = block.half_precision ? arithmetic.half : at::kFloat;
        if (x.defined()) x = x.to(type);
        x = RecomputeScope::active() ? parts_->run_recomputed(parts_, block, x, picture.to(type), arithmetic)
                                     : parts_->run(block, x, picture.to(type));
        if (config_.architecture == SkipArchitecture::skip) picture = downsample2d(picture, block.filter());
    }
    x = x.to(at::kFloat);
    if (parts_->last_fromrgb) x = x + parts_->activated(*parts_->last_fromrgb, picture);
    x = parts_->activated(parts_->last, parts_->with_minibatch_std(x));
    // Row by row of [C, H, W], however the features lie in memory.
    x = fully_connected(x.contiguous().flatten(1), parts_->fc_weight, parts_->fc_bias, 1.0, Activation::lrelu);
    x = fully_connected(x, parts_->out_weight, parts_->out_bias);
    if (config_.c_dim == 0) return x;
    const Tensor label = parts_->mapping({}, c);
    return (x * label).sum(1, /*keepdim=*/true) * (1 / std::sqrt(static_cast<double>(label.size(1))));
}

SavedNetwork saved_network(const std::string& name, const Discriminator& discriminator) {
    SavedNetwork network;
    network.name = name;
    network.class_name = "Discriminator";
    network.config = to_json(discriminator.config());
    for (const Discriminator::State& entry : discriminator.state())
        network.tensors.push_back({entry.name, to_tensor_data(entry.tensor), entry.parameter});
    return network;
}

}  // namespace afs
