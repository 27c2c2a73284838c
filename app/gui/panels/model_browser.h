// Lists of network files with small pictures, in the Model panel: those of a folder, and those opened lately. UI thread
// only.
#pragma once

#include <string>

#include "app/gui/actions.h"
#include "app/gui/frame_info.h"
#include "app/gui/workspace.h"

namespace afs::gui {

// One network file as a row: picture, name, what is inside. True when it was chosen.
bool model_row(const std::string& path, const FrameInfo& info, bool open);

// The folders and network files of a folder. Choosing a file opens it.
void draw_model_browser(ModelPanelState& state, const FrameInfo& info, Commands& commands);

}  // namespace afs::gui
