#include "core/model/host_filter.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

namespace afs {

const Tensor& HostFilter::operator()() const {
    if (!filter_.defined() || filter_.is_cpu()) return filter_;
    if (const std::int64_t version = filter_._version(); version != version_) {
        const c10::InferenceMode ordinary(false);  // whoever comes later may record gradients with it
        const at::NoGradGuard no_grad;
        host_ = filter_.to(at::kCPU);
        version_ = version;
    }
    return host_;
}

}  // namespace afs
