#include "app/gui/notices.h"

#include <imgui.h>
#include <imgui_internal.h>

#include <algorithm>
#include <limits>

#include "app/gui/layout.h"
#include "app/gui/widgets/controls.h"
#include "core/base/log.h"

namespace afs::gui {

void Notices::add(Notice notice) {
    const auto same =
        std::find_if(toasts_.begin(), toasts_.end(), [&](const Notice& n) { return n.failure == notice.failure; });
    if (same != toasts_.end()) {
        same->born_s = notice.born_s;
        return;
    }
    log_line(notice.is_error ? LogLevel::error : LogLevel::warning, notice.failure.paragraph());
    constexpr std::size_t kMost = 6;
    toasts_.push_back(std::move(notice));
    if (toasts_.size() > kMost) toasts_.erase(toasts_.begin());  // the log still has it
}

void Notices::error(const Failure& failure, double now_s) { add({true, failure, now_s}); }

void Notices::ask(const Failure& failure, double now_s, std::string button, std::function<void()> action) {
    add({true, failure, now_s, std::move(button), std::move(action)});
}

void Notices::warning(const std::string& text, double now_s) {
    add({false, {ErrorKind::argument, text, "", ""}, now_s});
}

void Notices::say(const std::string& text, double now_s) {
    message_ = text;
    message_born_s_ = now_s;
}

double Notices::expire(double now_s) {
    double next = std::numeric_limits<double>::infinity();
    std::erase_if(toasts_, [&](const Notice& n) { return !n.is_error && now_s - n.born_s >= kWarningSeconds; });
    for (const Notice& n : toasts_)
        if (!n.is_error) next = std::min(next, n.born_s + kWarningSeconds);
    if (!message_.empty()) {
        if (now_s - message_born_s_ >= kMessageSeconds)
            message_.clear();
        else
            next = std::min(next, message_born_s_ + kMessageSeconds);
    }
    return next;
}

void Notices::draw() {
    const ImGuiViewport& viewport = *ImGui::GetMainViewport();
    // Over the canvas' lower edge, so that panels stay readable.
    const ImGuiWindow* canvas = ImGui::FindWindowByName(dock::kCanvas);
    const bool over_canvas = canvas && canvas->Active && canvas->Size.x >= px(200);
    const ImRect area =
        over_canvas ? canvas->Rect()
                    : ImRect(viewport.WorkPos, {viewport.WorkPos.x + viewport.WorkSize.x,
                                                viewport.WorkPos.y + viewport.WorkSize.y - ImGui::GetFrameHeight()});
    float bottom = area.Max.y - px(16);
    const float right = area.Max.x - px(16);
    int closed = -1;
    std::function<void()> action;
    for (int i = static_cast<int>(toasts_.size()) - 1; i >= 0; --i) {
        const Notice& notice = toasts_[static_cast<std::size_t>(i)];
        const ImU32 edge = notice.is_error ? colour::kError : colour::kWarning;
        ImGui::SetNextWindowPos({right, bottom}, ImGuiCond_Always, {1.0f, 1.0f});
        ImGui::SetNextWindowSize({std::min(px(400), area.GetWidth() - px(32)), 0});
        ImGui::PushStyleColor(ImGuiCol_WindowBg, IM_COL32(0x24, 0x28, 0x30, 0xFA));
        ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(px(14), px(10)));
        const std::string id = "##notice" + std::to_string(i);
        constexpr auto flags = ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoSavedSettings |
                               ImGuiWindowFlags_NoDocking | ImGuiWindowFlags_NoMove |
                               ImGuiWindowFlags_NoFocusOnAppearing | ImGuiWindowFlags_NoNav;
        ImGui::Begin(id.c_str(), nullptr, flags);
        const ImVec2 min = ImGui::GetWindowPos(), size = ImGui::GetWindowSize();
        ui().registry.add_panel("Notice " + std::to_string(i + 1), min, {min.x + size.x, min.y + size.y});
        ImGui::GetWindowDrawList()->AddRectFilled(min, {min.x + px(3), min.y + size.y}, edge, px(2));
        coloured_text(notice.failure.what + (notice.failure.what.ends_with('.') ? "" : "."), edge);
        if (!notice.failure.why.empty()) {
            std::string why = notice.failure.why;
            why[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(why[0])));
            coloured_text(why + (why.ends_with('.') ? "" : "."), colour::kText);
        }
        if (!notice.failure.what_to_do.empty()) quiet_text(notice.failure.what_to_do);
        bool pressed = false;
        if (!notice.button.empty()) {
            gap(4);
            const Scope scope("Notice");
            pressed = button(notice.button.c_str());
        }
        if (pressed) {
            action = notice.action;
            closed = i;
        } else if (ImGui::IsWindowHovered() && !ImGui::IsAnyItemHovered() &&
                   ImGui::IsMouseReleased(ImGuiMouseButton_Left)) {
            closed = i;
        }
        ImGui::BringWindowToDisplayFront(ImGui::GetCurrentWindow());
        bottom -= size.y + px(8);
        ImGui::End();
        ImGui::PopStyleVar();
        ImGui::PopStyleColor();
    }
    if (closed >= 0) toasts_.erase(toasts_.begin() + closed);
    if (action) action();
}

}  // namespace afs::gui
