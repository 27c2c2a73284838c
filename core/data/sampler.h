// The endless order in which training sees a data set: shuffled once, then each item that was taken is swapped with one
// of the last half of a round, so that no two rounds are alike and no item waits long (SPEC 15). All ranks know the
// same order and take their share of it. One thread.
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/random_state.h"

namespace afs {

struct SamplerOptions {
    std::uint32_t seed = 0;  // the run's, the same on all ranks
    int rank = 0, world = 1;
    bool shuffle = true;  // else 0, 1, ..., n-1, 0, 1, ...
    double window = 0.5;  // of a round, how far back an item may be swapped
};

class InfiniteSampler {
  public:
    // count: items of the data set, 1 .. 2^32-1. Throws Error{argument}.
    InfiniteSampler(std::int64_t count, const SamplerOptions& options);

    [[nodiscard]] std::int64_t next();  // the rank's next item

    // Where the order stands: how many items all ranks together went past. It is the whole state: another sampler with
    // the same count and options that seeks to it goes on exactly here.
    [[nodiscard]] std::int64_t position() const { return position_; }
    void seek(std::int64_t position);  // replays the swaps: about 0.1 s for ten million items

  private:
    void start();
    void step();  // goes past one item

    SamplerOptions options_;
    std::int64_t position_ = 0, window_ = 0;
    std::vector<std::int64_t> order_;
    RandomState random_;
};

}  // namespace afs
