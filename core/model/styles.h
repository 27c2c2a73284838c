// What a picture takes from ws alone, computed once for as long as ws stands: who drags a picture, or draws its noise
// anew, does not compute it again (docs/architecture.md, Speed). Private to the room; one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "core/ops/device.h"
#include "core/ops/modulated_conv.h"

namespace afs {

struct Styles {
    Tensor placement = {};                // FourierInput's; undefined where the input is constant
    std::vector<Modulation> layers = {};  // in the schedule's order; a layer without a style has none
    // What the layers have computed of their weights for these. A recorded pass reads it where it lies: it stays as
    // long as the recording does, though the layers may have replaced it by another number format's.
    std::vector<std::shared_ptr<const void>> kernels = {};
};

// A tensor that was given before, known again without asking its device: the same object, not written to since. Equal
// values elsewhere are another tensor.
class SeenTensor {
  public:
    [[nodiscard]] bool is(const Tensor& t) const;
    void remember(const Tensor& t);
    void forget() { tensor_ = Tensor(); }

  private:
    Tensor tensor_;  // held, so that no other one comes to be at its place
    std::int64_t version_ = 0;
};

class KeptStyles {
  public:
    // What else styles depend on.
    struct Basis {
        std::int64_t weights_version = 0;
        Precision precision = Precision::automatic;

        bool operator==(const Basis&) const = default;
    };
    // make's result for ws; made anew when ws or the basis is another one. On a CPU equal values are the same ws, on a
    // GPU only the same tensor is: comparing values there would wait for it. Valid until the next call.
    [[nodiscard]] const Styles& operator()(const Tensor& ws, const Basis& basis,
                                           const std::function<Styles(const Tensor& ws)>& make);
    void forget();

  private:
    Styles styles_;
    SeenTensor seen_;
    Tensor values_;  // a copy of ws; on a CPU
    Basis basis_;
};

}  // namespace afs
