// A convolution's kernel made ready once instead of at every call: transformed for Winograd's algorithm
// (kernels/winograd.h) where that applies, else in the order of values that the CPU's library (oneDNN) wants for
// pictures of one size, which at small sizes is most of a call.
#pragma once

#include <cstdint>
#include <memory>

#include "core/ops/tensor_convert.h"

namespace afs {

// Values are fixed once given; packed when first used, anew when pictures of another size or type come. Any thread may
// call. Copies share what is packed.
class PackedKernel {
  public:
    PackedKernel() = default;
    // weight: [Cout, Cin, k, k]. It must not change as long as this is used.
    explicit PackedKernel(const Tensor& weight);

    // at::conv2d(x, weight.to(x's type), bias, 1, padding) and at::conv_transpose2d(x, weight.transpose(0, 1), {}, 2).
    // Packed where that is possible: on a CPU, x of float32 or bfloat16, no gradients asked for, not under
    // PlainOperators.
    [[nodiscard]] Tensor convolve(const Tensor& x, const Tensor& bias, int padding) const;
    [[nodiscard]] Tensor convolve_transposed(const Tensor& x) const;

    [[nodiscard]] bool defined() const { return shared_ != nullptr; }

  private:
    struct Shared;
    [[nodiscard]] Tensor packed(const Tensor& x, int padding, bool transposed) const;
    [[nodiscard]] Tensor transformed() const;

    std::shared_ptr<Shared> shared_;
};

// Whether a 3x3 convolution of such an x is done by Winograd's algorithm: float32, where can_pack() says so, and the
// pictures are not so small that its four times larger transform would be read for a handful of tiles.
[[nodiscard]] bool can_transform(const Tensor& x, const Tensor& weight, int padding);

// Whether calls from this thread would be packed for such an x.
[[nodiscard]] bool can_pack(const Tensor& x);

}  // namespace afs
