// The plane of seeds: every point is a picture. The map sticks to the hand; what is shown is under the cross in the
// middle. UI thread only, inside the Latent panel.
#pragma once

#include "app/gui/frame_info.h"
#include "app/gui/workspace.h"
#include "core/scene/scene.h"

namespace afs::gui {

// Moves `here`, a part of `scene`, and the drift; wishes for small pictures of the seeds that it shows.
void draw_latent_plane(LatentPlane& here, const Scene& scene, Workspace& workspace, const FrameInfo& info);

// The four blended seeds with their weights.
void draw_plane_weights(const LatentPlane& here);

}  // namespace afs::gui
