// How App draws: menus, dock windows, sections, help.
#include <fmt/format.h>
#include <imgui_internal.h>
#include <implot.h>

#include <algorithm>

#include "app/gui/app.h"
#include "app/gui/frame_guard.h"
#include "app/gui/layout.h"
#include "app/gui/panels/panels.h"
#include "app/gui/scene_words.h"
#include "app/gui/widgets/controls.h"

namespace afs::gui {

void App::guard(const std::string& what, const std::function<void()>& draw) {
    if (const auto failure = guarded(what, draw)) notices_.error(*failure, now_s_);
}

void App::draw() {
    ui().registry.begin_frame();
    // Alt means "finer" while something is dragged; letting it go must not move the focus to the menus.
    if (ImGui::IsMouseDown(ImGuiMouseButton_Left))
        ImGui::SetKeyOwner(ImGuiMod_Alt, ImGui::GetID("drag"), ImGuiInputFlags_LockUntilRelease);
    Commands commands;
    Scene edited = scene();
    guard("the menus", [&] { draw_menu_bar(commands); });
    guard("the status bar", [&] { draw_status_bar(edited, info_); });
    draw_dock_space(std::exchange(rebuild_layout_, false));
    draw_panels(edited, commands);
    guard("the file browser", [&] { file_browser_.draw(); });
    guard("the help", [&] { draw_help(); });
    guard("the page about the program", [&] { draw_about(); });
    guard("the notices", [&] { notices_.draw(); });
    commit(edited, gestures_.now());
    handle_shortcuts(commands);
    for (const Commands::Command& command : commands.take())
        guard("what was asked for", [&] { run(command.action, command.argument); });
    submit_if_changed();
}

void App::handle_shortcuts(Commands& commands) {
    for (const Action& a : actions()) {
        if (a.key == 0) continue;
        const ImGuiInputFlags flags = ImGuiInputFlags_RouteGlobal | (a.repeats ? ImGuiInputFlags_Repeat : 0);
        if (ImGui::Shortcut(a.key, flags) && !file_browser_.visible()) commands.run(a.id);
    }
}

// --- Menus ----------------------------------------------------------------------------------------------------------

void App::draw_menu(Menu menu, Commands& commands) {
    for (const Action& a : actions()) {
        if (a.menu != menu) continue;
        if (a.separator_before) ImGui::Separator();
        std::string name = a.name;
        if (a.id == ActionId::undo && !info_.undo_name.empty()) name += " \u201c" + info_.undo_name + "\u201d";
        if (a.id == ActionId::redo && !info_.redo_name.empty()) name += " \u201c" + info_.redo_name + "\u201d";
        name += std::string("###") + a.name;
        if (ImGui::MenuItem(name.c_str(), key_text(a.key).c_str(), is_ticked(a.id), is_enabled(a.id)))
            commands.run(a.id);
        ui().registry.add_last_item(a.name, ControlKind::menu);
        tooltip(a.tooltip);
    }
}

void App::draw_menus(Commands& commands) {
    const Scope scope("Menu");
    const auto menu = [&](const char* name, Menu which, const std::function<void()>& more) {
        const bool open = ImGui::BeginMenu(name);
        ui().registry.add_last_item(name, ControlKind::menu);
        if (!open) return;
        draw_menu(which, commands);
        if (more) more();
        ImGui::EndMenu();
    };
    menu("File", Menu::file, {});
    menu("Edit", Menu::edit, {});
    menu("View", Menu::view, [&] {
        if (ImGui::BeginMenu("Interface scale")) {
            for (const int percent : {75, 100, 125, 150, 175, 200})
                if (ImGui::MenuItem(fmt::format("{} %", percent).c_str(), nullptr,
                                    std::abs(interface_scale() * 100 - percent) < 0.5)) {
                    options_.font_scale = 0.0;
                    preferences_.scale = percent / 100.0;
                    keep_preferences();
                }
            ImGui::EndMenu();
        }
        if (ImGui::BeginMenu("History")) {
            const auto& entries = history_.entries();
            const std::size_t first = entries.size() > 40 ? entries.size() - 40 : 0;
            for (std::size_t i = entries.size(); i-- > first;) {
                ImGui::PushID(static_cast<int>(i));
                if (ImGui::MenuItem(entries[i].name.c_str(), nullptr, i == history_.position()))
                    commands.run(ActionId::go_to_history, std::to_string(i));
                ImGui::PopID();
            }
            ImGui::EndMenu();
        }
    });
    menu("Help", Menu::help, {});
}

void App::draw_menu_bar(Commands& commands) {
    if (!ImGui::BeginMainMenuBar()) return;
    draw_menus(commands);

    // Right: which model, and where it runs.
    const std::string model =
        !info_.opening.empty() ? "opening " + file_name(info_.opening)
        : info_.network ? info_.network->title + (info_.network->label.empty() ? "" : " \u00b7 " + info_.network->label)
                        : "no model";
    const std::string text = model + "    " + options_.device_label;
    const float left = ImGui::GetWindowWidth() - ImGui::CalcTextSize(text.c_str()).x - px(14);
    if (left > ImGui::GetCursorPosX()) {
        ImGui::SetCursorPosX(left);
        coloured_text(text, colour::kQuiet);
    }
    ImGui::EndMainMenuBar();
}

// --- Panels ---------------------------------------------------------------------------------------------------------

void App::draw_panels(Scene& scene, Commands& commands) {
    guard("the controls", [&] { draw_controls(scene, commands); });
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(px(6), px(4)));
    draw_window(dock::kCanvas, draw_canvas_panel, scene, commands);
    ImGui::PopStyleVar();
    draw_window(dock::kLayers, draw_layers_panel, scene, commands);
    draw_window(dock::kLog, draw_log_panel, scene, commands);
    draw_window(dock::kPerformance, draw_performance_panel, scene, commands);
    for (const auto& [title, panel] : options_.extra_panels) draw_window(title.c_str(), panel, scene, commands);
}

namespace {

// ImGui::Begin for a panel. A docked one paints no background: the frame is cleared with the panels' colour. Drawn by
// the CPU, a background of textured, blended triangles costs several times what clearing costs.
bool begin_panel(const char* title, ImGuiWindowFlags flags) {
    const ImGuiWindow* window = ImGui::FindWindowByName(title);
    const bool docked = window && window->DockNode && ImGui::DockNodeGetRootNode(window->DockNode)->IsDockSpace();
    if (docked) ImGui::PushStyleColor(ImGuiCol_WindowBg, 0);
    const bool visible = ImGui::Begin(title, nullptr, flags | ImGuiWindowFlags_NoCollapse);
    if (docked) ImGui::PopStyleColor();
    return visible;
}

}  // namespace

void App::draw_window(const char* title, DrawPanel panel, Scene& scene, Commands& commands) {
    if (begin_panel(title, ImGuiWindowFlags_NoScrollbar | ImGuiWindowFlags_NoScrollWithMouse)) {
        guard(std::string("the panel ") + title, [&] {
            const Scope scope(title);
            panel(scene, workspace_, info_, commands);
        });
    }
    ImGui::End();
}

void App::draw_controls(Scene& scene, Commands& commands) {
    if (begin_panel(dock::kControls, 0)) {
        draw_section("Model", draw_model_panel, scene, commands);
        draw_section("Latent", draw_latent_panel, scene, commands);
        draw_section("Truncation and noise", draw_truncation_panel, scene, commands);
        draw_section("Style mixing", draw_mixing_panel, scene, commands);
        draw_section("Transform", draw_transform_panel, scene, commands);
    }
    ImGui::End();
}

void App::draw_section(const char* name, DrawPanel panel, Scene& scene, Commands& commands) {
    std::string capitals = name;
    std::transform(capitals.begin(), capitals.end(), capitals.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    bool open = false;
    {
        const FontScope small(ui().fonts.bold, 11.5f);
        ImGui::PushStyleColor(ImGuiCol_Text, colour::kQuiet);
        ImGui::PushStyleColor(ImGuiCol_Header, 0);
        ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, ImVec2(px(2), px(4)));
        auto& closed = preferences_.closed_sections;
        const bool was_closed = std::find(closed.begin(), closed.end(), name) != closed.end();
        ImGui::SetNextItemOpen(!was_closed, ImGuiCond_Once);
        open = ImGui::CollapsingHeader((capitals + "###" + name).c_str());
        if (ImGui::IsItemToggledOpen()) {
            std::erase(closed, name);
            if (!open) closed.emplace_back(name);
            keep_preferences();
        }
        ImGui::PopStyleVar();
        ImGui::PopStyleColor(2);
        ui().registry.add_last_item(name, ControlKind::section);
    }
    if (!open) return;
    guard(std::string("the panel ") + name, [&] {
        const Scope scope(name);
        panel(scene, workspace_, info_, commands);
    });
    gap(10);
}

namespace {

// A window that floats over the panels stands out from them by its edge and its shade.
class FloatingLook {
  public:
    FloatingLook() {
        ImGui::PushStyleColor(ImGuiCol_WindowBg, ImGui::GetStyleColorVec4(ImGuiCol_PopupBg));
        ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 1.0f);
    }
    ~FloatingLook() {
        if (unwinding_.now()) return;
        ImGui::PopStyleVar();
        ImGui::PopStyleColor();
    }
    FloatingLook(const FloatingLook&) = delete;
    FloatingLook& operator=(const FloatingLook&) = delete;

  private:
    Unwinding unwinding_;
};

}  // namespace

// --- Help -----------------------------------------------------------------------------------------------------------

void App::draw_help() {
    if (!help_visible_) return;
    const FloatingLook look;
    ImGui::SetNextWindowPos(ImGui::GetMainViewport()->GetCenter(), ImGuiCond_Appearing, {0.5f, 0.5f});
    ImGui::SetNextWindowSize({px(560), std::min(px(640), ImGui::GetMainViewport()->Size.y * 0.85f)},
                             ImGuiCond_Appearing);
    constexpr auto flags = ImGuiWindowFlags_NoCollapse | ImGuiWindowFlags_NoDocking | ImGuiWindowFlags_NoSavedSettings;
    if (ImGui::Begin("Keys and mouse", &help_visible_, flags)) {
        const Scope scope("Help");
        const auto row = [](const std::string& keys, const char* what) {
            const float left = ImGui::GetCursorPosX();
            mono_text(keys, colour::kText);
            ImGui::SameLine(0, 0);
            ImGui::SetCursorPosX(left + px(190));
            quiet_text(what);
        };
        section_title("Keys");
        for (const Action& a : actions())
            if (a.key != 0) row(key_text(a.key), a.name);
        gap(10);
        section_title("In the picture");
        row("drag", "moves the picture");
        row("Ctrl+drag", "turns it about its centre");
        row("Shift+drag", "moves the view");
        row("wheel", "zooms at the cursor");
        row("double-click", "resets the transform");
        row("right click", "copies or saves the picture");
        row("arrow keys", "in Layer mode: layers up and down, channels left and right");
        gap(10);
        section_title("Numbers");
        row("drag", "changes the value; with Alt ten times finer");
        row("Ctrl+click", "types a value: 0.5, 1/8, pi/4, 45");
        row("double-click", "resets to the default");
        row("left, right", "step the value used last; Shift ten times, Alt a tenth");
        gap(10);
        section_title("Seed plane");
        row("drag, throw", "walks; a throw drifts on");
        row("click", "goes to the nearest seed");
        if (ImGui::IsWindowFocused(ImGuiFocusedFlags_RootAndChildWindows) && ImGui::IsKeyPressed(ImGuiKey_Escape))
            help_visible_ = false;
    }
    ImGui::End();
}

void App::draw_about() {
    if (!about_visible_) return;
    const FloatingLook look;
    ImGui::SetNextWindowPos(ImGui::GetMainViewport()->GetCenter(), ImGuiCond_Appearing, {0.5f, 0.5f});
    constexpr auto flags = ImGuiWindowFlags_NoCollapse | ImGuiWindowFlags_NoDocking | ImGuiWindowFlags_NoSavedSettings |
                           ImGuiWindowFlags_AlwaysAutoResize;
    if (ImGui::Begin("About", &about_visible_, flags)) {
        const Scope scope("About");
        {
            const FontScope bold(ui().fonts.bold, 18.0f);
            ImGui::TextUnformatted("Alias-Free Studio");
        }
        quiet_text("Version " AFS_VERSION ". MIT licence.");
        gap(8);
        section_title("Made with");
        fact("Dear ImGui", fmt::format("{}, MIT", ImGui::GetVersion()));
        fact("ImPlot", fmt::format("{}, MIT", IMPLOT_VERSION));
        fact("GLFW", "zlib licence");
        fact("LibTorch", "BSD 3-clause");
        fact("Roboto", "Apache 2.0");
        fact("Inconsolata", "SIL Open Font License 1.1");
        gap(8);
        if (button("Close", {.key = "Esc"}) || ImGui::IsKeyPressed(ImGuiKey_Escape)) about_visible_ = false;
    }
    ImGui::End();
}

}  // namespace afs::gui
