// Whether a window can be opened here.
#pragma once

#include <string>

namespace afs::cli {

[[nodiscard]] bool built_with_window();

// The display's name (":0", "wayland-0"), or nothing. Looks at the environment only: opening the display is the
// window's work.
[[nodiscard]] std::string describe_display();

}  // namespace afs::cli
