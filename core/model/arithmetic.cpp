#include "core/model/arithmetic.h"

#include <ATen/ATen.h>

#include "core/base/error.h"

namespace afs {

Arithmetic choose_arithmetic(Precision precision, Device device) {
    const bool cuda = device.kind == Device::Kind::cuda;
    Arithmetic result{device};
    switch (precision) {
        case Precision::automatic: result.half = cuda ? at::kHalf : at::kFloat; break;
        case Precision::fp32: break;
        case Precision::tf32: result.tf32 = cuda; break;
        case Precision::bf16: result.half = at::kBFloat16; break;
        case Precision::fp16:
            if (!cuda)
                throw Error(ErrorKind::argument, "Could not run the network in fp16",
                            "processors have no fast 16-bit arithmetic of this kind",
                            "Use --precision fp32 or bf16, or a GPU.");
            result.half = at::kHalf;
            break;
    }
    return result;
}

Float32Scope::Float32Scope(Device device, bool allow_tf32) : active_(device.kind == Device::Kind::cuda) {
    if (!active_) return;
    auto& context = at::globalContext();
    convolutions_ = context.allowTF32CuDNN();
    products_ = context.allowTF32CuBLAS();
    context.setAllowTF32CuDNN(allow_tf32);
    context.setAllowTF32CuBLAS(allow_tf32);
}

Float32Scope::~Float32Scope() {
    if (!active_) return;
    at::globalContext().setAllowTF32CuDNN(convolutions_);
    at::globalContext().setAllowTF32CuBLAS(products_);
}

void check_not_stopped(const std::stop_token& stop) {
    if (stop.stop_requested()) throw Error(ErrorKind::cancelled, "The picture was not finished", "it was cancelled");
}

}  // namespace afs
