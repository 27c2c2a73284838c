#include "core/train/run.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <map>
#include <span>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/data/check.h"
#include "core/data/data_set.h"
#include "core/model/init_network.h"
#include "core/model/save_network.h"
#include "core/ops/device_memory.h"
#include "core/train/checkpoint.h"
#include "core/train/collapse.h"
#include "core/train/data_feed.h"
#include "core/train/event_file.h"
#include "core/train/run_directory.h"
#include "core/train/run_stop.h"
#include "core/train/sample_sheet.h"
#include "core/train/snapshot_metrics.h"
#include "core/train/tick_statistics.h"
#include "core/train/trainer.h"
#include "core/train/training_memory.h"
#include "core/train/transfer.h"

namespace afs {
namespace {

using Clock = std::chrono::steady_clock;

double unix_seconds() {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

struct Networks {
    std::shared_ptr<Generator> g, g_ema;
    std::shared_ptr<Discriminator> d;
    std::vector<std::string> remarks;
};

// On the CPU. With `from`, of a network file as far as it has them.
Networks make_networks(const TrainingConfig& config, const std::string& from) {
    Networks networks;
    networks.g = Generator::create(config.g, config.trainer.seed);
    networks.d = Discriminator::create(config.d, config.trainer.seed + 1);
    networks.g_ema = networks.g->clone_to({});
    if (!from.empty()) networks.remarks = transfer_networks(from, *networks.g, *networks.d, *networks.g_ema).remarks;
    return networks;
}

// A new run reads every picture once before it begins: hours later would be too late.
void check_data(const RunOptions& options, const Progress& progress) {
    const DataCheck check = check_data_set(options.data, options.workers, progress);
    if (check.problems.empty()) return;
    constexpr std::size_t kTold = 5;
    std::vector<std::string> told;
    for (const DataProblem& problem : check.problems) {
        if (told.size() == kTold) break;
        told.push_back(problem.file.empty() ? problem.what : fmt::format("{}: {}", problem.file, problem.what));
    }
    if (check.problems.size() > kTold) told.push_back(fmt::format("and {} more", check.problems.size() - kTold));
    throw Error(ErrorKind::format, fmt::format("Could not train on {}", options.data),
                fmt::format("{}", fmt::join(told, "; ")),
                "`afstudio dataset check` lists every problem, `afstudio dataset import` makes a data set of pictures "
                "as they are.");
}

class Run {
  public:
    explicit Run(const RunSetup& setup);
    ~Run();
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;

    // Once, with the reason of a failure in the status.
    RunResult train();

  private:
    void begin();
    void draw_fakes(const std::string& name);
    void continue_from(const Checkpoint& checkpoint);
    void check_same_run() const;
    void rewind_logs() const;
    void train_until_end();
    void step();
    [[nodiscard]] bool tick_ends() const;
    void finish_tick();
    void save_snapshot();
    [[nodiscard]] std::filesystem::path write_snapshot();
    void measure(const std::filesystem::path& snapshot);
    void save_state();
    void check_health(const Trainer* trainer = nullptr) const;
    struct Agreement {
        bool stop = false, save = false;
    };
    [[nodiscard]] Agreement agree();
    [[noreturn]] void end_without_pictures();
    // For what takes long and is done by one rank: the others wait for it.
    [[nodiscard]] Progress alone(Progress::Listener listener = {}) const {
        return {[this, listener = std::move(listener)](const ProgressState& state) {
                    if (setup_.ranks.busy) setup_.ranks.busy();
                    if (listener) listener(state);
                },
                stop_->token()};
    }
    [[nodiscard]] std::vector<std::byte> rank_state() const;
    void restore_rank(const std::vector<std::byte>& state, const std::string& tried);
    [[nodiscard]] bool done() const { return trainer_->images() >= total_images(); }
    [[nodiscard]] std::int64_t total_images() const {
        return static_cast<std::int64_t>(std::llround(config_.total_kimg * 1000));
    }
    void enter(RunPhase phase, std::optional<std::string> reason = {});
    void write_sheet(const std::string& name, const Image& sheet);
    // Pictures of a sheet at once: without gradients they need a fraction of a step's memory. A CPU is as fast with
    // few, which leaves more for the steps that follow.
    [[nodiscard]] int sheet_batch() const {
        return setup_.device.kind == Device::Kind::cpu ? std::min(config_.trainer.batch_gpu, 4)
                                                       : 4 * config_.trainer.batch_gpu;
    }
    void say(const std::string& line);

    const RunSetup& setup_;
    const bool leads_ = setup_.ranks.index == 0;  // this rank writes
    std::unique_ptr<RunStop> stop_;
    DataSet set_;
    RunPlan plan_;
    const TrainingConfig& config_;
    Networks networks_;  // until the trainer has them
    std::filesystem::path directory_;
    std::unique_ptr<RunLock> lock_;
    std::optional<Checkpoint> checkpoint_;  // that is continued, until it is
    std::unique_ptr<RunHeartbeat> heartbeat_;
    RunStatus status_;
    std::unique_ptr<AppendFile> log_;
    std::unique_ptr<AppendFile> stats_;
    std::unique_ptr<EventFile> events_;
    TickStatistics statistics_;
    std::map<std::string, double, std::less<>> phase_ms_;  // of each phase's last execution
    std::unique_ptr<Trainer> trainer_;
    std::unique_ptr<DataFeed> feed_;
    std::unique_ptr<SampleSheet> sheet_;

    Minibatch next_;                     // the next step's, read ahead
    std::optional<Failure> unreadable_;  // instead of it
    std::int64_t data_position_ = 0;     // before it
    std::int64_t tick_ = 0;              // that is running
    std::int64_t tick_begin_ = 0;        // pictures seen before it
    double earlier_s_ = 0;               // of earlier sittings
    double tick_earlier_s_ = 0;          // likewise, of the running tick
    Clock::time_point sitting_start_ = Clock::now(), tick_start_ = sitting_start_, state_time_ = sitting_start_;
    double maintenance_s_ = 0;  // between the tick before and this one
    bool told_of_detectors_ = false;
};

// Whatever can be wrong is, as far as possible, found before anything is written.
Run::Run(const RunSetup& setup)
    : setup_(setup), set_(open_data(setup.options)), plan_(plan_for(setup.options, set_)), config_(plan_.config) {
    AFS_CHECK(config_.gpus == setup.ranks.count);
    if (const auto available = available_memory(setup.device); available && setup.sharing > 0)
        check_memory(config_, setup.device, setup.sharing, *available);
    stop_ = std::make_unique<RunStop>(setup.stop);
    if (!setup.run && leads_) check_data(setup.options, alone());
    networks_ = make_networks(config_, setup.run ? std::string() : setup.options.from);
    if (leads_) {
        directory_ = setup.run ? *setup.run : make_run_directory(setup.outdir, config_.run_name);
        lock_ = std::make_unique<RunLock>(directory_);
    } else if (setup.run) {
        directory_ = *setup.run;
    }
    if (setup.run) {
        check_same_run();
        checkpoint_ = newest_checkpoint(directory_);
        if (!checkpoint_)
            throw Error(ErrorKind::file, fmt::format("Could not continue {}", directory_.string()),
                        "it holds no whole state", "Start a run of its own.");
    }
    if (!leads_) return;
    remove_unfinished_files(directory_);
    (void)take_stop_request(directory_);  // of an earlier sitting
    stop_ = std::make_unique<RunStop>(setup.stop, directory_);
    status_.total_kimg = config_.total_kimg;
    heartbeat_ = std::make_unique<RunHeartbeat>(directory_, status_);
    log_ = std::make_unique<AppendFile>(directory_ / "log.txt");
    if (setup_.ranks.when_lost)  // train() cannot say it where a GPU waits forever
        setup_.ranks.when_lost([this](const Failure& failure) {
            RunStatus status = heartbeat_->status();
            status.phase = RunPhase::failed;
            status.reason = failure.paragraph();
            heartbeat_->update(status);
        });
}

Run::~Run() {
    if (setup_.ranks.when_lost) setup_.ranks.when_lost({});
}

RunResult Run::train() {
    try {
        begin();
        train_until_end();
    } catch (...) {
        const Failure failure = current_failure("Training ended");
        enter(RunPhase::failed, failure.paragraph());
        try {
            if (log_) log_->append(failure.paragraph() + "\n");
        } catch (const Error&) {  // a full disk is what the failure tells already
        }
        throw;
    }
    return {directory_, status_.phase, trainer_->images()};
}

void Run::begin() {
    if (leads_)
        write_file(directory_ / "options.json", options_document(setup_.options, plan_).dump(2) + "\n", Overwrite::yes);
    say(fmt::format("{}: {} at {} x {}, G {} and D {} parameters, {} pictures.", directory_.string(),
                    setup_.options.request.cfg, set_.resolution(), set_.resolution(), plan_.g_params, plan_.d_params,
                    set_.size()));
    for (const std::string& remark : networks_.remarks) say(remark);
    networks_.g->to(setup_.device);
    networks_.d->to(setup_.device);
    networks_.g_ema->to(setup_.device);
    trainer_ = std::make_unique<Trainer>(config_.trainer, networks_.g, networks_.d, networks_.g_ema, setup_.ranks);
    networks_ = {};
    sheet_ = std::make_unique<SampleSheet>(set_, config_.g, config_.trainer.seed);
    DataFeedOptions feed{.batch = config_.trainer.batch,
                         .phases = static_cast<int>(trainer_->phases().size()),
                         .workers = setup_.options.workers,
                         .seed = static_cast<std::uint32_t>(config_.trainer.seed),
                         .rank = setup_.ranks.index,
                         .world = setup_.ranks.count,
                         .device = at::Device(device_name(setup_.device))};
    std::optional<std::int64_t> goes_on_from;
    if (checkpoint_) {
        continue_from(*checkpoint_);
        feed.position = data_position_;
        checkpoint_.reset();
        goes_on_from = tick_ == 0 ? 0 : tick_begin_ / 1000 + 1;  // behind the last tick that is told
        if (leads_) rewind_logs();
        say(fmt::format("Goes on at {:.3f} kimg.", static_cast<double>(trainer_->images()) / 1000));
    }
    if (leads_) {
        stats_ = std::make_unique<AppendFile>(directory_ / "stats.jsonl");
        events_ = std::make_unique<EventFile>(directory_, goes_on_from);
    }
    feed_ = std::make_unique<DataFeed>(set_, feed);
    if (!leads_ || trainer_->images() > 0) return;
    write_sheet("reals.png", real_sheet(set_));
    draw_fakes("fakes_init.png");
}

// Of a large network on a CPU this takes longer than many steps: how long is said, and a request to stop ends it.
void Run::draw_fakes(const std::string& name) {
    constexpr double kLong_s = 20, kSure_s = 5;  // the first pictures take longer than others
    const Clock::time_point start = Clock::now();
    bool told = false;
    const auto tell = [&](const ProgressState& state) {
        const double passed = seconds_since(start), whole = state.fraction > 0 ? passed / state.fraction : 0;
        if (passed < kSure_s || whole < kLong_s || std::exchange(told, true)) return;
        say(fmt::format("{}: {} pictures, which will take about {}. A request to stop ends it.", name,
                        sheet_->pictures(), duration_text(whole)));
    };
    try {
        write_sheet(name, sheet_->draw(*trainer_->g_ema(), sheet_batch(), alone(tell)));
    } catch (const Error& e) {
        if (e.kind() != ErrorKind::cancelled) throw;  // the run is to end: there is no need to wait for pictures
    }
}

// What was told after the state will happen again.
void Run::rewind_logs() const {
    rewind_statistics(directory_ / "stats.jsonl", static_cast<int>(tick_));
    for (const std::string& metric : known_metrics())
        rewind_metrics(directory_ / fmt::format("metric-{}.jsonl", metric), trainer_->images() / 1000);
}

// The options are; so must be what they mean for this program and this data set.
void Run::check_same_run() const {
    const Json before = read_options_document(directory_), now = options_document(setup_.options, plan_);
    std::vector<std::string> changed;
    const auto compare = [&](const char* of, std::initializer_list<std::string_view> free) {
        for (const auto& [key, value] : now[of].items()) {
            const Json there = before[of].contains(key) ? before[of][key] : Json();
            if (std::ranges::find(free, key) == free.end() && there != value)
                changed.push_back(fmt::format("{}: {} there, {} now", key, there.dump(), value.dump()));
        }
    };
    compare("data", {"name"});
    compare("resolved", {"run_name", "total_kimg", "kimg_per_tick", "snapshot_ticks", "metrics"});
    if (!changed.empty())
        throw Error(ErrorKind::argument, fmt::format("Could not continue {}", directory_.string()),
                    fmt::format("it was begun with something else ({})", fmt::join(changed, "; ")),
                    "Give --data with the data set it was begun with, or start a run of its own.");
}

void Run::continue_from(const Checkpoint& checkpoint) {
    const std::string tried = fmt::format("Could not continue {}", directory_.string());
    if (checkpoint.ranks.size() != static_cast<std::size_t>(setup_.ranks.count))
        throw Error(ErrorKind::format, tried, fmt::format("its state is of {} processes", checkpoint.ranks.size()),
                    "Continue it with as many.");
    trainer_->restore(checkpoint.trainer);
    restore_rank(checkpoint.ranks[static_cast<std::size_t>(setup_.ranks.index)], tried);
    if (setup_.ranks.count > 1) {  // a shared disk may show a state to some of them only
        Tensor least = at::tensor({trainer_->images()}, at::kLong);
        setup_.ranks.broadcast(least);
        if (least.item<std::int64_t>() != trainer_->images())
            throw Error(ErrorKind::file, tried,
                        fmt::format("rank {} finds another newest state there than rank 0", setup_.ranks.index),
                        "Try again when all machines see the same files.");
    }
    try {
        const Json& run = checkpoint.run;
        run.at("tick").get_to(tick_);
        run.at("tick_begin").get_to(tick_begin_);
        run.at("total_s").get_to(earlier_s_);
        run.at("tick_s").get_to(tick_earlier_s_);
        run.at("maintenance_s").get_to(maintenance_s_);
        run.at("phase_ms").get_to(phase_ms_);
    } catch (const Json::exception& e) {
        throw Error(ErrorKind::format, fmt::format("Could not continue {}", directory_.string()),
                    fmt::format("its state is incomplete ({})", e.what()), "Start a run of its own.");
    }
}

// A rank's own part of the state: its trainer's, where it stands in the data set, and the statistics that it has
// gathered in this tick.
std::vector<std::byte> Run::rank_state() const {
    const std::vector<std::byte> trainer = trainer_->rank_state();
    std::vector<std::uint8_t> bytes(trainer.size());
    std::memcpy(bytes.data(), trainer.data(), trainer.size());
    const std::vector<std::uint8_t> packed = Json::to_cbor({{"trainer", Json::binary(std::move(bytes))},
                                                            {"data_position", data_position_},
                                                            {"statistics", statistics_.state()}});
    std::vector<std::byte> result(packed.size());
    std::memcpy(result.data(), packed.data(), packed.size());
    return result;
}

void Run::restore_rank(const std::vector<std::byte>& state, const std::string& tried) {
    try {
        const auto* begin = reinterpret_cast<const std::uint8_t*>(state.data());
        const Json json = Json::from_cbor(begin, begin + state.size());
        const auto& trainer = json.at("trainer").get_binary();
        trainer_->restore_rank(std::as_bytes(std::span(trainer)));
        json.at("data_position").get_to(data_position_);
        if (data_position_ < 0)
            throw Error(ErrorKind::format, tried, "its place in the data set is negative", "Start a run of its own.");
        statistics_.restore(json.at("statistics"));
    } catch (const Json::exception& e) {
        throw Error(ErrorKind::format, tried, fmt::format("a rank's part of its state is incomplete ({})", e.what()),
                    "Start a run of its own.");
    }
}

void Run::train_until_end() {
    sitting_start_ = tick_start_ = state_time_ = Clock::now();
    enter(RunPhase::training);
    bool stop = agree().stop;
    while (!done() && !stop) {
        step();
        if (tick_ends()) finish_tick();
        const Agreement all = agree();
        stop = all.stop;
        if (all.save && !stop && !done()) save_state();
    }
    if (stop && !done()) save_state();
    if (done())
        enter(RunPhase::finished);
    else
        enter(RunPhase::stopped, "it was asked to stop");
    say(done() ? "Finished." : "Stopped; --resume goes on here.");
}

void Run::step() {
    auto mark = Clock::now();
    StepObserver observer;
    observer.report = [&](Phase, std::string_view name, const Tensor& values) { statistics_.report(name, values); };
    observer.gradients = [&](Phase phase, const Adam&) {
        phase_ms_[std::string(phase_name(phase))] = seconds_since(mark) * 1000;
        mark = Clock::now();
    };
    trainer_->step(next_, observer);
    data_position_ = feed_->position();
    check_health();
    status_.kimg = static_cast<double>(trainer_->images()) / 1000;
    if (heartbeat_) heartbeat_->update(status_);
}

// The first ends after one step: a run shows at once that it works.
bool Run::tick_ends() const {
    const auto in_tick = static_cast<double>(trainer_->images() - tick_begin_);
    return tick_ == 0 || done() || in_tick >= config_.kimg_per_tick * 1000;
}

void Run::finish_tick() {
    const double tick_s = tick_earlier_s_ + seconds_since(tick_start_);
    const auto images = static_cast<double>(trainer_->images() - tick_begin_);
    TickFigures figures;
    figures.tick = static_cast<int>(tick_);
    figures.kimg = static_cast<double>(trainer_->images()) / 1000;
    figures.total_s = earlier_s_ + seconds_since(sitting_start_);
    figures.tick_s = tick_s;
    figures.sec_per_kimg = tick_s / images * 1000;
    figures.maintenance_s = maintenance_s_;
    figures.cpu_memory_gb = process_memory_gb();
    figures.augment_p = static_cast<double>(trainer_->p());
    figures.phase_ms.assign(phase_ms_.begin(), phase_ms_.end());
    if (setup_.ranks.count > 1) statistics_.sum_over(setup_.ranks.sum);
    const Statistics& losses = statistics_.finish_tick();
    say(tick_text(figures));
    if (leads_) {
        stats_->append(statistics_line(losses, figures, unix_seconds()) + "\n");
        add_statistics(*events_, losses, figures);
        events_->flush();
    }
    status_.sec_per_kimg = figures.sec_per_kimg;
    status_.eta_s = std::max(0.0, config_.total_kimg - figures.kimg) * figures.sec_per_kimg;

    const Clock::time_point tick_end = Clock::now();
    const bool snapshot = tick_ % config_.snapshot_ticks == 0 || done();
    ++tick_;
    tick_begin_ = trainer_->images();
    tick_earlier_s_ = maintenance_s_ = 0;
    tick_start_ = Clock::now();
    if (snapshot) {
        save_snapshot();
        tick_start_ = Clock::now();
        maintenance_s_ = seconds_since(tick_end);
    }
}

void Run::save_snapshot() {
    std::filesystem::path snapshot;
    if (leads_) snapshot = write_snapshot();
    // Behind what it has to come after: who goes on from it has everything that lies before.
    save_state();
    if (leads_) measure(snapshot);
    enter(RunPhase::training);
}

std::filesystem::path Run::write_snapshot() {
    enter(RunPhase::saving);
    const std::int64_t images = trainer_->images();
    draw_fakes(fakes_file_name(images));
    const std::filesystem::path snapshot = directory_ / snapshot_file_name(images);
    NetworksToSave networks;
    networks.networks = {saved_network("G", *trainer_->g()), saved_network("D", *trainer_->d()),
                         saved_network("G_ema", *trainer_->g_ema())};
    networks.training_set_kwargs = {{"name", plan_.data["name"]},
                                    {"path", setup_.options.data},
                                    {"resolution", set_.resolution()},
                                    {"use_labels", setup_.options.request.cond},
                                    {"xflip", setup_.options.request.mirror},
                                    {"max_size", set_.size()}};
    networks.texts = {{"afs.label", fmt::format("{}, {} kimg", directory_.filename().string(), images / 1000)}};
    save_networks(snapshot, networks, Overwrite::yes);
    return snapshot;
}

// What cannot be measured is said; training goes on.
void Run::measure(const std::filesystem::path& snapshot) {
    for (const std::string& metric : config_.metrics) {
        if (stop_->requested()) return;
        const Clock::time_point start = Clock::now();
        try {
            if (const std::string role = needed_detector(metric);
                !role.empty() && !setup_.options.detectors.contains(role)) {
                if (!std::exchange(told_of_detectors_, true))
                    say(fmt::format("{} needs --detector {}=FILE: without it, it is not computed.", metric, role));
                continue;
            }
            enter(RunPhase::measuring);
            const auto results = measure_snapshot(
                {metric, snapshot, setup_.options, setup_.device, setup_.program, setup_.feature_cache, stop_->token()},
                alone());
            if (!results) continue;
            const MetricLine line{.metric = metric,
                                  .results = *results,
                                  .total_time_s = seconds_since(start),
                                  .num_gpus = config_.gpus,
                                  .snapshot = snapshot.filename().string()};
            AppendFile(directory_ / fmt::format("metric-{}.jsonl", metric))
                .append(metric_line(line, unix_seconds()) + "\n");
            for (const auto& [name, value] : *results) {
                say(fmt::format("{}: {} {:.4f}", snapshot.filename().string(), name, value));
                events_->add_scalar("Metrics/" + name, value, trainer_->images() / 1000,
                                    earlier_s_ + seconds_since(sitting_start_));
            }
            events_->flush();
        } catch (...) {  // whatever it is: memory, too, that LibTorch asked for in vain
            const Failure failure = current_failure(fmt::format("{} was not measured", metric));
            if (failure.kind == ErrorKind::cancelled) continue;
            say(fmt::format("{}: {} was not measured. {}", snapshot.filename().string(), metric, failure.paragraph()));
        }
    }
}

void Run::save_state() {
    check_health(trainer_.get());
    const RunPhase before = status_.phase;
    enter(RunPhase::saving);
    Checkpoint checkpoint;
    checkpoint.options = to_json(setup_.options);
    checkpoint.run = {{"tick", tick_},
                      {"tick_begin", tick_begin_},
                      {"total_s", earlier_s_ + seconds_since(sitting_start_)},
                      {"tick_s", tick_earlier_s_ + seconds_since(tick_start_)},
                      {"maintenance_s", maintenance_s_},
                      {"phase_ms", phase_ms_}};
    checkpoint.trainer = trainer_->state();
    checkpoint.ranks =
        setup_.ranks.count > 1 ? setup_.ranks.gather(rank_state()) : std::vector<std::vector<std::byte>>{rank_state()};
    if (leads_) {
        save_checkpoint(directory_ / state_file_name(trainer_->images()), checkpoint);
        remove_old_states(directory_, setup_.options.keep);
    }
    state_time_ = Clock::now();
    enter(before);
}

// The last state is to stay a good one. The trainer's own tensors are looked at where it is given.
void Run::check_health(const Trainer* trainer) const {
    if (const auto reason = reason_to_end(statistics_, trainer))
        throw Error(ErrorKind::network, "Training ended", *reason,
                    "The last state is from before. A larger --gamma, smaller --glr and --dlr or --fp32 may help.");
}

// What all ranks do next; a stop may be asked of any of them, and the first one's clock tells when a state is due.
// Each has read its next pictures before: where one could not, all are at the same step and can save it.
Run::Agreement Run::agree() {
    if (!done()) try {
            next_ = feed_->next();
        } catch (const Error&) {
            unreadable_ = current_failure("Training ended");
        }
    Agreement own;
    own.stop = stop_->requested();
    own.save = leads_ && seconds_since(state_time_) >= 60 * setup_.options.state_every_minutes;
    Tensor votes = at::tensor({own.stop ? 1.0F : 0.0F, own.save ? 1.0F : 0.0F, unreadable_ ? 1.0F : 0.0F});
    if (setup_.ranks.count > 1) setup_.ranks.sum(votes);
    if (votes[2].item<float>() > 0) end_without_pictures();
    return {.stop = votes[0].item<float>() > 0, .save = votes[1].item<float>() > 0};
}

// The data set is gone, what was learnt is not. All ranks say what the first of those says that could not read.
void Run::end_without_pictures() {
    save_state();
    const auto throw_it = [](const Failure& f) { throw Error(f.kind, f.what, f.why, f.what_to_do); };
    if (setup_.ranks.count == 1) throw_it(*unreadable_);
    Json own;
    if (unreadable_) own = {unreadable_->kind, unreadable_->what, unreadable_->why, unreadable_->what_to_do};
    const std::string text = own.dump();
    std::vector<std::byte> bytes(text.size());
    std::memcpy(bytes.data(), text.data(), text.size());
    for (const std::vector<std::byte>& said : setup_.ranks.gather(bytes)) {
        const Json json = Json::parse(std::string(reinterpret_cast<const char*>(said.data()), said.size()));
        if (json.is_array()) throw_it({json[0].get<ErrorKind>(), json[1], json[2], json[3]});
    }
    check_failed("one of the ranks could not read", __FILE__, __LINE__);
}

void Run::enter(RunPhase phase, std::optional<std::string> reason) {
    status_.phase = phase;
    status_.reason = std::move(reason);
    if (heartbeat_) heartbeat_->update(status_);
}

void Run::write_sheet(const std::string& name, const Image& sheet) {
    write_file(directory_ / name, encode_png(sheet), Overwrite::yes);
}

void Run::say(const std::string& line) {
    if (!leads_) return;
    log_->append(line + "\n");
    if (setup_.say) setup_.say(line);
}

}  // namespace

RunResult run_training(const RunSetup& setup) { return Run(setup).train(); }

}  // namespace afs
