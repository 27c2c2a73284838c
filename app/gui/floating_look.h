// How windows that float over the panels stand out from them: by their edge and their shade. Lives around ImGui::Begin
// and End. UI thread only.
#pragma once

#include "app/gui/widgets/controls.h"

namespace afs::gui {

class FloatingLook {
  public:
    FloatingLook();
    ~FloatingLook();
    FloatingLook(const FloatingLook&) = delete;
    FloatingLook& operator=(const FloatingLook&) = delete;

  private:
    Unwinding unwinding_;
};

// Title bar and the rest of what a page like "Keys and mouse" is: in the middle, never docked, not kept in the layout.
// False where nothing of it shows; ImGui::End must follow either way. Esc closes it.
bool begin_page(const char* title, bool& open, ImVec2 size_at_100_percent);

}  // namespace afs::gui
