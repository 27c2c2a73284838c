// Problems for filtered_lrelu on raw pointers, and what their results must be: the formulas of kernels/filtered_lrelu.h
// in double precision, written down as they stand there. The emulated and the device suite run the same problems.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "kernels/filtered_lrelu.h"

namespace afs::kernels::test {

enum class Layout { contiguous, channels_last, padded_rows };  // padded_rows: contiguous with a gap behind each row

struct Filter {
    int width = 1, height = 1;
    bool plane = false, identity = false;
    std::vector<float> along_x = {}, along_y = {}, taps = {};  // taps: plane

    [[nodiscard]] FirFilter view() const;
    [[nodiscard]] double at(int y, int x) const;
    [[nodiscard]] Filter reversed() const;
};
using Random = std::mt19937;
[[nodiscard]] Filter separable_filter(int width, int height, Random& random);
[[nodiscard]] Filter plane_filter(int width, int height, bool mirrored, Random& random);  // mirrored in x

// Pieces of the activation, 0 kept, 1 sloped, 2 cut.
struct SignPlane {
    int width = 0, height = 0, x0 = 0, y0 = 0;
    std::vector<std::uint8_t> pieces = {};  // [batch, channels, height, width]
};

struct Problem {
    int batch = 1, channels = 1, in_h = 1, in_w = 1, out_h = 1, out_w = 1;
    int up = 1, down = 1, pad_x = 0, pad_y = 0;
    Filter up_filter = {}, down_filter = {};
    float slope = 0.2F, clamp = -1.0F;
    Storage storage = Storage::f32;
    Layout x_layout = Layout::contiguous, y_layout = Layout::contiguous;
    SignUse sign = SignUse::none;
    SignPlane read = {};         // for SignUse::read
    std::vector<double> x = {};  // [batch, channels, in_h, in_w], values that the storage has
    std::vector<float> bias = {}, load_scale = {}, store_scale = {};  // or empty

    [[nodiscard]] std::string describe() const;
    [[nodiscard]] int u_w() const { return (out_w - 1) * down + down_filter.width; }
    [[nodiscard]] int u_h() const { return (out_h - 1) * down + down_filter.height; }
    void fill(Random& random);  // x, bias, scales, and what is read
};

struct Result {
    std::vector<double> y;             // [batch, channels, out_h, out_w]
    std::vector<double> u;             // [batch, channels, u_h, u_w]
    std::vector<std::uint8_t> pieces;  // of u
};
[[nodiscard]] Result reference(const Problem& problem);

// A problem's tensors in memory as its storage and layouts say.
class Memory {
  public:
    explicit Memory(const Problem& problem);  // refers to it from then on
    explicit Memory(Problem&&) = delete;
    [[nodiscard]] FilteredLreluParams params() const;  // sign.bits: null unless there are any

    std::vector<std::byte> x, y;
    std::vector<std::uint8_t> bits;  // CUDA's layout
    // What a run left in y and bits.
    [[nodiscard]] std::vector<double> outputs() const;
    [[nodiscard]] std::vector<std::uint8_t> pieces() const;  // [batch, channels, u_h, u_w]
    // Elements of y that belong to no output must not have been touched.
    [[nodiscard]] bool gaps_are_untouched() const;

  private:
    const Problem& problem_;
    std::int64_t x_stride_[4], y_stride_[4];
};

// Empty when `memory` holds what `expected` says, else the worst difference in words. Values may differ by what
// rounding to the storage and float arithmetic do; NaN must stand where NaN is expected and, unless `nan_may_spread`,
// nowhere else.
[[nodiscard]] std::string difference(const Problem& problem, const Memory& memory, const Result& expected,
                                     bool nan_may_spread = false);

// --- The grids
// ------------------------------------------------------------------------------------------------------------

// What one instance of the specialised kernel takes, with filters of exactly its size; `variant` 0 ... 3 changes
// storage, layouts, scales, clamp, slope, batch, channels.
struct InstanceKind {
    int up, down, taps;
    bool plane_up, plane_down, channels_last;
    SignUse sign;
    int lead;  // rows between the first group of upsampled rows and the first output
};
[[nodiscard]] Problem instance_problem(const InstanceKind& kind, int variant);
inline constexpr int kVariants = 4;

// Problems for the general version: all factors, all kinds of filters, up to 32 taps.
[[nodiscard]] std::vector<Problem> general_problems();

}  // namespace afs::kernels::test
