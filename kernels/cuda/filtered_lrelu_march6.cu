#include "kernels/cuda/filtered_lrelu_march.cuh"

namespace afs::kernels::tile {

template <> const void* march_kernel<6>(int row, int channels) {
    return channels == 1 ? march_kernel_of<6, 1>(row) : march_kernel_of<6, 8>(row);
}

}  // namespace afs::kernels::tile
