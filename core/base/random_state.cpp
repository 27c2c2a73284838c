#include "core/base/random_state.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "core/base/error.h"

namespace afs {

RandomState::RandomState(std::uint32_t seed) {
    state_[0] = seed;
    for (std::uint32_t i = 1; i < 624; ++i) state_[i] = 1812433253u * (state_[i - 1] ^ (state_[i - 1] >> 30)) + i;
}

void RandomState::refill() {
    constexpr std::size_t n = 624, m = 397;
    for (std::size_t i = 0; i < n; ++i) {
        const std::uint32_t y = (state_[i] & 0x80000000u) | (state_[(i + 1) % n] & 0x7fffffffu);
        state_[i] = state_[(i + m) % n] ^ (y >> 1) ^ ((y & 1u) ? 0x9908b0dfu : 0u);
    }
    position_ = 0;
}

std::uint32_t RandomState::next_u32() {
    if (position_ == 624) refill();
    std::uint32_t y = state_[position_++];
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c5680u;
    y ^= (y << 15) & 0xefc60000u;
    return y ^ (y >> 18);
}

double RandomState::uniform() {
    const std::uint32_t a = next_u32() >> 5, b = next_u32() >> 6;
    return (a * 67108864.0 + b) / 9007199254740992.0;
}

double RandomState::normal() {
    if (cached_normal_) {
        const double value = *cached_normal_;
        cached_normal_.reset();
        return value;
    }
    double x1 = 0.0, x2 = 0.0, r2 = 0.0;
    do {
        x1 = 2.0 * uniform() - 1.0;
        x2 = 2.0 * uniform() - 1.0;
        r2 = x1 * x1 + x2 * x2;
    } while (r2 >= 1.0 || r2 == 0.0);
    const double f = std::sqrt(-2.0 * std::log(r2) / r2);
    cached_normal_ = f * x1;
    return f * x2;
}

std::uint32_t RandomState::integer(std::uint32_t n) {
    AFS_CHECK(n >= 1);
    const std::uint32_t largest = n - 1;
    if (largest == 0) return 0;
    std::uint32_t mask = largest;
    for (const int shift : {1, 2, 4, 8, 16}) mask |= mask >> shift;
    std::uint32_t value = 0;
    do value = next_u32() & mask;
    while (value > largest);
    return value;
}

std::vector<float> latent_from_seed(std::uint32_t seed, int z_dim) {
    RandomState random(seed);
    std::vector<float> z(static_cast<std::size_t>(z_dim));
    for (float& value : z) value = static_cast<float>(random.normal());
    return z;
}

int class_from_seed(std::uint32_t seed, int z_dim, int c_dim) {
    RandomState random(seed);
    for (int i = 0; i < z_dim; ++i) (void)random.normal();
    return static_cast<int>(random.integer(static_cast<std::uint32_t>(c_dim)));
}

std::uint32_t parse_seed(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (status != std::errc{} || end != text.data() + text.size() || value > 0xffffffffull)
        throw Error(ErrorKind::argument, fmt::format("\"{}\" is not a seed", text),
                    "a seed is a whole number from 0 to 4294967295");
    return static_cast<std::uint32_t>(value);
}

}  // namespace afs
