// Runs the built program as a user would: arguments in; exit code, what it printed, how long it took and how much
// memory it used out.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace afs::test {

struct ProgramResult {
    int exit_code = -1;  // 128 + n when signal n ended it
    std::string out, err;
    double seconds = 0.0;
    std::uint64_t max_rss_bytes = 0;
};

struct ProgramOptions {
    std::filesystem::path program = {};                                 // empty: the built afstudio
    std::filesystem::path folder = {};                                  // working folder; empty: the current one
    std::vector<std::pair<std::string, std::string>> environment = {};  // set or replaced
    int interrupt_after_ms = -1;                                        // SIGINT after that many ms
    std::function<bool()> interrupt_when = {};                          // SIGINT as soon as it is true
    std::function<bool()> kill_when = {};                               // SIGKILL as soon as it is true
};

[[nodiscard]] std::filesystem::path program_path();  // the built afstudio
[[nodiscard]] ProgramResult run_program(const std::vector<std::string>& arguments, const ProgramOptions& options = {});

}  // namespace afs::test
