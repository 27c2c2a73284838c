// The processes that train together: where this one stands among them, and what they do in common (c10d: NCCL on GPUs,
// Gloo on CPUs). Torch-free. All ranks make the same calls in the same order, each from one thread.
//
// A rank may wait for another as long as it takes: rank 0 computes metrics and writes files alone. That a rank is alive
// is not seen from what it does but from a heartbeat: a thread of each rank counts up a number of its own in the common
// store every second and reads those of the others. A rank whose number stands still for 15 s (killed, its machine
// gone), one that said why it ended, or a store that no longer answers ends what the others wait for with an Error that
// names it. A process that cannot throw, as its GPU waits forever or it is busy, is ended 8 s later. A rank that hangs
// while its threads go on living is not noticed.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/ops/device.h"

namespace at {
class Tensor;
}

namespace afs {

// What ranks do in common. Default: this process alone.
struct Ranks {
    int count = 1, index = 0;
    std::function<void(at::Tensor& tensor)> sum;        // in place, over all ranks; the same bits on all of them
    std::function<void(at::Tensor& tensor)> broadcast;  // in place: rank 0's values
    // What each rank gave, in their order; of different sizes.
    std::function<std::vector<std::vector<std::byte>>(const std::vector<std::byte>& bytes)> gather;
};

struct RankPlace {
    int rank = 0, world = 1;              // of all processes
    int local_rank = 0, local_world = 1;  // of those on this machine: which GPU, and how many share the processor
    std::string address = "127.0.0.1";    // where the store is
    int port = 0;
    bool hosted = false;        // by the launcher, as torchrun does; rank 0 hosts it otherwise
    std::string attempt = "0";  // of a launcher that starts again what failed

    bool operator==(const RankPlace&) const = default;
};

// From RANK, WORLD_SIZE, LOCAL_RANK, LOCAL_WORLD_SIZE, MASTER_ADDR and MASTER_PORT, as torchrun and other launchers set
// them; nothing where neither RANK nor WORLD_SIZE is set. Throws Error{argument} naming the variable.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;
[[nodiscard]] std::optional<RankPlace> rank_place(const Environment& environment);
[[nodiscard]] std::optional<RankPlace> rank_place();  // of this process

class RankGroup {
  public:
    virtual ~RankGroup() = default;  // without leave(): tells the others that this rank failed

    // Valid as long as the group. Each call throws Error{device} where another rank is lost.
    [[nodiscard]] virtual Ranks ranks() = 0;
    // Why this rank is about to end, for the others to tell. The first word counts.
    virtual void fail(const std::string& why) = 0;
    // The clean end: waits until all ranks have come here. Nothing else may be called afterwards.
    virtual void leave() = 0;
};

// Waits for all ranks to come, five minutes at most. `device`: where the networks are. `on_lost` is called on a thread
// of the group's own, just before a process that cannot throw is ended. Throws Error{device}: not all came, no
// connection.
[[nodiscard]] std::unique_ptr<RankGroup> join_ranks(const RankPlace& place, const Device& device,
                                                    std::function<void(const Failure&)> on_lost = {});

}  // namespace afs
