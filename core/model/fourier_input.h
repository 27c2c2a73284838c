// The Fourier features that an alias-free network draws on, moved by the user's transform (SPEC 3). Private to the
// room.
#pragma once

#include "core/base/matrix3.h"
#include "core/model/layer_schedule.h"
#include "core/model/mapping.h"

namespace afs {

class FourierInput {
  public:
    FourierInput() = default;
    // Tensors: weight [C, C], affine.weight [4, w_dim], affine.bias [4], freqs [C, 2], phases [C], below `prefix`.
    FourierInput(int size, double rate, double bandwidth, const TensorLookup& tensors, const std::string& prefix);

    // w: [N, w_dim] float32.  network_transform: the inverse of the user's matrix. Result: [N, C, size, size] float32.
    [[nodiscard]] Tensor operator()(const Tensor& w, const Matrix3& network_transform) const;

    // The same in parts, for who keeps what depends on w alone. The learned rotation and translation: the upper two
    // rows of M_r M_t, [N, 2, 3] float64.
    [[nodiscard]] Tensor placement(const Tensor& w) const;
    // network_transform: [3, 3] float64 on the placement's device.
    [[nodiscard]] Tensor features(const Tensor& placement, const Tensor& network_transform) const;

  private:
    int size_ = 0;
    double rate_ = 0, bandwidth_ = 0;
    Tensor weight_, affine_weight_, affine_bias_, freqs_, phases_;
    Tensor positions_;  // [size]: of the samples along one side, in picture widths from the centre
};

}  // namespace afs
