#include "core/train/run_status.h"

#include <unistd.h>

#include <array>
#include <chrono>
#include <fstream>
#include <utility>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/json.h"
#include "core/base/log.h"

namespace afs {
namespace {

constexpr std::array<std::pair<RunPhase, const char*>, 7> kPhases = {{{RunPhase::starting, "starting"},
                                                                      {RunPhase::training, "training"},
                                                                      {RunPhase::saving, "saving"},
                                                                      {RunPhase::measuring, "measuring"},
                                                                      {RunPhase::finished, "finished"},
                                                                      {RunPhase::stopped, "stopped"},
                                                                      {RunPhase::failed, "failed"}}};
constexpr auto kInterval = std::chrono::seconds(1);
constexpr std::size_t kMaxBytes = 1 << 20;

double unix_seconds() {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::uint64_t resident_bytes() {
    std::ifstream file("/proc/self/statm");
    std::uint64_t total = 0, resident = 0;
    file >> total >> resident;
    return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

template <class T> Json or_null(const std::optional<T>& value) { return value ? Json(*value) : Json(); }

}  // namespace

std::string run_phase_name(RunPhase phase) {
    for (const auto& [known, name] : kPhases)
        if (known == phase) return name;
    return {};
}

bool is_end(RunPhase phase) {
    return phase == RunPhase::finished || phase == RunPhase::stopped || phase == RunPhase::failed;
}

std::optional<RunStatus> read_run_status(const std::filesystem::path& run) {
    try {
        const Json json = parse_json(read_text_file(run / "status.json", kMaxBytes), "Could not read the status");
        RunStatus status;
        const std::string phase = json.at("phase");
        bool known = false;
        for (const auto& [value, name] : kPhases)
            if (phase == name) {
                status.phase = value;
                known = true;
            }
        if (!known) return {};
        status.kimg = json.at("kimg");
        status.total_kimg = json.value("total_kimg", 0.0);
        if (json.contains("sec_per_kimg") && json["sec_per_kimg"].is_number())
            status.sec_per_kimg = json["sec_per_kimg"].get<double>();
        if (json.contains("eta_s") && json["eta_s"].is_number()) status.eta_s = json["eta_s"].get<double>();
        if (json.contains("reason") && json["reason"].is_string()) status.reason = json["reason"].get<std::string>();
        status.memory_bytes = json.value("memory_bytes", std::uint64_t{0});
        status.heartbeat_unix = json.at("heartbeat_unix");
        return status;
    } catch (const Error&) {
        return {};
    } catch (const Json::exception&) {
        return {};
    }
}

RunHeartbeat::RunHeartbeat(std::filesystem::path run, RunStatus first)
    : run_(std::move(run)), status_(std::move(first)) {
    write();
    thread_ = std::jthread([this](const std::stop_token& stop) {
        std::unique_lock lock(mutex_);
        while (!stop.stop_requested()) {
            if (wake_.wait_for(lock, stop, kInterval, [] { return false; }) || stop.stop_requested()) break;
            lock.unlock();
            write();
            lock.lock();
        }
    });
}

RunHeartbeat::~RunHeartbeat() {
    thread_.request_stop();
    thread_.join();
    write();
}

void RunHeartbeat::update(const RunStatus& status) {
    bool at_once = false;
    {
        const std::lock_guard lock(mutex_);
        at_once = status.phase != status_.phase;
        status_ = status;
    }
    if (at_once) write();
}

RunStatus RunHeartbeat::status() const {
    const std::lock_guard lock(mutex_);
    return status_;
}

void RunHeartbeat::write() noexcept {
    try {
        const std::lock_guard one_at_a_time(writing_);
        const RunStatus s = status();
        const Json json = {{"version", 1},
                           {"phase", run_phase_name(s.phase)},
                           {"kimg", s.kimg},
                           {"total_kimg", s.total_kimg},
                           {"sec_per_kimg", or_null(s.sec_per_kimg)},
                           {"eta_s", or_null(s.eta_s)},
                           {"memory_bytes", resident_bytes()},
                           {"reason", or_null(s.reason)},
                           {"heartbeat_unix", unix_seconds()}};
        write_file(run_ / "status.json", json.dump(2) + "\n", Overwrite::yes);
    } catch (const std::exception& e) {
        if (!std::exchange(told_, true)) log_warning("The status of the run cannot be written: {}", e.what());
    }
}

}  // namespace afs
