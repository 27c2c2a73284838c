// What kernels read and write; arithmetic is float32.
#pragma once

#include <cstdint>

namespace afs::kernels {

enum class Storage : std::uint8_t { f32, f16, bf16 };

}  // namespace afs::kernels
