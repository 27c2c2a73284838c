#include "app/gui/preferences.h"

#include <algorithm>
#include <cstdlib>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/json.h"
#include "core/base/log.h"

namespace afs::gui {

namespace {

void remember(std::vector<std::string>& list, const std::string& path) {
    std::erase(list, path);
    list.insert(list.begin(), path);
    if (list.size() > Preferences::kMostRecent) list.resize(Preferences::kMostRecent);
}

// One walk for both ways: every key once.
template <class P, class Visit> void visit_fields(P& p, Visit&& field) {
    field("scale", p.scale);
    field("layout_scale", p.layout_scale);
    field("smooth_pixels", p.smooth_pixels);
    field("recent_files", p.recent_files);
    field("model_folder", p.model_folder);
    field("picture_folder", p.picture_folder);
    field("closed_sections", p.closed_sections);
    field("hidden_panels", p.hidden_panels);
    field("reopen_session", p.reopen_session);
    field("session_file", p.session_file);
    field("recent_sessions", p.recent_sessions);
    field("session_folder", p.session_folder);
    field("window_width", p.window_width);
    field("window_height", p.window_height);
    field("window_maximized", p.window_maximized);
}

// Takes what has the right type; everything else leaves the default.
void take(const Json& json, bool& value) {
    if (json.is_boolean()) value = json.get<bool>();
}
void take(const Json& json, double& value) {
    if (json.is_number()) value = json.get<double>();
}
void take(const Json& json, int& value) {
    if (json.is_number_integer())
        value = static_cast<int>(std::clamp<std::int64_t>(json.get<std::int64_t>(), 0, 100000));
}
void take(const Json& json, std::string& value) {
    if (json.is_string()) value = json.get<std::string>();
}
void take(const Json& json, std::vector<std::string>& value) {
    constexpr std::size_t kMost = 100;
    if (!json.is_array()) return;
    for (const Json& entry : json)
        if (entry.is_string() && value.size() < kMost) value.push_back(entry.get<std::string>());
}

}  // namespace

void Preferences::remember_file(const std::string& path) { remember(recent_files, path); }
void Preferences::remember_session(const std::string& path) { remember(recent_sessions, path); }

std::filesystem::path configuration_folder() {
    const char* config = std::getenv("XDG_CONFIG_HOME");
    if (config && config[0] == '/') return std::filesystem::path(config) / "alias-free-studio";
    const char* home = std::getenv("HOME");
    if (home && home[0] == '/') return std::filesystem::path(home) / ".config" / "alias-free-studio";
    return {};
}

std::filesystem::path preferences_file(const std::filesystem::path& folder) {
    return folder.empty() ? std::filesystem::path() : folder / "preferences.json";
}

Preferences load_preferences(const std::filesystem::path& file) {
    Preferences preferences;
    std::error_code problem;
    if (file.empty() || !std::filesystem::exists(file, problem)) return preferences;
    try {
        const std::string tried = "Could not read the preferences";
        const Json json = parse_json(read_text_file(file, std::size_t{1} << 20), tried);
        if (!json.is_object()) throw Error(ErrorKind::format, tried, "the file holds no JSON object");
        preferences.unknown = json;
        preferences.unknown.erase("version");
        visit_fields(preferences, [&](const char* key, auto& value) {
            if (!json.contains(key)) return;
            take(json[key], value);
            preferences.unknown.erase(key);
        });
        preferences.scale = std::clamp(preferences.scale, 0.75, 2.0);
        preferences.layout_scale = std::clamp(preferences.layout_scale, 0.0, 8.0);
        for (auto* list : {&preferences.recent_files, &preferences.recent_sessions})
            if (list->size() > Preferences::kMostRecent) list->resize(Preferences::kMostRecent);
    } catch (...) {
        log_line(LogLevel::warning, current_failure("Could not read the preferences").paragraph());
        return {};
    }
    return preferences;
}

void save_preferences(const std::filesystem::path& file, const Preferences& preferences) {
    Json json = {{"version", Preferences::kVersion}};
    visit_fields(preferences, [&](const char* key, const auto& value) { json[key] = value; });
    for (const auto& [key, value] : preferences.unknown.items()) json[key] = value;
    // A file name may hold bytes that are no UTF-8; they are replaced rather than refused.
    write_file(file, json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n", Overwrite::yes);
}

}  // namespace afs::gui
