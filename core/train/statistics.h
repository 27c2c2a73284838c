// What a training step reports about itself, gathered as plain sums until somebody asks. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "core/ops/tensor_convert.h"

namespace afs {

// Called with every scalar of a loss, one value a picture, under its official name ("Loss/scores/fake").
using Report = std::function<void(std::string_view name, const Tensor& values)>;

// Moments of everything reported under one name: each report's in float32, added in float64.
struct Moments {
    std::int64_t num = 0;
    double sum = 0, sum_of_squares = 0;

    void add(const Tensor& values);
    [[nodiscard]] double mean() const;  // 0 where nothing was reported
    [[nodiscard]] double std() const;   // of the whole; 0 likewise

    bool operator==(const Moments&) const = default;
};

using Statistics = std::map<std::string, Moments, std::less<>>;

}  // namespace afs
