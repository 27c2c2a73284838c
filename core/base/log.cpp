#include "core/base/log.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <ctime>
#include <deque>
#include <mutex>
#include <set>

#include "core/base/error.h"

namespace afs {
namespace {

constexpr std::size_t kRecentLimit = 1000;

spdlog::level::level_enum to_spdlog(LogLevel level) {
    switch (level) {
        case LogLevel::debug: return spdlog::level::debug;
        case LogLevel::info: return spdlog::level::info;
        case LogLevel::warning: return spdlog::level::warn;
        case LogLevel::error: return spdlog::level::err;
        case LogLevel::off: return spdlog::level::off;
    }
    return spdlog::level::info;
}

class Log {
  public:
    static Log& instance() {
        static Log log;
        return log;
    }

    // {spdlog} reads % as the beginning of a pattern.
    void set_prefix(const std::string& prefix) {
        std::string pattern;
        for (const char letter : prefix) pattern += letter == '%' ? "%%" : std::string(1, letter);
        logger_->set_pattern("%^%l%$: " + pattern + "%v");
    }

    void set_level(LogLevel level) { logger_->set_level(to_spdlog(level)); }

    void write(LogLevel level, const std::string& text) {
        logger_->log(to_spdlog(level), text);
        if (level == LogLevel::debug) return;
        const std::time_t now = std::time(nullptr);
        std::tm local{};
        localtime_r(&now, &local);
        char time[16];
        std::strftime(time, sizeof time, "%H:%M:%S", &local);
        const std::lock_guard lock(mutex_);
        recent_.push_back({level, time, text});
        if (recent_.size() > kRecentLimit) recent_.pop_front();
    }

    void write_once(const std::string& text) {
        {
            const std::lock_guard lock(mutex_);
            if (!said_.insert(text).second) return;
        }
        write(LogLevel::warning, text);
    }

    std::vector<LogEntry> recent() {
        const std::lock_guard lock(mutex_);
        return {recent_.begin(), recent_.end()};
    }

  private:
    Log()
        : logger_(
              std::make_shared<spdlog::logger>("afstudio", std::make_shared<spdlog::sinks::stderr_color_sink_mt>())) {
        set_prefix({});
        logger_->set_level(spdlog::level::warn);
    }

    std::shared_ptr<spdlog::logger> logger_;
    std::mutex mutex_;
    std::deque<LogEntry> recent_;
    std::set<std::string> said_;
};

}  // namespace

void set_log_level(LogLevel level) { Log::instance().set_level(level); }

void set_log_prefix(const std::string& prefix) { Log::instance().set_prefix(prefix); }

LogLevel parse_log_level(const std::string& name) {
    if (name == "debug") return LogLevel::debug;
    if (name == "info") return LogLevel::info;
    if (name == "warning") return LogLevel::warning;
    if (name == "error") return LogLevel::error;
    if (name == "off") return LogLevel::off;
    throw Error(ErrorKind::argument, "Unknown log level \"" + name + "\"",
                "the levels are debug, info, warning, error, off");
}

void log_line(LogLevel level, const std::string& text) { Log::instance().write(level, text); }
void log_once(const std::string& text) { Log::instance().write_once(text); }
std::vector<LogEntry> recent_log() { return Log::instance().recent(); }

}  // namespace afs
