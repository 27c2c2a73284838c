#include "core/train/tick_statistics.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <fstream>
#include <limits>

#include "core/base/error.h"

namespace afs {
namespace {

// NaN and infinity have no spelling in JSON.
Json finite(double value) { return std::isfinite(value) ? Json(value) : Json(); }
Json entry(double num, double mean, double std) { return {{"num", num}, {"mean", finite(mean)}, {"std", finite(std)}}; }

// The official names of a tick's own figures, in the official order.
std::vector<std::pair<std::string, double>> named(const TickFigures& f) {
    std::vector<std::pair<std::string, double>> all = {{"Progress/tick", f.tick},
                                                       {"Progress/kimg", f.kimg},
                                                       {"Timing/total_sec", f.total_s},
                                                       {"Timing/sec_per_tick", f.tick_s},
                                                       {"Timing/sec_per_kimg", f.sec_per_kimg},
                                                       {"Timing/maintenance_sec", f.maintenance_s},
                                                       {"Resources/cpu_mem_gb", f.cpu_memory_gb},
                                                       {"Resources/peak_gpu_mem_gb", f.peak_gpu_gb},
                                                       {"Resources/peak_gpu_mem_reserved_gb", f.peak_gpu_reserved_gb},
                                                       {"Progress/augment", f.augment_p},
                                                       {"Timing/total_hours", f.total_s / (60 * 60)},
                                                       {"Timing/total_days", f.total_s / (24 * 60 * 60)}};
    for (const auto& [phase, ms] : f.phase_ms) all.emplace_back("Timing/" + phase, ms);
    return all;
}

// Exactly, where JSON has no number for it, too.
Json exact(double value) { return std::isfinite(value) ? Json(value) : Json(fmt::format("{}", value)); }
double from_exact(const Json& value) {
    if (!value.is_string()) return value.get<double>();
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    const auto text = value.get<std::string>();
    if (text == "inf") return kInfinity;
    return text == "-inf" ? -kInfinity : std::numeric_limits<double>::quiet_NaN();
}
Json to_json(const Statistics& statistics) {
    Json result = Json::object();
    for (const auto& [name, m] : statistics) result[name] = {m.num, exact(m.sum), exact(m.sum_of_squares)};
    return result;
}
Statistics statistics_from(const Json& json) {
    Statistics result;
    for (const auto& [name, m] : json.items())
        result[name] = {m.at(0).get<std::int64_t>(), from_exact(m.at(1)), from_exact(m.at(2))};
    return result;
}

}  // namespace

double process_memory_gb() {
    std::ifstream file("/proc/self/statm");
    double all = 0, resident = 0;
    if (!(file >> all >> resident)) return 0;
    return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / static_cast<double>(1ULL << 30);
}

void TickStatistics::report(std::string_view name, const Tensor& values) {
    if (values.numel() == 0) return;
    Moments of_these;
    of_these.add(values);
    const std::string key(name);
    Moments& all = pending_[key];
    all.num += of_these.num;
    all.sum += of_these.sum;
    all.sum_of_squares += of_these.sum_of_squares;
    int& row = not_finite_[key];
    row = std::isfinite(of_these.sum) ? 0 : row + 1;
}

void TickStatistics::sum_over(const std::function<void(Tensor& tensor)>& sum) {
    std::vector<double> flat;
    for (const auto& [name, m] : pending_)
        flat.insert(flat.end(), {static_cast<double>(m.num), m.sum, m.sum_of_squares});
    if (flat.empty()) return;
    Tensor sums = at::tensor(flat, at::kDouble);
    sum(sums);
    const double* value = sums.const_data_ptr<double>();
    for (auto& [name, m] : pending_) {
        m = {static_cast<std::int64_t>(value[0]), value[1], value[2]};
        value += 3;
    }
}

const Statistics& TickStatistics::finish_tick() {
    for (auto& [name, m] : pending_) last_[name] = m;
    pending_.clear();
    return last_;
}

int TickStatistics::not_finite_in_a_row(std::string_view name) const {
    const auto found = not_finite_.find(name);
    return found == not_finite_.end() ? 0 : found->second;
}

Json TickStatistics::state() const {
    return {{"pending", to_json(pending_)}, {"last", to_json(last_)}, {"not_finite", not_finite_}};
}

void TickStatistics::restore(const Json& state) {
    try {
        Statistics pending = statistics_from(state.at("pending")), last = statistics_from(state.at("last"));
        auto not_finite = state.at("not_finite").get<std::map<std::string, int, std::less<>>>();
        pending_ = std::move(pending);
        last_ = std::move(last);
        not_finite_ = std::move(not_finite);
    } catch (const Json::exception& e) {
        throw Error(ErrorKind::format, "Training cannot be continued",
                    fmt::format("the statistics in its state are incomplete ({})", e.what()));
    }
}

std::string statistics_line(const Statistics& losses, const TickFigures& figures, double unix_time_s) {
    Json line = Json::object();
    for (const auto& [name, m] : losses)
        line[name] = {{"num", m.num}, {"mean", finite(m.mean())}, {"std", finite(m.std())}};
    for (const auto& [name, value] : named(figures)) line[name] = entry(1, value, 0);
    line["timestamp"] = unix_time_s;
    return line.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void add_statistics(EventFile& events, const Statistics& losses, const TickFigures& figures) {
    const auto step = static_cast<std::int64_t>(figures.kimg);
    for (const auto& [name, m] : losses) events.add_scalar(name, m.mean(), step, figures.total_s);
    for (const auto& [name, value] : named(figures)) events.add_scalar(name, value, step, figures.total_s);
}

std::string duration_text(double seconds) {
    const auto s = static_cast<std::int64_t>(std::llround(std::max(seconds, 0.0)));
    const std::int64_t minutes = s / 60, hours = minutes / 60, days = hours / 24;
    if (minutes == 0) return fmt::format("{}s", s);
    if (hours == 0) return fmt::format("{}m {:02}s", minutes, s % 60);
    if (days == 0) return fmt::format("{}h {:02}m {:02}s", hours, minutes % 60, s % 60);
    return fmt::format("{}d {:02}h {:02}m", days, hours % 24, minutes % 60);
}

std::string tick_text(const TickFigures& f) {
    return fmt::format(
        "tick {:<5} kimg {:<8.1f} time {:<12} sec/tick {:<7.1f} sec/kimg {:<7.2f} maintenance {:<6.1f} cpumem {:<6.2f} "
        "gpumem {:<6.2f} reserved {:<6.2f} augment {:.3f}",
        f.tick, f.kimg, duration_text(f.total_s), f.tick_s, f.sec_per_kimg, f.maintenance_s, f.cpu_memory_gb,
        f.peak_gpu_gb, f.peak_gpu_reserved_gb, f.augment_p);
}

std::string metric_line(const MetricLine& line, double unix_time_s) {
    Json results = Json::object();
    for (const auto& [name, value] : line.results) results[name] = finite(value);
    const Json json = {{"results", results},
                       {"metric", line.metric},
                       {"total_time", line.total_time_s},
                       {"total_time_str", duration_text(line.total_time_s)},
                       {"num_gpus", line.num_gpus},
                       {"snapshot_pkl", line.snapshot},
                       {"timestamp", unix_time_s}};
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void rewind_statistics(const std::filesystem::path& stats_jsonl, int next_tick) {
    repair_lines(stats_jsonl, [&](std::string_view line) {
        const Json json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
        if (!json.is_object()) return true;  // somebody else's: not ours to remove
        const auto tick = json.find("Progress/tick");
        if (tick == json.end() || !tick->is_object()) return true;
        const auto mean = tick->find("mean");
        return mean == tick->end() || !mean->is_number() || mean->get<double>() < next_tick;
    });
}

void rewind_metrics(const std::filesystem::path& metric_jsonl, std::int64_t last_kimg) {
    repair_lines(metric_jsonl, [&](std::string_view line) {
        const Json json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
        if (!json.is_object()) return true;
        const auto snapshot = json.find("snapshot_pkl");
        if (snapshot == json.end() || !snapshot->is_string()) return true;
        const std::string stem = std::filesystem::path(snapshot->get<std::string>()).stem().string();
        const std::string digits = stem.substr(stem.find_last_not_of("0123456789") + 1);
        return digits.empty() || digits.size() > 12 || std::stoll(digits) <= last_kimg;
    });
}

}  // namespace afs
