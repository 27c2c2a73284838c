// Every panel is a pure editor: it draws a part of the scene and of the workspace, changes only those, and asks for
// everything else through `commands`. UI thread only, inside an ImGui window.
#pragma once

#include "app/gui/actions.h"
#include "app/gui/frame_info.h"
#include "app/gui/workspace.h"
#include "core/scene/scene.h"

namespace afs::gui {

using DrawPanel = void (*)(Scene& scene, Workspace& workspace, const FrameInfo& info, Commands& commands);

void draw_model_panel(Scene& scene, Workspace& workspace, const FrameInfo& info, Commands& commands);
void draw_latent_panel(Scene& scene, Workspace& workspace, const FrameInfo& info, Commands& commands);
void draw_truncation_panel(Scene& scene, Workspace& workspace, const FrameInfo& info, Commands& commands);
void draw_mixing_panel(Scene& scene, Workspace& workspace, const FrameInfo& info, Commands& commands);
void draw_transform_panel(Scene& scene, Workspace& workspace, const FrameInfo& info, Commands& commands);
void draw_layers_panel(Scene& scene, Workspace& workspace, const FrameInfo& info, Commands& commands);
void draw_spectrum_panel(Scene& scene, Workspace& workspace, const FrameInfo& info, Commands& commands);
void draw_equivariance_panel(Scene& scene, Workspace& workspace, const FrameInfo& info, Commands& commands);
void draw_filter_panel(Scene& scene, Workspace& workspace, const FrameInfo& info, Commands& commands);
void draw_average_panel(Scene& scene, Workspace& workspace, const FrameInfo& info, Commands& commands);
void draw_canvas_panel(Scene& scene, Workspace& workspace, const FrameInfo& info, Commands& commands);
void draw_timeline_panel(Scene& scene, Workspace& workspace, const FrameInfo& info, Commands& commands);
void draw_history_panel(Scene& scene, Workspace& workspace, const FrameInfo& info, Commands& commands);
void draw_log_panel(Scene& scene, Workspace& workspace, const FrameInfo& info, Commands& commands);
void draw_performance_panel(Scene& scene, Workspace& workspace, const FrameInfo& info, Commands& commands);

void draw_status_bar(const Scene& scene, const FrameInfo& info, Commands& commands);

}  // namespace afs::gui
