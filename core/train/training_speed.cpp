#include "core/train/training_speed.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <chrono>
#include <map>

#include "core/base/error.h"
#include "core/ops/plain_operators.h"
#include "core/train/trainer.h"

namespace afs {
namespace {

using Clock = std::chrono::steady_clock;

double median(std::vector<double> values) {
    AFS_CHECK(!values.empty());
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::ranges::nth_element(values, middle);
    return *middle;
}

struct Times {
    std::vector<double> steps;  // without regularisers
    std::map<Phase, std::vector<double>> phases;
};

class Measurement {
  public:
    explicit Measurement(const TrainingSpeedOptions& options)
        : options_(options), trainer_(trainer_options(), make_generator(), make_discriminator()), random_(1) {
        const GeneratorConfig& config = options.generator;
        const std::vector<std::int64_t> shape = {options.batch, config.img_channels, config.img_resolution,
                                                 config.img_resolution};
        const at::Device device(device_name(options.device));
        minibatch_.pictures = (random_.uniform(shape) * 256).to(at::kByte).to(device);
        if (config.c_dim > 0) {
            const auto count = static_cast<std::int64_t>(trainer_.phases().size()) * options.batch;
            minibatch_.labels =
                at::one_hot(at::zeros({options.batch}, at::kLong), config.c_dim).to(at::kFloat).to(device);
            minibatch_.c = at::one_hot(at::zeros({count}, at::kLong), config.c_dim).to(at::kFloat).to(device);
        }
    }

    // The first step does not count but for its regularisers, which run in it.
    Times run() {
        Times times;
        for (int counted = -1; counted < options_.repeats;) {
            if (options_.stop.stop_requested())
                throw Error(ErrorKind::cancelled, "The benchmark was not finished", "it was interrupted");
            const bool regularised = std::ranges::any_of(trainer_.phases(), [&](const auto& phase) {
                return phase.interval > 1 && trainer_.steps() % phase.interval == 0;
            });
            std::map<Phase, double> phases;
            const auto start = Clock::now();
            auto mark = start;
            StepObserver observer;
            observer.gradients = [&](Phase phase, const Adam&) {
                wait_for_device(options_.device);
                phases[phase] = ms_between(mark, Clock::now());
                mark = Clock::now();
            };
            trainer_.step(minibatch_, observer);
            wait_for_device(options_.device);
            const double step = ms_between(start, Clock::now());
            for (const auto& [phase, ms] : phases)
                if (counted >= 0 || phase == Phase::g_reg || phase == Phase::d_reg) times.phases[phase].push_back(ms);
            if (counted >= 0 && !regularised) times.steps.push_back(step);
            if (counted < 0 || !regularised) ++counted;
        }
        return times;
    }

    [[nodiscard]] const Trainer& trainer() const { return trainer_; }

  private:
    static double ms_between(Clock::time_point from, Clock::time_point to) {
        return std::chrono::duration<double, std::milli>(to - from).count();
    }
    [[nodiscard]] TrainerOptions trainer_options() const {
        TrainerOptions t;
        t.batch = options_.batch;
        t.loss.precision = options_.precision;
        t.augmentations = bgc_augmentations();
        t.ada = AdaController{};
        if (options_.generator.family == Family::stylegan2) {
            t.g_reg_interval = 4;
            t.g_adam.lr = 0.002;
            t.loss.pl_weight = 2;
            t.loss.style_mixing_probability = 0.9;
        }
        return t;
    }
    [[nodiscard]] std::shared_ptr<Generator> make_generator() const {
        auto generator = Generator::create(options_.generator);
        generator->to(options_.device);
        return generator;
    }
    [[nodiscard]] std::shared_ptr<Discriminator> make_discriminator() const {
        DiscriminatorConfig config;
        config.c_dim = options_.generator.c_dim;
        config.img_resolution = options_.generator.img_resolution;
        config.img_channels = options_.generator.img_channels;
        config.channel_base = options_.channel_base;
        config.channel_max = options_.channel_max;
        auto discriminator = Discriminator::create(config);
        discriminator->to(options_.device);
        return discriminator;
    }

    TrainingSpeedOptions options_;
    Trainer trainer_;
    SeededRandom random_;
    Minibatch minibatch_;
};

}  // namespace

TrainingSpeed measure_training(const TrainingSpeedOptions& options) {
    Measurement measurement(options);
    const Times times = measurement.run();
    TrainingSpeed speed;
    speed.median_step_ms = median(times.steps);
    speed.min_step_ms = *std::ranges::min_element(times.steps);
    double mean_ms = speed.median_step_ms;
    for (const Trainer::ScheduledPhase& scheduled : measurement.trainer().phases()) {
        const double ms = median(times.phases.at(scheduled.phase));
        speed.phases.push_back({std::string(phase_name(scheduled.phase)), ms, scheduled.interval});
        if (scheduled.interval > 1) mean_ms += ms / scheduled.interval;
    }
    speed.sec_per_kimg = mean_ms / options.batch;
    if (options.generator.family == Family::alias_free)
        for (const LayerSpec& layer : measurement.trainer().g()->schedule().layers) {
            const double side = layer.in_size + layer.kernel - 1;
            // A product forward, and one each for the gradients of activations and weights; the discriminator's phase
            // makes pictures once more.
            speed.gflop += 4 * 2e-9 * options.batch * layer.channels_out * layer.channels_in * layer.kernel *
                           layer.kernel * side * side;
        }
    if (options.compare_reference) {
        const PlainOperators plain;
        speed.reference_median_step_ms = median(Measurement(options).run().steps);
    }
    return speed;
}

}  // namespace afs
