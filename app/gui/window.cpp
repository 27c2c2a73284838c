#include "app/gui/window.h"

#include <glad/gl.h>
// GLFW after the loader, which brings the GL declarations.
#include <GLFW/glfw3.h>
#include <backends/imgui_impl_glfw.h>
#include <backends/imgui_impl_opengl3.h>
#include <fmt/format.h>
#include <imgui.h>
#include <imgui_internal.h>
#include <implot.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cfloat>
#include <cmath>
#include <optional>

#include "app/gui/app.h"
#include "app/gui/clipboard_image.h"
#include "app/gui/frame_guard.h"
#include "app/gui/frame_pace.h"
#include "app/gui/gl/gl_context.h"
#include "app/gui/gl/image_texture.h"
#include "app/gui/input_order.h"
#include "app/gui/picture_file.h"
#include "app/gui/theme.h"
#include "app/gui/ui_context.h"
#include "core/base/log.h"
#include "core/base/user_folders.h"

namespace afs {
namespace gui {
namespace {

namespace fs = std::filesystem;

constexpr int kSettlingFrames = 3;     // after an event: hovering and popups need that many to come to rest
constexpr double kHoverSeconds = 0.9;  // tooltips appear within this time after the last event
constexpr double kHoverFrameEvery = 0.1;

// ImGui, ImPlot and their backends; ends before the GL context does.
class ImGuiSession {
  public:
    ImGuiSession(GLFWwindow* window, std::string ini_file) : ini_file_(std::move(ini_file)) {
        ImGui::CreateContext();
        ImPlot::CreateContext();
        ImGuiIO& io = ImGui::GetIO();
        io.IniFilename = ini_file_.empty() ? nullptr : ini_file_.c_str();
        configure(io);
        ImGui_ImplGlfw_InitForOpenGL(window, true);
        ImGui_ImplOpenGL3_Init("#version 450 core");
    }
    ~ImGuiSession() {
        ImGui_ImplOpenGL3_Shutdown();
        ImGui_ImplGlfw_Shutdown();
        ImPlot::DestroyContext();
        ImGui::DestroyContext();
    }
    ImGuiSession(const ImGuiSession&) = delete;
    ImGuiSession& operator=(const ImGuiSession&) = delete;

  private:
    std::string ini_file_;
};

std::string layout_file(const fs::path& folder) {
    if (folder.empty()) return {};
    std::error_code problem;
    fs::create_directories(folder, problem);
    return problem ? std::string() : (folder / "layout.ini").string();
}

// What was asked for, else as it was at the end of the last time.
WindowGeometry wanted_geometry(const WindowOptions& options, const fs::path& configuration) {
    if (options.width > 0 || configuration.empty()) return {options.width, options.height, false};
    const Preferences kept = load_preferences(preferences_file(configuration));
    return {kept.window_width, kept.window_height, kept.window_maximized};
}

Image read_window(int width, int height) {
    Image image{.width = width, .height = height, .channels = 4, .pixels = {}};
    const std::size_t row = static_cast<std::size_t>(width) * 4;
    std::vector<std::uint8_t> upside_down(row * static_cast<std::size_t>(height));
    glPixelStorei(GL_PACK_ALIGNMENT, 4);
    glReadBuffer(GL_BACK);
    glReadPixels(0, 0, width, height, GL_RGBA, GL_UNSIGNED_BYTE, upside_down.data());
    image.pixels.resize(upside_down.size());
    for (int y = 0; y < height; ++y)
        std::copy_n(upside_down.begin() + static_cast<std::ptrdiff_t>(row) * (height - 1 - y), row,
                    image.pixels.begin() + static_cast<std::ptrdiff_t>(row) * y);
    return image;
}

Image cut_to_panel(const Image& frame, const ControlRegistry& registry, const std::string& title) {
    std::string known;
    for (const Control& c : registry.controls()) {
        if (c.kind != ControlKind::panel || !c.visible) continue;
        const std::string name = c.name.substr(c.name.find('/') + 1);
        if (name != title) {
            known += (known.empty() ? "" : ", ") + name;
            continue;
        }
        const int left = std::clamp(static_cast<int>(c.min.x), 0, frame.width - 1),
                  top = std::clamp(static_cast<int>(c.min.y), 0, frame.height - 1);
        const int right = std::clamp(static_cast<int>(c.max.x), left + 1, frame.width),
                  bottom = std::clamp(static_cast<int>(c.max.y), top + 1, frame.height);
        Image cut{.width = right - left, .height = bottom - top, .channels = frame.channels, .pixels = {}};
        for (int y = top; y < bottom; ++y) {
            const auto row =
                frame.pixels.begin() + (static_cast<std::ptrdiff_t>(y) * frame.width + left) * frame.channels;
            cut.pixels.insert(cut.pixels.end(), row, row + static_cast<std::ptrdiff_t>(cut.width) * frame.channels);
        }
        return cut;
    }
    throw Error(ErrorKind::argument, "Could not save a picture of \u201c" + title + "\u201d",
                "the window shows no panel of that name", "It shows: " + known + ".");
}

}  // namespace

struct WindowLoop::Impl {
    explicit Impl(const WindowOptions& options)
        : options_(options),
          configuration_(!options.screenshot.empty()            ? fs::path()
                         : options.configuration_folder.empty() ? gui::configuration_folder()
                                                                : options.configuration_folder),
          gl_("Alias-Free Studio", wanted_geometry(options, configuration_)),
          session_(gl_.window(), layout_file(configuration_)) {
        context_.fonts = load_fonts();
        attach_ui(context_);
        log_info("Window: {}", gl_.description());
        pace_ = {.refresh_hz = gl_.refresh_hz(), .drawn_on_cpu = draws_on_cpu(gl_.description())};
        source_ = options.make_source([this] {
            woken_ = true;
            glfwPostEmptyEvent();
        });
        AppOptions app;
        app.device = options.device;
        app.machine = options.machine;
        app.device_label = options.device_label;
        app.session_path = options.session_path;
        // A picture of the window shows the demo at rest.
        app.model_path = options.model_path.empty() && options.session_path.empty() && !options.screenshot.empty()
                             ? options.demo_path
                             : options.model_path;
        app.demo_path = options.demo_path;
        app.reopen_last = options.reopen_last;
        app.font_scale = options.font_scale;
        app.configuration_folder = configuration_;
        if (!configuration_.empty()) app.cache_folder = cache_folder();
        app.describe_model = options.describe_model;
        app.measure_equivariance = options.measure_equivariance;
        app.record_film = options.record_film;
        app.average_spectra = options.average_spectra;
        app.wake = [this] {
            woken_ = true;
            glfwPostEmptyEvent();
        };
        app.linked = options.linked;
        app.copy_png = [this](std::vector<std::byte> png) { clipboard_.offer(std::move(png)); };
        app_.emplace(std::move(app), *source_);
        app_->set_picture_callbacks(ImageTexture::draw_opaque, ImageTexture::sample_minified, &texture_);
    }

    ~Impl() {
        app_.reset();     // waits for what it is writing
        source_.reset();  // joins its threads while GLFW can still be woken
    }

    bool step();
    void wait();
    void take_close_request();
    void keep_geometry();
    void draw_frame();
    void rest_pointer() const;
    void apply_scale();
    void apply_title();

    WindowOptions options_;
    fs::path configuration_;
    GlContext gl_;
    ImGuiSession session_;
    UiContext context_;
    ImageTexture texture_;
    ClipboardImage clipboard_;
    InputOrder input_order_;
    std::atomic<bool> woken_ = false;
    FramePace pace_;
    std::unique_ptr<FrameSource> source_;
    std::optional<App> app_;

    FramePicture uploaded_;
    bool uploaded_minified_ = false;
    double applied_scale_ = 0.0;
    std::string title_;
    bool always_ = false, keep_frame_ = false;
    int settling_ = kSettlingFrames;
    double last_event_s_ = 0.0, frame_began_s_ = -1.0, last_frame_s_ = 0.0, first_frame_s_ = -1.0;
    Image last_frame_;
    WindowReport report_;
};

void WindowLoop::Impl::wait() {
    while (true) {
        const double shortest = pace_.shortest_s(last_frame_s_, source_->activity().has_value());
        const double now = glfwGetTime();
        const double earliest = std::max(frame_began_s_ + shortest - now, 0.0);
        double due = always_ || settling_ > 0 ? 0.0 : app_->seconds_to_next_frame(now);
        // A counted run draws without pause, except where it would take the cores from the picture that it waits for.
        if (options_.frames > 0 && !app_->moving()) due = 0.0;
        if (now - last_event_s_ < kHoverSeconds) due = std::min(due, kHoverFrameEvery);
        due = std::max(due, earliest);
        if (due <= 0.0)
            glfwPollEvents();
        else
            glfwWaitEventsTimeout(std::min(due, 3600.0));
        const bool event = !ImGui::GetCurrentContext()->InputEventsQueue.empty() || gl_.take_refresh();
        const double after = glfwGetTime();
        if (event) {
            settling_ = kSettlingFrames;
            last_event_s_ = after;
        }
        const auto dropped = gl_.take_dropped_files();
        if (!dropped.empty()) {
            app_->drop_files(dropped);
            settling_ = kSettlingFrames;
        }
        if (glfwWindowShouldClose(gl_.window())) return;
        const bool woken = woken_.exchange(false);
        const bool wanted = event || woken || settling_ > 0 || due <= 0.0;
        if (wanted || after >= now + due) {
            if (after >= frame_began_s_ + shortest) return;
            settling_ = std::max(settling_, 1);  // the frame comes when the last one is old enough
        }
    }
}

void WindowLoop::Impl::apply_scale() {
    const double scale = gl_.monitor_scale() * app_->interface_scale();
    if (scale == applied_scale_) return;
    applied_scale_ = scale;
    context_.scale = static_cast<float>(scale);
    apply_theme(context_.scale);
}

void WindowLoop::Impl::apply_title() {
    std::string title = app_->title();
    if (title == title_) return;
    title_ = std::move(title);
    glfwSetWindowTitle(gl_.window(), title_.c_str());
}

// A screenshot does not depend on where the display's pointer happens to be, nor on the moment.
void WindowLoop::Impl::rest_pointer() const {
    ImGuiIO& io = ImGui::GetIO();
    io.ConfigInputTextCursorBlink = false;
    const ImVec2 nowhere(-FLT_MAX, -FLT_MAX);
    const ImVec2 at = options_.pointer ? ImVec2(static_cast<float>(options_.pointer->first),
                                                static_cast<float>(options_.pointer->second))
                                       : nowhere;
    io.AddMousePosEvent(at.x, at.y);
}

// Where the time of a frame went, for the log.
class FrameParts {
  public:
    void end_of(const char* part) {
        const double now = glfwGetTime();
        parts_[count_++] = {part, (now - last_s_) * 1000.0};
        last_s_ = now;
    }
    void log_if_long() const {
        constexpr double kLongMs = 100.0;  // what a hand feels
        if ((last_s_ - began_s_) * 1000.0 < kLongMs) return;
        std::string text;
        for (int i = 0; i < count_; ++i)
            text += fmt::format("{}{} {:.0f}", i == 0 ? "" : ", ", parts_[i].name, parts_[i].ms);
        log_debug("A frame of the window took {:.0f} ms: {}", (last_s_ - began_s_) * 1000.0, text);
    }

  private:
    struct Part {
        const char* name = "";
        double ms = 0.0;
    };
    std::array<Part, 8> parts_{};
    int count_ = 0;
    double began_s_ = glfwGetTime(), last_s_ = began_s_;
};

void WindowLoop::Impl::draw_frame() {
    FrameParts parts;
    app_->begin_frame(glfwGetTime());
    parts.end_of("taking results");
    const bool minified = app_->picture_minified();
    if (app_->picture() && (app_->picture() != uploaded_ || (minified && !uploaded_minified_))) {
        const double upload_began = glfwGetTime();
        const bool direct = texture_.upload(app_->picture(), minified);
        app_->note_upload((glfwGetTime() - upload_began) * 1000.0, direct);
        uploaded_ = app_->picture();
        uploaded_minified_ = minified;
        app_->set_picture_texture(texture_.id());
    }
    parts.end_of("uploading the picture");
    apply_scale();
    apply_title();
    const double began = glfwGetTime();
    ImGui_ImplOpenGL3_NewFrame();
    ImGui_ImplGlfw_NewFrame();
    if (!options_.screenshot.empty()) rest_pointer();
    input_order_.before_new_frame();
    ImGui::NewFrame();
    input_order_.after_new_frame();
    if (input_order_.waiting()) settling_ = kSettlingFrames;
    if (const auto failure = guarded("the window", [&] { app_->draw(); })) app_->report(*failure);
    ImGui::Render();
    parts.end_of("building");
    int width = 0, height = 0;
    glfwGetFramebufferSize(gl_.window(), &width, &height);
    glViewport(0, 0, width, height);
    const ImVec4 background = ImGui::ColorConvertU32ToFloat4(colour::kPanel);  // docked panels draw none
    glClearColor(background.x, background.y, background.z, 1.0f);
    glClear(GL_COLOR_BUFFER_BIT);
    ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
    const bool asked = app_->take_screenshot_request();
    if (keep_frame_ || asked) last_frame_ = read_window(width, height);
    if (app_->wants_window_frame()) app_->offer_window_frame(read_window(width, height));
    parts.end_of("drawing");
    glfwSwapBuffers(gl_.window());
    parts.end_of("showing");
    parts.log_if_long();
    app_->note_frame_time((glfwGetTime() - began) * 1000.0);
    if (asked) app_->save_screenshot(last_frame_);
}

// The window's own close button asks the same question as Quit does.
void WindowLoop::Impl::take_close_request() {
    if (!glfwWindowShouldClose(gl_.window())) return;
    glfwSetWindowShouldClose(gl_.window(), GLFW_FALSE);
    app_->quit();
    settling_ = kSettlingFrames;
}

void WindowLoop::Impl::keep_geometry() {
    if (!options_.screenshot.empty()) return;
    int width = 0, height = 0;
    glfwGetWindowSize(gl_.window(), &width, &height);
    const bool maximized = glfwGetWindowAttrib(gl_.window(), GLFW_MAXIMIZED) == GLFW_TRUE;
    app_->change_preferences([&](Preferences& p) {
        p.window_maximized = maximized;
        if (maximized) return;  // the size to go back to stays
        p.window_width = width;
        p.window_height = height;
    });
}

bool WindowLoop::Impl::step() {
    wait();
    take_close_request();
    if (app_->wants_quit()) {
        keep_geometry();
        return false;
    }
    frame_began_s_ = glfwGetTime();
    if (first_frame_s_ < 0) first_frame_s_ = frame_began_s_;
    settling_ = std::max(settling_ - 1, 0);
    if (glfwGetWindowAttrib(gl_.window(), GLFW_ICONIFIED)) return true;  // nobody would see it
    const bool picture_was_there = app_->pictures_shown() > 0;
    draw_frame();
    const double ended = glfwGetTime();
    ++report_.frames;
    report_.pictures = app_->pictures_shown();
    report_.seconds = ended - first_frame_s_;
    double& longest = picture_was_there ? report_.longest_frame_ms : report_.longest_start_frame_ms;
    last_frame_s_ = ended - frame_began_s_;
    longest = std::max(longest, last_frame_s_ * 1000.0);
    if (app_->wants_quit()) keep_geometry();
    return !app_->wants_quit();
}

WindowLoop::WindowLoop(const WindowOptions& options) : impl_(std::make_unique<Impl>(options)) {
    impl_->keep_frame_ = !options.screenshot.empty();
}
WindowLoop::~WindowLoop() = default;
bool WindowLoop::step() { return impl_->step(); }
App& WindowLoop::app() { return *impl_->app_; }
const WindowReport& WindowLoop::report() const { return impl_->report_; }
void WindowLoop::draw_always(bool always) { impl_->always_ = always; }
void WindowLoop::save_screenshot(const fs::path& path, bool overwrite, const std::string& crop) {
    ControlRegistry& registry = impl_->context_.registry;
    const bool was_on = registry.on();
    registry.set_on(was_on || !crop.empty());
    impl_->keep_frame_ = true;
    impl_->settling_ = std::max(impl_->settling_, 1);
    impl_->step();
    registry.set_on(was_on);
    save_png(path, crop.empty() ? impl_->last_frame_ : cut_to_panel(impl_->last_frame_, registry, crop),
             overwrite ? Overwrite::yes : Overwrite::no);
}

}  // namespace gui

void check_window_actions(const std::vector<std::string>& actions) {
    for (const std::string& text : actions) {
        const std::string word = text.substr(0, text.find('='));
        const gui::Action* found = gui::find_action(word);
        if (found && (found->choices || found->typed) == (text.find('=') != std::string::npos)) continue;
        std::string known;
        for (const gui::Action& a : gui::actions())
            known += (known.empty() ? "" : ", ") + std::string(a.word) + (a.choices || a.typed ? "=..." : "");
        throw Error(
            ErrorKind::argument, "Could not do \u201c" + text + "\u201d",
            found ? "this command " + std::string(found->choices || found->typed ? "needs" : "takes no") + " argument"
                  : "there is no such command",
            "There are: " + known + ".");
    }
}

int run_window(const WindowOptions& options, WindowReport* report) {
    check_window_actions(options.actions);
    if (!options.screenshot.empty())
        check_may_write(options.screenshot, options.overwrite_screenshot ? Overwrite::yes : Overwrite::no);
    gui::WindowLoop loop(options);
    constexpr int kCalmFrames = 4;           // drawn after the last picture arrived: fonts and layout have settled
    constexpr double kSketchSeconds = 30.0;  // a screenshot waits so long for the small pictures of seeds
    int calm = 0;
    double sketching_since_s = 0.0;
    auto next_action = options.actions.begin();
    while (loop.step()) {
        const bool sketching = !options.screenshot.empty() && loop.app().sketching();
        if (!sketching) sketching_since_s = glfwGetTime();
        const bool waits = sketching && glfwGetTime() < sketching_since_s + kSketchSeconds;
        calm = loop.app().steady() && !waits ? calm + 1 : 0;
        if (calm >= kCalmFrames && next_action != options.actions.end()) {
            const std::size_t equals = next_action->find('=');
            loop.app().run(gui::find_action(next_action->substr(0, equals))->id,
                           equals == std::string::npos ? "" : next_action->substr(equals + 1));
            ++next_action;
            calm = 0;
        }
        const bool done = next_action == options.actions.end();
        const bool enough_frames = options.frames > 0 && loop.report().frames >= options.frames;
        if (options.screenshot.empty() ? enough_frames
                                       : done && calm >= kCalmFrames && (options.frames == 0 || enough_frames))
            break;
        if (!options.screenshot.empty() && loop.app().steady()) loop.draw_always(true);
    }
    if (!options.screenshot.empty())
        loop.save_screenshot(options.screenshot, options.overwrite_screenshot, options.crop);
    if (report) *report = loop.report();
    const bool unattended = !options.screenshot.empty() || options.frames > 0;
    return unattended && loop.app().opening_failed() ? 1 : 0;
}

}  // namespace afs
