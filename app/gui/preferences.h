// What belongs to the user and not to the picture: recent files, scale, where dialogs start. Kept in the user's
// configuration folder. A broken file is ignored with a warning, never fatal; a value of a wrong type leaves its
// default; what a newer version wrote is kept.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/json.h"

namespace afs::gui {

struct Preferences {
    static constexpr int kVersion = 1;

    double scale = 1.0;                     // of the interface, on top of the monitor's; 0.75 to 2
    double layout_scale = 0.0;              // at which the layout of the panels was made; 0: there is none
    bool smooth_pixels = true;              // pictures are interpolated below 800 %
    std::vector<std::string> recent_files;  // newest first
    std::string model_folder, picture_folder;
    std::vector<std::string> closed_sections;  // of the Controls panel, by name
    std::vector<std::string> hidden_panels;    // by title
    bool reopen_session = true;                // start with what was open last
    std::string session_file;                  // that it was saved as, if it was
    std::vector<std::string> recent_sessions;  // newest first
    std::string session_folder;
    int window_width = 0, window_height = 0;  // pixels; 0: to be chosen
    bool window_maximized = false;
    Json unknown = Json::object();  // of the file, saved again
    bool operator==(const Preferences&) const = default;

    // To the front of their list, once, at most kMostRecent.
    void remember_file(const std::string& path);
    void remember_session(const std::string& path);

    static constexpr std::size_t kMostRecent = 12;
};

// $XDG_CONFIG_HOME/alias-free-studio, else ~/.config/alias-free-studio; empty where there is no home.
[[nodiscard]] std::filesystem::path configuration_folder();

[[nodiscard]] std::filesystem::path preferences_file(const std::filesystem::path& folder);  // empty for an empty folder
[[nodiscard]] Preferences load_preferences(const std::filesystem::path& file);  // defaults where there is none
void save_preferences(const std::filesystem::path& file, const Preferences& preferences);  // throws Error{file}

}  // namespace afs::gui
