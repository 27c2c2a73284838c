// In which number formats a pass through a network runs. For this room and core/train.
#pragma once

#include <ATen/core/Tensor.h>

#include <stop_token>

#include "core/model/layer_schedule.h"
#include "core/ops/device.h"

namespace afs {

struct Arithmetic {
    Device device;
    at::ScalarType half = at::kFloat;  // of the layers that SPEC 6 and 11 allow to run in half precision
    bool tf32 = false;                 // convolutions of the other layers on CUDA

    [[nodiscard]] at::ScalarType type_of(const LayerSpec& layer) const {
        return layer.half_precision ? half : at::kFloat;
    }
};

// Throws Error{argument} where the device cannot do it.
[[nodiscard]] Arithmetic choose_arithmetic(Precision precision, Device device);

// What LibTorch may do with float32 products on CUDA while this lives; nothing on a CPU. Its default would quietly
// round convolutions to TF32.
class Float32Scope {
  public:
    Float32Scope(Device device, bool allow_tf32);
    ~Float32Scope();
    Float32Scope(const Float32Scope&) = delete;
    Float32Scope& operator=(const Float32Scope&) = delete;

  private:
    bool active_, convolutions_ = false, products_ = false;
};

// Throws Error{cancelled}.
void check_not_stopped(const std::stop_token& stop);

}  // namespace afs
