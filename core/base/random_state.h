// NumPy's legacy generator (`RandomState`): MT19937, doubles from two outputs, normals by the polar method, masked
// rejection for integers. A user's "seed 42" gives here what it gives in every other tool (SPEC 1).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace afs {

class RandomState {
  public:
    explicit RandomState(std::uint32_t seed);

    [[nodiscard]] std::uint32_t next_u32();
    [[nodiscard]] double uniform();                        // [0, 1), 53 bits
    [[nodiscard]] double normal();                         // N(0, 1)
    [[nodiscard]] std::uint32_t integer(std::uint32_t n);  // [0, n), n >= 1; n = 1 draws nothing

  private:
    void refill();

    std::array<std::uint32_t, 624> state_{};
    std::size_t position_ = 624;
    std::optional<double> cached_normal_;
};

// The z of a seed: normals in float64, rounded once. Result: [z_dim].
[[nodiscard]] std::vector<float> latent_from_seed(std::uint32_t seed, int z_dim);

// The class that follows from the same stream: drawn right after the z_dim normals. c_dim >= 1.
[[nodiscard]] int class_from_seed(std::uint32_t seed, int z_dim, int c_dim);

// A seed as a person types it. Throws Error{argument} outside 0..2^32-1 or when it is not a whole number.
[[nodiscard]] std::uint32_t parse_seed(std::string_view text);

}  // namespace afs
