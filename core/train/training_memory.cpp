#include "core/train/training_memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "core/base/error.h"
#include "core/model/arithmetic.h"
#include "core/model/layer_schedule.h"

namespace afs {
namespace {

constexpr double kFloat = 4;  // bytes

double square(double x) { return x * x; }

// Of one picture, in bytes.
struct Part {
    double kept = 0;        // from the pass forward until the pass backward comes by
    double kept_twice = 0;  // likewise, by a pass backward that is differentiated itself
    double work = 0;        // in use while this part runs, in either direction
};
using Parts = std::vector<Part>;

Part sum_of(const Parts& parts) {
    Part sum;
    for (const Part& part : parts) {
        sum.kept += part.kept;
        sum.kept_twice += part.kept_twice;
        sum.work = std::max(sum.work, part.work);
    }
    return sum;
}

// Forwards and back again, part after part.
double peak_of(const Parts& parts) {
    double kept = 0, peak = 0;
    for (const Part& part : parts) {
        kept += part.kept;
        peak = std::max(peak, kept + part.work);
    }
    return peak;
}

// A gradient that is differentiated: everything is kept until the second way back begins, which begins where most is.
double peak_of_second_order(const Parts& parts) {
    const Part sum = sum_of(parts);
    return sum.kept + sum.kept_twice + sum.work;
}

// Computed anew for its gradient: `input` is kept, all else, and the gradient of that, while it runs.
Part recomputed(double input, const Parts& parts) { return {input, 0, peak_of(parts) + input}; }

class Estimate {
  public:
    Estimate(const TrainingConfig& config, Device device)
        : config_(config),
          half_bytes_(choose_arithmetic(config.trainer.loss.precision, device).half == at::kFloat ? kFloat : 2),
          schedule_(make_schedule(config.g)) {}

    [[nodiscard]] TrainingMemory operator()(Device device) const {
        const double g = static_cast<double>(count_parameters(config_.g)) * kFloat, d = of_discriminator(true),
                     d_learns = of_discriminator(false);
        const TrainerOptions& t = config_.trainer;
        const auto chunk = static_cast<double>(t.batch_gpu), share = static_cast<double>(t.batch) / config_.gpus;
        const double g_moments = t.g_adam.beta1 > 0 ? 2 : 1, d_moments = t.d_adam.beta1 > 0 ? 2 : 1;

        const Parts generator = t.loss.grad_checkpoint ? recomputed_generator() : generator_parts();
        const Parts judge = t.loss.grad_checkpoint ? recomputed_discriminator() : discriminator_parts();
        Parts both = generator;
        both.push_back(augmentation());
        both.insert(both.end(), judge.begin(), judge.end());
        // The discriminator's weights are scaled in every pass, and that is what gradients are told of.
        double peak = std::max(peak_of(both) * chunk + d + g, peak_of(judge) * chunk + d + d_learns);
        if (t.loss.r1_gamma != 0)
            peak = std::max(peak, peak_of_second_order(discriminator_parts()) * chunk + d + d_learns);
        if (t.loss.pl_weight > 0) {
            const double paths = std::max(std::floor(chunk / t.loss.pl_batch_shrink), 1.0);
            peak = std::max(peak, peak_of_second_order(generator_parts()) * paths + g);
        }
        const double written = 2 * g + d;  // a snapshot's networks, beside which nothing is in use
        peak = std::max(peak, written);

        TrainingMemory memory;
        memory.program = device.kind == Device::Kind::cpu ? kProgram : 0;
        memory.networks = static_cast<std::int64_t>(g * (2 + g_moments) + d + d_learns * d_moments);
        memory.pictures =
            static_cast<std::int64_t>(share * config_.g.img_channels * square(config_.g.img_resolution) * kOfPicture);
        memory.chunk = static_cast<std::int64_t>(peak * gaps(device));
        return memory;
    }

  private:
    static constexpr std::int64_t kProgram = 205'000'000;  // measured; 120 MB of them before the first step
    static constexpr double kOfPicture = 3 + 2 * kFloat;   // bytes read ahead, and numbers
    // Of what allocators hold more than is asked for at once, as measured on CPUs: what one phase leaves does not suit
    // the next, and StyleGAN2 has two that differ much from the others.
    [[nodiscard]] double gaps(Device device) const {
        return device.kind == Device::Kind::cpu && config_.g.family == Family::stylegan2 ? 1.55 : 1.12;
    }

    [[nodiscard]] double of_discriminator(bool all) const {
        double bytes = 0;
        for (const TensorPlan& tensor : plan_tensors(config_.d))
            if (all || tensor.parameter) bytes += static_cast<double>(tensor.numel()) * kFloat;
        return bytes;
    }

    [[nodiscard]] Parts generator_parts() const {
        Parts parts;
        for (const LayerSpec& layer : schedule_.layers)
            parts.push_back(config_.g.family == Family::alias_free ? alias_free_layer(layer) : stylegan2_layer(layer));
        return parts;
    }

    // SPEC 6: x and x scaled, the convolution's result, and two bits for each sample that the nonlinearity saw.
    [[nodiscard]] Part alias_free_layer(const LayerSpec& layer) const {
        const double e = layer.half_precision ? half_bytes_ : kFloat;
        const double in = e * square(layer.in_size) * layer.channels_in,
                     convolved = e * square(layer.in_size + layer.kernel - 1) * layer.channels_out,
                     out = e * square(layer.out_size) * layer.channels_out,
                     seen = square((layer.out_size - 1.0) * layer.down + layer.down_taps) * layer.channels_out;
        Part part;
        part.kept = 2 * in + (layer.is_torgb ? 0 : convolved) + seen / 4;
        part.work = std::max({out + convolved, 3 * convolved, 2 * convolved + in, 3 * in});
        return part;
    }

    // SPEC 11: x and x scaled, the convolution's result; where noise is added, whose strength is learnt, what the
    // nonlinearity and the clamp have seen, too.
    [[nodiscard]] Part stylegan2_layer(const LayerSpec& layer) const {
        const double e = layer.half_precision ? half_bytes_ : kFloat;
        const double in = e * square(layer.in_size) * layer.channels_in,
                     out = e * square(layer.out_size) * layer.channels_out;
        Part part;
        const double seen = layer.is_torgb || !config_.g.use_noise ? 0 : config_.g.conv_clamp ? 2 * out : out;
        part.kept = (layer.is_torgb ? in : 2 * in) + out + seen;
        part.kept_twice = in + 2 * out + seen;
        part.work = 3 * std::max(in, out);
        return part;
    }

    // The recomputed groups of the generator (core/model/alias_free_generator.cpp).
    [[nodiscard]] Parts recomputed_generator() const {
        const Parts parts = generator_parts();
        if (config_.g.family != Family::alias_free) return parts;
        constexpr std::size_t kGroup = 3;
        Parts groups;
        for (std::size_t begin = 0; begin < parts.size(); begin += kGroup) {
            const std::size_t end = std::min(begin + kGroup, parts.size());
            const LayerSpec& first = schedule_.layers[begin];
            const double e = first.half_precision ? half_bytes_ : kFloat;
            groups.push_back(recomputed(e * square(first.in_size) * first.channels_in,
                                        {parts.begin() + static_cast<std::ptrdiff_t>(begin),
                                         parts.begin() + static_cast<std::ptrdiff_t>(end)}));
        }
        return groups;
    }

    // SPEC 12, layer by layer; `block` tells where one begins.
    void each_discriminator_layer(const std::function<void(bool block, double input, const Part& part)>& take) const {
        const double half_from = std::max(config_.d.img_resolution * std::exp2(1 - config_.d.num_fp16_res), 8.0);
        int before = 0;
        for (const DiscriminatorLayer& layer : discriminator_layers(config_.d)) {
            const double e = layer.resolution >= half_from ? half_bytes_ : kFloat;
            const double side = layer.resolution, small = side / layer.down;
            const double in = e * square(side) * layer.channels_in, out = e * square(small) * layer.channels_out;
            Part part;
            part.kept_twice = out;
            if (layer.down == 1) {
                part.kept = in;
            } else if (layer.kernel == 1) {  // of the picture filtered and made small before
                part.kept = e * square(small) * layer.channels_in;
            } else {  // what goes in, the same filtered, and the result
                part.kept = in + e * square(side + 1) * layer.channels_in + out;
            }
            part.work = 4 * std::max(in, out);
            take(layer.resolution != before, in, part);
            before = layer.resolution;
        }
    }

    [[nodiscard]] Parts discriminator_parts() const {
        Parts parts;
        each_discriminator_layer([&](bool, double, const Part& part) { parts.push_back(part); });
        return parts;
    }

    [[nodiscard]] Parts recomputed_discriminator() const {
        std::vector<std::pair<double, Parts>> blocks;
        each_discriminator_layer([&](bool begins, double input, const Part& part) {
            if (begins) blocks.push_back({input, {}});
            blocks.back().second.push_back(part);
        });
        Parts parts;
        for (const auto& [input, block] : blocks) parts.push_back(recomputed(input, block));
        return parts;
    }

    // SPEC 14: reflected margins, of which some pictures of a batch need about 0.4 of a side, at twice the rate.
    [[nodiscard]] Part augmentation() const {
        const double channels = config_.g.img_channels, side = config_.g.img_resolution;
        if (!config_.trainer.augmentations) return {0, 0, kFloat * channels * square(side)};
        const double padded = std::min(1.8 * side + 12, 3 * side), sampled = 2 * side + 12;
        Part part;
        part.kept = kFloat * (2 * square(sampled) + 2 * channels * square(side));
        part.work = kFloat * channels * (square(padded) + 2 * square(2 * padded) + square(sampled));
        return part;
    }

    const TrainingConfig& config_;
    double half_bytes_;
    Schedule schedule_;
};

// Chunks that divide a process's share and that the discriminator can divide into its groups, from the largest.
std::vector<int> possible_chunks(const TrainingConfig& config) {
    const int share = config.trainer.batch / config.gpus, group = config.d.mbstd_group_size;
    std::vector<int> chunks;
    for (int chunk = share; chunk >= group; --chunk)
        if (share % chunk == 0 && chunk % group == 0) chunks.push_back(chunk);
    return chunks;
}

}  // namespace

TrainingMemory estimate_memory(const TrainingConfig& config, Device device) { return Estimate(config, device)(device); }

std::optional<FittingChunk> find_fitting_chunk(const TrainingConfig& config, Device device,
                                               std::int64_t available_bytes) {
    for (const bool again : {config.trainer.loss.grad_checkpoint, true})
        for (const int chunk : possible_chunks(config)) {
            TrainingConfig other = config;
            other.trainer.loss.grad_checkpoint = again;
            other.trainer.batch_gpu = chunk;
            const std::int64_t bytes = estimate_memory(other, device).total();
            if (bytes <= available_bytes) return FittingChunk{chunk, again, bytes};
        }
    return {};
}

void check_memory(const TrainingConfig& config, Device device, int processes, std::int64_t available_bytes) {
    const std::int64_t needed = estimate_memory(config, device).total(), share = available_bytes / processes;
    if (needed <= share) return;
    const bool gpu = device.kind == Device::Kind::cuda;
    std::string what_to_do;
    if (const auto fits = find_fitting_chunk(config, device, share))
        what_to_do =
            fmt::format("Use --batch-gpu {}{}, which needs about {}.", fits->batch_gpu,
                        fits->grad_checkpoint && !config.trainer.loss.grad_checkpoint ? " --grad-checkpoint" : "",
                        memory_text(fits->bytes));
    else
        what_to_do = fmt::format(
            "The smallest chunk does not fit either: use smaller networks (--cbase, --cmax), a smaller --mbstd-group "
            "with --batch-gpu, {}.",
            gpu ? "or a GPU with more memory" : "fewer processes, or a machine with more memory");
    throw Error(
        ErrorKind::device, "Training cannot begin",
        fmt::format("with {} pictures at once {}it needs about {}{}, and {} has {} free", config.trainer.batch_gpu,
                    config.trainer.loss.grad_checkpoint ? "and --grad-checkpoint " : "", memory_text(needed),
                    processes > 1 ? fmt::format(" for each of {} processes", processes) : "",
                    gpu ? "the GPU" : "this machine", memory_text(available_bytes)),
        what_to_do);
}

std::string memory_text(std::int64_t bytes) {
    const auto value = static_cast<double>(bytes);
    return value < 1e9 ? fmt::format("{:.0f} MB", std::ceil(value / 1e6)) : fmt::format("{:.1f} GB", value / 1e9);
}

}  // namespace afs
