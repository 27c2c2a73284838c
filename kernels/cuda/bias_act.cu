#include "kernels/cuda/bias_act_tile.h"
#include "kernels/cuda/gpu_machine.cuh"

namespace afs::kernels::cuda {

int bias_act(const BiasActParams& params, void* stream) {
    tile::BiasActPlan plan = tile::plan_bias_act(params);
    if (plan.blocks == 0) return static_cast<int>(cudaSuccess);
    if (!plan.fits) return static_cast<int>(cudaErrorInvalidConfiguration);
    const void* kernel = nullptr;
    switch (params.storage) {
        case Storage::f32:
            kernel = reinterpret_cast<const void*>(&tile::tile_kernel<tile::BiasAct<Storage::f32>>);
            break;
        case Storage::f16:
            kernel = reinterpret_cast<const void*>(&tile::tile_kernel<tile::BiasAct<Storage::f16>>);
            break;
        case Storage::bf16:
            kernel = reinterpret_cast<const void*>(&tile::tile_kernel<tile::BiasAct<Storage::bf16>>);
            break;
    }
    void* argument = &plan.params;
    return static_cast<int>(cudaLaunchKernel(kernel, dim3(static_cast<unsigned>(plan.blocks)),
                                             dim3(static_cast<unsigned>(tile::BiasActPlan::kThreads)), &argument,
                                             /*sharedMem=*/0, static_cast<cudaStream_t>(stream)));
}

}  // namespace afs::kernels::cuda
