#include "core/train/statistics.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

namespace afs {

void Moments::add(const Tensor& values) {
    if (values.numel() == 0) return;
    const Tensor x = values.detach().to(at::kFloat).flatten();
    const Tensor sums = at::stack({x.sum(), x.square().sum()}).cpu();  // one wait for a device
    num += x.numel();
    sum += static_cast<double>(sums.const_data_ptr<float>()[0]);
    sum_of_squares += static_cast<double>(sums.const_data_ptr<float>()[1]);
}

double Moments::mean() const { return num == 0 ? 0.0 : sum / static_cast<double>(num); }

double Moments::std() const {
    if (num == 0) return 0.0;
    return std::sqrt(std::max(sum_of_squares / static_cast<double>(num) - mean() * mean(), 0.0));
}

}  // namespace afs
