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
        // The recovery reports every level that it closes; here that is expected.
        ImGuiIO& io = ImGui::GetIO();
        const bool assert_on = io.ConfigErrorRecoveryEnableAssert, log_on = io.ConfigErrorRecoveryEnableDebugLog,
                   tooltip_on = io.ConfigErrorRecoveryEnableTooltip;
        io.ConfigErrorRecoveryEnableAssert = io.ConfigErrorRecoveryEnableTooltip = false;
        io.ConfigErrorRecoveryEnableDebugLog = true;  // ImGui wants one of the three
        ImGui::ErrorRecoveryTryToRecoverState(&state);
        io.ConfigErrorRecoveryEnableAssert = assert_on;
        io.ConfigErrorRecoveryEnableDebugLog = log_on;
        io.ConfigErrorRecoveryEnableTooltip = tooltip_on;
        return failure;
    }
}

}  // namespace afs::gui
