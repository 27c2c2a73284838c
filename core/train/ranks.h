// The processes that train together: where this one stands among them, and what they do in common (c10d: NCCL for
// tensors on GPUs, Gloo for those in memory). Torch-free. All ranks make the same calls in the same order, each from
// one thread.
//
// A rank may wait for another as long as it takes: rank 0 computes metrics and writes files alone. That a rank lives is
// not seen from what it does but from a heartbeat: a thread of each rank tells the common store every second that it is
// there, how many common operations the rank has begun and how often it has said busy(), and listens to the others. A
// rank that is silent for 15 s (killed, its machine gone), one that said why it ended, one that is behind and has not
// got on for 30 minutes while its threads live, or a store that no longer answers ends what the others wait for with an
// Error that names it. A process that cannot throw, as its GPU waits forever or it is busy, is ended 8 s later.
#pragma once

#include <chrono>
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
    // What is done just before a process that cannot throw is ended, as another rank is lost: on a thread of the
    // group's own. An earlier one is forgotten, and does not run any more. May be absent.
    std::function<void(std::function<void(const Failure&)> act)> when_lost;
    // This rank works alone and gets on: to be called now and then where that takes minutes. May be absent. Any thread.
    std::function<void()> busy;
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

// Throws Error{device}: this machine has fewer GPUs, or this program cannot join them.
void check_gpus(int count);

// The common store of processes on this machine, hosted by a process that is none of them. Nobody else can reach it.
class RankStore {
  public:
    virtual ~RankStore() = default;
    [[nodiscard]] virtual int port() const = 0;  // at 127.0.0.1
    // Ends all ranks; `why` names the one that is to blame. False: one of them said something before.
    virtual bool fail(const std::string& why) = 0;
};
[[nodiscard]] std::unique_ptr<RankStore> host_rank_store();  // throws Error{device}

// When a rank counts as lost.
struct RankTimes {
    std::chrono::seconds silence{15};            // of it, or of the store
    std::chrono::seconds standstill{30LL * 60};  // while its threads live and others wait for it
};

class RankGroup {
  public:
    virtual ~RankGroup() = default;  // without leave(): tells the others that this rank failed

    // Valid as long as the group. Each call throws Error{device} where another rank is lost.
    [[nodiscard]] virtual Ranks ranks() = 0;
    // Why this rank is about to end, for the others to tell: the first word counts. Returns what this process is to say
    // to the user: nothing where another one on this machine says it already.
    [[nodiscard]] virtual std::optional<Error> fail(const Error& error) = 0;
    // The clean end: waits until all ranks have come here. Nothing else may be called afterwards.
    virtual void leave() = 0;
};

// Waits for all ranks to come, five minutes at most. `device`: where the networks are; a GPU becomes the process's
// current one. Throws Error{device}: not all came, no connection, no such GPU.
[[nodiscard]] std::unique_ptr<RankGroup> join_ranks(const RankPlace& place, const Device& device,
                                                    const RankTimes& times = {});

}  // namespace afs
