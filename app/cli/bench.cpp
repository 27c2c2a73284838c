// `afstudio bench`: how fast the operators, a generator, frames, training steps are here, beside what the machine can
// do at most.
#include <fmt/format.h>

#include <optional>

#include "app/cli/assets.h"
#include "app/cli/command.h"
#include "core/base/error.h"
#include "core/model/presets.h"
#include "core/render/speed.h"
#include "core/train/training_speed.h"

namespace afs::cli {
namespace {

Json optional_number(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

class BenchCommand final : public Command {
  public:
    [[nodiscard]] std::string name() const override { return "bench"; }
    [[nodiscard]] std::string summary() const override {
        return "Speed tables: operators, a generator, frames, training";
    }
    [[nodiscard]] std::string examples() const override {
        return "  afstudio bench --what generator --cfg stylegan3-t --resolution 256 --cbase 16384\n"
               "  afstudio bench --what ops --cfg stylegan3-r --resolution 256 --compare reference\n"
               "  afstudio bench --what frame --network ffhq.pkl --json\n"
               "  afstudio bench --what train --cfg stylegan3-t --resolution 64 --cbase 4096 --cmax 64 --batch 8\n";
    }

    void add_options(CLI::App& app) override {
        app.add_option("--what", what_, "ops, generator, frame or train. Default: generator")
            ->check(CLI::IsMember({"ops", "generator", "frame", "train"}));
        auto* network =
            app.add_option("--network", network_, "Network file. Default for frame: the demo model")->type_name("FILE");
        auto* cfg = app.add_option("--cfg", cfg_,
                                   "Random weights of stylegan3-t, stylegan3-r or stylegan2 instead of a file. Default "
                                   "for ops: T and R; for generator: stylegan3-t")
                        ->check(CLI::IsMember({"stylegan3-t", "stylegan3-r", "stylegan2"}));
        cfg->excludes(network);
        app.add_option(
               "--resolution", resolution_,
               "Side of its picture, pixels. Default for ops: 256, 512 and 1024; for generator: 256; for train: "
               "64")
            ->type_name("N")
            ->excludes(network);
        app.add_option("--cbase", cbase_, "Capacity, as for init. Default: 32768; for train: 4096")
            ->type_name("N")
            ->excludes(network);
        app.add_option("--cmax", cmax_, "Most channels of a layer, as for init. Default: 512; for train: 64")
            ->type_name("N")
            ->excludes(network);
        app.add_option("--batch", batch_, "Pictures at once (ops, generator, train). Default: 1; for train: 8")
            ->check(CLI::Range(1, 1024))
            ->type_name("N");
        app.add_option("--repeats", repeats_, "Times that count. Default: 5; frame: 60")
            ->check(CLI::Range(1, 100000))
            ->type_name("N");
        app.add_option("--compare", compare_, "reference: measure the plain LibTorch operators in the same run too")
            ->check(CLI::IsMember({"reference"}));
    }

    [[nodiscard]] int run(const Context& context) override {
        SpeedOptions options;
        options.device = context.device();
        options.precision = context.precision();
        options.batch = batch_.value_or(1);
        options.repeats = repeats_.value_or(what_ == "frame" ? 60 : 5);
        options.compare_reference = !compare_.empty();
        options.stop = context.stop;
        if (what_ == "frame" && !cfg_.empty())
            throw CLI::ValidationError("--what frame shows a file: use --network, or neither for the demo model");
        if (what_ == "ops" && !network_.empty())
            throw CLI::ValidationError("--what ops measures shapes of --cfg, not of a file");
        if (what_ == "train" && !network_.empty())
            throw CLI::ValidationError("--what train starts from random weights of --cfg, not from a file");
        const MachineLimits limits = measure_machine();
        context.say(fmt::format("CPU peak {:.0f} GFLOP/s (float32), memory {:.1f} GB/s; device {}", limits.peak_gflops,
                                limits.gbytes_per_s, device_name(options.device)));
        Json document = {
            {"device", device_name(options.device)},
            {"machine", {{"peak_gflops", limits.peak_gflops}, {"bandwidth_gbytes_per_s", limits.gbytes_per_s}}}};
        document[what_] = what_ == "ops"         ? ops(context, options, limits)
                          : what_ == "generator" ? generator(context, options, limits)
                          : what_ == "train"     ? train(context, options, limits)
                                                 : frame(context, options);
        if (context.common.json) context.print_json(document);
        return 0;
    }

  private:
    Json ops(const Context& context, const SpeedOptions& options, const MachineLimits& limits) const {
        std::vector<std::string> configs = {"stylegan3-t", "stylegan3-r"};
        std::vector<int> resolutions = {256, 512, 1024};
        if (!cfg_.empty()) configs = {cfg_};
        if (resolution_) resolutions = {*resolution_};
        context.say(fmt::format("{:<28} {:<28} {:>9} {:>8} {:>7} {:>7} {:>7}{}", "operator", "shape", "ms", "GFLOP/s",
                                "% peak", "GB/s", "% mem", options.compare_reference ? "  reference" : ""));
        Json rows = Json::array();
        for (const int resolution : resolutions)
            for (const std::string& cfg : configs) {
                if (cfg == "stylegan2")
                    throw Error(ErrorKind::argument, "The operators of stylegan2 cannot be measured one by one",
                                "its layers have no filtered nonlinearity",
                                "Use `afstudio bench --what generator --cfg stylegan2`");
                context.say(fmt::format("{} {}", cfg, resolution));
                const auto say_row = [&](const OperatorSpeed& row) {
                    const double gflops = row.gflop / row.ms * 1e3, gbytes = row.gbytes / row.ms * 1e3;
                    context.say(fmt::format(
                        "{:<28} {:<28} {:>9.3f} {:>8.0f} {:>7.0f} {:>7.1f} {:>7.0f}{}", row.op, row.shape, row.ms,
                        gflops, 100 * gflops / limits.peak_gflops, gbytes, 100 * gbytes / limits.gbytes_per_s,
                        row.reference_ms ? fmt::format("  {:.1f}x", *row.reference_ms / row.ms) : std::string()));
                };
                for (const OperatorSpeed& row :
                     measure_operators(fmt::format("{} {}", cfg, resolution),
                                       preset_config(cfg, resolution, cbase_, cmax_), options, say_row)) {
                    const double gflops = row.gflop / row.ms * 1e3, gbytes = row.gbytes / row.ms * 1e3;
                    rows.push_back({{"op", row.op},
                                    {"network", row.network},
                                    {"layer", row.layer},
                                    {"shape", row.shape},
                                    {"type", row.type},
                                    {"median_ms", row.ms},
                                    {"gflop", row.gflop},
                                    {"gflops", gflops},
                                    {"gbytes_per_s", gbytes},
                                    {"share_of_peak", gflops / limits.peak_gflops},
                                    {"share_of_bandwidth", gbytes / limits.gbytes_per_s},
                                    {"reference_ms", optional_number(row.reference_ms)}});
                }
            }
        return rows;
    }

    Json generator(const Context& context, const SpeedOptions& options, const MachineLimits& limits) const {
        const GeneratorConfig config =
            preset_config(cfg_.empty() ? "stylegan3-t" : cfg_, resolution_.value_or(256), cbase_, cmax_);
        const GeneratorSpeed speed = measure_generator(network_, config, options);
        Json layers = Json::array();
        for (const LayerTime& layer : speed.layers) {
            layers.push_back({{"name", layer.name}, {"ms", layer.ms}});
            context.say(fmt::format("  {:<16} {:>9.2f} ms", layer.name, layer.ms));
        }
        context.say(fmt::format("{} pictures: median {:.1f} ms, least {:.1f} ms of {}; peak memory {:.0f} MB",
                                options.batch, speed.median_ms, speed.min_ms, speed.repeats,
                                static_cast<double>(speed.peak_memory_bytes) * 1e-6));
        if (speed.gflop > 0)
            context.say(fmt::format("{:.1f} GFLOP: {:.0f} GFLOP/s, {:.0f} % of the CPU's peak", speed.gflop,
                                    speed.gflop / speed.median_ms * 1e3,
                                    100 * speed.gflop / speed.median_ms * 1e3 / limits.peak_gflops));
        if (speed.reference_median_ms)
            context.say(fmt::format("plain LibTorch operators: median {:.1f} ms, {:.1f}x", *speed.reference_median_ms,
                                    *speed.reference_median_ms / speed.median_ms));
        return {{"median_ms", speed.median_ms},
                {"min_ms", speed.min_ms},
                {"repeats", speed.repeats},
                {"batch", options.batch},
                {"peak_memory_bytes", speed.peak_memory_bytes},
                {"gflop", speed.gflop},
                {"layers", layers},
                {"reference_median_ms", optional_number(speed.reference_median_ms)}};
    }

    Json frame(const Context& context, const SpeedOptions& options) const {
        const FrameSpeed speed = measure_frames(network_.empty() ? demo_model_path().string() : network_, options);
        context.say(
            fmt::format("request to picture: median {:.1f} ms, least {:.1f} ms of {}; {:.1f} distinct pictures/s",
                        speed.median_ms, speed.min_ms, speed.repeats, speed.frames_per_s));
        return {{"median_ms", speed.median_ms},
                {"min_ms", speed.min_ms},
                {"frames_per_second", speed.frames_per_s},
                {"repeats", speed.repeats}};
    }

    Json train(const Context& context, const SpeedOptions& options, const MachineLimits& limits) const {
        TrainingSpeedOptions t;
        t.channel_base = cbase_.value_or(4096);
        t.channel_max = cmax_.value_or(64);
        t.generator =
            preset_config(cfg_.empty() ? "stylegan3-t" : cfg_, resolution_.value_or(64), t.channel_base, t.channel_max);
        t.device = options.device;
        t.precision = options.precision;
        t.batch = batch_.value_or(8);
        t.repeats = options.repeats;
        t.compare_reference = options.compare_reference;
        t.stop = options.stop;
        const TrainingSpeed speed = measure_training(t);
        Json phases = Json::array();
        for (const TrainingSpeed::PhaseTime& phase : speed.phases) {
            phases.push_back({{"name", phase.name}, {"median_ms", phase.ms}, {"interval", phase.interval}});
            context.say(fmt::format("  {:<6} {:>9.1f} ms, every {}", phase.name, phase.ms,
                                    phase.interval == 1 ? "step" : fmt::format("{} steps", phase.interval)));
        }
        context.say(fmt::format("a step of {} pictures: median {:.0f} ms, least {:.0f} ms; {:.1f} s/kimg", t.batch,
                                speed.median_step_ms, speed.min_step_ms, speed.sec_per_kimg));
        if (speed.gflop > 0)
            context.say(
                fmt::format("{:.0f} GFLOP in the generator's convolutions alone, of which the CPU could make "
                            "{:.0f} in a step",
                            speed.gflop, limits.peak_gflops * speed.median_step_ms * 1e-3));
        if (speed.reference_median_step_ms)
            context.say(fmt::format("plain LibTorch operators: median {:.0f} ms, {:.1f}x",
                                    *speed.reference_median_step_ms,
                                    *speed.reference_median_step_ms / speed.median_step_ms));
        return {{"sec_per_kimg", speed.sec_per_kimg},
                {"median_step_ms", speed.median_step_ms},
                {"min_step_ms", speed.min_step_ms},
                {"batch", t.batch},
                {"repeats", t.repeats},
                {"gflop", speed.gflop},
                {"phases", phases},
                {"reference_median_step_ms", optional_number(speed.reference_median_step_ms)}};
    }

    std::string what_ = "generator", network_, cfg_, compare_;
    std::optional<int> resolution_, cbase_, cmax_, batch_, repeats_;
};

}  // namespace

std::unique_ptr<Command> make_bench_command() { return std::make_unique<BenchCommand>(); }

}  // namespace afs::cli
