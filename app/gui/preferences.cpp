#include "app/gui/preferences.h"

#include <algorithm>
#include <cstdlib>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/json.h"
#include "core/base/log.h"

namespace afs::gui {

void Preferences::remember_file(const std::string& path) {
    std::erase(recent_files, path);
    recent_files.insert(recent_files.begin(), path);
    if (recent_files.size() > kMostRecent) recent_files.resize(kMostRecent);
}

std::filesystem::path configuration_folder() {
    const char* config = std::getenv("XDG_CONFIG_HOME");
    if (config && config[0] == '/') return std::filesystem::path(config) / "alias-free-studio";
    const char* home = std::getenv("HOME");
    if (home && home[0] == '/') return std::filesystem::path(home) / ".config" / "alias-free-studio";
    return {};
}

Preferences load_preferences(const std::filesystem::path& file) {
    Preferences preferences;
    std::error_code problem;
    if (file.empty() || !std::filesystem::exists(file, problem)) return preferences;
    try {
        const std::string tried = "Could not read the preferences";
        const Json json = parse_json(read_text_file(file, std::size_t{1} << 20), tried);
        const auto text = [&](const char* key) {
            return json.contains(key) && json[key].is_string() ? json[key].get<std::string>() : std::string();
        };
        if (!json.is_object()) throw Error(ErrorKind::format, tried, "the file holds no JSON object");
        if (json.contains("scale") && json["scale"].is_number())
            preferences.scale = std::clamp(json["scale"].get<double>(), 0.75, 2.0);
        if (json.contains("smooth_pixels") && json["smooth_pixels"].is_boolean())
            preferences.smooth_pixels = json["smooth_pixels"].get<bool>();
        preferences.model_folder = text("model_folder");
        preferences.picture_folder = text("picture_folder");
        const auto texts = [&](const char* key, std::size_t most) {
            std::vector<std::string> list;
            if (!json.contains(key) || !json[key].is_array()) return list;
            for (const Json& entry : json[key])
                if (entry.is_string() && list.size() < most) list.push_back(entry.get<std::string>());
            return list;
        };
        preferences.recent_files = texts("recent_files", Preferences::kMostRecent);
        preferences.closed_sections = texts("closed_sections", 100);
        preferences.hidden_panels = texts("hidden_panels", 100);
    } catch (...) {
        log_line(LogLevel::warning, current_failure("Could not read the preferences").paragraph());
        return {};
    }
    return preferences;
}

void save_preferences(const std::filesystem::path& file, const Preferences& preferences) {
    Json json;
    json["scale"] = preferences.scale;
    json["smooth_pixels"] = preferences.smooth_pixels;
    json["recent_files"] = preferences.recent_files;
    json["model_folder"] = preferences.model_folder;
    json["picture_folder"] = preferences.picture_folder;
    json["closed_sections"] = preferences.closed_sections;
    json["hidden_panels"] = preferences.hidden_panels;
    // A file name may hold bytes that are no UTF-8; they are replaced rather than refused.
    write_file(file, json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n", Overwrite::yes);
}

}  // namespace afs::gui
