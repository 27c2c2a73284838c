#include "app/gui/frame_guard.h"

#include <imgui_internal.h>

namespace afs::gui {

std::optional<Failure> guarded(const std::string& what, const std::function<void()>& draw) {
    ImGuiErrorRecoveryState state;
    ImGui::ErrorRecoveryStoreState(&state);
    try {
        draw();
        return std::nullopt;
    } catch (...) {
        Failure failure = current_failure("Could not draw " + what);
        // The recovery reports every level that it closes. Here that is expected: nobody needs to hear it every frame.
        ImGuiIO& io = ImGui::GetIO();
        ImGuiContext& g = *ImGui::GetCurrentContext();
        const bool assert_on = io.ConfigErrorRecoveryEnableAssert, log_on = io.ConfigErrorRecoveryEnableDebugLog,
                   tooltip_on = io.ConfigErrorRecoveryEnableTooltip;
        const ImGuiErrorCallback callback = g.ErrorCallback;
        io.ConfigErrorRecoveryEnableAssert = io.ConfigErrorRecoveryEnableTooltip =
            io.ConfigErrorRecoveryEnableDebugLog = false;
        g.ErrorCallback = [](ImGuiContext*, void*, const char*) {};
        ImGui::ErrorRecoveryTryToRecoverState(&state);
        g.ErrorCallback = callback;
        io.ConfigErrorRecoveryEnableAssert = assert_on;
        io.ConfigErrorRecoveryEnableDebugLog = log_on;
        io.ConfigErrorRecoveryEnableTooltip = tooltip_on;
        return failure;
    }
}

}  // namespace afs::gui
