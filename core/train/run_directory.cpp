#include "core/train/run_directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/train/run_status.h"

namespace afs {
namespace {

constexpr const char *kStatePrefix = "state-", *kStateEnding = ".ckpt";

// The number that a name begins with, "00012-..." -> 12.
std::optional<std::int64_t> number_at(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || value < 0 || text.front() == '-') return {};
    return value;
}

template <class Take> void each_entry(const std::filesystem::path& folder, Take&& take) {
    std::error_code failed;
    for (std::filesystem::directory_iterator it(folder, failed), end; !failed && it != end; it.increment(failed))
        take(*it);
}

std::string host_name() {
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data()) : std::string("unknown");
}

// When a process began, in seconds since 1970; nothing when there is no such process.
std::optional<double> start_of_process(std::int64_t pid) {
    std::ifstream stat(fmt::format("/proc/{}/stat", pid));
    std::string line;
    if (!std::getline(stat, line)) return {};
    // The second field, in parentheses, may hold anything; the start is the 20th after it.
    std::istringstream rest(line.substr(std::min(line.rfind(')') + 2, line.size())));
    std::string field;
    for (int i = 0; i < 20; ++i) rest >> field;
    std::ifstream system("/proc/stat");
    for (std::string row; std::getline(system, row);)
        if (row.starts_with("btime ")) {
            const double ticks = std::strtod(field.c_str(), nullptr);
            return std::strtod(row.c_str() + 6, nullptr) + ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
        }
    return {};
}

struct Holder {
    std::string host;
    std::int64_t pid = 0;
    double start_time = 0;
};

std::optional<Holder> read_holder(int fd) {
    std::array<char, 4096> text{};
    const ssize_t size = ::pread(fd, text.data(), text.size(), 0);
    if (size <= 0) return {};
    try {
        const Json json = parse_json({text.data(), static_cast<std::size_t>(size)}, "Could not read run.lock");
        return Holder{json.at("host"), json.at("pid"), json.at("start_time")};
    } catch (const Error&) {
        return {};
    } catch (const Json::exception&) {
        return {};
    }
}

bool lives(const Holder& holder, const std::filesystem::path& run) {
    const std::optional<RunStatus> status = read_run_status(run);
    const double now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
    if (!status || is_end(status->phase) || now - status->heartbeat_unix > kHeartbeatLives_s) return false;
    if (holder.host != host_name()) return true;
    if (holder.pid == ::getpid()) return false;
    const std::optional<double> start = start_of_process(holder.pid);
    return start && std::abs(*start - holder.start_time) < 2;  // else the number belongs to another process by now
}

}  // namespace

std::vector<std::filesystem::path> runs_under(const std::filesystem::path& outdir) {
    std::vector<std::pair<std::int64_t, std::filesystem::path>> found;
    each_entry(outdir, [&](const std::filesystem::directory_entry& entry) {
        const auto number = number_at(entry.path().filename().string());
        std::error_code ignored;
        if (number && entry.is_directory(ignored)) found.emplace_back(*number, entry.path());
    });
    std::ranges::sort(found, std::greater<>{});
    std::vector<std::filesystem::path> runs;
    for (auto& [number, path] : found) runs.push_back(std::move(path));
    return runs;
}

std::filesystem::path make_run_directory(const std::filesystem::path& outdir, const std::string& name) {
    const std::string tried = fmt::format("Could not make a run directory in {}", outdir.string());
    std::error_code failed;
    std::filesystem::create_directories(outdir, failed);
    if (failed) throw Error(ErrorKind::file, tried, failed.message(), "Choose another --outdir.");
    for (int attempt = 0; attempt < 100; ++attempt) {
        const std::vector<std::filesystem::path> runs = runs_under(outdir);
        const std::int64_t number = runs.empty() ? 0 : number_at(runs.front().filename().string()).value() + 1;
        const std::filesystem::path path = outdir / fmt::format("{:05}-{}", number, name);
        // Somebody else may take the same number at the same time: mkdir tells who was first.
        if (::mkdir(path.c_str(), 0755) == 0) return path;
        if (errno != EEXIST) throw Error(ErrorKind::file, tried, std::strerror(errno), "Choose another --outdir.");
    }
    throw Error(ErrorKind::file, tried, "others keep making runs there", "Try again.");
}

std::string state_file_name(std::int64_t images) {
    return fmt::format("{}{:010}{}", kStatePrefix, images, kStateEnding);
}
std::string snapshot_file_name(std::int64_t images) {
    return fmt::format("network-snapshot-{:06}.safetensors", images / 1000);
}
std::string fakes_file_name(std::int64_t images) { return fmt::format("fakes{:06}.png", images / 1000); }

std::vector<std::filesystem::path> states_in(const std::filesystem::path& run) {
    std::vector<std::pair<std::int64_t, std::filesystem::path>> found;
    each_entry(run, [&](const std::filesystem::directory_entry& entry) {
        const std::string name = entry.path().filename().string();
        if (!name.starts_with(kStatePrefix) || !name.ends_with(kStateEnding)) return;
        const auto number = number_at(std::string_view(name).substr(std::strlen(kStatePrefix)));
        if (number && name == state_file_name(*number)) found.emplace_back(*number, entry.path());
    });
    std::ranges::sort(found, std::greater<>{});
    std::vector<std::filesystem::path> states;
    for (auto& [number, path] : found) states.push_back(std::move(path));
    return states;
}

void remove_old_states(const std::filesystem::path& run, int keep) {
    const std::vector<std::filesystem::path> states = states_in(run);
    for (std::size_t i = static_cast<std::size_t>(keep); i < states.size(); ++i) {
        std::error_code failed;
        std::filesystem::remove(states[i], failed);
        if (failed) log_warning("Could not remove {}: {}", states[i].string(), failed.message());
    }
}

void remove_unfinished_files(const std::filesystem::path& run) {
    std::vector<std::filesystem::path> unfinished;
    each_entry(run, [&](const std::filesystem::directory_entry& entry) {
        const std::string name = entry.path().filename().string();
        if (name.starts_with(".") && name.ends_with(".part")) unfinished.push_back(entry.path());
    });
    std::error_code ignored;
    for (const std::filesystem::path& path : unfinished) std::filesystem::remove(path, ignored);
}

bool take_stop_request(const std::filesystem::path& run) { return ::unlink((run / "stop.request").c_str()) == 0; }

RunLock::RunLock(const std::filesystem::path& run) : path_(run / "run.lock") {
    const std::string tried = fmt::format("Could not train in {}", run.string());
    for (;;) {
        fd_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
        if (fd_ < 0) throw Error(ErrorKind::file, tried, std::strerror(errno), "Check the folder's permissions.");
        // A file system without such locks (some network disks): the heartbeat alone decides then.
        const bool locked = ::flock(fd_, LOCK_EX | LOCK_NB) == 0;
        const bool taken = !locked && errno == EWOULDBLOCK;
        const std::optional<Holder> holder = read_holder(fd_);
        if (taken || (holder && lives(*holder, run))) {
            ::close(std::exchange(fd_, -1));
            throw Error(ErrorKind::file, tried,
                        holder ? fmt::format("process {} on {} is training there", holder->pid, holder->host)
                               : std::string("another process is training there"),
                        "Stop it first (make a file named stop.request in that folder), or start a run of its own.");
        }
        // Whoever held it may have removed the file between our opening and locking it.
        struct stat ours {
        }, there{};
        if (::fstat(fd_, &ours) == 0 && ::stat(path_.c_str(), &there) == 0 && ours.st_ino == there.st_ino) break;
        ::close(std::exchange(fd_, -1));
    }
    const Json json = {
        {"host", host_name()}, {"pid", ::getpid()}, {"start_time", start_of_process(::getpid()).value_or(0)}};
    const std::string text = json.dump() + "\n";
    if (::ftruncate(fd_, 0) != 0 || ::pwrite(fd_, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
        const std::string why = std::strerror(errno);
        ::close(std::exchange(fd_, -1));
        throw Error(ErrorKind::file, tried, why, "Check the free space.");
    }
}

RunLock::~RunLock() {
    if (fd_ < 0) return;
    ::unlink(path_.c_str());
    ::close(fd_);
}

}  // namespace afs
