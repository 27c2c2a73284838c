// How much memory a device has left. Torch-free; any thread.
#pragma once

#include <cstdint>
#include <optional>

#include "core/ops/device.h"

namespace afs {

// Bytes that can still be had: of the GPU's memory, or of this machine's as far as its system and this process's
// control group allow. Nothing where that is not known.
[[nodiscard]] std::optional<std::int64_t> available_memory(Device device);

}  // namespace afs
