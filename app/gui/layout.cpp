#include "app/gui/layout.h"

#include <imgui_internal.h>

#include <algorithm>

#include "app/gui/ui_context.h"

namespace afs::gui {
namespace {

void build_default(ImGuiID root, ImVec2 size) {
    ImGui::DockBuilderRemoveNode(root);
    ImGui::DockBuilderAddNode(root, ImGuiDockNodeFlags_DockSpace);
    ImGui::DockBuilderSetNodeSize(root, size);
    ImGuiID rest = root, left = 0, right = 0, bottom = 0;
    // Side panels keep their width in pixels, the canvas takes the rest; on small screens nobody takes more than a
    // third.
    const float left_width = std::min(px(340), size.x / 3), right_width = std::min(px(392), size.x / 3);
    const float bottom_height = std::min(px(200), size.y * 0.22f);
    ImGui::DockBuilderSplitNode(rest, ImGuiDir_Left, left_width / size.x, &left, &rest);
    ImGui::DockBuilderSplitNode(rest, ImGuiDir_Down, bottom_height / size.y, &bottom, &rest);
    ImGui::DockBuilderSplitNode(rest, ImGuiDir_Right, right_width / (size.x - left_width), &right, &rest);
    ImGui::DockBuilderGetNode(rest)->SetLocalFlags(ImGuiDockNodeFlags_NoTabBar | ImGuiDockNodeFlags_CentralNode);
    ImGui::DockBuilderDockWindow(dock::kControls, left);
    ImGui::DockBuilderDockWindow(dock::kCanvas, rest);
    ImGui::DockBuilderDockWindow(dock::kLayers, right);
    ImGui::DockBuilderDockWindow(dock::kSpectrum, right);
    ImGui::DockBuilderDockWindow(dock::kEquivariance, right);
    ImGui::DockBuilderDockWindow(dock::kTimeline, bottom);
    ImGui::DockBuilderDockWindow(dock::kFilters, right);
    ImGui::DockBuilderDockWindow(dock::kPerformance, bottom);
    ImGui::DockBuilderDockWindow(dock::kLog, bottom);
    ImGui::DockBuilderDockWindow(dock::kHistory, bottom);
    ImGui::DockBuilderDockWindow(dock::kAverages, bottom);
    // Of the tabs below, the first is in front; ImGui would take the last.
    ImGui::DockBuilderGetNode(right)->SelectedTabId = ImHashStr("#TAB", 0, ImHashStr(dock::kLayers));
    ImGui::DockBuilderGetNode(bottom)->SelectedTabId = ImHashStr("#TAB", 0, ImHashStr(dock::kTimeline));
    ImGui::DockBuilderFinish(root);
}

// The canvas keeps what the panels leave, and never less than a third.
void scale_panels(ImGuiDockNode* node, float ratio) {
    if (!node || !node->IsSplitNode()) return;
    const ImGuiAxis axis = node->SplitAxis;
    for (ImGuiDockNode* child : node->ChildNodes) {
        if (!child->HasCentralNodeChild && !child->IsCentralNode()) {
            const float most = ImGui::GetMainViewport()->WorkSize[axis] / 3;
            child->Size[axis] = std::max(std::min(child->Size[axis] * ratio, most), 32.0f);
            child->SizeRef[axis] = child->Size[axis];
            child->WantLockSizeOnce = true;
        }
        scale_panels(child, ratio);
    }
}

}  // namespace

void draw_dock_space(bool rebuild, double& made_at_scale) {
    const ImGuiViewport* viewport = ImGui::GetMainViewport();
    const ImGuiID root = ImGui::GetID("dock space");
    // A minimised window has no size that a layout could be built for.
    const bool has_size = viewport->WorkSize.x > 100 && viewport->WorkSize.y > 100;
    const double scale = ui().scale;
    if (has_size && (rebuild || !ImGui::DockBuilderGetNode(root)))
        build_default(root, viewport->WorkSize);
    else if (has_size && made_at_scale > 0 && made_at_scale != scale)
        scale_panels(ImGui::DockBuilderGetNode(root), static_cast<float>(scale / made_at_scale));
    if (has_size) made_at_scale = scale;
    // The frame is cleared with the panels' colour: nothing needs to be painted under them.
    ImGui::PushStyleColor(ImGuiCol_WindowBg, 0);
    ImGui::DockSpaceOverViewport(root, viewport, ImGuiDockNodeFlags_PassthruCentralNode);
    ImGui::PopStyleColor();
}

}  // namespace afs::gui
