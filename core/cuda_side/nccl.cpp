#define USE_C10D_NCCL 1  // the library has it; its headers ask
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>

#include "core/cuda_side/entry.h"

namespace afs::cuda {

c10::intrusive_ptr<c10d::Backend> join_gpus(const c10::intrusive_ptr<c10d::Store>& store, int rank, int world,
                                            std::chrono::milliseconds timeout) {
    auto options = c10d::ProcessGroupNCCL::Options::create();
    options->timeout = timeout;
    return c10::make_intrusive<c10d::ProcessGroupNCCL>(store, rank, world, options);
}

}  // namespace afs::cuda
