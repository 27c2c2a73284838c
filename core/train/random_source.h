// Where training's random numbers come from: one stream on the CPU, whatever the device, so that a run can be continued
// exactly and a test can replay recorded draws. One thread.
#pragma once

#include <ATen/core/Generator.h>

#include <cstdint>

#include "core/ops/tensor_convert.h"

namespace afs {

class RandomSource {
  public:
    virtual ~RandomSource() = default;
    [[nodiscard]] virtual Tensor uniform(at::IntArrayRef shape) = 0;  // float32 on the CPU, [0, 1)
    [[nodiscard]] virtual Tensor normal(at::IntArrayRef shape) = 0;   // float32 on the CPU, N(0, 1)
};

class SeededRandom final : public RandomSource {
  public:
    explicit SeededRandom(std::uint64_t seed);
    [[nodiscard]] Tensor uniform(at::IntArrayRef shape) override;
    [[nodiscard]] Tensor normal(at::IntArrayRef shape) override;

    // All that decides the next numbers, as bytes.
    [[nodiscard]] Tensor state() const;
    void set_state(const Tensor& state);  // what state() gave

  private:
    at::Generator generator_;
};

}  // namespace afs
