// The frame is a fault boundary: an exception in a panel becomes a failure value, ImGui's stacks are put back, and the
// window lives on. UI thread only, inside an ImGui frame.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "core/base/error.h"

namespace afs::gui {

// `what` completes "Could not draw ...". Nothing when all went well.
[[nodiscard]] std::optional<Failure> guarded(const std::string& what, const std::function<void()>& draw);

}  // namespace afs::gui
