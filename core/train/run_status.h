// How a training run is doing, as `status.json` tells it to whoever looks: the window, a script, another machine on the
// same disk (docs/file-formats.md). Torch-free; any thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace afs {

enum class RunPhase {
    starting,   // opens the data set, makes or reads networks, draws the first sheets
    training,   //
    saving,     // writes a state or a snapshot
    measuring,  // computes metrics
    finished,   // all of --kimg is done
    stopped,    // was asked to stop; a state is there to go on from
    failed,     // see the reason
};
[[nodiscard]] std::string run_phase_name(RunPhase phase);
[[nodiscard]] bool is_end(RunPhase phase);

struct RunStatus {
    RunPhase phase = RunPhase::starting;
    double kimg = 0, total_kimg = 0;     // thousands of pictures: seen, to be seen
    std::optional<double> sec_per_kimg;  // of the last tick
    std::optional<double> eta_s;         // to the end of the run at that speed
    std::uint64_t memory_bytes = 0;      // of the process that writes this
    std::optional<std::string> reason;   // of a failure or a stop, in words
    double heartbeat_unix = 0;           // when it was written
};

// Nothing where there is no status, or no whole one. Throws nothing: a run is looked at while it is being written.
[[nodiscard]] std::optional<RunStatus> read_run_status(const std::filesystem::path& run);

// A trainer that has not written for so long is taken for dead.
inline constexpr double kHeartbeatLives_s = 30;

// Writes the status at once when its phase changes and every second besides, whatever the trainer is busy with. Its
// destructor writes the last one. A status that cannot be written (a full disk) is told once in the log and tried
// again.
class RunHeartbeat {
  public:
    RunHeartbeat(std::filesystem::path run, RunStatus first);
    ~RunHeartbeat();
    RunHeartbeat(const RunHeartbeat&) = delete;
    RunHeartbeat& operator=(const RunHeartbeat&) = delete;

    void update(const RunStatus& status);  // memory_bytes and heartbeat_unix are filled in
    [[nodiscard]] RunStatus status() const;

  private:
    void write() noexcept;

    std::filesystem::path run_;
    mutable std::mutex mutex_;
    std::mutex writing_;
    std::condition_variable_any wake_;
    RunStatus status_;
    bool told_ = false;
    std::jthread thread_;  // last: joined before the others go
};

}  // namespace afs
