#include "kernels/cuda/filtered_lrelu_plan.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace afs::kernels::cuda {

std::int64_t filtered_lrelu_sign_bytes(const FilteredLreluParams& params) {
    return static_cast<std::int64_t>(params.batch) * params.channels * ((params.sign.height + 3) / 4) *
           params.sign.width;
}

}  // namespace afs::kernels::cuda

namespace afs::kernels::tile {
namespace {

template <class Instance>
constexpr MarchInstance describe(int row, int up, int down, int taps, int channels, FirKind kind, SignUse sign) {
    return {row,
            up,
            down,
            taps,
            channels,
            kind,
            sign,
            Instance::kLead,
            Instance::kHalves,
            Instance::kSpan,
            Instance::kMaxThreads,
            Instance::kStepInputs,
            Instance::kStepRows,
            &Instance::groups_for,
            &Instance::shared_floats};
}

template <int kTaps, int kGroup> constexpr auto describe_all() {
    int row = 0;
#define AFS_DESCRIBE(up, down, kind, sign)                                                                 \
    describe<March<up, down, kTaps, FirKind::kind, SignUse::sign, kGroup>>(row++, up, down, kTaps, kGroup, \
                                                                           FirKind::kind, SignUse::sign),
    return std::array{AFS_MARCH_ROWS(AFS_DESCRIBE)};
#undef AFS_DESCRIBE
}

// --- Taps
// ---------------------------------------------------------------------------------------------------------------

bool is_plane(const FirFilter& f) { return f.plane != nullptr; }
float tap_x(const FirFilter& f, int k) { return k >= f.width ? 0.0F : f.along_x != nullptr ? f.along_x[k] : 1.0F; }
float tap_y(const FirFilter& f, int k) { return k >= f.height ? 0.0F : f.along_y != nullptr ? f.along_y[k] : 1.0F; }

// Left and right halves equal but for rounding: they are computed from equal radii, in some order.
bool mirrors_in_x(const FirFilter& f) {
    float largest = 0.0F;
    for (int k = 0; k < f.width * f.height; ++k) largest = std::max(largest, std::abs(f.plane[k]));
    for (int y = 0; y < f.height; ++y)
        for (int x = 0; x < f.width / 2; ++x)
            // A NaN among the taps fails this.
            if (!(std::abs(f.plane[y * f.width + x] - f.plane[y * f.width + f.width - 1 - x]) <= 1e-6F * largest))
                return false;
    return true;
}
float mirrored(const FirFilter& f, int y, int x) {
    return y >= f.height ? 0.0F : (f.plane[y * f.width + x] + f.plane[y * f.width + f.width - 1 - x]) / 2;
}

// --- Choice of an instance
// ----------------------------------------------------------------------------------------------

// Rows between the first upsampled one that the instance computes and the first that outputs need: at least kLead.
int lead_for(const MarchInstance& instance, int pad) {
    int lead = floor_mod(-(pad - instance.up + 1), instance.up);
    while (lead < instance.lead) lead += instance.up;
    return lead;
}

bool serves(const MarchInstance& instance, const FilteredLreluParams& p) {
    const FirKind kind = is_plane(p.down_filter) ? FirKind::plane_down
                         : is_plane(p.up_filter) ? FirKind::plane_up
                                                 : FirKind::separable;
    if (is_plane(p.down_filter) && is_plane(p.up_filter)) return false;
    if (instance.up != p.up || instance.down != p.down || instance.kind != kind || instance.sign != p.sign.use)
        return false;
    const int n = instance.taps, more = lead_for(instance, p.pad_y) - instance.lead;
    if (p.up_filter.height > n * p.up || p.down_filter.height + more > n * p.down) return false;
    const auto fits_in_x = [n](const FirFilter& f, int factor) {
        return is_plane(f) ? f.width == 2 * n && mirrors_in_x(f) : f.width <= n * factor;
    };
    return fits_in_x(p.up_filter, p.up) && fits_in_x(p.down_filter, p.down);
}

bool channels_are_innermost(const FilteredLreluParams& p) {
    return p.channels >= 4 && p.x_stride[1] == 1 && (p.in_w > 1 || p.in_h > 1) && p.x_stride[3] != 1;
}

// Whether 32 bits hold every offset within eight channels.
bool offsets_fit(const std::int64_t (&stride)[4], int height, int width) {
    const std::int64_t size[4] = {1, 8, height, width};
    std::int64_t reach = 0;
    for (int k = 1; k < 4; ++k) {
        if (size[k] > 1 && std::abs(stride[k]) > std::numeric_limits<int>::max()) return false;
        reach += (size[k] - 1) * std::abs(stride[k]);
    }
    return reach <= std::numeric_limits<int>::max();
}

const MarchInstance* choose(const FilteredLreluParams& p) {
    if (p.in_h < 1 || p.in_w < 1) return nullptr;
    if (!offsets_fit(p.x_stride, p.in_h, p.in_w) || !offsets_fit(p.y_stride, p.out_h, p.out_w)) return nullptr;
    const int channels = channels_are_innermost(p) ? 8 : 1;
    for (const MarchInstance& instance : march_instances())  // the shortest that serves comes first
        if (instance.channels == channels && serves(instance, p)) return &instance;
    return nullptr;
}

// --- What both kernels are told
// ---------------------------------------------------------------------------------------

std::size_t bytes_of(Storage storage) { return storage == Storage::f32 ? 4 : 2; }

// Whether `count` elements along `axis` (0 N ... 3 W) can be taken at once wherever they start at a multiple of it.
bool aligned(const void* data, Storage storage, const std::int64_t (&stride)[4], const int (&size)[4], int axis,
             int count) {
    if (stride[axis] != 1) return false;
    const std::size_t bytes = std::min<std::size_t>(bytes_of(storage) * static_cast<std::size_t>(count), 16);
    if (reinterpret_cast<std::uintptr_t>(data) % bytes != 0) return false;
    for (int k = 0; k < 4; ++k)
        if (k != axis && size[k] > 1 && stride[k] % count != 0) return false;
    return true;
}

void fill(FilteredLreluProblem& to, const FilteredLreluParams& p) {
    to.x = p.x;
    to.y = p.y;
    to.bias = p.bias;
    to.load_scale = p.load_scale;
    to.store_scale = p.store_scale;
    to.bits = p.sign.bits;
    std::copy_n(p.x_stride, 4, to.x_stride);
    std::copy_n(p.y_stride, 4, to.y_stride);
    to.sign_plane = static_cast<std::int64_t>((p.sign.height + 3) / 4) * p.sign.width;
    to.channels = p.channels;
    to.in_h = p.in_h;
    to.in_w = p.in_w;
    to.out_h = p.out_h;
    to.out_w = p.out_w;
    to.sign_w = p.sign.width;
    to.sign_h = p.sign.height;
    to.sign_x0 = p.sign.use == SignUse::read ? p.sign.x0 : 0;
    to.sign_y0 = p.sign.use == SignUse::read ? p.sign.y0 : 0;
    to.slope = p.slope;
    to.limit = p.clamp >= 0.0F ? p.clamp : std::numeric_limits<float>::infinity();
    to.storage = p.storage;
    to.sign = p.sign.use;
}

std::uint64_t cut(FilteredLreluProblem& to, const FilteredLreluParams& p, int tile_w, int tile_h, int channels) {
    to.tile_w = tile_w;
    to.tile_h = tile_h;
    to.tiles_x = (p.out_w + tile_w - 1) / tile_w;
    to.tiles_y = (p.out_h + tile_h - 1) / tile_h;
    to.channel_blocks = (p.channels + channels - 1) / channels;
    return static_cast<std::uint64_t>(to.tiles_x) * static_cast<std::uint64_t>(to.tiles_y) *
           static_cast<std::uint64_t>(to.channel_blocks) * static_cast<std::uint64_t>(p.batch);
}

// --- March
// --------------------------------------------------------------------------------------------------------------

void fill_taps(MarchParams& to, const MarchInstance& instance, const FilteredLreluParams& p) {
    const int n = instance.taps, more = to.lead_y - instance.lead;
    if (instance.kind == FirKind::plane_up) {
        for (int y = 0; y < 2 * n; ++y)
            for (int a = 0; a < n / 2; ++a) {
                const float near = mirrored(p.up_filter, y, 2 * a), far = mirrored(p.up_filter, y, 2 * (n - 1 - a));
                to.plane[y * n + a] = (near + far) / 2;
                to.plane[y * n + n / 2 + a] = (near - far) / 2;
            }
    } else {
        for (int k = 0; k < n * p.up; ++k) {
            to.up_x[k] = tap_x(p.up_filter, k);
            to.up_y[k] = tap_y(p.up_filter, k);
        }
    }
    if (instance.kind == FirKind::plane_down) {
        for (int y = 0; y < p.down_filter.height; ++y)
            for (int a = 0; a < n; ++a) to.plane[(y + more) * n + a] = mirrored(p.down_filter, y, a);
    } else {
        for (int k = 0; k < n * p.down; ++k) {
            to.down_x[k] = tap_x(p.down_filter, k);
            to.down_y[k] = k < more ? 0.0F : tap_y(p.down_filter, k - more);
        }
    }
}

// Threads for strips of `width` outputs, or 0 where a block cannot have so many.
int threads_for(const MarchInstance& instance, const MarchParams& p, int width) {
    const int columns = round_up(instance.groups_for(p, width) * instance.channels, 32);
    const int threads = columns * instance.halves;
    return threads <= instance.max_threads ? threads : 0;
}

void set_pitches(const MarchInstance& instance, MarchParams& p, int width) {
    const int groups = instance.groups_for(p, width);
    const int sums = kMarchMargin + groups * instance.up + 1;
    if (instance.channels == 1) {
        p.x_pitch = round_up(3 + groups + instance.taps - 1, 4);
        p.sum_pitch = round_up(sums, 4);
    } else {
        p.x_pitch = groups + instance.taps - 1;
        p.sum_pitch = round_up(sums + sums / instance.span, 4) + 1;  // odd: rows begin in different banks
    }
}

// Strips as wide as leaves the fewest threads idle; then rows so that there are enough blocks, but not more than the
// rows that every block computes twice are worth.
void cut_march(FilteredLreluPlan& plan, const FilteredLreluParams& p, const DeviceLimits& limits,
               const PlanWishes& wishes) {
    const MarchInstance& instance = *plan.march;
    MarchParams& to = plan.march_params;
    int best_width = 4, best_cost = std::numeric_limits<int>::max();
    const int widest = wishes.tile_w > 0 ? wishes.tile_w : round_up(p.out_w, 4);
    for (int strips = 1; strips <= (p.out_w + 3) / 4; ++strips) {
        const int width = round_up((p.out_w + strips - 1) / strips, 4);
        if (width > widest) continue;
        const int threads = threads_for(instance, to, width);
        if (threads == 0) continue;
        set_pitches(instance, to, width);
        to.threads = threads;
        if (static_cast<std::size_t>(instance.shared_floats(to)) * sizeof(float) > limits.shared_bytes) continue;
        const int cost = threads * strips;
        if (cost < best_cost) {
            best_cost = cost;
            best_width = width;
        }
        if (cost > 2 * best_cost) break;
    }
    set_pitches(instance, to, best_width);
    plan.threads = threads_for(instance, to, best_width);
    to.threads = plan.threads;

    const std::uint64_t columns_of_blocks = cut(to, p, best_width, round_up(p.out_h, 4), instance.channels);
    // Sixteen warps keep a multiprocessor busy.
    const std::uint64_t at_once = static_cast<std::uint64_t>(limits.multiprocessors) * std::max(1, 512 / plan.threads);
    int best_height = round_up(p.out_h, 4);
    std::uint64_t best_time = std::numeric_limits<std::uint64_t>::max();
    for (int chunks = 1; chunks <= (p.out_h + 3) / 4; ++chunks) {
        const int height = round_up((p.out_h + chunks - 1) / chunks, 4);
        const auto steps =
            static_cast<std::uint64_t>(2 + (height * p.down + (instance.taps - 1) * p.down) / instance.step_rows);
        const std::uint64_t turns = (columns_of_blocks * static_cast<std::uint64_t>(chunks) + at_once - 1) / at_once;
        if (turns * steps < best_time) {
            best_time = turns * steps;
            best_height = height;
        }
    }
    if (wishes.tile_h > 0) best_height = std::min(best_height, wishes.tile_h);
    plan.blocks = cut(to, p, best_width, best_height, instance.channels);
    plan.shared_bytes = static_cast<std::size_t>(instance.shared_floats(to)) * sizeof(float);
}

void plan_march(FilteredLreluPlan& plan, const FilteredLreluParams& p, const DeviceLimits& limits,
                const PlanWishes& wishes) {
    const MarchInstance& instance = *plan.march;
    MarchParams& to = plan.march_params;
    fill(to, p);
    to.origin_x = p.pad_x - p.up + 1;
    to.origin_y = p.pad_y - p.up + 1;
    for (int k = 0; k < 3; ++k) {
        // Of an axis of one element a stride may be anything.
        to.x_step[k] = static_cast<int>(p.x_stride[k + 1]);
        to.y_step[k] = static_cast<int>(p.y_stride[k + 1]);
    }
    to.lead_x = floor_mod(-to.origin_x, p.up);
    to.lead_y = lead_for(instance, p.pad_y);
    fill_taps(to, instance, p);
    const int in[4] = {p.batch, p.channels, p.in_h, p.in_w}, out[4] = {p.batch, p.channels, p.out_h, p.out_w};
    to.x_vectors = instance.channels == 1 ? p.in_w % 4 == 0 && aligned(p.x, p.storage, p.x_stride, in, 3, 4)
                                          : p.channels % 8 == 0 && aligned(p.x, p.storage, p.x_stride, in, 1, 8);
    to.y_vectors = instance.channels == 1 && aligned(p.y, p.storage, p.y_stride, out, 3, 4);
    cut_march(plan, p, limits, wishes);
}

// --- General
// --------------------------------------------------------------------------------------------------------------

void plan_general(FilteredLreluPlan& plan, const FilteredLreluParams& p, const DeviceLimits& limits,
                  const PlanWishes& wishes) {
    GeneralParams& to = plan.general_params;
    fill(to, p);
    to.threads = plan.threads = General<>::kMaxThreads;
    to.up_shift = log2_of(p.up);
    to.down_shift = log2_of(p.down);
    to.pad_x = p.pad_x;
    to.pad_y = p.pad_y;
    to.up_w = p.up_filter.width;
    to.up_h = p.up_filter.height;
    to.down_w = p.down_filter.width;
    to.down_h = p.down_filter.height;
    to.up_is_plane = is_plane(p.up_filter);
    to.down_is_plane = is_plane(p.down_filter);
    for (int k = 0; k < kMaxTaps; ++k) {
        to.up_x[k] = tap_x(p.up_filter, k);
        to.up_y[k] = tap_y(p.up_filter, k);
        to.down_x[k] = tap_x(p.down_filter, k);
        to.down_y[k] = tap_y(p.down_filter, k);
    }
    if (to.up_is_plane) std::copy_n(p.up_filter.plane, to.up_w * to.up_h, to.up_plane);
    if (to.down_is_plane) std::copy_n(p.down_filter.plane, to.down_w * to.down_h, to.down_plane);

    // The largest tile of which two fit a multiprocessor; overlaps shrink with it.
    constexpr int kTiles[][2] = {{64, 16}, {32, 16}, {32, 8}, {16, 8}, {16, 4}, {8, 4}, {4, 4}};
    const std::size_t room = std::min<std::size_t>(limits.shared_bytes, 100 << 10);
    for (const auto& [w, h] : kTiles) {
        const int tile_w = std::min(wishes.tile_w > 0 ? wishes.tile_w : w, w);
        const int tile_h = std::min(wishes.tile_h > 0 ? wishes.tile_h : h, h);
        const General<>::Axis x(0, tile_w, to.up_shift, to.down_shift, p.pad_x, to.up_w, to.down_w);
        const General<>::Axis y(0, tile_h, to.up_shift, to.down_shift, p.pad_y, to.up_h, to.down_h);
        // Tiles start at multiples of 4, so every tile has the first one's phases; no tile has more inputs.
        to.x_pitch = x.x;
        to.u_pitch = x.u;
        const int plane_x = y.x * x.x, half_up = y.x * x.u, up = y.u * x.u, half_down = y.outputs * x.u;
        const int front = to.up_is_plane ? up : std::max(plane_x, up);
        const int back = std::max(to.up_is_plane ? plane_x : half_up, to.down_is_plane ? 0 : half_down);
        to.front_offset = General<>::kConstants + General<>::up_tap_count(to) + General<>::down_tap_count(to);
        to.back_offset = to.front_offset + front;
        plan.shared_bytes = static_cast<std::size_t>(to.back_offset + back) * sizeof(float);
        plan.blocks = cut(to, p, tile_w, tile_h, 1);
        if (plan.shared_bytes <= room) break;
    }
}

}  // namespace

std::span<const MarchInstance> march_instances() {
    static const auto all = [] {
        std::array<MarchInstance, describe_all<4, 1>().size() * 6> list;
        auto to = list.begin();
        const auto add = [&to](const auto& some) { to = std::copy(some.begin(), some.end(), to); };
        add(describe_all<4, 1>());
        add(describe_all<6, 1>());
        add(describe_all<8, 1>());
        add(describe_all<4, 8>());
        add(describe_all<6, 8>());
        add(describe_all<8, 8>());
        return list;
    }();
    return all;
}

FilteredLreluPlan plan_filtered_lrelu(const FilteredLreluParams& params, const DeviceLimits& limits,
                                      const PlanWishes& wishes) {
    FilteredLreluPlan plan;
    if (params.batch <= 0 || params.channels <= 0 || params.out_h <= 0 || params.out_w <= 0) return plan;
    if (!wishes.general) plan.march = choose(params);
    if (plan.march != nullptr)
        plan_march(plan, params, limits, wishes);
    else
        plan_general(plan, params, limits, wishes);
    return plan;
}

}  // namespace afs::kernels::tile
