// A network's FIR filter in host memory, where kernels are given it from (kernels/filtered_lrelu.h). The network's own
// tensor lives on its device: reading it back for every layer of every frame would wait for that device each time.
// Private to the room.
#pragma once

#include <cstdint>
#include <utility>

#include "core/ops/tensor_convert.h"

namespace afs {

class HostFilter {
  public:
    HostFilter() = default;
    explicit HostFilter(Tensor filter) : filter_(std::move(filter)) {}

    // Undefined where there is no filter; the tensor itself where it is in host memory.
    [[nodiscard]] const Tensor& operator()() const;

  private:
    Tensor filter_;
    mutable Tensor host_;
    mutable std::int64_t version_ = -1;  // of the values in host_
};

}  // namespace afs
