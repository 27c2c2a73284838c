// What a run tells about itself at the end of each tick (SPEC 13): one line of stats.jsonl, the same as scalars for
// TensorBoard, a line of the log; and the lines of metric-<name>.jsonl. Values and text: nothing is written here. Any
// not finite number is null in JSON. One thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/json.h"
#include "core/train/event_file.h"
#include "core/train/statistics.h"

namespace afs {

// What a tick's line has beside the losses.
struct TickFigures {
    int tick = 0;                                      // 0: that of the first step
    double kimg = 0;                                   // thousands of pictures seen by its end
    double total_s = 0;                                // since the run began; a continued one counts on
    double tick_s = 0;                                 // from the tick's start to its end
    double sec_per_kimg = 0;                           // of the tick
    double maintenance_s = 0;                          // between the end of the last tick and the start of this one
    double cpu_memory_gb = 0;                          // of the process; 2^30 bytes
    double peak_gpu_gb = 0, peak_gpu_reserved_gb = 0;  // 0 without a GPU
    double augment_p = 0;
    std::vector<std::pair<std::string, double>> phase_ms;  // "Gboth", ...: how long its last execution took
};

// This process's memory now, for cpu_memory_gb. 0 where the system does not tell.
[[nodiscard]] double process_memory_gb();

// Gathers what steps report until a tick ends.
class TickStatistics {
  public:
    // For StepObserver::report.
    void report(std::string_view name, const Tensor& values);

    // Of several ranks: sums what all of them gathered since the last tick, so that each has all. Every rank calls it,
    // with the function that sums a tensor over all (Ranks::sum), before finish_tick(). Their reports have had the same
    // names.
    void sum_over(const std::function<void(Tensor& tensor)>& sum);

    // What was reported since the last tick, under each name; a name without new values has the last ones again. The
    // next tick begins.
    [[nodiscard]] const Statistics& finish_tick();

    // How many reports under this name, the last ones, were not finite numbers.
    [[nodiscard]] int not_finite_in_a_row(std::string_view name) const;

    // Everything, exactly: for the state of a run. restore() throws Error{format} for anything else.
    [[nodiscard]] Json state() const;
    void restore(const Json& state);

  private:
    Statistics pending_, last_;
    std::map<std::string, int, std::less<>> not_finite_;
};

// One line of stats.jsonl without its end: {"Loss/G/loss": {"num", "mean", "std"}, ..., "timestamp"}. unix_time_s: now.
[[nodiscard]] std::string statistics_line(const Statistics& losses, const TickFigures& figures, double unix_time_s);

// Every mean of that line under its name, at step = whole kimg and wall time = figures.total_s. Not flushed.
void add_statistics(EventFile& events, const Statistics& losses, const TickFigures& figures);

// The official line: "tick 12    kimg 48.0     time 1h 02m 03s   sec/tick 9.9 ...".
[[nodiscard]] std::string tick_text(const TickFigures& figures);

// "27s", "1m 37s", "2h 05m 09s", "3d 04h 05m".
[[nodiscard]] std::string duration_text(double seconds);

struct MetricLine {
    std::string metric;                                   // "fid50k_full"
    std::vector<std::pair<std::string, double>> results;  // "fid50k_full" or "pr50k3_full_precision", ...
    double total_time_s = 0;                              // that measuring took
    int num_gpus = 1;
    std::string snapshot;  // file name, relative to the run directory
};
[[nodiscard]] std::string metric_line(const MetricLine& line, double unix_time_s);

// For a run that goes on from a state: drops a line that a killed process did not finish, and those of what happened
// after the state, which will happen again: no tick appears twice. Missing files stay missing. Throws Error{file}.
void rewind_statistics(const std::filesystem::path& stats_jsonl, int next_tick);
// ... lines whose snapshot has a number (whole kimg in its name) above `last_kimg`.
void rewind_metrics(const std::filesystem::path& metric_jsonl, std::int64_t last_kimg);

}  // namespace afs
