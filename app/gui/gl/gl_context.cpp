#include "app/gui/gl/gl_context.h"

#include <glad/gl.h>
// GLFW after the loader, which brings the GL declarations.
#include <GLFW/glfw3.h>

#include <algorithm>
#include <utility>

#include "core/base/error.h"

namespace afs::gui {
namespace {

// GLFW reports through a plain function pointer; its text is asked for where a call fails.
std::string last_glfw_error() {
    const char* text = nullptr;
    glfwGetError(&text);
    return text ? text : "the reason is unknown";
}

GlContext& self(GLFWwindow* window) { return *static_cast<GlContext*>(glfwGetWindowUserPointer(window)); }

}  // namespace

GlContext::GlContext(const char* title, WindowGeometry geometry) {
    const std::string tried = "Could not open a window";
    if (!glfwInit())
        throw Error(ErrorKind::device, tried, "there is no display (" + last_glfw_error() + ")",
                    "Start it in a graphical session, or use the commands that need no window: afstudio images, "
                    "afstudio inspect.");
    int x = 0, y = 0, work_width = 1920, work_height = 1080;
    if (GLFWmonitor* monitor = glfwGetPrimaryMonitor()) {
        glfwGetMonitorWorkarea(monitor, &x, &y, &work_width, &work_height);
        const GLFWvidmode* mode = glfwGetVideoMode(monitor);
        if (mode && mode->refreshRate > 0) refresh_hz_ = mode->refreshRate;
    }
    const bool chosen = geometry.width > 0 && geometry.height > 0;
    const int width = chosen ? geometry.width : std::min(1600, work_width),
              height = chosen ? geometry.height : std::min(1000, work_height);
    glfwWindowHint(GLFW_MAXIMIZED, geometry.maximized ? GLFW_TRUE : GLFW_FALSE);
    glfwWindowHint(GLFW_CONTEXT_VERSION_MAJOR, 4);
    glfwWindowHint(GLFW_CONTEXT_VERSION_MINOR, 5);
    glfwWindowHint(GLFW_OPENGL_PROFILE, GLFW_OPENGL_CORE_PROFILE);
    glfwWindowHint(GLFW_DEPTH_BITS, 0);
    glfwWindowHint(GLFW_STENCIL_BITS, 0);
    window_ = glfwCreateWindow(width, height, title, nullptr, nullptr);
    if (!window_) {
        const std::string why = last_glfw_error();
        glfwTerminate();
        throw Error(ErrorKind::device, tried, "this display offers no OpenGL 4.5 (" + why + ")",
                    "Update the graphics driver, or set LIBGL_ALWAYS_SOFTWARE=1 to draw with the CPU.");
    }
    glfwMakeContextCurrent(window_);
    if (!gladLoadGL(glfwGetProcAddress)) {
        glfwDestroyWindow(window_);
        glfwTerminate();
        throw Error(ErrorKind::device, tried, "the functions of OpenGL 4.5 could not be loaded",
                    "Update the graphics driver.");
    }
    glfwSwapInterval(1);
    glfwSetWindowSizeLimits(window_, 480, 320, GLFW_DONT_CARE, GLFW_DONT_CARE);
    glfwSetWindowUserPointer(window_, this);
    glfwSetDropCallback(window_, [](GLFWwindow* w, int count, const char** paths) {
        for (int i = 0; i < count; ++i) self(w).dropped_.emplace_back(paths[i]);
    });
    glfwSetWindowRefreshCallback(window_, [](GLFWwindow* w) { self(w).refresh_ = true; });
    glfwSetFramebufferSizeCallback(window_, [](GLFWwindow* w, int, int) { self(w).refresh_ = true; });
}

GlContext::~GlContext() {
    glfwDestroyWindow(window_);
    glfwTerminate();
}

double GlContext::monitor_scale() const {
    float x = 1.0f, y = 1.0f;
    glfwGetWindowContentScale(window_, &x, &y);
    return std::clamp(static_cast<double>(x), 0.5, 4.0);
}

std::string GlContext::description() const {
    const auto text = [](GLenum name) {
        const GLubyte* value = glGetString(name);
        return value ? std::string(reinterpret_cast<const char*>(value)) : std::string("?");
    };
    return text(GL_RENDERER) + ", OpenGL " + text(GL_VERSION);
}

std::vector<std::string> GlContext::take_dropped_files() { return std::exchange(dropped_, {}); }
bool GlContext::take_refresh() { return std::exchange(refresh_, false); }

}  // namespace afs::gui
