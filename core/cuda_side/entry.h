// What the library for GPUs is made of; core/ops/cuda_side.h says what each is for.
#pragma once

#include "core/ops/cuda_side.h"

namespace afs::cuda {

[[nodiscard]] std::unique_ptr<RecordedWork> record_graph(c10::Device device, const std::function<void()>& work);
[[nodiscard]] c10::intrusive_ptr<c10d::Backend> join_gpus(const c10::intrusive_ptr<c10d::Store>& store, int rank,
                                                          int world, std::chrono::milliseconds timeout);

}  // namespace afs::cuda
