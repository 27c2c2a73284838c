// The CUDA side of LibTorch and what of ours is made of it: a library of its own (core/cuda_side), loaded when a GPU is
// to be used and not before. Linked like everything else it would cost every start of a program without a GPU 0.3 GB of
// memory and two seconds (decision 0016). Our kernels need none of it.
#pragma once

#include <c10/core/Device.h>
#include <c10/util/intrusive_ptr.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/ops/recorded_work.h"

namespace c10d {
class Backend;
class Store;
}  // namespace c10d

namespace afs {

// What the library has.
struct CudaSide {
    // A CUDA graph of `work`, which runs twice: to load, choose and allocate whatever it needs, and to be recorded.
    std::unique_ptr<RecordedWork> (*record_graph)(c10::Device device, const std::function<void()>& work);
    // Joins GPUs by NCCL; null in a build without it. The current device is this rank's.
    c10::intrusive_ptr<c10d::Backend> (*join_gpus)(const c10::intrusive_ptr<c10d::Store>& store, int rank, int world,
                                                   std::chrono::milliseconds timeout);
};

// Loads the library once in a process: why it could not be, nothing for success. LibTorch remembers what it finds when
// it is first asked about GPUs, so this comes before anything is computed: parse_device() calls it. Any thread.
[[nodiscard]] std::optional<std::string> load_cuda_side();

// Throws Error{device}: it could not be loaded.
[[nodiscard]] const CudaSide& cuda_side();

}  // namespace afs
