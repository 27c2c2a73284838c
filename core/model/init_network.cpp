#include "core/model/init_network.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>

#include <algorithm>

#include "core/base/error.h"

namespace afs {
namespace {

constexpr int kLatentsForAverage = 1000;
constexpr double kPictureStd = 0.45;  // colourful, and few values beyond the range

// By how much biases and the learned transform leave their zeros.
constexpr double kBiasStd = 0.3;
constexpr double kTurnStd = 0.3;    // of (r_c, r_s), which start at (1, 0)
constexpr double kShiftStd = 0.15;  // of (t_x, t_y), in picture widths
constexpr double kNoiseStrength = 0.1;

class Enlivener {
  public:
    Enlivener(Generator& generator, std::uint64_t seed, const Progress& progress)
        : generator_(generator),
          progress_(progress),
          // Not the stream that made the weights.
          random_(at::make_generator<at::CPUGeneratorImpl>(seed ^ 0x9e3779b97f4a7c15u)) {}

    void run() {
        const at::NoGradGuard no_gradient;
        move_off_zero();
        estimate_w_avg();
        calibrate();
    }

  private:
    [[nodiscard]] Tensor normal(at::IntArrayRef shape, double std) {
        return at::randn(shape, random_, at::kFloat).mul_(std);
    }

    void move_off_zero() {
        for (const Generator::State& entry : generator_.state()) {
            const auto ends = [&](std::string_view end) { return entry.name.ends_with(end); };
            Tensor tensor = entry.tensor;
            if (entry.name == "synthesis.input.affine.weight") {
                tensor.slice(0, 0, 2).copy_(normal({2, tensor.size(1)}, kTurnStd));
                tensor.slice(0, 2, 4).copy_(normal({2, tensor.size(1)}, kShiftStd));
            } else if (ends(".noise_strength")) {
                tensor.fill_(kNoiseStrength);
            } else if (entry.parameter && ends(".bias") && !ends(".affine.bias")) {
                // The mapping's biases are stored divided by their small learning rate.
                const bool mapping = entry.name.starts_with("mapping.fc");
                const double std = mapping ? kBiasStd / generator_.config().mapping_lr_multiplier : kBiasStd;
                tensor.add_(normal(tensor.sizes(), std));
            }
        }
    }

    [[nodiscard]] Tensor random_w(int count) {
        const GeneratorConfig& config = generator_.config();
        const Tensor z = normal({count, config.z_dim}, 1);
        Tensor c;
        if (config.c_dim > 0) {
            c = at::zeros({count, config.c_dim});
            c.scatter_(1, at::randint(config.c_dim, {count, 1}, random_, at::kLong), 1);
        }
        return generator_.map(z, c);
    }

    void estimate_w_avg() { generator_.tensor("mapping.w_avg").copy_(random_w(kLatentsForAverage).mean(0)); }

    // One pass: every magnitude is set right before the layer that divides by it runs, then the picture is scaled.
    void calibrate() {
        const Schedule& schedule = generator_.schedule();
        const int resolution = generator_.config().img_resolution;
        const int count = std::clamp(2048 / resolution, 2, 16);  // big pictures are many samples in themselves
        std::size_t next = 0;
        SynthesisOptions options;
        options.on_layer = [&](const std::string& name, const Tensor& activation) {
            progress_.check_stop();
            progress_.report(static_cast<double>(next) / static_cast<double>(schedule.layers.size()),
                             "calibrating " + name);
            if (generator_.config().family != Family::alias_free || next >= schedule.layers.size()) return;
            generator_.tensor(fmt::format("synthesis.{}.magnitude_ema", schedule.layers[next++].name))
                .fill_(activation.square().mean());
        };
        const Tensor ws = truncate_and_broadcast(random_w(count), generator_.w_avg(), generator_.num_ws(), 1.0);
        const Tensor picture = generator_.synthesize(ws, options);
        const double scale = kPictureStd / std::max(1e-6, picture.std().item<double>());
        // The picture is linear in what ToRGB adds to it.
        for (const LayerSpec& layer : schedule.layers) {
            if (!layer.is_torgb) continue;
            generator_.tensor("synthesis." + layer.name + ".weight").mul_(scale);
            generator_.tensor("synthesis." + layer.name + ".bias").mul_(scale);
        }
        // Neither too dark nor too bright over all.
        const Tensor mean = picture.mean({0, 2, 3}) * scale;
        const double output_scale =
            generator_.config().family == Family::alias_free ? generator_.config().output_scale : 1.0;
        generator_.tensor("synthesis." + schedule.layers.back().name + ".bias").sub_(mean / output_scale * 0.8);
    }

    Generator& generator_;
    const Progress& progress_;
    at::Generator random_;
};

}  // namespace

std::shared_ptr<Generator> init_network(const GeneratorConfig& config, std::uint64_t seed, const Progress& progress) {
    const c10::InferenceMode ordinary(false);
    progress.report(0, "drawing weights");
    std::shared_ptr<Generator> generator = Generator::create(config, seed);
    Enlivener(*generator, seed, progress).run();
    return generator;
}

SavedNetwork saved_network(const std::string& name, const Generator& generator) {
    SavedNetwork network;
    network.name = name;
    network.class_name = "Generator";
    network.config = to_json(generator.config());
    for (const Generator::State& entry : generator.state())
        network.tensors.push_back({entry.name, to_tensor_data(entry.tensor), entry.parameter});
    return network;
}

}  // namespace afs
