#include "core/model/tensor_plan.h"

#include <fmt/format.h>

#include "core/base/checked.h"
#include "core/model/filters.h"

namespace afs {
namespace {

using Init = TensorPlan::Init;

class Planner {
  public:
    Planner(const GeneratorConfig& config, const Schedule& schedule) : config_(config), schedule_(schedule) {
        if (!config.resample_filter.empty()) set_resample_filter();
    }

    std::vector<TensorPlan> plan() {
        if (config_.family == Family::alias_free)
            alias_free_synthesis();
        else
            stylegan2_synthesis();
        mapping();
        return std::move(plans_);
    }

  private:
    void parameter(std::string name, std::vector<std::int64_t> shape, Init init, double value = 1) {
        plans_.push_back({std::move(name), std::move(shape), true, init, value, {}});
    }
    void buffer(std::string name, std::vector<std::int64_t> shape, Init init, double value = 1) {
        plans_.push_back({std::move(name), std::move(shape), false, init, value, {}});
    }
    void filter(std::string name, std::vector<std::int64_t> shape, std::vector<double> taps) {
        plans_.push_back({std::move(name), std::move(shape), false, Init::filter, 0, std::move(taps)});
    }

    void affine(const std::string& layer, std::int64_t out) {
        parameter(layer + ".affine.weight", {out, config_.w_dim}, Init::normal);
        parameter(layer + ".affine.bias", {out}, Init::constant, 1);
    }

    void alias_free_synthesis() {
        const std::int64_t channels = schedule_.input_channels;
        parameter("synthesis.input.weight", {channels, channels}, Init::normal);
        buffer("synthesis.input.transform", {3, 3}, Init::identity);
        buffer("synthesis.input.freqs", {channels, 2}, Init::fourier_frequencies, schedule_.input_bandwidth);
        buffer("synthesis.input.phases", {channels}, Init::fourier_phases);
        parameter("synthesis.input.affine.weight", {4, config_.w_dim}, Init::constant, 0);
        parameter("synthesis.input.affine.bias", {4}, Init::fourier_affine_bias);
        for (const LayerSpec& layer : schedule_.layers) {
            const std::string name = "synthesis." + layer.name;
            parameter(name + ".weight", {layer.channels_out, layer.channels_in, layer.kernel, layer.kernel},
                      Init::normal);
            parameter(name + ".bias", {layer.channels_out}, Init::constant, 0);
            buffer(name + ".magnitude_ema", {}, Init::constant, 1);
            designed_filter(name + ".up_filter", up_filter_spec(layer));
            designed_filter(name + ".down_filter", down_filter_spec(layer));
            affine(name, layer.channels_in);
        }
    }

    void designed_filter(std::string name, const LowpassSpec& spec) {
        if (spec.taps == 1) return;  // the identity has no tensor
        std::vector<std::int64_t> shape(spec.radial ? 2u : 1u, spec.taps);
        filter(std::move(name), std::move(shape), design_lowpass(spec));
    }

    void stylegan2_synthesis() {
        for (int size = 4; size <= config_.img_resolution; size *= 2) {
            const std::string block = fmt::format("b{}", size);
            if (size == 4) parameter("synthesis.b4.const", {schedule_.input_channels, 4, 4}, Init::normal);
            resample_filter("synthesis." + block);
            if (const LayerSpec* conv0 = schedule_.find(block + ".conv0")) convolution(*conv0);
            convolution(*schedule_.find(block + ".conv1"));
            if (const LayerSpec* torgb = schedule_.find(block + ".torgb")) {
                const std::string name = "synthesis." + torgb->name;
                parameter(name + ".weight", {torgb->channels_out, torgb->channels_in, 1, 1}, Init::normal);
                parameter(name + ".bias", {torgb->channels_out}, Init::constant, 0);
                affine(name, torgb->channels_in);
            }
            if (const LayerSpec* skip = schedule_.find(block + ".skip")) {
                const std::string name = "synthesis." + skip->name;
                parameter(name + ".weight", {skip->channels_out, skip->channels_in, 1, 1}, Init::normal);
                resample_filter(name);
            }
        }
    }

    void convolution(const LayerSpec& layer) {
        const std::string name = "synthesis." + layer.name;
        parameter(name + ".weight", {layer.channels_out, layer.channels_in, layer.kernel, layer.kernel}, Init::normal);
        if (config_.use_noise) parameter(name + ".noise_strength", {}, Init::constant, 0);
        parameter(name + ".bias", {layer.channels_out}, Init::constant, 0);
        resample_filter(name);
        if (config_.use_noise) buffer(name + ".noise_const", {layer.out_size, layer.out_size}, Init::normal);
        affine(name, layer.channels_in);
    }

    // SPEC 7: fewer than 8 taps are kept as their outer product.
    void set_resample_filter() {
        const std::vector<double>& taps = config_.resample_filter;
        double sum = 0;
        for (const double tap : taps) sum += tap;
        for (const double a : taps) {
            if (taps.size() >= 8)
                resample_taps_.push_back(a / sum);
            else
                for (const double b : taps) resample_taps_.push_back(a * b / (sum * sum));
        }
        resample_shape_.assign(taps.size() >= 8 ? 1u : 2u, static_cast<std::int64_t>(taps.size()));
    }

    void resample_filter(const std::string& module) {
        filter(module + ".resample_filter", resample_shape_, resample_taps_);
    }

    void mapping() {
        const std::int64_t w_dim = config_.w_dim;
        const std::int64_t hidden = config_.mapping_layer_features > 0 ? config_.mapping_layer_features : w_dim;
        const std::int64_t embedded = config_.mapping_embed_features > 0 ? config_.mapping_embed_features : w_dim;
        buffer("mapping.w_avg", {w_dim}, Init::constant, 0);
        if (config_.c_dim > 0) {
            parameter("mapping.embed.weight", {embedded, config_.c_dim}, Init::normal);
            parameter("mapping.embed.bias", {embedded}, Init::constant, 0);
        }
        std::int64_t features = config_.z_dim + (config_.c_dim > 0 ? embedded : 0);
        for (int i = 0; i < config_.mapping_layers; ++i) {
            const std::int64_t out = i + 1 < config_.mapping_layers ? hidden : w_dim;
            const std::string name = fmt::format("mapping.fc{}", i);
            parameter(name + ".weight", {out, features}, Init::normal, 1 / config_.mapping_lr_multiplier);
            parameter(name + ".bias", {out}, Init::constant, 0);
            features = out;
        }
    }

    const GeneratorConfig& config_;
    const Schedule& schedule_;
    std::vector<TensorPlan> plans_;
    std::vector<double> resample_taps_;
    std::vector<std::int64_t> resample_shape_;
};

}  // namespace

std::int64_t TensorPlan::numel() const { return checked_numel(shape).value_or(0); }

std::vector<TensorPlan> plan_tensors(const GeneratorConfig& config, const Schedule& schedule) {
    return Planner(config, schedule).plan();
}

std::int64_t count_parameters(const GeneratorConfig& config) {
    std::int64_t count = 0;
    for (const TensorPlan& plan : plan_tensors(config, make_schedule(config)))
        if (plan.parameter) count += plan.numel();
    return count;
}

}  // namespace afs
