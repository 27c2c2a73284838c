#include "core/ops/device_memory.h"

#include "core/base/system_memory.h"

#ifdef AFS_WITH_CUDA
#    include <c10/cuda/CUDAGuard.h>
#    include <cuda_runtime_api.h>
#endif

namespace afs {

std::optional<std::int64_t> available_memory(Device device) {
    if (device.kind == Device::Kind::cpu) return available_system_memory();
#ifdef AFS_WITH_CUDA
    const c10::cuda::CUDAGuard guard(static_cast<c10::DeviceIndex>(device.index));
    std::size_t free = 0, total = 0;
    if (cudaMemGetInfo(&free, &total) == cudaSuccess) return static_cast<std::int64_t>(free);
#endif
    return {};
}

}  // namespace afs
