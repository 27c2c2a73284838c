// How code is marked that a GPU runs and a host can run too: `AFS_HOST_DEVICE` where one program calls it on both,
// `AFS_TILE` where a kernel calls it, or kernels/emulate on the host (then nvcc is not the compiler).
#pragma once

#ifdef __CUDACC__
#    define AFS_HOST_DEVICE __host__ __device__
#    define AFS_TILE __device__ __forceinline__
#    define AFS_UNROLL _Pragma("unroll")
#    define AFS_NO_UNROLL _Pragma("unroll 1")
#else
#    define AFS_HOST_DEVICE
#    define AFS_TILE inline
#    define AFS_UNROLL
#    define AFS_NO_UNROLL
#endif
