#include "app/cli/rank_processes.h"

#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "core/base/log.h"
#include "core/train/ranks.h"

namespace afs::cli {
namespace {

constexpr const char* kParent = "AFS_RANKS_PARENT";
constexpr auto kPatience = std::chrono::seconds(30);

std::vector<std::string> own_arguments() {
    std::ifstream file("/proc/self/cmdline", std::ios::binary);
    std::vector<std::string> arguments;
    for (std::string word; std::getline(file, word, '\0');) arguments.push_back(word);
    return arguments;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> result;
    for (std::string& text : texts) result.push_back(text.data());
    result.push_back(nullptr);
    return result;
}

// This process's own variables, with what a launcher sets in place of what one may have set here.
std::vector<std::string> environment_of(int rank, int count, int port) {
    const std::vector<std::pair<std::string, std::string>> own = {
        {"RANK", std::to_string(rank)},
        {"LOCAL_RANK", std::to_string(rank)},
        {"WORLD_SIZE", std::to_string(count)},
        {"LOCAL_WORLD_SIZE", std::to_string(count)},
        {"MASTER_ADDR", "127.0.0.1"},
        {"MASTER_PORT", std::to_string(port)},
        {"TORCHELASTIC_USE_AGENT_STORE", "True"},  // we host the store
        {"TORCHELASTIC_RESTART_COUNT", "0"},
        {kParent, std::to_string(::getpid())}};
    std::vector<std::string> environment;
    for (char** variable = environ; *variable != nullptr; ++variable) {
        const std::string_view text = *variable, name = text.substr(0, text.find('='));
        if (std::ranges::find(own, name, &std::pair<std::string, std::string>::first) == own.end())
            environment.emplace_back(text);
    }
    for (const auto& [name, value] : own) environment.push_back(name + "=" + value);
    return environment;
}

// A process of a rank, and a file descriptor that can be read once it has ended.
struct Child {
    pid_t id = 0;
    int ended = -1;
};

Child start(std::vector<std::string> arguments, int rank, int count, int port) {
    std::vector<std::string> environment = environment_of(rank, count, port);
    // A process group of their own: Ctrl+C reaches this process alone, which passes it on.
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    Child child;
    const int failed = ::posix_spawn(&child.id, "/proc/self/exe", nullptr, &attributes, pointers(arguments).data(),
                                     pointers(environment).data());
    posix_spawnattr_destroy(&attributes);
    const std::string tried = fmt::format("Could not start rank {}", rank);
    if (failed != 0) throw Error(ErrorKind::device, tried, std::strerror(failed));
    child.ended = static_cast<int>(::syscall(SYS_pidfd_open, child.id, 0));  // glibc 2.36 declares it for C only
    if (child.ended < 0) {
        const std::string why = std::strerror(errno);
        ::kill(child.id, SIGKILL);
        ::waitpid(child.id, nullptr, 0);
        throw Error(ErrorKind::device, tried, why);
    }
    return child;
}

// A file descriptor that can be read once a stop is asked for.
class StopEvent {
  public:
    explicit StopEvent(const std::stop_token& stop) : tells_(stop, Tell{event_}) {}
    ~StopEvent() { ::close(event_); }
    StopEvent(const StopEvent&) = delete;
    StopEvent& operator=(const StopEvent&) = delete;
    [[nodiscard]] int descriptor() const { return event_; }

  private:
    struct Tell {
        int event;
        void operator()() const { (void)::eventfd_write(event, 1); }
    };
    int event_ = ::eventfd(0, EFD_CLOEXEC);
    std::stop_callback<Tell> tells_;
};

class RankProcesses {
  public:
    RankProcesses() : store_(host_rank_store()) {}
    ~RankProcesses() {
        tell_all(SIGKILL);
        for (std::size_t rank = 0; rank < children_.size(); ++rank)
            if (children_[rank].id > 0) (void)end_of(rank);
    }
    RankProcesses(const RankProcesses&) = delete;
    RankProcesses& operator=(const RankProcesses&) = delete;

    void start_all(int count) {
        for (int rank = 0; rank < count; ++rank)
            children_.push_back(start(own_arguments(), rank, count, store_->port()));
    }

    // Until all have ended. The exit code of the first that failed.
    int wait(const std::stop_token& stop) {
        const StopEvent stopped(stop);
        bool told = false;
        while (std::ranges::any_of(children_, [](const Child& child) { return child.id > 0; })) {
            std::vector<pollfd> events = {{told ? -1 : stopped.descriptor(), POLLIN, 0}};  // poll() skips what is -1
            for (const Child& child : children_) events.push_back({child.ended, POLLIN, 0});
            const int happened = ::poll(events.data(), events.size(), remaining_ms());
            if (happened < 0 && errno != EINTR)
                throw Error(ErrorKind::device, "Could not wait for the processes", std::strerror(errno));
            if (happened == 0) {  // half a minute after the first failure
                tell_all(SIGKILL);
                deadline_.reset();
            }
            if (happened <= 0) continue;
            if (events[0].revents != 0) {
                told = true;
                tell_all(SIGTERM);
            }
            for (std::size_t rank = 0; rank < children_.size(); ++rank)
                if (events[rank + 1].revents != 0) look_at_end(rank, end_of(rank));
        }
        return first_failure_;
    }

  private:
    using Clock = std::chrono::steady_clock;

    void tell_all(int signal) const {
        for (const Child& child : children_)
            if (child.id > 0) ::kill(child.id, signal);
    }

    // The status of a process that has ended or is about to.
    int end_of(std::size_t rank) {
        int status = 0;
        while (::waitpid(children_[rank].id, &status, 0) < 0 && errno == EINTR) {}
        ::close(children_[rank].ended);
        children_[rank] = {};
        return status;
    }

    void look_at_end(std::size_t rank, int status) {
        const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        if (code == 0 || first_failure_ != 0) return;
        first_failure_ = code;
        deadline_ = Clock::now() + kPatience;
        // A process that could not speak for itself.
        if (WIFSIGNALED(status) && store_->fail(fmt::format("rank {} was ended by signal {}", rank, WTERMSIG(status))))
            log_line(LogLevel::error,
                     fmt::format("Rank {} was ended by signal {}, and the others with it. The run can be continued "
                                 "from its last state (--resume).",
                                 rank, WTERMSIG(status)));
    }

    [[nodiscard]] int remaining_ms() const {
        if (!deadline_) return -1;
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline_ - Clock::now()).count();
        return static_cast<int>(std::max<std::int64_t>(0, left));
    }

    std::unique_ptr<RankStore> store_;
    std::vector<Child> children_;
    int first_failure_ = 0;
    std::optional<Clock::time_point> deadline_;
};

}  // namespace

int run_rank_processes(int count, const std::stop_token& stop) {
    RankProcesses processes;
    processes.start_all(count);
    return processes.wait(stop);
}

void end_with_parent() {
    const char* parent = std::getenv(kParent);
    if (parent == nullptr) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (std::to_string(::getppid()) != parent) ::_exit(1);  // it ended before
}

}  // namespace afs::cli
