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

// Steps of a trainer on random pictures.
class Measurement {
  public:
    Measurement(const GeneratorConfig& g, const DiscriminatorConfig& d, const TrainerOptions& options, Device device,
                std::stop_token stop)
        : device_(device),
          stop_(std::move(stop)),
          trainer_(options, on_device(Generator::create(g)), on_device(Discriminator::create(d))) {
        SeededRandom random(1);
        const std::vector<std::int64_t> shape = {options.batch, g.img_channels, g.img_resolution, g.img_resolution};
        const at::Device where(device_name(device));
        minibatch_.pictures = (random.uniform(shape) * 256).to(at::kByte).to(where);
        if (g.c_dim > 0) {
            const auto count = static_cast<std::int64_t>(trainer_.phases().size()) * options.batch;
            minibatch_.labels = at::one_hot(at::zeros({options.batch}, at::kLong), g.c_dim).to(at::kFloat).to(where);
            minibatch_.c = at::one_hot(at::zeros({count}, at::kLong), g.c_dim).to(at::kFloat).to(where);
        }
    }

    // One step. What is first in a process does not count where others follow: of those, only regularisers do.
    void step(Times& times, bool counts) {
        if (stop_.stop_requested())
            throw Error(ErrorKind::cancelled, "The benchmark was not finished", "it was interrupted");
        const bool regularised = std::ranges::any_of(trainer_.phases(), [&](const auto& phase) {
            return phase.interval > 1 && trainer_.steps() % phase.interval == 0;
        });
        std::map<Phase, double> phases;
        const auto start = Clock::now();
        auto mark = start;
        StepObserver observer;
        observer.gradients = [&](Phase phase, const Adam&) {
            wait_for_device(device_);
            phases[phase] = ms_between(mark, Clock::now());
            mark = Clock::now();
        };
        trainer_.step(minibatch_, observer);
        wait_for_device(device_);
        const double step = ms_between(start, Clock::now());
        for (const auto& [phase, ms] : phases)
            if (counts || phase == Phase::g_reg || phase == Phase::d_reg) times.phases[phase].push_back(ms);
        if (counts && !regularised) times.steps.push_back(step);
    }

    // Until so many steps without regularisers are counted.
    Times run(int repeats) {
        Times times;
        step(times, false);
        while (static_cast<int>(times.steps.size()) < repeats) step(times, true);
        return times;
    }

    [[nodiscard]] const Trainer& trainer() const { return trainer_; }

  private:
    static double ms_between(Clock::time_point from, Clock::time_point to) {
        return std::chrono::duration<double, std::milli>(to - from).count();
    }
    template <class Network> std::shared_ptr<Network> on_device(std::shared_ptr<Network> network) const {
        network->to(device_);
        return network;
    }

    Device device_;
    std::stop_token stop_;
    Trainer trainer_;
    Minibatch minibatch_;
};

// What `bench` trains: official, from p = 0.
TrainerOptions usual_options(const TrainingSpeedOptions& options) {
    TrainerOptions t;
    t.batch = options.batch;
    t.loss.precision = options.precision;
    t.augmentations = bgc_augmentations();
    t.ada = AdaController{};
    if (options.generator.family == Family::stylegan2) {
        t.g_reg_interval = 4;
        t.g_adam.lr = 0.002;
        t.loss.pl_weight = 2;
        t.loss.style_mixing_probability = 0.9;
    }
    return t;
}

DiscriminatorConfig usual_discriminator(const TrainingSpeedOptions& options) {
    DiscriminatorConfig config;
    config.c_dim = options.generator.c_dim;
    config.img_resolution = options.generator.img_resolution;
    config.img_channels = options.generator.img_channels;
    config.channel_base = options.channel_base;
    config.channel_max = options.channel_max;
    return config;
}

double gflop_of(const Schedule& schedule) {
    double gflop = 0;
    for (const LayerSpec& layer : schedule.layers) {
        const double side = layer.in_size + layer.kernel - 1;
        gflop += 2e-9 * layer.channels_out * layer.channels_in * layer.kernel * layer.kernel * side * side;
    }
    return gflop;
}

double gflop_of(const DiscriminatorConfig& config) {
    double gflop = 0;
    for (const DiscriminatorLayer& layer : discriminator_layers(config)) {
        const double side = layer.resolution / layer.down;
        gflop += 2e-9 * layer.channels_out * layer.channels_in * layer.kernel * layer.kernel * side * side;
    }
    return gflop;
}

// Of a matrix product, the better of a few.
double product_gflop_per_s(Device device) {
    const at::NoGradGuard no_gradient;
    constexpr std::int64_t kSide = 768;
    const Tensor a = at::ones({kSide, kSide}, at::Device(device_name(device)));
    double best_s = 1e9;
    for (int i = 0; i < 4; ++i) {
        const auto start = Clock::now();
        const Tensor product = at::mm(a, a);
        wait_for_device(device);
        best_s = std::min(best_s, std::chrono::duration<double>(Clock::now() - start).count());
    }
    return 2e-9 * kSide * kSide * kSide / best_s;
}

// Pictures at once, the most that a short measurement can afford; 0: not even two. All that `chunk` can be divided
// into and the discriminator's groups allow.
int affordable_pictures(const TrainingConfig& config, Device device) {
    // With every regulariser, as the first step has them. A step reaches about a third of what one product does.
    const double gflop = 7 * gflop_of(make_schedule(config.g)) + 17 * gflop_of(config.d);
    const double gflop_per_s = product_gflop_per_s(device) / 3;
    constexpr double kUsual_s = 5, kMost_s = 15;
    const int chunk = config.trainer.batch_gpu, group = config.d.mbstd_group_size;
    int least = chunk;
    for (int n = chunk; n >= std::min(2, chunk); --n) {
        if (chunk % n != 0 || (n > group && n % group != 0)) continue;
        if (n * gflop <= kUsual_s * gflop_per_s) return n;
        least = n;
    }
    return least * gflop <= kMost_s * gflop_per_s ? least : 0;
}

}  // namespace

std::optional<SpeedEstimate> estimate_speed(const TrainingConfig& config, Device device, std::stop_token stop) {
    if (config.gpus > 1 && device.kind == Device::Kind::cuda) return {};  // what lies between them is not known
    SpeedEstimate estimate;
    estimate.pictures = affordable_pictures(config, device);
    if (estimate.pictures == 0) return {};
    TrainerOptions options = config.trainer;
    options.batch = estimate.pictures;
    options.batch_gpu = 0;
    Measurement measurement(config.g, config.d, options, device, std::move(stop));
    // The first step is slower than others, which matters where it is short.
    constexpr std::chrono::seconds kEnough{3};
    const auto start = Clock::now();
    Times first, times;
    measurement.step(first, true);
    while (Clock::now() - start < kEnough && times.steps.size() < 5) measurement.step(times, true);
    double ms = 0;
    for (const Trainer::ScheduledPhase& scheduled : measurement.trainer().phases()) {
        const auto found = times.phases.find(scheduled.phase);
        ms +=
            median(found != times.phases.end() ? found->second : first.phases.at(scheduled.phase)) / scheduled.interval;
    }
    estimate.sec_per_kimg = ms / estimate.pictures;
    return estimate;
}

TrainingSpeed measure_training(const TrainingSpeedOptions& options) {
    const auto measured = [&] {
        return Measurement(options.generator, usual_discriminator(options), usual_options(options), options.device,
                           options.stop);
    };
    Measurement measurement = measured();
    const Times times = measurement.run(options.repeats);
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
    // A product forward, and one each for the gradients of activations and weights; the discriminator's phase makes
    // pictures once more.
    if (options.generator.family == Family::alias_free)
        speed.gflop = 4 * options.batch * gflop_of(measurement.trainer().g()->schedule());
    if (options.compare_reference) {
        const PlainOperators plain;
        speed.reference_median_step_ms = median(measured().run(options.repeats).steps);
    }
    return speed;
}

}  // namespace afs
