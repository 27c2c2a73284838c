// The program's log: to stderr at the chosen level, and the newest lines in memory for the window's Log panel. Any
// thread.
#pragma once

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

namespace afs {

enum class LogLevel { debug, info, warning, error, off };

void set_log_level(LogLevel level);                               // what reaches stderr; memory keeps info and above
[[nodiscard]] LogLevel parse_log_level(const std::string& name);  // throws Error{argument} listing the names

void set_log_prefix(const std::string& prefix);  // of all lines on stderr: "rank 1: "

void log_line(LogLevel level, const std::string& text);
void log_once(const std::string& text);  // a warning said once in the life of the process (fallbacks)

template <class... Args> void log_debug(fmt::format_string<Args...> format, Args&&... args) {
    log_line(LogLevel::debug, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args> void log_info(fmt::format_string<Args...> format, Args&&... args) {
    log_line(LogLevel::info, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args> void log_warning(fmt::format_string<Args...> format, Args&&... args) {
    log_line(LogLevel::warning, fmt::format(format, std::forward<Args>(args)...));
}

struct LogEntry {
    LogLevel level;
    std::string time;  // local, HH:MM:SS
    std::string text;
};
[[nodiscard]] std::vector<LogEntry> recent_log();  // oldest first, at most 1000

}  // namespace afs
