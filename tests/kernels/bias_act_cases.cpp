#include "tests/kernels/bias_act_cases.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "kernels/emulate/half_bits.h"

namespace afs::kernels::test {
namespace {

std::size_t bytes_of(Storage storage) { return storage == Storage::f32 ? 4 : 2; }

void put(std::vector<std::byte>& to, Storage storage, std::size_t at, float value) {
    if (storage == Storage::f32) {
        std::memcpy(to.data() + at * 4, &value, 4);
        return;
    }
    const std::uint16_t bits = storage == Storage::f16 ? emulate::float_to_f16(value) : emulate::float_to_bf16(value);
    std::memcpy(to.data() + at * 2, &bits, 2);
}

float get(const std::vector<std::byte>& from, Storage storage, std::size_t at) {
    if (storage == Storage::f32) {
        float value = 0.0F;
        std::memcpy(&value, from.data() + at * 4, 4);
        return value;
    }
    std::uint16_t bits = 0;
    std::memcpy(&bits, from.data() + at * 2, 2);
    return storage == Storage::f16 ? emulate::f16_to_float(bits) : emulate::bf16_to_float(bits);
}

// Spacing of the storage's numbers, relative.
double rounding(Storage storage) {
    return storage == Storage::f32 ? 1e-6 : storage == Storage::f16 ? 1.0 / 1024 : 1.0 / 128;
}

}  // namespace

std::string BiasActProblem::describe() const {
    std::string text = storage == Storage::f32 ? "f32" : storage == Storage::f16 ? "f16" : "bf16";
    text += " [" + std::to_string(outer) + ", " + std::to_string(channels) + ", " + std::to_string(inner) + "] of " +
            std::to_string(batch) + " sample(s), shift " + std::to_string(shift) + ", slope " + std::to_string(slope) +
            ", gain " + std::to_string(gain) + ", clamp " + std::to_string(clamp);
    for (const auto& [name, there] : {std::pair{"bias", bias},
                                      {"scale", scale},
                                      {"noise", noise},
                                      {"shared", shared_noise},
                                      {"gradient", gradient}})
        if (there) text += std::string(", ") + name;
    return text;
}

BiasActMemory::BiasActMemory(const BiasActProblem& p) : problem(p) {
    std::mt19937 random(static_cast<unsigned>(p.count()) + 7U);
    std::normal_distribution<float> normal;
    const auto elements = static_cast<std::size_t>(p.count() + p.shift);
    x.resize(elements * bytes_of(p.storage));
    y.resize(x.size());
    if (p.gradient) result.resize(x.size());
    for (std::size_t k = 0; k < elements; ++k) {
        put(x, p.storage, k, normal(random));
        put(y, p.storage, k, std::numeric_limits<float>::quiet_NaN());
        if (!p.gradient) continue;
        // Of a forward call: some zeros, some at the clamp.
        const float value = normal(random) * 2.0F;
        put(result, p.storage, k, k % 11 == 3 ? 0.0F : p.clamp >= 0.0F ? std::clamp(value, -p.clamp, p.clamp) : value);
    }
    const auto fill = [&](std::vector<float>& list, std::int64_t count) {
        list.resize(static_cast<std::size_t>(count));
        for (float& value : list) value = normal(random);
    };
    if (p.bias) fill(bias, p.channels);
    if (p.scale) fill(scale, p.batch * p.channels);
    if (p.noise) fill(noise, p.outer / p.batch * p.inner * (p.shared_noise ? 1 : p.batch));
}

BiasActParams BiasActMemory::params() const {
    const auto skipped = static_cast<std::size_t>(problem.shift) * bytes_of(problem.storage);
    BiasActParams p;
    p.x = x.data() + skipped;
    p.y = const_cast<std::byte*>(y.data()) + skipped;
    p.result = problem.gradient ? result.data() + skipped : nullptr;
    p.storage = problem.storage;
    p.outer = problem.outer;
    p.channels = problem.channels;
    p.inner = problem.inner;
    p.batch = problem.batch;
    p.bias = problem.bias ? bias.data() : nullptr;
    p.scale = problem.scale ? scale.data() : nullptr;
    p.noise = problem.noise ? noise.data() : nullptr;
    p.noise_stride = problem.shared_noise ? 0 : problem.outer / problem.batch * problem.inner;
    p.slope = problem.slope;
    p.gain = problem.gain;
    p.clamp = problem.clamp;
    return p;
}

std::string difference(const BiasActMemory& memory) {
    const BiasActProblem& p = memory.problem;
    std::size_t at = static_cast<std::size_t>(p.shift);
    for (std::int64_t o = 0; o < p.outer; ++o)
        for (std::int64_t c = 0; c < p.channels; ++c)
            for (std::int64_t i = 0; i < p.inner; ++i, ++at) {
                const std::int64_t of_sample = p.outer / p.batch, sample = o / of_sample;
                const std::int64_t pixel = o % of_sample * p.inner + i;
                const double x = get(memory.x, p.storage, at), limit = p.clamp;
                const double scale = p.scale ? memory.scale[static_cast<std::size_t>(sample * p.channels + c)] : 1.0;
                double expected = 0.0;
                if (p.gradient) {
                    const double y = get(memory.result, p.storage, at);
                    const bool clamped = p.clamp >= 0.0F && std::abs(y) >= limit;
                    expected = clamped ? 0.0 : x * scale * p.gain * (y > 0.0 ? 1.0 : double{p.slope});
                } else {
                    double u = x * scale;
                    const std::int64_t first = p.shared_noise ? 0 : sample * of_sample * p.inner;
                    if (p.noise) u += memory.noise[static_cast<std::size_t>(first + pixel)];
                    if (p.bias) u += memory.bias[static_cast<std::size_t>(c)];
                    expected = p.gain * (u < 0.0 ? p.slope * u : u);
                    if (p.clamp >= 0.0F) expected = std::clamp(expected, -limit, limit);
                }
                const double got = get(memory.y, p.storage, at);
                if (!(std::abs(got - expected) <= rounding(p.storage) * std::max(1.0, std::abs(expected))))
                    return "element [" + std::to_string(o) + ", " + std::to_string(c) + ", " + std::to_string(i) +
                           "] is " + std::to_string(got) + " instead of " + std::to_string(expected);
            }
    return {};
}

std::vector<BiasActProblem> bias_act_problems() {
    std::vector<BiasActProblem> list;
    struct Shape {
        std::int64_t outer, channels, inner, batch;
    };
    const Shape shapes[] = {
        {2, 5, 36, 2},                            // planes, whole vectors
        {3, 4, 35, 3},                            // planes, none
        {1, 3, 4100, 1},                          // rows longer than a block
        {70, 9, 4, 70},                           // many short rows
        {2 * 49, 8, 1, 2},                        // channels-last
        {3 * 20, 13, 1, 3}, {2 * 3, 1100, 1, 2},  // more channels than a block has threads
        {7, 6, 1, 7},                             // [N, C]
        {6, 3, 10, 1},                            // a bias of an inner dimension
        {6, 3, 8, 2},       {1, 1, 50, 1},       {1, 1, 1, 1},
    };
    for (const Shape& s : shapes)
        for (const Storage storage : {Storage::f32, Storage::f16, Storage::bf16})
            for (int variant = 0; variant < 6; ++variant) {
                BiasActProblem p{storage, s.outer, s.channels, s.inner, s.batch};
                switch (variant) {
                    case 0: break;
                    case 1:
                        p.scale = p.noise = true;
                        p.clamp = 0.8F;
                        break;
                    case 2:
                        p.bias = false;
                        p.noise = p.shared_noise = true;
                        p.slope = 0.0F;
                        p.shift = 1;
                        break;
                    case 3:
                        p.gradient = true;
                        p.bias = false;
                        p.clamp = 0.8F;
                        break;
                    case 4:
                        p.gradient = p.scale = true;
                        p.bias = false;
                        p.slope = 1.0F;
                        p.shift = 3;
                        break;
                    default:
                        p.bias = false;
                        p.slope = 1.0F;
                        p.gain = 1.0F;
                        p.clamp = 0.0F;
                        break;
                }
                list.push_back(p);
            }
    return list;
}

}  // namespace afs::kernels::test
