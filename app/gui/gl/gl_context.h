// A GLFW window with an OpenGL 4.5 core context. Move-free: there is one, on the main thread, and it ends GLFW with
// itself.
#pragma once

#include <string>
#include <vector>

struct GLFWwindow;

namespace afs::gui {

struct WindowGeometry {
    int width = 0, height = 0;  // 0: 1600 x 1000, or what the screen has
    bool maximized = false;
};

class GlContext {
  public:
    // Throws Error{device}: no display, no OpenGL 4.5.
    GlContext(const char* title, WindowGeometry geometry);
    ~GlContext();
    GlContext(const GlContext&) = delete;
    GlContext& operator=(const GlContext&) = delete;

    [[nodiscard]] GLFWwindow* window() const { return window_; }
    [[nodiscard]] double monitor_scale() const;  // 1 at 96 dpi
    [[nodiscard]] double refresh_hz() const { return refresh_hz_; }
    [[nodiscard]] std::string description() const;  // renderer and version, for the log
    [[nodiscard]] std::vector<std::string> take_dropped_files();
    [[nodiscard]] bool take_refresh();  // the system asks for a frame: uncovered or resized

  private:
    GLFWwindow* window_ = nullptr;
    double refresh_hz_ = 60.0;
    std::vector<std::string> dropped_;
    bool refresh_ = true;
};

}  // namespace afs::gui
