#include "tests/support/program.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>

#include "tests/support/paths.h"

namespace afs::test {
namespace {

std::string read_all(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

std::filesystem::path program_path() { return AFS_PROGRAM; }

ProgramResult run_program(const std::vector<std::string>& arguments, const ProgramOptions& options) {
    const TemporaryFolder streams;
    const std::string out_path = streams / "out", err_path = streams / "err";
    std::vector<std::string> words = {options.program.empty() ? AFS_PROGRAM : options.program.string()};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);

    const auto start = std::chrono::steady_clock::now();
    const pid_t child = ::fork();
    if (child < 0) throw std::runtime_error("fork failed");
    if (child == 0) {
        const int out = ::open(out_path.c_str(), O_WRONLY | O_CREAT, 0600),
                  err = ::open(err_path.c_str(), O_WRONLY | O_CREAT, 0600), in = ::open("/dev/null", O_RDONLY);
        ::dup2(in, STDIN_FILENO);
        ::dup2(out, STDOUT_FILENO);
        ::dup2(err, STDERR_FILENO);
        if (!options.folder.empty() && ::chdir(options.folder.c_str()) != 0) ::_exit(126);
        for (const auto& [name, value] : options.environment) ::setenv(name.c_str(), value.c_str(), 1);
        ::execv(argv[0], argv.data());
        ::_exit(127);
    }
    std::jthread interrupter, watcher;
    if (options.interrupt_when || options.kill_when)
        watcher = std::jthread([&](const std::stop_token& stop) {
            while (!stop.stop_requested()) {
                if (options.kill_when && options.kill_when()) return void(::kill(child, SIGKILL));
                if (options.interrupt_when && options.interrupt_when()) return void(::kill(child, SIGINT));
                std::this_thread::sleep_for(std::chrono::milliseconds(2));
            }
        });
    if (options.interrupt_after_ms >= 0)
        interrupter = std::jthread([&](const std::stop_token& stop) {
            const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(options.interrupt_after_ms);
            while (!stop.stop_requested() && std::chrono::steady_clock::now() < until) std::this_thread::yield();
            if (!stop.stop_requested()) ::kill(child, SIGINT);
        });
    int status = 0;
    rusage usage{};
    while (::wait4(child, &status, 0, &usage) < 0 && errno == EINTR) {}
    interrupter = {};
    watcher = {};
    ProgramResult result;
    result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    result.max_rss_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
    result.out = read_all(out_path);
    result.err = read_all(err_path);
    return result;
}

}  // namespace afs::test
