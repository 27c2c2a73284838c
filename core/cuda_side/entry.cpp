#include "core/cuda_side/entry.h"

// The one name that is looked up.
extern "C" [[gnu::visibility("default")]] const afs::CudaSide* afs_cuda_side() {
#ifdef AFS_WITH_NCCL
    static constexpr afs::CudaSide side{afs::cuda::record_graph, afs::cuda::join_gpus};
#else
    static constexpr afs::CudaSide side{afs::cuda::record_graph, nullptr};
#endif
    return &side;
}
