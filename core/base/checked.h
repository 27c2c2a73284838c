// Arithmetic on numbers that a file or a user gave: overflow is an answer, never a wrapped result.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace afs {

template <class Integer> [[nodiscard]] std::optional<Integer> checked_add(Integer a, Integer b) {
    Integer sum;
    if (__builtin_add_overflow(a, b, &sum)) return std::nullopt;
    return sum;
}

template <class Integer> [[nodiscard]] std::optional<Integer> checked_multiply(Integer a, Integer b) {
    Integer product;
    if (__builtin_mul_overflow(a, b, &product)) return std::nullopt;
    return product;
}

// The number of elements of a shape; nothing for a negative size or a product beyond int64.
[[nodiscard]] inline std::optional<std::int64_t> checked_numel(std::span<const std::int64_t> shape) {
    bool empty = false;
    for (const std::int64_t size : shape) {
        if (size < 0) return std::nullopt;
        empty = empty || size == 0;  // 2^62 x 2^62 x 0 is a legal empty shape
    }
    if (empty) return 0;
    std::int64_t numel = 1;
    for (const std::int64_t size : shape) {
        const auto product = checked_multiply(numel, size);
        if (!product) return std::nullopt;
        numel = *product;
    }
    return numel;
}

}  // namespace afs
