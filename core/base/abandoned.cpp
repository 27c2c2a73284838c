#include "core/base/abandoned.h"

#include <signal.h>

#include <cerrno>
#include <charconv>
#include <optional>
#include <string_view>

namespace afs {
namespace {

struct Temporary {
    std::string of;  // the name that it would have got
    pid_t process = 0;
};

// ".NAME.PROCESS.NUMBER.part"
std::optional<Temporary> as_temporary(std::string_view name) {
    constexpr std::string_view kEnding = ".part";
    if (!name.starts_with('.') || !name.ends_with(kEnding)) return std::nullopt;
    name.remove_prefix(1);
    name.remove_suffix(kEnding.size());
    for (int part = 0; part < 2; ++part) {
        const std::size_t dot = name.rfind('.');
        if (dot == std::string_view::npos) return std::nullopt;
        long number = 0;
        const std::string_view digits = name.substr(dot + 1);
        const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
        if (problem != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
        name = name.substr(0, dot);
        if (part == 1 && number > 0) return Temporary{std::string(name), static_cast<pid_t>(number)};
    }
    return std::nullopt;
}

}  // namespace

void remove_abandoned(const std::filesystem::path& folder, const std::function<bool(const std::string& name)>& of) {
    std::error_code problem;
    std::filesystem::directory_iterator entry(folder.empty() ? "." : folder, problem);
    for (; !problem && entry != std::filesystem::directory_iterator(); entry.increment(problem)) {
        const auto temporary = as_temporary(entry->path().filename().string());
        if (!temporary || !of(temporary->of) || ::kill(temporary->process, 0) == 0 || errno != ESRCH) continue;
        std::error_code ignored;
        std::filesystem::remove(entry->path(), ignored);
    }
}

}  // namespace afs
