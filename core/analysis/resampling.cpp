#include "core/analysis/resampling.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <list>
#include <mutex>

#include "core/ops/argument_checks.h"
#include "core/ops/thread_pool.h"
#include "core/ops/upfirdn2d.h"
#include "kernels/affine_resample.h"

namespace afs {
namespace {

using at::indexing::Slice;

constexpr double kFarthest = 1e6;  // fractions of a side: beyond it there is nothing, and integers would overflow

double sinc(double x) { return x == 0.0 ? 1.0 : std::sin(std::numbers::pi * x) / (std::numbers::pi * x); }

double lanczos(double x, int a) { return std::abs(x) < a ? sinc(x / a) : 0.0; }

void check_fractions(const char* operation, double tx, double ty) {
    if (!(std::abs(tx) <= kFarthest && std::abs(ty) <= kFarthest))
        refuse_argument(operation, "the translation is ({}, {}) sides, but must be finite and at most {:g}", tx, ty,
                        kFarthest);
}

// 1 in the rectangle, 0 around it; empty where end <= begin.
struct Span {
    std::int64_t begin, end;
};
Tensor mask_of(const Tensor& x, Span rows, Span columns) {
    Tensor mask = at::zeros({1, 1, x.size(2), x.size(3)}, x.options().dtype(at::kFloat));
    if (rows.end > rows.begin && columns.end > columns.begin)
        mask.index_put_({0, 0, Slice(rows.begin, rows.end), Slice(columns.begin, columns.end)}, 1.0);
    return mask;
}

Span clipped(std::int64_t begin, std::int64_t end, std::int64_t size) {
    return {std::clamp<std::int64_t>(begin, 0, size), std::clamp<std::int64_t>(end, 0, size)};
}

// Moves one axis by whole samples, filtered with the Lanczos taps of the rest.
struct Shift {
    std::int64_t whole = 0;
    Tensor taps;  // [2a] float32
    Span valid{}, reached{};

    Shift(double t, std::int64_t size, int a)
        : whole(static_cast<std::int64_t>(std::floor(t * static_cast<double>(size)))) {
        const double rest = t * static_cast<double>(size) - static_cast<double>(whole);
        std::vector<double> values;
        double sum = 0.0;
        for (int k = 0; k < 2 * a; ++k) {
            const double at = k - (a - 1) - rest;
            values.push_back(sinc(at) * sinc(at / a));
            sum += values.back();
        }
        taps = at::empty({2 * a}, at::kFloat);
        for (int k = 0; k < 2 * a; ++k)
            taps.data_ptr<float>()[k] = static_cast<float>(values[static_cast<std::size_t>(k)] / sum);
        valid = clipped(std::max<std::int64_t>(whole + a, 0), std::min<std::int64_t>(whole - (a - 1), 0) + size, size);
        reached =
            clipped(std::max<std::int64_t>(whole - (a - 1), 0), std::min<std::int64_t>(whole + a, 0) + size, size);
    }
};

// Both filters of input space are separable, so that a circular convolution of the whole grid with them, of which only
// the middle is wanted, is two small matrix products. They do not depend on the matrix.
struct InputFilters {
    Tensor sinc, window;  // [taps, size] float64
};

InputFilters input_filters(const BandlimitOptions& o) {
    const int half = o.aflt * o.up - 1, size = 2 * half + 1, kept = o.amax * o.up - 1, taps = 2 * kept + 1;
    InputFilters input{at::empty({taps, size}, at::kDouble), at::zeros({taps, size}, at::kDouble)};
    const auto fill = [&](Tensor& to, const auto& function) {
        auto values = to.accessor<double, 2>();
        for (int i = 0; i < taps; ++i)
            for (int k = 0; k < size; ++k) {
                int lag = (i - kept) - (k - half);
                if (lag > half) lag -= size;
                if (lag < -half) lag += size;
                values[i][k] = function(lag);
            }
    };
    std::vector<double> sincs(static_cast<std::size_t>(half) + 1);
    for (int k = 0; k <= half; ++k) sincs[static_cast<std::size_t>(k)] = sinc(o.cutoff_in * k / o.up);
    fill(input.sinc, [&](int lag) { return sincs[static_cast<std::size_t>(std::abs(lag))]; });
    fill(input.window, [&](int lag) { return lanczos(static_cast<double>(lag) / o.up, o.a); });
    return input;
}

// Those of the newest options; nobody writes to them.
InputFilters cached_input_filters(BandlimitOptions options) {
    constexpr std::size_t kMost = 8;
    static std::mutex mutex;
    static std::list<std::pair<BandlimitOptions, InputFilters>> kept;  // the newest first
    options.cutoff_out = 1.0;                                          // does not matter to them
    const std::lock_guard lock(mutex);
    const auto found = std::ranges::find_if(kept, [&](const auto& entry) { return entry.first == options; });
    if (found != kept.end()) {
        kept.splice(kept.begin(), kept, found);
    } else {
        kept.emplace_front(options, input_filters(options));
        if (kept.size() > kMost) kept.pop_back();
    }
    return kept.front().second;
}

// The filter as the kernel takes it (kernels/affine_resample.h).
struct PreparedTaps {
    Tensor filter;  // float64
    Tensor taps;    // [up + 1, up + 1, 2 amax, stride] float32, with the gain up^2
};

PreparedTaps prepare_taps(const Matrix3& matrix, const BandlimitOptions& o) {
    PreparedTaps prepared;
    prepared.filter = bandlimit_filter(matrix, o);
    const auto filter = prepared.filter.accessor<double, 2>();
    const int reach = 2 * o.amax, centre = o.amax * o.up - 1, size = 2 * centre + 1;
    const int stride = (reach + kernels::kAffineTapsAlign - 1) / kernels::kAffineTapsAlign * kernels::kAffineTapsAlign;
    prepared.taps = at::zeros({o.up + 1, o.up + 1, reach, stride}, at::kFloat);
    auto taps = prepared.taps.accessor<float, 4>();
    // Upsampled sample q * up + p takes input sample q + d with the tap at p - d * up from the centre.
    const auto tap_index = [&](int p, int r) { return centre + p - (r - o.amax + 1) * o.up; };
    for (int py = 0; py <= o.up; ++py)
        for (int px = 0; px <= o.up; ++px)
            for (int r = 0; r < reach; ++r)
                for (int s = 0; s < reach; ++s) {
                    const int row = tap_index(py, r), column = tap_index(px, s);
                    if (row >= 0 && row < size && column >= 0 && column < size)
                        taps[py][px][r][s] = static_cast<float>(filter[row][column] * o.up * o.up);
                }
    return prepared;
}

// The newest filters: a panel that follows the mouse, all layers of a network and both halves of a metric ask for the
// same few again and again.
class TapsCache {
  public:
    PreparedTaps get(Matrix3 matrix, const BandlimitOptions& options) {
        matrix[2] = matrix[5] = 0.0;  // do not matter to the filter
        {
            const std::lock_guard lock(mutex_);
            const auto found = std::ranges::find_if(
                entries_, [&](const Entry& e) { return e.matrix == matrix && e.options == options; });
            if (found != entries_.end()) {
                entries_.splice(entries_.begin(), entries_, found);
                return found->taps;
            }
        }
        Entry entry{matrix, options, prepare_taps(matrix, options)};
        const std::lock_guard lock(mutex_);
        entries_.push_front(entry);
        if (entries_.size() > kMost) entries_.pop_back();
        return entry.taps;
    }

  private:
    static constexpr std::size_t kMost = 16;
    struct Entry {
        Matrix3 matrix;
        BandlimitOptions options;
        PreparedTaps taps;
    };
    std::mutex mutex_;
    std::list<Entry> entries_;  // the newest first
};

PreparedTaps cached_taps(const Matrix3& matrix, const BandlimitOptions& options) {
    static TapsCache cache;
    return cache.get(matrix, options);
}

// Where output pixels come from, in upsampled samples of the input: sample i lies at i * up.
std::array<double, 6> upsampled_positions(const Tensor& x, const Matrix3& matrix, int up) {
    const auto width = static_cast<double>(x.size(3)), height = static_cast<double>(x.size(2));
    // Without its translation, which may be far larger than the rest.
    const auto back = inverse({matrix[0], matrix[1], 0, matrix[3], matrix[4], 0, 0, 0, 1});
    if (!back) refuse_argument("the affine resampler", "the matrix has no inverse");
    check_fractions("the affine resampler", matrix[2], matrix[5]);
    const Matrix3& b = *back;
    const double cx = 0.5 - width / 2, cy = 0.5 - height / 2;  // of pixel (0, 0), from the picture's centre
    const double x0 = cx - matrix[2] * width, y0 = cy - matrix[5] * height;
    return {b[0] * up, b[1] * up, (b[0] * x0 + b[1] * y0 - cx) * up,
            b[3] * up, b[4] * up, (b[3] * x0 + b[4] * y0 - cy) * up};
}

void check_affine(const Tensor& x, const BandlimitOptions& o) {
    check_picture("the affine resampler", "the picture", x);
    if (o.amax > kernels::kMostAffineReach / 2)
        refuse_argument("the affine resampler", "the filter reaches {} samples, but at most {}", o.amax,
                        kernels::kMostAffineReach / 2);
}

// Nearest sample of a grid in which input sample i lies at i * up + up / 2, and of which p samples a side do not count.
Tensor affine_mask(const Tensor& x, const std::array<double, 6>& m, const BandlimitOptions& o) {
    const std::int64_t height = x.size(2), width = x.size(3), p = o.amax * o.up - 1;
    Tensor mask = at::zeros({1, 1, height, width}, at::kFloat);
    float* to = mask.data_ptr<float>();
    const double shift = o.up / 2;
    const auto inside = [p](double position, std::int64_t samples) {
        const double nearest = std::nearbyint(position);
        return nearest >= static_cast<double>(p + 1) && nearest <= static_cast<double>(samples - p - 2);
    };
    for (std::int64_t row = 0; row < height; ++row)
        for (std::int64_t column = 0; column < width; ++column, ++to) {
            const auto c = static_cast<double>(column), r = static_cast<double>(row);
            if (inside(m[0] * c + m[1] * r + m[2] + shift, width * o.up) &&
                inside(m[3] * c + m[4] * r + m[5] + shift, height * o.up))
                *to = 1.0F;
        }
    return mask.to(x.device());
}

// On the CPU. wanted: [1, 1, H, W] contiguous float32 or undefined.
Tensor resample(const Tensor& x, const std::array<double, 6>& positions, const PreparedTaps& prepared,
                const BandlimitOptions& options, const Tensor& wanted) {
    const auto batch = x.size(0), channels = x.size(1), height = x.size(2), width = x.size(3);
    const int pad = 2 * options.amax + 1;
    const std::int64_t rows = height + 2 * pad, columns = width + 2 * pad;
    // The kernel reads whole registers: a few floats behind the last row must be there.
    const Tensor memory = at::zeros({batch * channels * rows * columns + kernels::kAffineTapsAlign}, at::kFloat);
    memory.narrow(0, 0, batch * channels * rows * columns)
        .view({batch, channels, rows, columns})
        .slice(2, pad, pad + height)
        .slice(3, pad, pad + width)
        .copy_(x);
    Tensor picture = at::empty({batch, channels, height, width}, at::kFloat);
    kernels::AffineResampleParams p;
    p.x = memory.const_data_ptr<float>();
    p.y = picture.data_ptr<float>();
    p.batch = batch;
    p.channels = channels;
    p.height = p.out_height = static_cast<int>(height);
    p.width = p.out_width = static_cast<int>(width);
    p.pad = pad;
    p.up = options.up;
    p.reach = 2 * options.amax;
    p.taps = prepared.taps.const_data_ptr<float>();
    p.tap_stride = static_cast<int>(prepared.taps.size(3));
    p.position = positions;
    if (wanted.defined()) p.wanted = wanted.const_data_ptr<float>();
    kernels::cpu::affine_resample(p, thread_pool());
    return picture;
}

}  // namespace

Resampled integer_translation(const Tensor& x, double tx, double ty) {
    const at::NoGradGuard no_grad;
    check_picture("the integer translation", "the picture", x);
    check_fractions("the integer translation", tx, ty);
    const auto height = x.size(2), width = x.size(3);
    const auto dx = static_cast<std::int64_t>(std::nearbyint(tx * static_cast<double>(width)));
    const auto dy = static_cast<std::int64_t>(std::nearbyint(ty * static_cast<double>(height)));
    const Span columns = clipped(dx, width + dx, width), rows = clipped(dy, height + dy, height);
    Resampled moved{at::zeros(x.sizes(), x.options().dtype(at::kFloat)), mask_of(x, rows, columns)};
    if (rows.end > rows.begin && columns.end > columns.begin)
        moved.picture.slice(2, rows.begin, rows.end)
            .slice(3, columns.begin, columns.end)
            .copy_(x.slice(2, rows.begin - dy, rows.end - dy).slice(3, columns.begin - dx, columns.end - dx));
    return moved;
}

Resampled fractional_translation(const Tensor& x, double tx, double ty, int a) {
    const at::NoGradGuard no_grad;
    check_picture("the fractional translation", "the picture", x);
    check_fractions("the fractional translation", tx, ty);
    if (a < 1 || a > 64) refuse_argument("the fractional translation", "a is {}, but must be from 1 to 64", a);
    const Shift across(tx, x.size(3), a), down(ty, x.size(2), a);
    Resampled moved{{}, mask_of(x, down.valid, across.valid)};
    const auto empty = [](const Span& span) { return span.end <= span.begin; };
    if (x.numel() == 0 || empty(across.reached) || empty(down.reached)) {
        moved.picture = at::zeros(x.sizes(), x.options().dtype(at::kFloat));
        return moved;
    }
    const auto lo = [a](const Shift& s) { return static_cast<int>(s.whole + a); };
    const auto hi = [a](const Shift& s) { return static_cast<int>(a - 1 - s.whole); };
    const Tensor sideways =
        upfirdn2d(x.to(at::kFloat), across.taps.view({1, -1}), {}, {}, {lo(across), hi(across), 0, 0});
    moved.picture = upfirdn2d(sideways, down.taps.view({-1, 1}), {}, {}, {0, 0, lo(down), hi(down)});
    return moved;
}

Tensor bandlimit_filter(const Matrix3& matrix, const BandlimitOptions& o) {
    const at::NoGradGuard no_grad;
    if (o.a < 1 || o.up < 1 || o.amax < 1 || o.aflt < o.amax || o.aflt > 256 || o.up > 16)
        refuse_argument("the band-limiting filter", "a = {}, amax = {}, aflt = {}, up = {} do not make one", o.a,
                        o.amax, o.aflt, o.up);
    for (const double value : {matrix[0], matrix[1], matrix[3], matrix[4], o.cutoff_in, o.cutoff_out})
        if (!(std::abs(value) <= kFarthest))
            refuse_argument("the band-limiting filter", "its matrix holds {}, which is not a number below {:g}", value,
                            kFarthest);
    const int half = o.aflt * o.up - 1, size = 2 * half + 1, kept = o.amax * o.up - 1, taps = 2 * kept + 1;

    const InputFilters input = cached_input_filters(o);

    // Everything is point-symmetric: one half is computed, the other is its mirror image. The window is zero but for a
    // part of the grid round the centre.
    Tensor output_sinc = at::empty({size, size}, at::kDouble), output_window = at::zeros({size, size}, at::kDouble);
    std::atomic<int> window_reach = 0;  // from the centre, samples
    {
        // sin(a + b) from the sines of the two: half a million sines would cost more than everything else.
        struct Wave {
            double sine, cosine;
        };
        const auto waves = [&](double factor) {
            std::vector<Wave> table;
            for (int k = -half; k <= half; ++k) {
                const double phase = std::numbers::pi * o.cutoff_out * factor * k / o.up;
                table.push_back({std::sin(phase), std::cos(phase)});
            }
            return table;
        };
        const auto xx = waves(matrix[0]), xy = waves(matrix[1]), yx = waves(matrix[3]), yy = waves(matrix[4]);
        const auto smooth = [&](double u, const Wave& a, const Wave& b) {
            const double scaled = o.cutoff_out * u;
            if (std::abs(scaled) < 1e-3) return sinc(scaled);  // where the sum would cancel
            return (a.sine * b.cosine + a.cosine * b.sine) / (std::numbers::pi * scaled);
        };
        double* const sincs_to = output_sinc.data_ptr<double>();
        double* const window_to = output_window.data_ptr<double>();
        at::parallel_for(0, half + 1, 32, [&](std::int64_t first, std::int64_t last) {
            int reach = 0;
            for (std::int64_t row = first; row < last; ++row) {
                const auto r = static_cast<std::size_t>(row);
                const double y = (static_cast<double>(row) - half) / o.up;
                for (std::int64_t column = 0; column < size; ++column) {
                    const auto c = static_cast<std::size_t>(column);
                    const double x = (static_cast<double>(column) - half) / o.up;
                    const double u = matrix[0] * x + matrix[1] * y, v = matrix[3] * x + matrix[4] * y;
                    const std::int64_t here = row * size + column, mirrored = std::int64_t{size} * size - 1 - here;
                    sincs_to[here] = sincs_to[mirrored] = smooth(u, xx[c], xy[r]) * smooth(v, yx[c], yy[r]);
                    if (std::abs(u) >= o.a || std::abs(v) >= o.a) continue;
                    window_to[here] = window_to[mirrored] = lanczos(u, o.a) * lanczos(v, o.a);
                    reach = std::max({reach, half - static_cast<int>(row), std::abs(static_cast<int>(column) - half)});
                }
            }
            int known = window_reach;
            while (known < reach && !window_reach.compare_exchange_weak(known, reach)) {}
        });
    }
    const auto upper_half = [&](const Tensor& in, const Tensor& out) {
        return in.slice(0, 0, kept + 1).mm(out).mm(in.t());
    };
    const auto middle = [&](const Tensor& x, int dim) {
        return x.slice(dim, half - window_reach, half + window_reach + 1);
    };
    const Tensor upper =
        upper_half(input.sinc, output_sinc) * upper_half(middle(input.window, 1), middle(middle(output_window, 0), 1));
    Tensor filter = at::cat({upper, upper.slice(0, 0, kept).flip({0, 1})});

    // Every phase of upsampled samples passes a constant picture unchanged.
    auto values = filter.accessor<double, 2>();
    const int up = o.up;
    std::vector<double> sums(static_cast<std::size_t>(up * up), 0.0);
    const auto phase = [up](int row, int column) { return static_cast<std::size_t>(row % up * up + column % up); };
    for (int row = 0; row < taps; ++row)
        for (int column = 0; column < taps; ++column) sums[phase(row, column)] += values[row][column];
    for (const double sum : sums)
        if (!(std::abs(sum) > 1e-300))
            refuse_argument("the band-limiting filter", "the matrix is so extreme that nothing is left of the filter");
    for (int row = 0; row < taps; ++row)
        for (int column = 0; column < taps; ++column) values[row][column] /= sums[phase(row, column)] * up * up;
    return filter;
}

Resampled affine_resample(const Tensor& x, const Matrix3& matrix, const BandlimitOptions& options,
                          const Tensor& wanted) {
    if (!x.is_cpu()) {
        Resampled moved = affine_resample_plain(x, matrix, options);
        if (wanted.defined()) moved.mask = moved.mask * wanted.to(moved.mask.device());
        return moved;
    }
    const at::NoGradGuard no_grad;
    check_affine(x, options);
    const auto positions = upsampled_positions(x, matrix, options.up);
    Tensor mask = affine_mask(x, positions, options);
    if (wanted.defined()) mask = mask.mul(wanted).contiguous();
    return {resample(x, positions, cached_taps(matrix, options), options, wanted.defined() ? mask : Tensor()), mask};
}

Resampled affine_resample_plain(const Tensor& x, const Matrix3& matrix, const BandlimitOptions& options) {
    const at::NoGradGuard no_grad;
    check_affine(x, options);
    const auto m = upsampled_positions(x, matrix, options.up);
    const auto height = x.size(2), width = x.size(3);
    const int up = options.up, centre = options.amax * up - 1;
    Resampled moved{{}, affine_mask(x, m, options)};
    if (x.numel() == 0) {
        moved.picture = at::zeros(x.sizes(), x.options().dtype(at::kFloat));
        return moved;
    }
    const Tensor filter = cached_taps(matrix, options).filter.to(at::kFloat);
    const int tail = 2 * centre, end = tail + 1 - up;  // every upsampled sample that is not zero
    const Tensor upsampled =
        upfirdn2d(x.to(at::kFloat), filter, {up, up}, {}, {tail, end, tail, end}, static_cast<double>(up) * up);
    const auto axis = [&](std::int64_t size) { return at::arange(size, at::kDouble); };
    const Tensor column = axis(width).view({1, -1}), row = axis(height).view({-1, 1});
    const auto grid = [&](double a, double b, double c, std::int64_t samples) {
        const Tensor position = column * a + row * b + (c + centre);  // of the stored picture
        return position * (2.0 / static_cast<double>(samples - 1)) - 1.0;
    };
    const Tensor where =
        at::stack({grid(m[0], m[1], m[2], upsampled.size(3)), grid(m[3], m[4], m[5], upsampled.size(2))}, 2)
            .to(upsampled.options())
            .unsqueeze(0)
            .expand({x.size(0), height, width, 2});
    moved.picture = at::grid_sampler_2d(upsampled, where, /*bilinear*/ 0, /*zeros*/ 0, /*align_corners=*/true);
    return moved;
}

Matrix3 rotation_matrix(double angle) {
    const double c = std::cos(angle), s = std::sin(angle);
    return {c, s, 0, -s, c, 0, 0, 0, 1};
}

Resampled rotation(const Tensor& x, double angle, int a, const Tensor& wanted) {
    return affine_resample(x, rotation_matrix(angle), {.a = a, .amax = 2 * a}, wanted);
}

Resampled pseudo_affine(const Tensor& x, const Matrix3& matrix, int a, const Tensor& wanted) {
    const at::NoGradGuard no_grad;
    check_picture("the pseudo-rotation", "the picture", x);
    const BandlimitOptions options{.a = a, .amax = 2 * a, .up = 1};
    check_affine(x, options);
    const auto back = inverse({matrix[0], matrix[1], 0, matrix[3], matrix[4], 0, 0, 0, 1});
    if (!back) refuse_argument("the pseudo-rotation", "the matrix has no inverse");
    const int p = options.amax - 1;
    const auto height = x.size(2), width = x.size(3);
    Tensor mask = mask_of(x, clipped(p, height - p, height), clipped(p, width - p, width));
    if (wanted.defined()) mask = mask.mul(wanted.to(mask.device())).contiguous();
    const PreparedTaps prepared = cached_taps(*back, options);
    // Every pixel stays where it is: the kernel makes it from its surroundings as it does those that move.
    if (x.is_cpu())
        return {resample(x, {1, 0, 0, 0, 1, 0}, prepared, options, wanted.defined() ? mask : Tensor()), mask};
    const Tensor filter = prepared.filter.to(x.device(), at::kFloat);
    return {upfirdn2d(x.to(at::kFloat), filter, {}, {}, {p, p, p, p}), mask};
}

Resampled pseudo_rotation(const Tensor& x, double angle, int a, const Tensor& wanted) {
    return pseudo_affine(x, rotation_matrix(angle), a, wanted);
}

}  // namespace afs
