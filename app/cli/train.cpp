// `afstudio train`: begins or continues a training run.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "app/cli/command.h"
#include "app/cli/detectors.h"
#include "app/cli/rank_processes.h"
#include "core/base/error.h"
#include "core/base/log.h"
#include "core/base/user_folders.h"
#include "core/ops/device_memory.h"
#include "core/train/ranks.h"
#include "core/train/run.h"
#include "core/train/training_memory.h"
#include "core/train/training_speed.h"

namespace afs::cli {
namespace {

std::string time_text(double seconds) {
    const double hours = seconds / 3600;
    if (hours < 1) return fmt::format("{:.0f} minutes", std::ceil(seconds / 60));
    return hours < 48 ? fmt::format("{:.1f} hours", hours) : fmt::format("{:.0f} days", hours / 24);
}

class TrainCommand final : public Command {
  public:
    [[nodiscard]] std::string name() const override { return "train"; }
    [[nodiscard]] std::string summary() const override { return "Train a network, or go on with a run"; }
    [[nodiscard]] std::string examples() const override {
        return "  afstudio dataset demo demo.zip --num 5000 --resolution 128\n"
               "  afstudio train --outdir runs --cfg stylegan3-t --data demo.zip --batch 32 --gamma 0.5 --mirror\n"
               "  afstudio train --resume runs/00000-stylegan3-t-demo-gpus1-batch32-gamma0.5\n"
               "  afstudio train --outdir runs --cfg stylegan3-r --data demo.zip --batch 32 --gamma 0.5 --dry-run\n"
               "Ctrl+C, SIGTERM or a file named stop.request in the run's folder: the step is finished, everything is "
               "saved, and --resume goes on exactly there. docs/training.md is the guide.\n";
    }

    void add_options(CLI::App& app) override {
        app_ = &app;
        TrainingRequest& r = options_.request;
        const auto whole = CLI::Range(1, 1 << 30);
        app.add_option("--outdir", outdir_, "Folder of runs; this one gets a folder of its own in it")
            ->type_name("DIR");
        app.add_option("--cfg", r.cfg, "stylegan3-t, stylegan3-r or stylegan2")->type_name("NAME");
        app.add_option("--data", options_.data, "Data set: a folder or a ZIP archive (see afstudio dataset)")
            ->type_name("DATASET");
        app.add_option("--batch", r.batch, "Pictures a step, of all GPUs together; 32 is usual")
            ->check(whole)
            ->type_name("N");
        app.add_option("--batch-gpu", r.batch_gpu,
                       "Pictures at once on one GPU: fewer need less memory. Default: batch / gpus")
            ->check(whole)
            ->type_name("N");
        app.add_option("--gamma", r.gamma, "Weight of R1; --dry-run without it tells a first value")
            ->check(CLI::NonNegativeNumber)
            ->type_name("X");
        app.add_option("--kimg", r.kimg, "Thousands of pictures in all. Default: 25000")->type_name("X");
        app.add_option("--gpus", r.gpus,
                       "Processes, each on a GPU of its own; with --device cpu they share the processor. Default: 1")
            ->check(CLI::Range(1, 1024))
            ->type_name("N");

        const char* const network = "Networks";
        app.add_option("--cbase", r.cbase, "Channels at resolution 1 (stylegan3-r doubles it). Default: 32768")
            ->check(whole)
            ->group(network)
            ->type_name("N");
        app.add_option("--cmax", r.cmax, "Most channels of a layer (stylegan3-r doubles it). Default: 512")
            ->check(whole)
            ->group(network)
            ->type_name("N");
        app.add_option("--map-depth", r.map_depth, "Layers of the mapping network. Default: 2, of stylegan2 8")
            ->check(whole)
            ->group(network)
            ->type_name("N");
        app.add_option("--mbstd-group", r.mbstd_group,
                       "Pictures that the discriminator compares with each other. Default: 4")
            ->check(whole)
            ->group(network)
            ->type_name("N");
        app.add_flag("--cond", r.cond, "Train with the data set's labels")->group(network);
        app.add_flag("--fp32", r.fp32, "No half precision anywhere, and no clamping")->group(network);

        const char* const learning = "Learning";
        app.add_option("--glr", r.glr, "Learning rate of the generator. Default: 0.0025, of stylegan2 0.002")
            ->group(learning)
            ->type_name("X");
        app.add_option("--dlr", r.dlr, "Learning rate of the discriminator. Default: 0.002")
            ->group(learning)
            ->type_name("X");
        app.add_flag("--mirror", r.mirror, "Every picture mirrored, too")->group(learning);
        app.add_option("--aug", aug_, "noaug, ada (as strong as needed) or fixed. Default: ada")
            ->check(CLI::IsMember({"noaug", "ada", "fixed"}))
            ->group(learning)
            ->type_name("NAME");
        app.add_option("--p", r.p, "How often --aug fixed applies, 0 to 1. Default: 0.2")
            ->group(learning)
            ->type_name("X");
        app.add_option("--target", r.target, "What --aug ada aims at, 0 to 1. Default: 0.6")
            ->group(learning)
            ->type_name("X");
        app.add_option("--freezed", r.freezed, "Layers of the discriminator that do not learn. Default: 0")
            ->check(CLI::Range(0, 1 << 20))
            ->group(learning)
            ->type_name("N");
        app.add_option("--seed", r.seed, "Of everything random. Default: 0")->group(learning)->type_name("SEED");

        const char* const run = "The run";
        app.add_option("--resume", resume_,
                       "A run's folder: go on with it exactly, with its options. A network file: begin with its "
                       "networks (transfer)")
            ->group(run)
            ->type_name("RUN|FILE");
        app.add_flag("--auto-resume", auto_resume_,
                     "Go on with the newest run in --outdir that has these options and a state; else begin one")
            ->group(run);
        app.add_flag("--dry-run", dry_run_, "Say what would be trained, how much memory and time it takes, and end")
            ->group(run);
        app.add_option("--tick", r.tick, "Thousands of pictures between progress lines. Default: 4")
            ->group(run)
            ->type_name("X");
        app.add_option("--snap", r.snap, "Ticks between snapshots (network file, sheet of pictures). Default: 50")
            ->check(whole)
            ->group(run)
            ->type_name("N");
        app.add_option("--state-every", options_.state_every_minutes,
                       "Minutes between states: what a crash can lose at most. Default: 10")
            ->check(CLI::NonNegativeNumber)
            ->group(run)
            ->type_name("MIN");
        app.add_option("--keep", options_.keep, "States that stay on the disk. Default: 2")
            ->check(CLI::Range(1, 1 << 20))
            ->group(run)
            ->type_name("N");
        app.add_option("--metrics", metrics_,
                       "Computed at snapshots, with commas between them, or none. Default: fid50k_full")
            ->group(run)
            ->type_name("NAMES");
        app.add_option("--detector", detectors_,
                       "ROLE=FILE, repeatable: TorchScript networks of fid, kid, pr, ppl and is; see afstudio metrics")
            ->group(run)
            ->type_name("ROLE=FILE");
        app.add_option("--workers", options_.workers, "Threads that read pictures, a GPU. Default: 3")
            ->check(CLI::Range(1, 256))
            ->group(run)
            ->type_name("N");
        app.add_flag("--grad-checkpoint", options_.grad_checkpoint,
                     "Less memory for more time: activations are computed again for the gradients")
            ->group(run);
        app.add_option("--desc", r.desc, "Ends the name of the run's folder")->group(run)->type_name("TEXT");
        app.add_flag("--nobench", nobench_,
                     "Accepted for the sake of official commands; there is nothing to switch off")
            ->group(run);
    }

    [[nodiscard]] int run(const Context& context) override {
        read_options(context);
        RunSetup setup;
        if (resume_.empty() && !auto_resume_) {
            setup.options = options_;
        } else if (!resume_.empty() && auto_resume_) {
            throw CLI::ValidationError("Give --resume or --auto-resume, not both");
        } else if (auto_resume_) {
            setup.options = options_;
            need_outdir();
            setup.run = run_to_continue(outdir_, options_);
        } else if (std::filesystem::is_directory(resume_)) {
            setup.run = resume_;
            setup.options = continued(read_run_options(resume_));
        } else {
            options_.from = std::filesystem::absolute(resume_).string();
            options_.request.from_network_file = true;
            setup.options = options_;
        }
        setup.device = context.device();
        const int processes = setup.options.request.gpus;
        if (dry_run_) return say_plan(context, setup);
        if (!setup.run) need_outdir();
        setup.outdir = outdir_;
        const std::optional<RankPlace> place = rank_place();
        if (!place && processes > 1) {
            if (context.common.device != "cpu") check_gpus(processes);
            // What is wrong with them is said once.
            check_that_it_fits(plan_run(setup.options).config, setup.device);
            return run_rank_processes(processes, context.stop);
        }
        if (place && place->world != processes)
            throw CLI::ValidationError(
                fmt::format("--gpus is {}, but the launcher started {} processes", processes, place->world));
        end_with_parent();
        std::unique_ptr<RankGroup> group;
        if (place) {
            if (setup.device.kind == Device::Kind::cuda) setup.device.index = place->local_rank;
            if (context.common.threads == 0) set_compute_threads(std::max(1, compute_threads() / place->local_world));
            if (setup.device.kind == Device::Kind::cpu) setup.sharing = place->local_rank == 0 ? place->local_world : 0;
            if (place->rank > 0) set_log_prefix(fmt::format("rank {}: ", place->rank));
            group = join_ranks(*place, setup.device);
            setup.ranks = group->ranks();
        }
        setup.program = std::filesystem::read_symlink("/proc/self/exe");
        if (const std::filesystem::path folder = cache_folder(); !folder.empty())
            setup.feature_cache = folder / "features";
        setup.say = [&](const std::string& line) {
            context.say(line);
            std::fflush(stdout);
        };
        setup.stop = context.stop;
        const std::optional<RunResult> result = train_with(setup, group.get());
        if (!result) return 1;
        if (setup.ranks.index > 0) return 0;
        if (context.common.json)
            context.print_json({{"run", result->run.string()},
                                {"images", result->images},
                                {"ending", run_phase_name(result->ending)}});
        return 0;
    }

  private:
    // The other ranks are told why this one ends. Nothing: it failed, and another one says why.
    [[nodiscard]] static std::optional<RunResult> train_with(const RunSetup& setup, RankGroup* group) {
        if (group == nullptr) return run_training(setup);
        try {
            RunResult result = run_training(setup);
            group->leave();
            return result;
        } catch (const std::exception&) {
            const Failure f = current_failure("Training ended");
            if (const std::optional<Error> said = group->fail(Error(f.kind, f.what, f.why, f.what_to_do))) throw *said;
            return {};
        }
    }

    void need_outdir() const {
        if (outdir_.empty()) throw CLI::ValidationError("Give --outdir, the folder of runs");
    }

    void read_options(const Context& context) {
        TrainingRequest& r = options_.request;
        if (aug_ == "noaug") r.aug = AugmentMode::none;
        if (aug_ == "fixed") r.aug = AugmentMode::fixed;
        if (!metrics_.empty()) {
            r.metrics = split_at_commas(metrics_);
            if (r.metrics == std::vector<std::string>{"none"}) r.metrics.clear();
        }
        for (const auto& [role, file] : parse_detectors(detectors_)) options_.detectors[role] = file.string();
        options_.precision = context.precision();
        if (const std::optional<RankPlace> place = rank_place(); place && app_->get_option("--gpus")->count() == 0)
            r.gpus = place->world;
        if (!options_.data.empty())
            options_.data = std::filesystem::absolute(options_.data).lexically_normal().string();
        if (!resume_.empty() && !std::filesystem::exists(resume_))
            throw Error(ErrorKind::file, fmt::format("Could not resume from {}", resume_),
                        "there is no such file or folder", "Give the folder of a run, or a network file.");
        const bool begins_new = resume_.empty() || !std::filesystem::is_directory(resume_);
        if (begins_new && r.cfg.empty())
            throw CLI::ValidationError("Give --cfg: stylegan3-t, stylegan3-r or stylegan2");
        if (begins_new && options_.data.empty()) throw CLI::ValidationError("Give --data, the data set");
        if (begins_new && r.batch == 0) throw CLI::ValidationError("Give --batch, the pictures of a step; 32 is usual");
    }

    // The options of a run, with those that were given and may change.
    [[nodiscard]] RunOptions continued(const RunOptions& of_run) const {
        const Json there = to_json(of_run);
        Json now = to_json(options_);
        for (auto& [key, value] : now.items()) {
            const CLI::Option* option = app_->get_option_no_throw("--" + key);
            if (option == nullptr || option->count() == 0) value = there.at(key);
        }
        const std::vector<std::string> changed = differences(there, now);
        if (!changed.empty())
            throw Error(ErrorKind::argument, fmt::format("Could not continue {}", resume_),
                        fmt::format("it was begun with other options ({})", fmt::join(changed, "; ")),
                        "Leave them out, or start a run of its own; --resume with a snapshot of that run begins with "
                        "its networks.");
        return run_options_from_json(now, "Could not continue the run");
    }

    // Processes of this machine share its memory; each GPU has its own.
    static void check_that_it_fits(const TrainingConfig& config, Device device) {
        const auto available = available_memory(device);
        if (available) check_memory(config, device, device.kind == Device::Kind::cpu ? config.gpus : 1, *available);
    }

    // What would not fit is told, too, before it is refused.
    [[nodiscard]] static int say_plan(const Context& context, const RunSetup& setup) {
        const RunPlan plan = plan_run(setup.options);
        const TrainingConfig& config = plan.config;
        // Several GPUs that are not here: a plan for another machine.
        const bool elsewhere =
            config.gpus > 1 && context.common.device != "cpu" && static_cast<int>(cuda_devices().size()) < config.gpus;
        const Device device = elsewhere ? Device{Device::Kind::cuda, 0} : setup.device;
        const TrainingMemory memory = estimate_memory(config, device);
        const auto available = elsewhere ? std::nullopt : available_memory(device);
        context.say(fmt::format("{}\nG: {} parameters, D: {} parameters", to_json(config).dump(2), plan.g_params,
                                plan.d_params));
        context.say(fmt::format(
            "Memory: about {}{}, of them {} for {} pictures at once and {} for the networks and "
            "their optimisers{}",
            memory_text(memory.total()), config.gpus > 1 ? fmt::format(" for each of {} processes", config.gpus) : "",
            memory_text(memory.chunk), config.trainer.batch_gpu, memory_text(memory.networks),
            available ? fmt::format("; {} has {} free", device_name(device), memory_text(*available)) : ""));
        std::fflush(stdout);
        Json json = {{"options", to_json(config)},
                     {"params", {{"G", plan.g_params}, {"D", plan.d_params}}},
                     {"memory_estimate_bytes", memory.total()}};
        const auto end = [&] {
            if (context.common.json) context.print_json(json);
        };
        try {
            if (!elsewhere) check_that_it_fits(config, device);
        } catch (const Error&) {
            end();
            throw;
        }
        const auto speed = elsewhere ? std::nullopt : estimate_speed(config, device, context.stop);
        if (speed) json["sec_per_kimg_estimate"] = speed->sec_per_kimg;
        context.say(speed
                        ? fmt::format("Time: about {:.3g} s for a thousand pictures, {} for all {:g} thousand, by "
                                      "steps of {} pictures that were made just now; snapshots and metrics not counted",
                                      speed->sec_per_kimg, time_text(speed->sec_per_kimg * config.total_kimg),
                                      config.total_kimg, speed->pictures)
                        : "Time: not told, as no short measurement tells it; the run's own first lines will");
        end();
        return 0;
    }

    CLI::App* app_ = nullptr;
    RunOptions options_;
    std::string outdir_, resume_, aug_ = "ada", metrics_;
    std::vector<std::string> detectors_;
    bool auto_resume_ = false, dry_run_ = false, nobench_ = false;
};

}  // namespace

std::unique_ptr<Command> make_train_command() { return std::make_unique<TrainCommand>(); }

}  // namespace afs::cli
