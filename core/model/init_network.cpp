#include "core/model/init_network.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/ops/fully_connected.h"
#include "core/ops/modulated_conv.h"

namespace afs {
namespace {

constexpr int kLatentsForAverage = 1000;
constexpr double kPictureStd = 0.5;  // over all pictures: colourful, and few values beyond the range

// By how much biases and the learned transform leave their zeros.
constexpr double kBiasStd = 0.2;      // of a layer's features before the bias
constexpr double kTurnStd = 0.3;      // of (r_c, r_s), which start at (1, 0)
constexpr double kShiftStd = 0.15;    // of (t_x, t_y), in picture widths
constexpr std::int64_t kSample = 96;  // side of the part of a layer that is looked at for its bias
constexpr double kNoiseStrength = 0.1;
constexpr double kDetail = 0.5;  // how much of its mean a kernel loses: 0 gives clouds, 1 fur

// As many as a few seconds allow, up to 16: full-size networks take seconds for each.
int latents_for_calibration(const Schedule& schedule) {
    double operations = 0;
    for (const LayerSpec& layer : schedule.layers)
        operations +=
            2.0 * layer.channels_in * layer.channels_out * layer.kernel * layer.kernel * layer.in_size * layer.in_size;
    return std::clamp(static_cast<int>(4e11 / operations), 2, 16);
}

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
            } else if (tensor.dim() == 4 && tensor.size(2) > 1 && generator_.config().family == Family::alias_free) {
                tensor.sub_(tensor.mean({2, 3}, true), kDetail);
            } else if (ends(".noise_strength")) {
                tensor.fill_(kNoiseStrength);
            } else if (entry.parameter && ends(".bias") && !ends(".affine.bias")) {
                // The mapping's biases are stored divided by their small learning rate.
                const bool mapping = entry.name.starts_with("mapping.fc");
                tensor.add_(
                    normal(tensor.sizes(), mapping ? kBiasStd / generator_.config().mapping_lr_multiplier : kBiasStd));
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

    // One pass: each layer is calibrated right before it runs, then the picture is scaled.
    void calibrate() {
        const Schedule& schedule = generator_.schedule();
        const int count = latents_for_calibration(schedule);
        const Tensor ws = truncate_and_broadcast(random_w(count), generator_.w_avg(), generator_.num_ws(), 1.0);
        std::size_t next = 0;
        SynthesisOptions options;
        options.on_layer_changes_network = true;
        options.on_layer = [&](const std::string& name, const Tensor& activation) {
            progress_.check_stop();
            progress_.report(static_cast<double>(next) / static_cast<double>(schedule.layers.size()),
                             "calibrating " + name);
            if (generator_.config().family == Family::alias_free && next < schedule.layers.size())
                calibrate_layer(schedule.layers[next++], activation, ws);
        };
        const Tensor picture = generator_.synthesize(ws, options);
        const double scale = kPictureStd / std::max(1e-6, picture.std().item<double>());
        // The picture is linear in what ToRGB adds to it.
        for (const LayerSpec& layer : schedule.layers) {
            if (!layer.is_torgb) continue;
            generator_.tensor("synthesis." + layer.name + ".weight").mul_(scale);
            generator_.tensor("synthesis." + layer.name + ".bias").mul_(scale);
        }
    }

    // x: what the layer is about to take.
    void calibrate_layer(const LayerSpec& layer, const Tensor& x, const Tensor& ws) {
        const std::string prefix = "synthesis." + layer.name;
        const Tensor magnitude = generator_.tensor(prefix + ".magnitude_ema");
        magnitude.fill_(x.square().mean());
        // Low-pass filters and rectifiers let the constant part of the features outgrow the rest; after a score of
        // layers an untrained picture would be one flat colour. The bias takes the average constant away.
        Tensor styles = fully_connected(ws.select(1, layer.w_index), generator_.tensor(prefix + ".affine.weight"),
                                        generator_.tensor(prefix + ".affine.bias"));
        if (layer.is_torgb) styles = styles / std::sqrt(static_cast<double>(layer.channels_in));
        const Tensor y =
            modulated_conv3(x, generator_.tensor(prefix + ".weight"), styles, !layer.is_torgb, magnitude.rsqrt());
        const Tensor spread = y.std({0, 2, 3}, true);
        generator_.tensor(prefix + ".bias").copy_(normal(spread.sizes(), kBiasStd) * spread - y.mean({0, 2, 3}));
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
