// What belongs to the user and not to the picture: recent files, scale, where dialogs start. Kept in the user's
// configuration folder; a broken file is ignored with a warning, never fatal.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace afs::gui {

struct Preferences {
    double scale = 1.0;                     // of the interface, on top of the monitor's; 0.75 to 2
    bool smooth_pixels = true;              // pictures are interpolated below 800 %
    std::vector<std::string> recent_files;  // newest first
    std::string model_folder, picture_folder;
    std::vector<std::string> closed_sections;  // of the Controls panel, by name
    std::vector<std::string> hidden_panels;    // by title
    bool operator==(const Preferences&) const = default;

    void remember_file(const std::string& path);  // to the front of recent_files, once, at most kMostRecent

    static constexpr std::size_t kMostRecent = 12;
};

// $XDG_CONFIG_HOME/alias-free-studio, else ~/.config/alias-free-studio; empty where there is no home.
[[nodiscard]] std::filesystem::path configuration_folder();

[[nodiscard]] Preferences load_preferences(const std::filesystem::path& file);  // defaults where there is none
void save_preferences(const std::filesystem::path& file, const Preferences& preferences);  // throws Error{file}

}  // namespace afs::gui
