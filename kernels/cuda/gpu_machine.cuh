// The machine of tile.h on a GPU: pointers, conversions, barriers. kernels/emulate has the host's.
#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>

#include <cstdint>

#include "kernels/cuda/tile.h"
#include "kernels/filtered_lrelu.h"

namespace afs::kernels::tile {

// float: the block's shared memory, indexed in floats. put2, get4 and put4 want indices that are multiples of their width.
class GpuShared {
  public:
    __device__ explicit GpuShared(float* floats) : floats_(floats) {}

    [[nodiscard]] AFS_TILE float get(int at) const { return floats_[at]; }
    AFS_TILE void put(int at, float value) const { floats_[at] = value; }
    AFS_TILE void put2(int at, const float* from) const {
        *reinterpret_cast<float2*>(floats_ + at) = make_float2(from[0], from[1]);
    }
    AFS_TILE void get4(int at, float* to) const {
        const float4 four = *reinterpret_cast<const float4*>(floats_ + at);
        to[0] = four.x;
        to[1] = four.y;
        to[2] = four.z;
        to[3] = four.w;
    }
    AFS_TILE void put4(int at, const float* from) const {
        *reinterpret_cast<float4*>(floats_ + at) = make_float4(from[0], from[1], from[2], from[3]);
    }
    [[nodiscard]] AFS_TILE unsigned get_bits(int at) const { return __float_as_uint(floats_[at]); }
    AFS_TILE void put_bits(int at, unsigned bits) const { floats_[at] = __uint_as_float(bits); }
    // Plain structs of whole words; indices that are multiples of 4.
    template <class Struct>
    AFS_TILE void put_struct(int at, const Struct& from) const {
        *reinterpret_cast<Struct*>(floats_ + at) = from;
    }
    template <class Struct>
    [[nodiscard]] AFS_TILE Struct get_struct(int at) const {
        return *reinterpret_cast<const Struct*>(floats_ + at);
    }

  private:
    float* floats_;
};

template <Storage>
struct GpuElement;
template <>
struct GpuElement<Storage::f32> {
    using Type = float;
    AFS_TILE static float narrow(float x) { return x; }
};
template <>
struct GpuElement<Storage::f16> {
    using Type = __half;
    AFS_TILE static float from_bits(unsigned short bits) { return __half2float(__ushort_as_half(bits)); }
    AFS_TILE static __half narrow(float x) { return __float2half_rn(x); }
};
template <>
struct GpuElement<Storage::bf16> {
    using Type = __nv_bfloat16;
    AFS_TILE static float from_bits(unsigned short bits) { return __bfloat162float(__ushort_as_bfloat16(bits)); }
    AFS_TILE static __nv_bfloat16 narrow(float x) { return __float2bfloat16_rn(x); }
};

// The device's memory. loadN and storeN want addresses that are multiples of their size. Loads are of what no kernel
// writes; they are issued where they stand, not where their result is first needed.
class GpuMemory {
  public:
    template <Storage kStorage>
    [[nodiscard]] AFS_TILE float load(const void* base, std::int64_t index) const {
        using Element = GpuElement<kStorage>;
        const auto* const from = static_cast<const typename Element::Type*>(base) + index;
        if constexpr (kStorage == Storage::f32) {
            float value;
            asm volatile("ld.global.nc.f32 %0, [%1];" : "=f"(value) : "l"(from));
            return value;
        } else {
            unsigned short bits;
            asm volatile("ld.global.nc.u16 %0, [%1];" : "=h"(bits) : "l"(from));
            return Element::from_bits(bits);
        }
    }
    template <Storage kStorage>
    AFS_TILE void load4(const void* base, std::int64_t index, float* to) const {
        const auto* const from = static_cast<const typename GpuElement<kStorage>::Type*>(base) + index;
        if constexpr (kStorage == Storage::f32) {
            asm volatile("ld.global.nc.v4.f32 {%0, %1, %2, %3}, [%4];"
                         : "=f"(to[0]), "=f"(to[1]), "=f"(to[2]), "=f"(to[3])
                         : "l"(from));
        } else {
            unsigned words[2];
            asm volatile("ld.global.nc.v2.u32 {%0, %1}, [%2];" : "=r"(words[0]), "=r"(words[1]) : "l"(from));
            widen<kStorage, 2>(words, to);
        }
    }
    template <Storage kStorage>
    AFS_TILE void load8(const void* base, std::int64_t index, float* to) const {
        if constexpr (kStorage == Storage::f32) {
            load4<kStorage>(base, index, to);
            load4<kStorage>(base, index + 4, to + 4);
        } else {
            const auto* const from = static_cast<const typename GpuElement<kStorage>::Type*>(base) + index;
            unsigned words[4];
            asm volatile("ld.global.nc.v4.u32 {%0, %1, %2, %3}, [%4];"
                         : "=r"(words[0]), "=r"(words[1]), "=r"(words[2]), "=r"(words[3])
                         : "l"(from));
            widen<kStorage, 4>(words, to);
        }
    }
    template <Storage kStorage>
    AFS_TILE void store(void* base, std::int64_t index, float value) const {
        using Element = GpuElement<kStorage>;
        static_cast<typename Element::Type*>(base)[index] = Element::narrow(value);
    }
    // The first `count` of kMost values, `step` elements apart.
    template <Storage kStorage, int kMost>
    AFS_TILE void store_apart(void* base, std::int64_t index, int step, int count, const float* from) const {
        using Element = GpuElement<kStorage>;
        auto* to = static_cast<typename Element::Type*>(base) + index;
        const std::int64_t bytes = static_cast<std::int64_t>(step) * static_cast<int>(sizeof(*to));
        AFS_UNROLL for (int k = 0; k < kMost; ++k) {
            if (k >= count) break;
            *to = Element::narrow(from[k]);
            // One address after the other: all at once they take more registers than there are.
            asm volatile("add.s64 %0, %0, %1;" : "+l"(to) : "l"(bytes));
        }
    }
    template <Storage kStorage>
    AFS_TILE void store2(void* base, std::int64_t index, const float* from) const {
        store_vector<kStorage, 2>(base, index, from);
    }
    template <Storage kStorage>
    AFS_TILE void store4(void* base, std::int64_t index, const float* from) const {
        store_vector<kStorage, 4>(base, index, from);
    }
    [[nodiscard]] AFS_TILE float read_float(const float* from) const { return *from; }
    [[nodiscard]] AFS_TILE unsigned read_byte(const std::uint8_t* from) const { return *from; }
    AFS_TILE void write_byte(std::uint8_t* to, std::uint8_t value) const { *to = value; }

  private:
    template <Storage kStorage, int kWords>
    AFS_TILE static void widen(const unsigned (&words)[kWords], float* to) {
        AFS_UNROLL for (int k = 0; k < kWords; ++k) {
            to[2 * k] = GpuElement<kStorage>::from_bits(static_cast<unsigned short>(words[k] & 0xFFFFU));
            to[2 * k + 1] = GpuElement<kStorage>::from_bits(static_cast<unsigned short>(words[k] >> 16));
        }
    }

    template <Storage kStorage, int kCount>
    struct alignas(sizeof(typename GpuElement<kStorage>::Type) * kCount) Vector {
        typename GpuElement<kStorage>::Type element[kCount];
    };
    template <Storage kStorage, int kCount>
    AFS_TILE static void store_vector(void* base, std::int64_t index, const float* from) {
        using Element = GpuElement<kStorage>;
        Vector<kStorage, kCount> vector;
        AFS_UNROLL for (int k = 0; k < kCount; ++k) vector.element[k] = Element::narrow(from[k]);
        auto* const to = static_cast<typename Element::Type*>(base) + index;
        *reinterpret_cast<Vector<kStorage, kCount>*>(to) = vector;
    }
};

template <class State>
class GpuMachine {
  public:
    __device__ explicit GpuMachine(float* shared) : shared_(shared) {}

    template <class Phase>
    AFS_TILE void phase(const Phase& work) {
        // Read anew by every phase: kept or derived values would live in registers from phase to phase.
        int thread;
        asm volatile("mov.u32 %0, %%tid.x;" : "=r"(thread));
        work(thread, state_);
        __syncthreads();
    }
    // At the head of branches that begin alike: what they share would be moved before the branch, all of its loads at
    // once, and crowd the registers.
    template <int kBranch>
    AFS_TILE void keep_branch_apart() const {
        asm volatile("// branch %0" ::"n"(kBranch) : "memory");
    }
    [[nodiscard]] AFS_TILE GpuShared shared() const { return GpuShared(shared_); }
    [[nodiscard]] AFS_TILE GpuMemory memory() const { return {}; }

  private:
    float* shared_;
    State state_;
};

// Tile: kMaxThreads, kMinBlocks (of a multiprocessor), Params, State, run().
template <class Tile>
__global__ void __launch_bounds__(Tile::kMaxThreads, Tile::kMinBlocks)
    tile_kernel(const __grid_constant__ typename Tile::Params p) {
    extern __shared__ float4 shared_memory[];
    GpuMachine<typename Tile::State> machine(reinterpret_cast<float*>(shared_memory));
    Tile::run(machine, p, blockIdx.x);
}

}  // namespace afs::kernels::tile
