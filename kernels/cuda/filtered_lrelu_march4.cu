#include "kernels/cuda/filtered_lrelu_march.cuh"

namespace afs::kernels::tile {

template <> const void* march_kernel<4>(int row, int channels) {
    return channels == 1 ? march_kernel_of<4, 1>(row) : march_kernel_of<4, 8>(row);
}

}  // namespace afs::kernels::tile
