// Tiles are worked on in blocks: the transformed tiles of a block stay in the second level of cache and the third,
// while the transformed kernel passes by once. Registers' worth of channels lie together throughout, so that each
// transform is a handful of additions of whole registers and the matrix product reads its operands in order.
#include "kernels/winograd.h"

#define HWY_DISABLED_TARGETS HWY_SSSE3  // adds nothing to this over the baseline
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/winograd.cpp"
#include <hwy/foreach_target.h>
// clang-format off: the order matters to Highway
#include <hwy/highway.h>
#include "kernels/cpu/elements-inl.h"
// clang-format on
#include <hwy/aligned_allocator.h>

#include <algorithm>
#include <array>
#include <utility>

HWY_BEFORE_NAMESPACE();
namespace afs::kernels::cpu::HWY_NAMESPACE {
namespace {

constexpr int kTile = 6, kResult = 4, kProducts = kTile * kTile;
// Of the matrix product: rows (tiles) whose sums stay in registers, each two registers wide (results' channels). With
// 32 registers 14 x 2 sums leave room for two factors, with 16 registers 6 x 2 do.
constexpr int kRows = kLanes == 16 ? 14 : 6;
constexpr int kWide = 2 * kLanes;
constexpr std::int64_t kMostGroups = 56 / kRows;  // of kRows tiles, in a block
// Packed kernels are padded alike for all instruction sets.
constexpr std::int64_t kPadIn = 16, kPadOut = 32;

std::int64_t padded(std::int64_t count, std::int64_t to) { return (count + to - 1) / to * to; }
std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

// B^T d: six samples along one direction.
HWY_INLINE void transform_input(const V (&d)[kTile], V (&v)[kTile]) {
    const auto two = hn::Set(D(), 2.0F), three = hn::Set(D(), 3.0F), four = hn::Set(D(), 4.0F),
               five = hn::Set(D(), 5.0F);
    const V d13 = hn::Sub(d[1], d[3]), d24 = hn::Sub(d[2], d[4]);
    v[0] = hn::NegMulAdd(four, d[2], hn::NegMulAdd(three, d13, hn::Mul(two, hn::Add(d[0], d[4]))));
    v[1] = hn::MulAdd(five, d[3], hn::MulAdd(two, hn::Sub(d[4], d[1]), d[2]));
    v[2] = hn::MulAdd(five, d[2], hn::NegMulAdd(two, hn::Add(d[1], d[4]), hn::Neg(d[3])));
    v[3] = hn::MulAdd(two, d13, d24);
    v[4] = hn::NegMulAdd(two, d24, d13);
    v[5] = hn::NegMulAdd(four, d[3], hn::NegMulAdd(three, d24, hn::Mul(two, hn::Add(d[1], d[5]))));
}

// G g: three taps along one direction. What transform_input leaves out as whole factors is in here.
inline void transform_kernel(const double (&g)[3], double (&u)[kTile]) {
    const double even = g[0] + g[2];
    u[0] = g[0] / 2;
    u[1] = (even + g[1]) / 6;
    u[2] = (even - g[1]) / 6;
    u[3] = (16 * g[0] + 8 * g[1] + 4 * g[2]) / 15;
    u[4] = (g[0] - 2 * g[1] + 4 * g[2]) / 30;
    u[5] = g[2] / 2;
}

// A^T m: back to four results.
HWY_INLINE void transform_result(const V (&m)[kTile], V (&y)[kResult]) {
    const D d;
    const V sum = hn::Add(m[1], m[2]), difference = hn::Sub(m[1], m[2]);
    y[0] = hn::Add(hn::Add(m[0], sum), hn::Add(m[3], m[4]));
    y[1] = hn::NegMulAdd(hn::Set(d, 2.0F), m[4], hn::MulAdd(hn::Set(d, 0.5F), m[3], difference));
    y[2] = hn::MulAdd(hn::Set(d, 4.0F), m[4], hn::MulAdd(hn::Set(d, 0.25F), m[3], sum));
    y[3] = hn::Add(hn::NegMulAdd(hn::Set(d, 8.0F), m[4], hn::MulAdd(hn::Set(d, 0.125F), m[3], difference)), m[5]);
}

// c[kRows][kWide] = a b. a: registers' worth of input channels one after the other, [chunks][kRows][kLanes]. b:
// [chunks * kLanes][kWide].
template <std::size_t... kRow>
HWY_INLINE void multiply(const float* HWY_RESTRICT a, const float* HWY_RESTRICT b, std::int64_t chunks,
                         float* HWY_RESTRICT c, std::index_sequence<kRow...>) {
    const D d;
    V low[kRows], high[kRows];
    ((low[kRow] = hn::Zero(d), high[kRow] = hn::Zero(d)), ...);
    for (; chunks > 0; --chunks, a += kRows * kLanes) {
#pragma GCC unroll 4
        for (int k = 0; k < kLanes; ++k, b += kWide) {
            const V b0 = hn::Load(d, b), b1 = hn::Load(d, b + kLanes);
            const auto row = [&](std::size_t r) HWY_ATTR {
                const V factor = hn::Set(d, a[r * kLanes + static_cast<std::size_t>(k)]);
                low[r] = hn::MulAdd(factor, b0, low[r]);
                high[r] = hn::MulAdd(factor, b1, high[r]);
            };
            (row(kRow), ...);
        }
    }
    ((hn::Store(low[kRow], d, c + kRow * kWide), hn::Store(high[kRow], d, c + kRow * kWide + kLanes)), ...);
}

// A thread's block of tiles; kept between calls, so that a steady state allocates nothing.
float* scratch(std::size_t floats) {
    thread_local hwy::AlignedFreeUniquePtr<float[]> memory;
    thread_local std::size_t size = 0;
    if (size < floats) {
        memory = hwy::AllocateAligned<float>(floats);
        size = floats;
    }
    return memory.get();
}

class Work {
  public:
    explicit Work(const WinogradParams& p)
        : p_(p),
          out_height_(p.height + 2 * p.padding - 2),
          out_width_(p.width + 2 * p.padding - 2),
          tiles_y_(ceil_div(out_height_, kResult)),
          tiles_x_(ceil_div(out_width_, kResult)),
          tiles_(p.batch * tiles_y_ * tiles_x_),
          chunks_(padded(p.channels_in, kPadIn) / kLanes) {}

    void run(const ParallelFor& parallel_for) const {
        const std::int64_t groups = ceil_div(tiles_, kRows), threads = std::max(parallel_for.threads, 1);
        // As many blocks for each thread, as equal as they can be.
        const std::int64_t blocks = std::min(padded(ceil_div(groups, kMostGroups), threads), groups);
        parallel_for(blocks, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t i = begin; i < end; ++i) block(i * groups / blocks, (i + 1) * groups / blocks);
        });
    }

  private:
    void block(std::int64_t first_group, std::int64_t end_group) const {
        const std::int64_t groups = end_group - first_group, group_size = chunks_ * kRows * kLanes;
        const std::int64_t tiles_size = groups * group_size, products_size = groups * kRows * kWide;
        float* const transformed =
            scratch(static_cast<std::size_t>(kProducts * (tiles_size + products_size) + chunks_ * kLanes));
        float* const products = transformed + kProducts * tiles_size;
        float* const zeros = products + kProducts * products_size;
        std::fill_n(zeros, chunks_ * kLanes, 0.0F);
        for (std::int64_t g = 0; g < groups; ++g)
            for (int r = 0; r < kRows; ++r)
                read_tile((first_group + g) * kRows + r, zeros, transformed + g * group_size + r * kLanes, tiles_size);
        for (std::int64_t o = 0; o * kWide < p_.channels_out; ++o) {
            for (int product = 0; product < kProducts; ++product) {
                const float* const u = p_.packed + (o * kProducts + product) * chunks_ * kLanes * kWide;
                for (std::int64_t g = 0; g < groups; ++g)
                    multiply(transformed + product * tiles_size + g * group_size, u, chunks_,
                             products + product * products_size + g * kRows * kWide, std::make_index_sequence<kRows>());
            }
            for (std::int64_t g = 0; g < groups; ++g)
                for (int r = 0; r < kRows; ++r)
                    write_tile((first_group + g) * kRows + r, o * kWide, products + (g * kRows + r) * kWide,
                               products_size);
        }
    }

    struct Place {
        std::int64_t sample, y, x;  // of a tile's first result
    };
    [[nodiscard]] Place place_of(std::int64_t tile) const {
        const std::int64_t row = tile / tiles_x_;
        return {row / tiles_y_, row % tiles_y_ * kResult, tile % tiles_x_ * kResult};
    }

    // to: the tile's row in the first product's matrix; the next product's is `stride` floats behind. Tiles behind the
    // last one are zeros, as are samples outside the picture.
    void read_tile(std::int64_t tile, const float* zeros, float* to, std::int64_t stride) const {
        const D d;
        if (tile >= tiles_) {
            for (std::int64_t chunk = 0; chunk < chunks_; ++chunk, to += kRows * kLanes)
                for (int i = 0; i < kProducts; ++i) hn::Store(hn::Zero(d), d, to + i * stride);
            return;
        }
        const Place at = place_of(tile);
        const float* samples[kTile][kTile];
        for (int i = 0; i < kTile; ++i)
            for (int j = 0; j < kTile; ++j) {
                const std::int64_t y = at.y + i - p_.padding, x = at.x + j - p_.padding;
                const bool inside = y >= 0 && y < p_.height && x >= 0 && x < p_.width;
                samples[i][j] = inside ? p_.x + ((at.sample * p_.height + y) * p_.width + x) * p_.channels_in : zeros;
            }
        for (std::int64_t chunk = 0; chunk < chunks_; ++chunk, to += kRows * kLanes) {
            const std::int64_t channel = chunk * kLanes, left = p_.channels_in - channel;
            V half[kTile][kTile];  // [along x][transformed along y]
            for (int j = 0; j < kTile; ++j) {
                V column[kTile];
                for (int i = 0; i < kTile; ++i) {
                    if (left >= kLanes)
                        column[i] = hn::LoadU(d, samples[i][j] + channel);
                    else if (left > 0)
                        column[i] = load_elements(samples[i][j] + channel, static_cast<std::size_t>(left));
                    else
                        column[i] = hn::Zero(d);
                }
                transform_input(column, half[j]);
            }
            for (int i = 0; i < kTile; ++i) {
                const V row[kTile] = {half[0][i], half[1][i], half[2][i], half[3][i], half[4][i], half[5][i]};
                V whole[kTile];
                transform_input(row, whole);
                for (int j = 0; j < kTile; ++j) hn::Store(whole[j], d, to + (i * kTile + j) * stride);
            }
        }
    }

    void write_tile(std::int64_t tile, std::int64_t first_channel, const float* from, std::int64_t stride) const {
        if (tile >= tiles_) return;
        const D d;
        const Place at = place_of(tile);
        const int rows = static_cast<int>(std::min<std::int64_t>(kResult, out_height_ - at.y));
        const int columns = static_cast<int>(std::min<std::int64_t>(kResult, out_width_ - at.x));
        for (int part = 0; part < kWide; part += kLanes) {
            const std::int64_t channel = first_channel + part, left = p_.channels_out - channel;
            if (left <= 0) return;
            const auto count = static_cast<std::size_t>(std::min<std::int64_t>(left, kLanes));
            const V bias = p_.bias == nullptr ? hn::Zero(d) : load(p_.bias + channel, count);
            V half[kTile][kResult];
            for (int j = 0; j < kTile; ++j) {
                V column[kTile];
                for (int i = 0; i < kTile; ++i) column[i] = hn::Load(d, from + (i * kTile + j) * stride + part);
                transform_result(column, half[j]);
            }
            for (int i = 0; i < rows; ++i) {
                const V row[kTile] = {half[0][i], half[1][i], half[2][i], half[3][i], half[4][i], half[5][i]};
                V whole[kResult];
                transform_result(row, whole);
                float* const to =
                    p_.y + ((at.sample * out_height_ + at.y + i) * out_width_ + at.x) * p_.channels_out + channel;
                for (int j = 0; j < columns; ++j) {
                    const V value = hn::Add(whole[j], bias);
                    if (count == kLanes)
                        hn::StoreU(value, d, to + j * p_.channels_out);
                    else
                        store_elements(value, to + j * p_.channels_out, count);
                }
            }
        }
    }

    static HWY_INLINE V load(const float* from, std::size_t count) {
        return count == kLanes ? hn::LoadU(D(), from) : load_elements(from, count);
    }

    const WinogradParams& p_;
    std::int64_t out_height_, out_width_, tiles_y_, tiles_x_, tiles_;
    std::int64_t chunks_;  // registers of input channels, those of zeros included
};

}  // namespace

void run(const WinogradParams& params, const ParallelFor& parallel_for) { Work(params).run(parallel_for); }

// [wide blocks of output channels][product][input channel][kWide]
void pack(const float* weight, std::int64_t channels_in, std::int64_t channels_out, float* packed,
          const ParallelFor& parallel_for) {
    const std::int64_t rows = padded(channels_in, kPadIn), blocks = padded(channels_out, kPadOut) / kWide;
    parallel_for(blocks, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t block = begin; block < end; ++block) {
            float* const to = packed + block * kProducts * rows * kWide;
            std::fill_n(to, kProducts * rows * kWide, 0.0F);
            for (std::int64_t lane = 0; lane < kWide; ++lane) {
                const std::int64_t out = block * kWide + lane;
                if (out >= channels_out) break;
                for (std::int64_t in = 0; in < channels_in; ++in) {
                    const float* const w = weight + (out * channels_in + in) * 9;
                    double half[3][kTile];
                    for (int i = 0; i < 3; ++i) transform_kernel({w[i * 3], w[i * 3 + 1], w[i * 3 + 2]}, half[i]);
                    for (int j = 0; j < kTile; ++j) {
                        double whole[kTile];
                        transform_kernel({half[0][j], half[1][j], half[2][j]}, whole);
                        for (int i = 0; i < kTile; ++i)
                            to[((i * kTile + j) * rows + in) * kWide + lane] = static_cast<float>(whole[i]);
                    }
                }
            }
        }
    });
}

}  // namespace afs::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace afs::kernels::cpu {

HWY_EXPORT(run);
HWY_EXPORT(pack);

std::size_t winograd_packed_size(std::int64_t channels_in, std::int64_t channels_out) {
    return static_cast<std::size_t>(36 * ((channels_in + 15) / 16 * 16) * ((channels_out + 31) / 32 * 32));
}

void winograd_pack(const float* weight, std::int64_t channels_in, std::int64_t channels_out, float* packed,
                   const ParallelFor& parallel_for) {
    HWY_DYNAMIC_DISPATCH(pack)(weight, channels_in, channels_out, packed, parallel_for);
}

void winograd(const WinogradParams& params, const ParallelFor& parallel_for) {
    if (params.batch == 0 || params.channels_out == 0) return;
    HWY_DYNAMIC_DISPATCH(run)(params, parallel_for);
}

}  // namespace afs::kernels::cpu
#endif
