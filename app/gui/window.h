// The window: GLFW, OpenGL 4.5 and the loop that sleeps when nothing changes. The main thread only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/gui/about_page.h"
#include "app/gui/frame_info.h"
#include "app/gui/recorder.h"
#include "core/analysis/average_run.h"
#include "core/analysis/equivariance_run.h"
#include "core/ops/device.h"
#include "core/render/frame_source.h"

namespace afs {

namespace gui {
class App;
}

struct WindowOptions {
    // What is opened, the first that there is: a session (with the model, if one is named, instead of its own), a
    // model, the session of the last time, the demo in motion. A screenshot never shows the last session.
    std::string session_path, model_path;
    bool reopen_last = true;
    std::string demo_path;
    int width = 0, height = 0;         // pixels; 0: 1600 x 1000, or what the screen has
    std::filesystem::path screenshot;  // draw until steady, save the window there as PNG, quit
    bool overwrite_screenshot = false;
    std::vector<std::string> actions;  // done one after the other when the picture stands: "keys", "scale=150"
    std::string crop;                  // the panel or page that the screenshot shows; empty: the whole window
    std::optional<std::pair<int, int>> pointer;  // where the screenshot's pointer rests, pixels; nowhere otherwise
    int frames = 0;  // quit after so many frames, drawn without pause where nothing moves; 0: never
    Device device;
    gui::Machine machine;
    std::string device_label;             // "cpu", for the menu bar and the status bar
    std::vector<gui::LinkedPart> linked;  // what the program is made of, for the page about it
    double font_scale = 0.0;              // of the interface, on top of the monitor's; 0: as preferred (View menu)
    // Preferences and the layout of the panels; empty: the user's configuration folder. A screenshot uses neither.
    std::filesystem::path configuration_folder;
    std::function<std::string(const std::filesystem::path&)> describe_model;  // a network file in a line; any thread
    MeasureEquivariance measure_equivariance;                                 // empty: the window measures none
    gui::RecordFilm record_film;                                              // empty: the window records none
    AverageSpectra average_spectra;                                           // empty: the window compares none
    // Makes the source of pictures; `wake` may be called from any thread and outlives the source.
    std::function<std::unique_ptr<FrameSource>(std::function<void()> wake)> make_source;
};

// What a run was like, for those who measure.
struct WindowReport {
    int frames = 0;
    std::uint64_t pictures = 0;  // distinct ones that were shown
    double seconds = 0.0;        // from the first frame to the last
    // Building, drawing and showing one frame. Until the first picture stands in one, the driver compiles shaders and
    // fonts are laid out: those frames are the start's.
    double longest_frame_ms = 0.0, longest_start_frame_ms = 0.0;
};

// Throws Error{argument} for an action that there is not, naming those that there are.
void check_window_actions(const std::vector<std::string>& actions);

// Opens the window and returns when it is closed: the program's exit code (1 where a screenshot or a number of frames
// was asked for and the model could not be opened). Throws Error{device} where there is no display or no OpenGL 4.5,
// Error{file} where the screenshot cannot be written.
int run_window(const WindowOptions& options, WindowReport* report = nullptr);

namespace gui {

// The same, frame by frame: for run_window and for tests that drive the real window.
class WindowLoop {
  public:
    explicit WindowLoop(const WindowOptions& options);  // throws like run_window
    ~WindowLoop();

    bool step();  // waits until a frame is due and draws it; false when the window should close
    [[nodiscard]] App& app();
    [[nodiscard]] const WindowReport& report() const;
    // Of the frame drawn last; of one panel of it where `crop` names one. Throws Error{argument} for a panel that is
    // not there.
    void save_screenshot(const std::filesystem::path& path, bool overwrite, const std::string& crop = {});
    void draw_always(bool always);  // never sleep

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace gui
}  // namespace afs
