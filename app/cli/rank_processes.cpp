#include "app/cli/rank_processes.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "core/base/error.h"
#include "core/base/log.h"

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

// One that nobody uses now; the first rank opens it a moment later.
int free_port() {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    const bool known = fd >= 0 && ::bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                       ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
    const std::string why = std::strerror(errno);
    if (fd >= 0) ::close(fd);
    if (!known) throw Error(ErrorKind::device, "Could not start several processes", why);
    return ntohs(address.sin_port);
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> result;
    for (std::string& text : texts) result.push_back(text.data());
    result.push_back(nullptr);
    return result;
}

pid_t start(std::vector<std::string> arguments, int rank, int count, int port) {
    std::vector<std::string> environment;
    for (char** variable = environ; *variable != nullptr; ++variable) environment.emplace_back(*variable);
    for (const auto& [name, value] : {std::pair("RANK", rank), std::pair("LOCAL_RANK", rank),
                                      std::pair("WORLD_SIZE", count), std::pair("LOCAL_WORLD_SIZE", count),
                                      std::pair("MASTER_PORT", port), std::pair(kParent, static_cast<int>(::getpid()))})
        environment.push_back(fmt::format("{}={}", name, value));
    environment.emplace_back("MASTER_ADDR=127.0.0.1");
    // A process group of their own: Ctrl+C reaches this process alone, which passes it on.
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    pid_t child = 0;
    const int failed = ::posix_spawn(&child, "/proc/self/exe", nullptr, &attributes, pointers(arguments).data(),
                                     pointers(environment).data());
    posix_spawnattr_destroy(&attributes);
    if (failed != 0)
        throw Error(ErrorKind::device, fmt::format("Could not start rank {}", rank), std::strerror(failed));
    return child;
}

}  // namespace

int run_rank_processes(int count, const std::stop_token& stop) {
    using Clock = std::chrono::steady_clock;
    const int port = free_port();
    std::vector<pid_t> running;
    const auto tell_all = [&](int signal) {
        for (const pid_t child : running)
            if (child > 0) ::kill(child, signal);
    };
    int first_failure = 0, left = 0;
    try {
        for (int rank = 0; rank < count; ++rank) running.push_back(start(own_arguments(), rank, count, port));
    } catch (...) {
        tell_all(SIGKILL);
        throw;
    }
    left = count;
    bool told = false;
    Clock::time_point deadline = Clock::time_point::max();
    while (left > 0) {
        int status = 0;
        const pid_t ended = ::waitpid(-1, &status, WNOHANG);
        if (ended <= 0) {
            if (stop.stop_requested() && !std::exchange(told, true)) tell_all(SIGTERM);
            if (Clock::now() > deadline) {
                tell_all(SIGKILL);
                deadline = Clock::time_point::max();
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
            continue;
        }
        const auto found = std::ranges::find(running, ended);
        if (found == running.end()) continue;
        *found = 0;
        --left;
        const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        if (code == 0 || first_failure != 0) continue;
        first_failure = code;
        deadline = Clock::now() + kPatience;
        if (WIFSIGNALED(status))
            log_line(LogLevel::error,
                     fmt::format("Rank {} was ended by signal {}.", found - running.begin(), WTERMSIG(status)));
    }
    return first_failure;
}

void end_with_parent() {
    const char* parent = std::getenv(kParent);
    if (parent == nullptr) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (std::to_string(::getppid()) != parent) ::_exit(1);  // it ended before
}

}  // namespace afs::cli
