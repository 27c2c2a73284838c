#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>

#include "app/gui/panels/panels.h"
#include "app/gui/scene_words.h"
#include "app/gui/widgets/controls.h"

namespace afs::gui {
namespace {

// One line of short facts, each set apart by a dot.
std::string facts_line(const FrameInfo& info) {
    if (!info.shown) return info.device_label;
    const Performance& p = *info.performance;
    std::string line = fmt::format("{} \u00b7 generator {:.1f} ms", info.device_label, p.generator_ms.newest());
    if (p.pictures_per_s >= 0.5) line += fmt::format(" {:.0f} FPS", p.pictures_per_s);
    line += fmt::format(" \u00b7 UI {:.0f} FPS", p.ui_per_s);
    if (info.network) line += fmt::format(" \u00b7 {}\u00b2", info.network->img_resolution);
    line += " \u00b7 " + info.shown->kernel_path;
    const double mb = static_cast<double>(info.shown->memory_bytes) / 1048576.0;
    return line + (mb >= 1024 ? fmt::format(" \u00b7 {:.1f} GB", mb / 1024) : fmt::format(" \u00b7 {:.0f} MB", mb));
}

std::string moment(const FrameInfo& info) {
    if (info.activity && (info.activity->loading || info.activity->seconds > 0.2)) {
        std::string text = info.activity->doing;
        if (info.activity->fraction >= 0) text += fmt::format(" {:.0f} %", info.activity->fraction * 100);
        return text;
    }
    return info.message;
}

// What the network would not do by itself; a click takes it back.
// It ends at `right`; returns where it begins.
float draw_filter_mark(const Scene& scene, float right, Commands& commands) {
    const auto count = std::ranges::count_if(scene.filters, [](const FilterOverride& f) { return f.enabled; });
    if (count == 0) return right;
    const std::string text = count == 1 ? "1 filter changed \u00d7" : fmt::format("{} filters changed \u00d7", count);
    const float left = right - ImGui::CalcTextSize(text.c_str()).x - 2 * ImGui::GetStyle().FramePadding.x;
    ImGui::SetCursorPosX(left);
    ImGui::PushStyleColor(ImGuiCol_Text, colour::kWarning);
    const Scope scope("Status");
    if (button(
            (text + "###filters").c_str(),
            {.tooltip = "What if: the network is computed with other filters (panel Filters). A click takes them out.",
             .name = "Filters changed"}))
        commands.run(ActionId::reset_filters);
    ImGui::PopStyleColor();
    return left;
}

}  // namespace

void draw_status_bar(const Scene& scene, const FrameInfo& info, Commands& commands) {
    ImGuiViewport* viewport = ImGui::GetMainViewport();
    constexpr auto flags = ImGuiWindowFlags_NoScrollbar | ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_MenuBar |
                           ImGuiWindowFlags_NoNav;
    if (ImGui::BeginViewportSideBar("##status", viewport, ImGuiDir_Down, ImGui::GetFrameHeight(), flags)) {
        if (ImGui::BeginMenuBar()) {
            // Inside a menu bar items follow each other on one line by themselves.
            const std::string latent = describe_latent(scene.latent);
            float latent_left = 0.0f;
            {
                const FontScope mono(ui().fonts.mono);
                latent_left = ImGui::GetWindowWidth() - ImGui::CalcTextSize(latent.c_str()).x - px(12);
            }
            const float begin = ImGui::GetCursorPosX();
            const float end = draw_filter_mark(scene, latent_left - px(12), commands);
            ImGui::SetCursorPosX(begin);
            mono_text(cut_to_width(facts_line(info), end - px(24)), colour::kQuiet);
            const std::string text = moment(info);
            const float left = ImGui::GetCursorPosX() + px(12), room = end - left - px(16);
            if (!text.empty() && room > px(60)) {
                ImGui::SetCursorPosX(left);
                ImGui::TextUnformatted(cut_to_width(text, room).c_str());
            }
            ImGui::SetCursorPosX(latent_left);
            mono_text(latent, colour::kText);
            ImGui::EndMenuBar();
        }
    }
    ImGui::End();
}

}  // namespace afs::gui
