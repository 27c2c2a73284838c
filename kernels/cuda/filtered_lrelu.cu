// Chooses, cuts and launches: filtered_lrelu_plan.cpp says what, this says it to the device. Nothing is allocated,
// copied or waited for.
#include <limits>

#include "kernels/cuda/filtered_lrelu_march.cuh"

namespace afs::kernels {
namespace tile {

template <> const void* march_kernel<4>(int row, int channels);
template <> const void* march_kernel<6>(int row, int channels);
template <> const void* march_kernel<8>(int row, int channels);

namespace {

cudaError_t device_limits(DeviceLimits& limits) {
    int device = 0, multiprocessors = 0, shared_bytes = 0;
    cudaError_t error = cudaGetDevice(&device);
    if (error == cudaSuccess) error = cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, device);
    if (error == cudaSuccess)
        error = cudaDeviceGetAttribute(&shared_bytes, cudaDevAttrMaxSharedMemoryPerBlockOptin, device);
    limits.multiprocessors = multiprocessors;
    limits.shared_bytes = static_cast<std::size_t>(shared_bytes);
    return error;
}

const void* kernel_of(const FilteredLreluPlan& plan) {
    if (plan.march == nullptr) return reinterpret_cast<const void*>(&tile_kernel<General<>>);
    const MarchInstance& march = *plan.march;
    switch (march.taps) {
        case 4: return march_kernel<4>(march.row, march.channels);
        case 6: return march_kernel<6>(march.row, march.channels);
        default: return march_kernel<8>(march.row, march.channels);
    }
}

}  // namespace
}  // namespace tile

namespace cuda {

int filtered_lrelu(const FilteredLreluParams& params, void* stream) {
    tile::DeviceLimits limits;
    if (const cudaError_t error = tile::device_limits(limits); error != cudaSuccess) return static_cast<int>(error);
    tile::FilteredLreluPlan plan = tile::plan_filtered_lrelu(params, limits);
    if (plan.blocks == 0) return static_cast<int>(cudaSuccess);
    if (plan.blocks > static_cast<std::uint64_t>(std::numeric_limits<int>::max()))
        return static_cast<int>(cudaErrorInvalidConfiguration);

    const void* const kernel = tile::kernel_of(plan);
    constexpr std::size_t kWithoutAsking = 48 << 10;
    if (plan.shared_bytes > kWithoutAsking) {
        const cudaError_t error = cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                                       static_cast<int>(plan.shared_bytes));
        if (error != cudaSuccess) return static_cast<int>(error);
    }
    void* argument = plan.march != nullptr ? static_cast<void*>(&plan.march_params) : &plan.general_params;
    return static_cast<int>(cudaLaunchKernel(kernel, dim3(static_cast<unsigned>(plan.blocks)),
                                             dim3(static_cast<unsigned>(plan.threads)), &argument, plan.shared_bytes,
                                             static_cast<cudaStream_t>(stream)));
}

}  // namespace cuda
}  // namespace afs::kernels
