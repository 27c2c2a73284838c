// One thread makes one tile of one register's worth of channels. It marches down the rows: a low-rate row enters a
// ring; the rows of a group become upsampled rows, which are filtered along x, activated, filtered down along x and
// kept in a second ring; every two rows of the result are filtered from that ring. What lies between input and output
// is a few dozen rows, in the first levels of cache.
#include "kernels/filtered_lrelu.h"

#include "kernels/cpu/filtered_lrelu_plan.h"

#define HWY_DISABLED_TARGETS HWY_SSSE3  // adds nothing to this over the baseline
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/filtered_lrelu.cpp"
#include <hwy/foreach_target.h>
// clang-format off: the order matters to Highway
#include <hwy/highway.h>
#include "kernels/cpu/elements-inl.h"
#include "kernels/cpu/filtered_lrelu_rows-inl.h"
// clang-format on
#include <hwy/aligned_allocator.h>

#include <algorithm>
#include <array>
#include <vector>

HWY_BEFORE_NAMESPACE();
namespace afs::kernels::cpu::HWY_NAMESPACE {

using UpsampleRows = void (*)(float*, const float* const*, int, const float*, int, std::int64_t, Activation, SignRow);
using UpsampleColumns = void (*)(float* const*, const float* const*, const float*, int, std::int64_t);
using DownsampleRows = void (*)(float*, const float* const*, int, const float*, int, std::int64_t);

// 6 taps a phase are what the paper's networks have (n = 6).
template <int kUp> UpsampleRows choose_upsample_rows(SignUse sign, bool convex, int taps) {
    constexpr int kFixed = kUp == 1 ? 0 : 6;
    const bool fixed = taps == kFixed;
    if (sign == SignUse::read)
        return fixed ? upsample_rows<kUp, kFixed, SignUse::read, true> : upsample_rows<kUp, 0, SignUse::read, true>;
    if (sign == SignUse::write) {
        if (!convex) return upsample_rows<kUp, 0, SignUse::write, false>;
        return fixed ? upsample_rows<kUp, kFixed, SignUse::write, true> : upsample_rows<kUp, 0, SignUse::write, true>;
    }
    if (!convex) return upsample_rows<kUp, 0, SignUse::none, false>;
    return fixed ? upsample_rows<kUp, kFixed, SignUse::none, true> : upsample_rows<kUp, 0, SignUse::none, true>;
}

UpsampleRows choose_upsample_rows(int up, SignUse sign, bool convex, int taps) {
    return up == 1   ? choose_upsample_rows<1>(sign, convex, taps)
           : up == 2 ? choose_upsample_rows<2>(sign, convex, taps)
                     : choose_upsample_rows<4>(sign, convex, taps);
}

UpsampleColumns choose_upsample_columns(int up, int taps) {
    if (up == 1) return upsample_columns<1, 0>;
    if (up == 2) return taps == 6 ? upsample_columns<2, 6> : upsample_columns<2, 0>;
    return taps == 6 ? upsample_columns<4, 6> : upsample_columns<4, 0>;
}

DownsampleRows choose_downsample_rows(int down, int taps) {
    if (down == 1) return downsample_rows<1, 0>;
    if (down == 2) return taps == 12 ? downsample_rows<2, 12> : downsample_rows<2, 0>;
    return taps == 24 ? downsample_rows<4, 24> : downsample_rows<4, 0>;
}

// A thread's rows; kept between calls, so that a steady state allocates nothing.
class Scratch {
  public:
    explicit Scratch(std::size_t floats) : left_(floats) {
        thread_local hwy::AlignedFreeUniquePtr<float[]> memory;
        thread_local std::size_t size = 0;
        if (size < floats) {
            memory = hwy::AllocateAligned<float>(floats);
            std::fill_n(memory.get(), floats, 0.0F);  // what lies behind a row's end is read, and must be a number
            size = floats;
        }
        next_ = memory.get();
    }
    float* row(std::int64_t samples) {
        float* result = next_;
        next_ += samples * kLanes;
        left_ -= static_cast<std::size_t>(samples * kLanes);
        return result;
    }

  private:
    float* next_;
    std::size_t left_;
};

constexpr int kBlock = 8;  // rows are written and read in blocks of up to so many samples
constexpr std::int64_t whole_blocks(std::int64_t samples) { return (samples + kBlock - 1) / kBlock * kBlock; }

int ceil_div_signed(int a, int b) { return a >= 0 ? (a + b - 1) / b : -(-a / b); }

// The upsampled samples [begin, end) of one axis and the groups that hold them.
struct UpsampledRange {
    int begin, end;
    int first_group, groups;
    int start;  // sample 0 of first_group; <= begin

    UpsampledRange(int out_begin, int out_end, int down, int down_taps, int up, int pad)
        : begin(out_begin * down), end((out_end - 1) * down + down_taps) {
        first_group = ceil_div_signed(begin - pad, up);
        groups = ceil_div_signed(end - 1 - pad, up) - first_group + 1;
        start = first_sample(first_group, up, pad);
    }
    static int first_sample(int group, int up, int pad) { return pad + up * group - (up - 1); }
};

constexpr int kOutRows = 2;  // made at once from the ring

template <class T> class Tile {
  public:
    Tile(const FilteredLreluPlan& plan, std::int64_t task)
        : plan_(plan),
          p_(plan.params),
          tile_x_(static_cast<int>(task % plan.tiles_x)),
          tile_y_(static_cast<int>(task / plan.tiles_x % plan.tiles_y)),
          group_(static_cast<int>(task / plan.tiles_x / plan.tiles_y % plan.groups)),
          sample_(static_cast<int>(task / plan.tiles_x / plan.tiles_y / plan.groups)),
          out_x_(tile_x_ * plan.tile_w),
          out_y_(tile_y_ * plan.tile_h),
          out_w_(std::min(plan.tile_w, p_.out_w - out_x_)),
          out_h_(std::min(plan.tile_h, p_.out_h - out_y_)),
          xs_(out_x_, out_x_ + out_w_, p_.down, plan.down_w, p_.up, p_.pad_x),
          ys_(out_y_, out_y_ + out_h_, p_.down, plan.down_h, p_.up, p_.pad_y),
          low_w_(whole_blocks(xs_.groups) + kMaxTaps),
          up_w_(whole_blocks(xs_.groups + 1) * p_.up + kBlock * p_.down + kMaxTaps),
          ring_w_(plan.down_plane ? up_w_ : whole_blocks(out_w_)),
          ring_rows_(plan.down_h + (kOutRows - 1) * p_.down + p_.up),
          scratch_(scratch_floats()) {
        const int first = group_ * kLanes;
        channels_ = std::min(kLanes, p_.channels - first);
        const std::int64_t scale_at = std::int64_t{sample_} * p_.channels + first;
        for (int c = 0; c < kLanes; ++c) {
            const bool there = c < channels_;
            load_scale_[c] = there && p_.load_scale != nullptr ? p_.load_scale[scale_at + c] : 1.0F;
            store_scale_[c] = there && p_.store_scale != nullptr ? p_.store_scale[scale_at + c] : 1.0F;
            bias_[c] = there && p_.bias != nullptr ? p_.bias[first + c] : 0.0F;
        }
        const auto* x = static_cast<const T*>(p_.x);
        auto* y = static_cast<T*>(p_.y);
        x_ = x + sample_ * p_.x_stride[0] + first * p_.x_stride[1];
        y_ = y + sample_ * p_.y_stride[0] + first * p_.y_stride[1];

        const int taps_y = plan.up_taps_y;
        zero_row_ = scratch_.row(low_w_);
        std::fill_n(zero_row_, low_w_ * kLanes, 0.0F);
        for (int i = 0; i < taps_y; ++i) low_.push_back(scratch_.row(low_w_));
        for (int i = 0; i < p_.up; ++i) columns_[i] = scratch_.row(low_w_);
        upsampled_ = scratch_.row(up_w_);
        for (int i = 0; i < ring_rows_; ++i) ring_.push_back(scratch_.row(ring_w_));
        if (plan.down_folded)
            for (int i = 0; i < plan.down_rows; ++i) folded_.push_back(scratch_.row(up_w_));
        for (float*& row : out_) row = scratch_.row(whole_blocks(out_w_));
    }

    void run() {
        const auto upsample = choose_upsample_rows(p_.up, p_.sign.use, plan_.convex,
                                                   plan_.up_plane ? plan_.up_rows[0].taps : plan_.up_x.taps);
        const auto upsample_y = choose_upsample_columns(p_.up, plan_.up_taps_y);
        const int taps_y = plan_.up_taps_y;
        int next_out = out_y_;
        for (int i = 0; i < taps_y - 1; ++i) load_low_row(ys_.first_group + i);
        std::array<const float*, kMaxTaps> low;
        for (int group = ys_.first_group; group < ys_.first_group + ys_.groups; ++group) {
            load_low_row(group + taps_y - 1);
            for (int m = 0; m < taps_y; ++m) low[m] = low_row(group + m);
            if (!plan_.up_plane)
                upsample_y(columns_.data(), low.data(), plan_.up_y.values.data(), taps_y, low_samples());
            for (int phase = 0; phase < p_.up; ++phase) {
                const int row = UpsampledRange::first_sample(group, p_.up, p_.pad_y) + phase;
                if (row < ys_.begin || row >= ys_.end) continue;
                const SignRow sign = sign_row(row);
                const Activation activation{p_.slope, plan_.clamp};
                float* to = plan_.down_plane ? ring_row(row) : upsampled_;
                if (plan_.up_plane) {
                    const PhaseTaps& taps = plan_.up_rows[phase];
                    upsample(to, low.data(), taps_y, taps.values.data(), taps.taps, xs_.groups, activation, sign);
                } else {
                    const float* from = columns_[phase];
                    upsample(to, &from, 1, plan_.up_x.values.data(), plan_.up_x.taps, xs_.groups, activation, sign);
                }
                if (!plan_.down_plane) downsample_x(ring_row(row), &to, 1);
            }
            const int made = std::min(UpsampledRange::first_sample(group + 1, p_.up, p_.pad_y), ys_.end);
            next_out = store_ready_rows(next_out, made);
        }
    }

  private:
    std::size_t scratch_floats() const {
        const std::int64_t samples = low_w_ * (1 + plan_.up_taps_y + p_.up) + up_w_ + ring_w_ * ring_rows_ +
                                     (plan_.down_folded ? up_w_ * plan_.down_rows : 0) +
                                     whole_blocks(out_w_) * kOutRows;
        return static_cast<std::size_t>(samples * kLanes);
    }

    // Of a low-rate row, as far as whole blocks of groups read it.
    std::int64_t low_samples() const {
        return whole_blocks(xs_.groups) + whole_blocks(plan_.up_plane ? plan_.up_rows[0].taps : plan_.up_x.taps);
    }
    float* low_storage(int row) {
        const int count = static_cast<int>(low_.size());
        return low_[static_cast<std::size_t>(((row % count) + count) % count)];
    }
    const float* low_row(int row) { return row < 0 || row >= p_.in_h ? zero_row_ : low_storage(row); }
    float* ring_row(int row) { return ring_[static_cast<std::size_t>(row % ring_rows_)]; }

    // The samples that the tile's columns need; zero outside of the picture.
    void load_low_row(int row) {
        if (row < 0 || row >= p_.in_h) return;
        float* to = low_storage(row);
        const std::int64_t width = low_samples();
        const std::int64_t begin = std::clamp<std::int64_t>(-xs_.first_group, 0, width);
        const std::int64_t end = std::clamp<std::int64_t>(p_.in_w - xs_.first_group, begin, width);
        std::fill_n(to, begin * kLanes, 0.0F);
        std::fill_n(to + end * kLanes, (width - end) * kLanes, 0.0F);
        if (end > begin)
            load_row(to + begin * kLanes, x_ + row * p_.x_stride[2] + (xs_.first_group + begin) * p_.x_stride[3],
                     p_.x_stride[1], p_.x_stride[3], channels_, end - begin, load_scale_, bias_);
    }

    // Signs of an upsampled row, with respect to the tile's first group. A tile writes those of its own samples only:
    // neighbours compute the overlap too.
    SignRow sign_row(int row) {
        const SignGrid& grid = p_.sign;
        if (grid.use == SignUse::none) return {};
        const int grid_row = row + grid.y0;
        if (grid_row < 0 || grid_row >= grid.height) return {};
        const std::int64_t plane = (std::int64_t{sample_} * plan_.groups + group_) * grid.height + grid_row;
        const std::int64_t first = xs_.start + grid.x0;  // column of the row's sample 0
        SignRow result{grid.bits + (plane * grid.width + first) * kSignBytes, -first, grid.width - first};
        if (grid.use == SignUse::write) {
            const bool last_y = tile_y_ == plan_.tiles_y - 1, last_x = tile_x_ == plan_.tiles_x - 1;
            if (!last_y && row >= (out_y_ + out_h_) * p_.down) return {};
            result.begin = xs_.begin - xs_.start;
            result.end = (last_x ? xs_.end : (out_x_ + out_w_) * p_.down) - xs_.start;
        }
        return result;
    }

    void downsample_x(float* to, const float* const* rows, int count) {
        std::array<const float*, kMaxTaps> from;
        for (int i = 0; i < count; ++i) from[i] = rows[i] + (xs_.begin - xs_.start) * kLanes;
        choose_downsample_rows(p_.down, plan_.down_w)(to, from.data(), count, plan_.down_x.data(), plan_.down_w,
                                                      out_w_);
    }

    // Rows of the result from next_out on that the upsampled rows before `made` allow; the last ones as soon as all
    // are there.
    int store_ready_rows(int next_out, int made) {
        const int end = out_y_ + out_h_;
        while (next_out < end) {
            const int count = plan_.down_plane ? 1 : std::min(kOutRows, end - next_out);
            if ((next_out + count - 1) * p_.down + plan_.down_h > made) break;
            if (plan_.down_plane)
                downsample_plane(next_out);
            else
                downsample_y(next_out, count);
            for (int r = 0; r < count; ++r)
                store_row(y_ + (next_out + r) * p_.y_stride[2] + out_x_ * p_.y_stride[3], p_.y_stride[1],
                          p_.y_stride[3], channels_, out_w_, out_[r], store_scale_);
            next_out += count;
        }
        return next_out;
    }

    void downsample_y(int out, int count) {
        std::array<const float*, kMaxTaps + 4 * kOutRows> from;
        for (int k = 0; k < plan_.down_h + (count - 1) * p_.down; ++k) from[k] = ring_row(out * p_.down + k);
        downsample_columns(out_, count, from.data(), p_.down, plan_.down_y.data(), plan_.down_h, out_w_);
    }

    void downsample_plane(int out) {
        std::array<const float*, kMaxTaps> from;
        const int first = out * p_.down;
        for (int r = 0; r < plan_.down_rows; ++r) {
            if (plan_.down_folded) {
                add_rows(folded_[r], ring_row(first + r), ring_row(first + plan_.down_h - 1 - r), xs_.end - xs_.start);
                from[r] = folded_[r];
            } else {
                from[r] = ring_row(first + r);
            }
        }
        downsample_x(out_[0], from.data(), plan_.down_rows);
    }

    const FilteredLreluPlan& plan_;
    const FilteredLreluParams& p_;
    int tile_x_, tile_y_, group_, sample_;
    int out_x_, out_y_, out_w_, out_h_;
    UpsampledRange xs_, ys_;
    std::int64_t low_w_, up_w_, ring_w_;
    int ring_rows_, channels_ = 0;
    Scratch scratch_;
    const T* x_ = nullptr;
    T* y_ = nullptr;
    float* zero_row_ = nullptr;
    std::vector<float*> low_, ring_, folded_;
    std::array<float*, 4> columns_ = {};
    float* upsampled_ = nullptr;
    float* out_[kOutRows] = {};
    HWY_ALIGN float load_scale_[kLanes], store_scale_[kLanes], bias_[kLanes];
};

template <class T> void run_tasks(const FilteredLreluPlan& plan, const ParallelFor& parallel_for) {
    parallel_for(plan.tasks(), [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t task = begin; task < end; ++task) Tile<T>(plan, task).run();
    });
}

void run(const FilteredLreluPlan& plan, const ParallelFor& parallel_for) {
    switch (plan.params.storage) {
        case Storage::f32: return run_tasks<float>(plan, parallel_for);
        case Storage::f16: return run_tasks<hwy::float16_t>(plan, parallel_for);
        case Storage::bf16: return run_tasks<hwy::bfloat16_t>(plan, parallel_for);
    }
}

int lanes() { return kLanes; }
const char* name() { return hwy::TargetName(HWY_TARGET); }

}  // namespace afs::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace afs::kernels {

bool filtered_lrelu_supports(const FilteredLreluParams& p) {
    const auto factor = [](int f) { return f == 1 || f == 2 || f == 4; };
    const auto taps = [](const FirFilter& f) {
        return f.width >= 1 && f.width <= kMaxTaps && f.height >= 1 && f.height <= kMaxTaps;
    };
    return factor(p.up) && factor(p.down) && taps(p.up_filter) && taps(p.down_filter) && p.slope >= 0.0F;
}

namespace cpu {

HWY_EXPORT(run);
HWY_EXPORT(lanes);
HWY_EXPORT(name);

std::int64_t filtered_lrelu_sign_bytes(const FilteredLreluParams& params) {
    return FilteredLreluPlan(params, HWY_DYNAMIC_DISPATCH(lanes)(), 1).sign_bytes();
}

void filtered_lrelu(const FilteredLreluParams& params, const ParallelFor& parallel_for) {
    if (params.batch == 0 || params.channels == 0 || params.out_h == 0 || params.out_w == 0) return;
    const FilteredLreluPlan plan(params, HWY_DYNAMIC_DISPATCH(lanes)(), parallel_for.threads);
    HWY_DYNAMIC_DISPATCH(run)(plan, parallel_for);
}

const char* instruction_set() { return HWY_DYNAMIC_DISPATCH(name)(); }

}  // namespace cpu
}  // namespace afs::kernels
#endif
