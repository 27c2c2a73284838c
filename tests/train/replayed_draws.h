// Random numbers that were recorded, in the order in which they must be asked for.
#pragma once

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <utility>

#include "core/train/random_source.h"

namespace afs::test {

class ReplayedDraws final : public RandomSource {
  public:
    void add(const std::string& kind, const Tensor& values) { draws_.emplace_back(kind, values); }
    [[nodiscard]] bool finished() const { return draws_.empty(); }

    [[nodiscard]] Tensor uniform(at::IntArrayRef shape) override { return next("uniform", shape); }
    [[nodiscard]] Tensor normal(at::IntArrayRef shape) override { return next("normal", shape); }

  private:
    Tensor next(const std::string& kind, at::IntArrayRef shape) {
        if (draws_.empty()) {
            ADD_FAILURE() << "more was drawn than was recorded: " << kind << " " << shape;
            return at::zeros(shape);
        }
        const auto [recorded, values] = draws_.front();
        draws_.pop_front();
        EXPECT_EQ(recorded, kind);
        EXPECT_EQ(values.numel(), c10::multiply_integers(shape)) << shape << " for " << values.sizes();
        return values.numel() == c10::multiply_integers(shape) ? values.reshape(shape) : at::zeros(shape);
    }

    std::deque<std::pair<std::string, Tensor>> draws_;
};

}  // namespace afs::test
