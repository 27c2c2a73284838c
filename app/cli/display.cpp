#include "app/cli/display.h"

#include <cstdlib>

namespace afs::cli {

bool built_with_window() {
#ifdef AFS_WITH_GUI
    return true;
#else
    return false;
#endif
}

std::string describe_display() {
    const char* const display =
        std::getenv("DISPLAY");  // GLFW 3.3 speaks X11; a Wayland desktop sets this too, for XWayland
    return display ? display : "";
}

}  // namespace afs::cli
