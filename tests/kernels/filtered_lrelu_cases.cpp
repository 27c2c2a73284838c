#include "tests/kernels/filtered_lrelu_cases.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <sstream>

#include "kernels/emulate/half_bits.h"

namespace afs::kernels::test {
namespace {

constexpr std::byte kUntouched{0xCD};

const char* name(Storage storage) { return storage == Storage::f32 ? "f32" : storage == Storage::f16 ? "f16" : "bf16"; }
const char* name(Layout layout) {
    return layout == Layout::contiguous      ? "contiguous"
           : layout == Layout::channels_last ? "channels-last"
                                             : "padded-rows";
}
const char* name(SignUse sign) {
    return sign == SignUse::none ? "no signs" : sign == SignUse::write ? "write signs" : "read signs";
}
std::string name(const Filter& f) {
    if (f.identity) return "none";
    return std::to_string(f.width) + "x" + std::to_string(f.height) + (f.plane ? " plane" : "");
}

std::size_t bytes_of(Storage storage) { return storage == Storage::f32 ? 4 : 2; }

float rounded(double value, Storage storage) {
    const auto x = static_cast<float>(value);
    switch (storage) {
        case Storage::f32: return x;
        case Storage::f16: return emulate::f16_to_float(emulate::float_to_f16(x));
        case Storage::bf16: return emulate::bf16_to_float(emulate::float_to_bf16(x));
    }
    return x;
}

float uniform(Random& random, float lo, float hi) { return std::uniform_real_distribution<float>(lo, hi)(random); }
int integer(Random& random, int lo, int hi) { return std::uniform_int_distribution<int>(lo, hi)(random); }

std::vector<float> random_taps(int count, Random& random) {
    std::vector<float> taps(static_cast<std::size_t>(count));
    for (float& tap : taps) tap = uniform(random, -1.0F, 1.0F);
    return taps;
}

// Elements between neighbours; what a whole tensor needs is stride[0] * batch.
void set_strides(Layout layout, std::int64_t c, std::int64_t h, std::int64_t w, std::int64_t (&stride)[4]) {
    switch (layout) {
        case Layout::contiguous: stride[3] = 1, stride[2] = w, stride[1] = h * w, stride[0] = c * h * w; return;
        case Layout::padded_rows:
            stride[3] = 1, stride[2] = w + 3, stride[1] = h * (w + 3) + 5, stride[0] = c * stride[1];
            return;
        case Layout::channels_last: stride[1] = 1, stride[3] = c, stride[2] = w * c, stride[0] = h * w * c; return;
    }
}

template <class Visit> void for_each(int n, int c, int h, int w, const std::int64_t (&stride)[4], const Visit& visit) {
    std::size_t at = 0;
    for (int i = 0; i < n; ++i)
        for (int j = 0; j < c; ++j)
            for (int y = 0; y < h; ++y)
                for (int x = 0; x < w; ++x)
                    visit(at++,
                          static_cast<std::size_t>(i * stride[0] + j * stride[1] + y * stride[2] + x * stride[3]));
}

std::size_t sign_at(int plane, int y, int x, int height, int width) {
    return (static_cast<std::size_t>(plane) * static_cast<std::size_t>((height + 3) / 4) +
            static_cast<std::size_t>(y / 4)) *
               static_cast<std::size_t>(width) +
           static_cast<std::size_t>(x);
}

}  // namespace

// --- Filters
// --------------------------------------------------------------------------------------------------------------

FirFilter Filter::view() const {
    FirFilter f;
    f.width = width;
    f.height = height;
    if (plane) {
        f.plane = taps.data();
    } else if (!identity) {
        f.along_x = along_x.data();
        f.along_y = along_y.data();
    }
    return f;
}

double Filter::at(int y, int x) const {
    if (identity) return 1.0;
    if (plane) return taps[static_cast<std::size_t>(y * width + x)];
    return static_cast<double>(along_y[static_cast<std::size_t>(y)]) * along_x[static_cast<std::size_t>(x)];
}

Filter Filter::reversed() const {
    Filter f = *this;
    std::reverse(f.along_x.begin(), f.along_x.end());
    std::reverse(f.along_y.begin(), f.along_y.end());
    std::reverse(f.taps.begin(), f.taps.end());
    return f;
}

Filter separable_filter(int width, int height, Random& random) {
    Filter f;
    f.width = width;
    f.height = height;
    f.along_x = random_taps(width, random);
    f.along_y = random_taps(height, random);
    return f;
}

Filter plane_filter(int width, int height, bool mirrored, Random& random) {
    Filter f;
    f.width = width;
    f.height = height;
    f.plane = true;
    f.taps = random_taps(width * height, random);
    if (mirrored)
        for (int y = 0; y < height; ++y)
            for (int x = 0; x < width / 2; ++x)
                f.taps[static_cast<std::size_t>(y * width + width - 1 - x)] =
                    f.taps[static_cast<std::size_t>(y * width + x)];
    return f;
}

// --- Problems
// -------------------------------------------------------------------------------------------------------------

std::string Problem::describe() const {
    std::ostringstream text;
    text << batch << "x" << channels << "x" << in_h << "x" << in_w << " -> " << out_h << "x" << out_w << ", up " << up
         << " (" << name(up_filter) << "), down " << down << " (" << name(down_filter) << "), pad " << pad_x << " "
         << pad_y << ", slope " << slope << ", clamp " << clamp << ", " << name(storage) << " " << name(x_layout)
         << " to " << name(y_layout) << ", " << name(sign) << (bias.empty() ? "" : ", bias")
         << (load_scale.empty() ? "" : ", load scale") << (store_scale.empty() ? "" : ", store scale");
    return text.str();
}

void Problem::fill(Random& random) {
    x.resize(static_cast<std::size_t>(batch) * channels * in_h * in_w);
    std::normal_distribution<double> normal;
    for (double& value : x) value = rounded(normal(random), storage);
    if (sign != SignUse::read) return;
    // A grid that does not cover everything, placed anywhere near.
    read.width = std::max(1, u_w() + integer(random, -5, 3));
    read.height = std::max(1, u_h() + integer(random, -5, 3));
    read.x0 = integer(random, -4, 6);
    read.y0 = integer(random, -4, 6);
    read.pieces.resize(static_cast<std::size_t>(batch) * channels * read.height * read.width);
    for (std::uint8_t& piece : read.pieces) piece = static_cast<std::uint8_t>(integer(random, 0, 2));
}

Result reference(const Problem& p) {
    const int w = p.u_w(), h = p.u_h();
    Result result;
    result.u.resize(static_cast<std::size_t>(p.batch) * p.channels * h * w);
    result.pieces.resize(result.u.size());
    result.y.resize(static_cast<std::size_t>(p.batch) * p.channels * p.out_h * p.out_w);
    std::vector<double> v(static_cast<std::size_t>(w) * h);
    for (int plane = 0; plane < p.batch * p.channels; ++plane) {
        const double bias = p.bias.empty() ? 0.0 : p.bias[static_cast<std::size_t>(plane % p.channels)];
        const double load = p.load_scale.empty() ? 1.0 : p.load_scale[static_cast<std::size_t>(plane)];
        const double store = p.store_scale.empty() ? 1.0 : p.store_scale[static_cast<std::size_t>(plane)];
        for (int jy = 0; jy < h; ++jy) {
            for (int jx = 0; jx < w; ++jx) {
                double u = 0.0;
                for (int iy = 0; iy < p.in_h; ++iy) {
                    const int ky = p.pad_y + iy * p.up - jy;
                    if (ky < 0 || ky >= p.up_filter.height) continue;
                    for (int ix = 0; ix < p.in_w; ++ix) {
                        const int kx = p.pad_x + ix * p.up - jx;
                        if (kx < 0 || kx >= p.up_filter.width) continue;
                        const std::size_t at = (static_cast<std::size_t>(plane) * p.in_h + iy) * p.in_w + ix;
                        u += p.up_filter.at(ky, kx) * (load * p.x[at] + bias);
                    }
                }
                const std::size_t at = (static_cast<std::size_t>(plane) * h + jy) * w + jx;
                int piece = 0;
                if (p.sign == SignUse::read) {
                    const int gx = p.read.x0 + jx, gy = p.read.y0 + jy;
                    piece =
                        gx < 0 || gy < 0 || gx >= p.read.width || gy >= p.read.height
                            ? 2
                            : p.read.pieces[(static_cast<std::size_t>(plane) * p.read.height + gy) * p.read.width + gx];
                    v[static_cast<std::size_t>(jy * w + jx)] = piece == 0 ? u : piece == 1 ? p.slope * u : 0.0;
                } else {
                    double value = u < 0.0 ? p.slope * u : u;
                    piece = u < 0.0 ? 1 : 0;
                    if (p.clamp >= 0.0F && std::abs(value) >= p.clamp) {
                        piece = 2;
                        value = value < 0.0 ? -p.clamp : p.clamp;
                    }
                    v[static_cast<std::size_t>(jy * w + jx)] = value;
                }
                result.u[at] = u;
                result.pieces[at] = static_cast<std::uint8_t>(piece);
            }
        }
        for (int oy = 0; oy < p.out_h; ++oy)
            for (int ox = 0; ox < p.out_w; ++ox) {
                double sum = 0.0;
                for (int ky = 0; ky < p.down_filter.height; ++ky)
                    for (int kx = 0; kx < p.down_filter.width; ++kx)
                        sum += p.down_filter.at(ky, kx) *
                               v[static_cast<std::size_t>((oy * p.down + ky) * w + ox * p.down + kx)];
                result.y[(static_cast<std::size_t>(plane) * p.out_h + oy) * p.out_w + ox] = store * sum;
            }
    }
    return result;
}

// --- Memory
// ---------------------------------------------------------------------------------------------------------------

Memory::Memory(const Problem& problem) : problem_(problem) {
    const Problem& p = problem;
    set_strides(p.x_layout, p.channels, p.in_h, p.in_w, x_stride_);
    set_strides(p.y_layout, p.channels, p.out_h, p.out_w, y_stride_);
    const std::size_t element = bytes_of(p.storage);
    x.assign(static_cast<std::size_t>(x_stride_[0]) * p.batch * element, kUntouched);
    y.assign(static_cast<std::size_t>(y_stride_[0]) * p.batch * element, kUntouched);
    for_each(p.batch, p.channels, p.in_h, p.in_w, x_stride_, [&](std::size_t from, std::size_t to) {
        const auto value = static_cast<float>(p.x[from]);
        if (p.storage == Storage::f32) {
            std::memcpy(&x[to * element], &value, element);
        } else {
            const std::uint16_t half =
                p.storage == Storage::f16 ? emulate::float_to_f16(value) : emulate::float_to_bf16(value);
            std::memcpy(&x[to * element], &half, element);
        }
    });
    if (p.sign == SignUse::none) return;
    const bool reads = p.sign == SignUse::read;
    const int w = reads ? p.read.width : p.u_w(), h = reads ? p.read.height : p.u_h();
    bits.assign(sign_at(p.batch * p.channels, 0, 0, h, w), reads ? 0xAA : 0);
    if (!reads) return;
    for (int plane = 0; plane < p.batch * p.channels; ++plane)
        for (int gy = 0; gy < h; ++gy)
            for (int gx = 0; gx < w; ++gx) {
                std::uint8_t& byte = bits[sign_at(plane, gy, gx, h, w)];
                const int shift = 2 * (gy % 4);
                const int piece = p.read.pieces[(static_cast<std::size_t>(plane) * h + gy) * w + gx];
                byte = static_cast<std::uint8_t>((byte & ~(3 << shift)) | piece << shift);
            }
}

FilteredLreluParams Memory::params() const {
    const Problem& p = problem_;
    FilteredLreluParams params;
    params.x = x.data();
    params.y = const_cast<std::byte*>(y.data());
    params.storage = p.storage;
    params.batch = p.batch;
    params.channels = p.channels;
    params.in_h = p.in_h;
    params.in_w = p.in_w;
    params.out_h = p.out_h;
    params.out_w = p.out_w;
    std::copy_n(x_stride_, 4, params.x_stride);
    std::copy_n(y_stride_, 4, params.y_stride);
    params.bias = p.bias.empty() ? nullptr : p.bias.data();
    params.load_scale = p.load_scale.empty() ? nullptr : p.load_scale.data();
    params.store_scale = p.store_scale.empty() ? nullptr : p.store_scale.data();
    params.up_filter = p.up_filter.view();
    params.down_filter = p.down_filter.view();
    params.up = p.up;
    params.down = p.down;
    params.pad_x = p.pad_x;
    params.pad_y = p.pad_y;
    params.slope = p.slope;
    params.clamp = p.clamp;
    params.sign.use = p.sign;
    if (p.sign != SignUse::none) {
        const bool reads = p.sign == SignUse::read;
        params.sign.bits = const_cast<std::uint8_t*>(bits.data());
        params.sign.width = reads ? p.read.width : p.u_w();
        params.sign.height = reads ? p.read.height : p.u_h();
        params.sign.x0 = p.read.x0;
        params.sign.y0 = p.read.y0;
    }
    return params;
}

std::vector<double> Memory::outputs() const {
    const Problem& p = problem_;
    const std::size_t element = bytes_of(p.storage);
    std::vector<double> values(static_cast<std::size_t>(p.batch) * p.channels * p.out_h * p.out_w);
    for_each(p.batch, p.channels, p.out_h, p.out_w, y_stride_, [&](std::size_t to, std::size_t from) {
        if (p.storage == Storage::f32) {
            float value;
            std::memcpy(&value, &y[from * element], element);
            values[to] = value;
        } else {
            std::uint16_t half;
            std::memcpy(&half, &y[from * element], element);
            values[to] = p.storage == Storage::f16 ? emulate::f16_to_float(half) : emulate::bf16_to_float(half);
        }
    });
    return values;
}

std::vector<std::uint8_t> Memory::pieces() const {
    const Problem& p = problem_;
    std::vector<std::uint8_t> pieces;
    for (int plane = 0; plane < p.batch * p.channels; ++plane)
        for (int gy = 0; gy < p.u_h(); ++gy)
            for (int gx = 0; gx < p.u_w(); ++gx) {
                const int piece = bits[sign_at(plane, gy, gx, p.u_h(), p.u_w())] >> (2 * (gy % 4)) & 3;
                pieces.push_back(static_cast<std::uint8_t>(piece >= 2 ? 2 : piece));
            }
    return pieces;
}

bool Memory::gaps_are_untouched() const {
    const Problem& p = problem_;
    const std::size_t element = bytes_of(p.storage);
    std::vector<bool> used(y.size());
    for_each(p.batch, p.channels, p.out_h, p.out_w, y_stride_, [&](std::size_t, std::size_t at) {
        for (std::size_t k = 0; k < element; ++k) used[at * element + k] = true;
    });
    for (std::size_t k = 0; k < y.size(); ++k)
        if (!used[k] && y[k] != kUntouched) return false;
    return true;
}

// --- Comparison
// -----------------------------------------------------------------------------------------------------------

std::string difference(const Problem& p, const Memory& memory, const Result& expected, bool nan_may_spread) {
    // One rounding to the storage, and float sums: at most about (taps of both filters) roundings of the largest terms.
    const double of_storage = p.storage == Storage::f32 ? 0.0 : p.storage == Storage::f16 ? 0x1p-11 : 0x1p-8;
    double largest = 0.0;
    for (const double value : expected.y)
        if (std::isfinite(value)) largest = std::max(largest, std::abs(value));
    const double of_sums = 4e-6 * largest + 1e-30;

    const std::vector<double> got = memory.outputs();
    std::ostringstream text;
    double worst = 0.0;
    for (std::size_t k = 0; k < got.size(); ++k) {
        const double want = expected.y[k];
        if (std::isnan(want) || std::isnan(got[k])) {
            if (std::isnan(want) && std::isnan(got[k])) continue;
            if (!std::isnan(want) && nan_may_spread) continue;
            text << "output " << k << " is " << got[k] << " instead of " << want << "; ";
            return text.str();
        }
        // Of f16, the smallest steps too.
        const double allowed = of_storage * std::abs(want) + of_sums + (p.storage == Storage::f16 ? 0x1p-25 : 0.0);
        const double off = std::abs(got[k] - want) / allowed;
        if (off > worst) {
            worst = off;
            text.str("");
            text << "output " << k << " (x " << k % static_cast<std::size_t>(p.out_w) << ", y "
                 << k / static_cast<std::size_t>(p.out_w) % static_cast<std::size_t>(p.out_h) << ") is " << got[k]
                 << " instead of " << want << ", " << off << " times what is allowed";
        }
    }
    if (worst > 1.0) return text.str();
    if (!memory.gaps_are_untouched()) return "memory of y between its elements was written";
    if (p.sign != SignUse::write) return {};
    const std::vector<std::uint8_t> pieces = memory.pieces();
    for (std::size_t k = 0; k < pieces.size(); ++k) {
        if (pieces[k] == expected.pieces[k]) continue;
        // Float arithmetic may see another side of 0 or of the clamp where they are as good as met.
        const double u = expected.u[k], v = u < 0.0 ? u * p.slope : u;
        if (std::abs(u) < 2e-5 || std::abs(std::abs(v) - p.clamp) < 2e-5) continue;
        return "the piece of upsampled sample " + std::to_string(k) + " is " + std::to_string(pieces[k]) +
               " instead of " + std::to_string(expected.pieces[k]);
    }
    return {};
}

// --- The grids
// ------------------------------------------------------------------------------------------------------------

Problem instance_problem(const InstanceKind& kind, int variant) {
    Random random(static_cast<unsigned>(variant * 7919 + kind.up * 1000 + kind.down * 100 + kind.taps * 10 +
                                        (kind.plane_up ? 1 : 0) + (kind.plane_down ? 2 : 0) +
                                        static_cast<int>(kind.sign)));
    const int n = kind.taps;
    Problem p;
    p.up = kind.up;
    p.down = kind.down;
    p.sign = kind.sign;
    p.up_filter =
        kind.plane_up ? plane_filter(2 * n, 2 * n, true, random) : separable_filter(n * kind.up, n * kind.up, random);
    p.down_filter = kind.plane_down ? plane_filter(2 * n, 2 * n, true, random)
                                    : separable_filter(n * kind.down, n * kind.down, random);
    p.storage = variant % 3 == 0 ? Storage::f32 : variant % 3 == 1 ? Storage::f16 : Storage::bf16;
    // Odd sizes; in variant 3 sizes and strides that permit vector accesses.
    const bool even = variant == 3;
    p.batch = variant == 1 ? 2 : 1;
    p.channels = kind.channels_last ? (even ? 16 : 11) : (variant == 0 ? 3 : 1);
    p.in_w = even ? 28 : integer(random, 12, 31) | 1;
    p.in_h = even ? 20 : integer(random, 9, 27) | 1;
    p.out_w = std::max(5, p.in_w * p.up / p.down + integer(random, -4, 3));
    p.out_h = std::max(5, p.in_h * p.up / p.down + integer(random, -4, 3));
    if (even) p.out_w = p.out_w / 4 * 4;
    // Any padding along x; along y what the instance was made for.
    p.pad_x = integer(random, -9, 2 * n);
    p.pad_y = integer(random, -9, 2 * n);
    const auto lead = [&] {
        const int distance = p.up - 1 - p.pad_y;
        return ((distance % p.up) + p.up) % p.up;
    };
    while (lead() != kind.lead % p.up) ++p.pad_y;
    p.x_layout = kind.channels_last ? Layout::channels_last : variant == 2 ? Layout::padded_rows : Layout::contiguous;
    p.y_layout = variant == 2 ? (kind.channels_last ? Layout::contiguous : Layout::channels_last) : p.x_layout;
    p.slope = variant == 1 ? 1.5F : variant == 2 ? 0.0F : 0.2F;
    p.clamp = variant == 0 ? -1.0F : 3.0F;
    const auto planes = static_cast<std::size_t>(p.batch * p.channels);
    if (variant != 2) p.bias = random_taps(p.channels, random);
    if (variant != 0) p.load_scale = random_taps(static_cast<int>(planes), random);
    if (variant != 3) p.store_scale = random_taps(static_cast<int>(planes), random);
    p.fill(random);
    return p;
}

std::vector<Problem> general_problems() {
    std::vector<Problem> problems;
    Random random(3);
    int number = 0;
    for (const int up : {1, 2, 4})
        for (const int down : {1, 2, 4})
            for (const int kind : {0, 1, 2, 3, 4}) {  // bit 0: plane up; bit 1: plane down; 4: no filters
                Problem p;
                p.up = up;
                p.down = down;
                const auto taps = [&] { return number % 7 == 6 ? 32 : integer(random, 1, 13); };
                const auto make = [&](bool plane) {
                    if (kind == 4) {
                        Filter none;
                        none.identity = true;
                        return none;
                    }
                    const int width = taps(), height = taps();
                    return plane ? plane_filter(width, height, false, random) : separable_filter(width, height, random);
                };
                p.up_filter = make((kind & 1) != 0);
                p.down_filter = make((kind & 2) != 0);
                p.batch = 1 + number % 2;
                p.channels = 1 + number % 3;
                p.in_w = integer(random, 1, 21);
                p.in_h = integer(random, 1, 17);
                p.out_w = integer(random, 1, 37);
                p.out_h = integer(random, 1, 21);
                p.pad_x = integer(random, -12, 12);
                p.pad_y = integer(random, -12, 12);
                p.storage = static_cast<Storage>(number % 3);
                p.x_layout = static_cast<Layout>(number / 3 % 3);
                p.y_layout = static_cast<Layout>(number / 2 % 3);
                p.sign = static_cast<SignUse>(number / 4 % 3);
                p.slope = number % 5 == 0 ? 1.0F : 0.2F;
                p.clamp = number % 4 == 0 ? -1.0F : 1.0F;
                if (number % 2 == 0) p.bias = random_taps(p.channels, random);
                if (number % 3 == 0) p.load_scale = random_taps(p.batch * p.channels, random);
                if (number % 5 == 0) p.store_scale = random_taps(p.batch * p.channels, random);
                p.fill(random);
                problems.push_back(std::move(p));
                ++number;
            }
    return problems;
}

}  // namespace afs::kernels::test
