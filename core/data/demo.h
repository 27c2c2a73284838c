// A data set out of nothing: seeded pictures of invented faces. Position, tilt and size vary, so that networks that
// follow movements have something to learn; hair, pores, freckles and cloth are drawn in the head's own coordinates,
// close to the finest detail that the resolution holds, so that a network whose texture sticks to the picture's pixels
// shows it. Everything is anti-aliased. The same seed gives the same bytes on any number of threads.
#pragma once

#include <cstdint>
#include <filesystem>

#include "core/base/file.h"
#include "core/base/progress.h"
#include "core/formats/picture.h"

namespace afs {

struct DemoOptions {
    std::int64_t pictures = 1000;
    int resolution = 128;  // a power of two from 16 to 4096
    std::uint32_t seed = 0;
    int threads = 1;
    Overwrite overwrite = Overwrite::no;
};

// Picture `index` of the set of that seed; does not depend on how many there are. RGB. Any thread.
[[nodiscard]] Image draw_demo_picture(std::uint32_t seed, std::int64_t index, int resolution);

// Throws Error{argument, file, cancelled}; nothing is left behind then.
void make_demo_set(const std::filesystem::path& destination, const DemoOptions& options, const Progress& progress = {});

}  // namespace afs
