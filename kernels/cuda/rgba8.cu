// One thread makes one pixel: four stores that the hardware joins into one.
#include <cuda_runtime.h>

#include "kernels/rgba8.h"
#include "kernels/rgba8_pixel.h"

namespace afs::kernels {
namespace {

__global__ void rgba8_kernel(const Rgba8Params p) {
    const int column = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
    const int row = static_cast<int>(blockIdx.y * blockDim.y + threadIdx.y);
    if (row < p.height && column < p.width) rgba8_pixel(p, row, column);
}

}  // namespace

int rgba8_cuda(const Rgba8Params& p, void* stream) {
    if (p.height <= 0 || p.width <= 0) return 0;
    const dim3 block(32, 8);
    const dim3 grid((static_cast<unsigned>(p.width) + block.x - 1) / block.x,
                    (static_cast<unsigned>(p.height) + block.y - 1) / block.y);
    rgba8_kernel<<<grid, block, 0, static_cast<cudaStream_t>(stream)>>>(p);
    return static_cast<int>(cudaGetLastError());
}

}  // namespace afs::kernels
