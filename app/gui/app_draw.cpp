// How App draws: menus, dock windows, sections; and its keys.
#include <fmt/format.h>
#include <imgui_internal.h>

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
    const std::int64_t frame = workspace_.timeline.frame;
    workspace_.edit.reset();
    ui().fields.begin_frame(edited, film(), playhead_s());
    guard("the menus", [&] { draw_menu_bar(commands); });
    guard("the status bar", [&] { draw_status_bar(edited, info_, commands); });
    draw_dock_space(std::exchange(rebuild_layout_, false), preferences_.layout_scale);
    draw_panels(edited, commands);
    guard("the file browser", [&] { file_browser_.draw(&catalog_); });
    guard("the page of keys", [&] { help_.draw(); });
    guard("the page about the program", [&] { about_.draw(options_.linked); });
    guard("the page that records", [&] {
        if (auto asked = record_page_.draw(history_.current(), info_, file_browser_, recorder_.busy()))
            start_recording(std::move(*asked));
    });
    guard("the palette", [&] { palette_.draw(*this, commands); });
    guard("the question about quitting", [&] { draw_quit_question(); });
    guard("the notices", [&] { notices_.draw(); });
    const std::uint64_t gesture = gestures_.now();
    // What was edited is the scene of the moment that the frame began with.
    const std::int64_t moved_to = std::exchange(workspace_.timeline.frame, frame);
    if (workspace_.edit)
        history_.commit(workspace_.edit->name, std::move(workspace_.edit->document), gesture);
    else
        commit(edited, gesture);
    workspace_.timeline.frame = moved_to;
    handle_shortcuts(commands);
    if (const auto path = ui().fields.take_asked()) toggle_key(*path);
    for (const Commands::Command& command : commands.take())
        guard("what was asked for", [&] { run(command.action, command.argument); });
    submit_if_changed();
}

void App::handle_shortcuts(Commands& commands) {
    const ImGuiContext& g = *ImGui::GetCurrentContext();
    // Who walks through the controls with the keyboard presses them with Space; the picture is no button.
    const bool pressing = g.NavCursorVisible && g.NavId != 0 && g.NavId != workspace_.canvas.id;
    for (const Action& a : actions()) {
        if (a.key == 0 || (a.key == ImGuiKey_Space && pressing)) continue;
        const ImGuiInputFlags flags = ImGuiInputFlags_RouteGlobal | (a.repeats ? ImGuiInputFlags_Repeat : 0);
        if (!ImGui::Shortcut(a.key, flags) || file_browser_.visible() || palette_.visible() || quit_problem_) continue;
        commands.run(a.id);
    }
}

// --- Menus ----------------------------------------------------------------------------------------------------------

void App::draw_choices(const Action& a, Commands& commands) {
    const Scope scope(a.name);
    const std::vector<Choice> choices = a.choices(*this);
    for (std::size_t i = 0; i < choices.size(); ++i) {
        ImGui::PushID(static_cast<int>(i));
        if (ImGui::MenuItem(choices[i].text.c_str(), nullptr, choices[i].ticked))
            commands.run(a.id, choices[i].argument);
        ui().registry.add_last_item(choices[i].text, ControlKind::menu);
        ImGui::PopID();
    }
}

void App::draw_menu_item(const Action& a, Commands& commands) {
    const char* reason = why_not(a, *this);
    if (a.choices) {
        const bool open = ImGui::BeginMenu(a.name, reason[0] == '\0');
        ui().registry.add_last_item(a.name, ControlKind::menu);
        if (!open) return;
        draw_choices(a, commands);
        ImGui::EndMenu();
        return;
    }
    std::string name = a.name;
    if (a.id == ActionId::undo && history_.can_undo()) name += " \u201c" + history_.undo_name() + "\u201d";
    if (a.id == ActionId::redo && history_.can_redo()) name += " \u201c" + history_.redo_name() + "\u201d";
    name += std::string("###") + a.name;
    const DisabledBecause impossible(reason);
    if (ImGui::MenuItem(name.c_str(), key_text(a.key).c_str(), a.ticked && a.ticked(*this))) commands.run(a.id);
    ui().registry.add_last_item(a.name, ControlKind::menu);
    tooltip(a.tooltip);
}

void App::draw_menu(Menu menu, Commands& commands) {
    const bool open = ImGui::BeginMenu(menu_name(menu));
    ui().registry.add_last_item(menu_name(menu), ControlKind::menu);
    if (!open) return;
    for (const Action& a : actions()) {
        if (a.menu != menu) continue;
        if (a.separator_before) ImGui::Separator();
        draw_menu_item(a, commands);
    }
    ImGui::EndMenu();
}

void App::draw_menu_bar(Commands& commands) {
    if (!ImGui::BeginMainMenuBar()) return;
    {
        const Scope scope("Menu");
        for (const Menu menu : {Menu::file, Menu::edit, Menu::view, Menu::film, Menu::help}) draw_menu(menu, commands);
    }

    if (const std::string mark = recording_mark(); !mark.empty()) {
        const Scope scope("Menu");
        ImGui::PushStyleColor(ImGuiCol_Text, colour::kError);
        if (ImGui::MenuItem((mark + "###recording").c_str()))
            commands.run(live_.recording() ? ActionId::cancel_recording : ActionId::toggle_panel,
                         live_.recording() ? "" : dock::kTimeline);
        ImGui::PopStyleColor();
        ui().registry.add_last_item("Recording", ControlKind::menu);
        tooltip(live_.recording() ? "What happens is recorded. Click to end it."
                                  : "A film is recorded; the Timeline shows how far it is. Click to show or hide it.");
    }

    // Right: which model, and where it runs.
    const std::string model =
        !info_.opening.empty() ? "opening " + file_name(info_.opening)
        : info_.network ? info_.network->title + (info_.network->label.empty() ? "" : " \u00b7 " + info_.network->label)
                        : "no model";
    const std::string where = "    " + info_.device_label;
    const float room = ImGui::GetContentRegionAvail().x - ImGui::CalcTextSize(where.c_str()).x - px(28);
    if (room > px(60)) {
        const std::string text = cut_to_width(model, room) + where;
        ImGui::SetCursorPosX(ImGui::GetWindowWidth() - ImGui::CalcTextSize(text.c_str()).x - px(14));
        coloured_text(text, colour::kQuiet);
    }
    ImGui::EndMainMenuBar();
}

// --- Panels ---------------------------------------------------------------------------------------------------------

void App::draw_panels(Scene& scene, Commands& commands) {
    if (panel_visible(dock::kControls)) guard("the controls", [&] { draw_controls(scene, commands); });
    // Whoever has no mouse begins somewhere.
    if (ImGui::GetFrameCount() == 2) ImGui::SetNextWindowFocus();
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(px(6), px(4)));
    draw_window(dock::kCanvas, draw_canvas_panel, scene, commands);
    ImGui::PopStyleVar();
    const std::pair<const char*, DrawPanel> optional[] = {{dock::kLayers, draw_layers_panel},
                                                          {dock::kSpectrum, draw_spectrum_panel},
                                                          {dock::kEquivariance, draw_equivariance_panel},
                                                          {dock::kFilters, draw_filter_panel},
                                                          {dock::kTimeline, draw_timeline_panel},
                                                          {dock::kPerformance, draw_performance_panel},
                                                          {dock::kLog, draw_log_panel},
                                                          {dock::kHistory, draw_history_panel},
                                                          {dock::kAverages, draw_average_panel}};
    if (std::exchange(workspace_.timeline.come_to_front, false)) ImGui::SetWindowFocus(dock::kTimeline);
    for (const auto& [title, panel] : optional)
        if (panel_visible(title)) draw_window(title, panel, scene, commands);
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
        const ImVec2 at = ImGui::GetWindowPos(), size = ImGui::GetWindowSize();
        ui().registry.add_panel(title, at, {at.x + size.x, at.y + size.y});
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
    const ImVec2 top = ImGui::GetCursorScreenPos();
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
    ui().registry.add_panel(name, {ImGui::GetWindowPos().x, top.y},
                            {ImGui::GetWindowPos().x + ImGui::GetWindowWidth(), ImGui::GetCursorScreenPos().y});
    gap(10);
}

}  // namespace afs::gui
