#include "core/model/mapping.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "core/base/error.h"
#include "core/ops/fully_connected.h"

namespace afs {
namespace {

// To unit mean square over the features.
Tensor normalised(const Tensor& x) { return x * (x.square().mean(1, true) + 1e-8).rsqrt(); }

}  // namespace

Mapping::Mapping(const GeneratorConfig& config, const TensorLookup& tensors)
    : z_dim_(config.z_dim),
      c_dim_(config.c_dim),
      lr_multiplier_(config.mapping_lr_multiplier),
      w_avg_(tensors("mapping.w_avg")) {
    if (c_dim_ > 0) embed_ = {tensors("mapping.embed.weight"), tensors("mapping.embed.bias")};
    for (int i = 0; i < config.mapping_layers; ++i)
        layers_.push_back(
            {tensors(fmt::format("mapping.fc{}.weight", i)), tensors(fmt::format("mapping.fc{}.bias", i))});
}

Tensor Mapping::operator()(const Tensor& z, const Tensor& c) const {
    const auto check = [](const Tensor& t, std::string_view name, std::int64_t rows, int columns) {
        if (!t.defined() || t.dim() != 2 || t.size(0) != rows || t.size(1) != columns || !t.is_floating_point())
            throw Error(ErrorKind::argument, "Could not map a latent",
                        fmt::format("{} should be {} floating-point numbers for each picture but {}", name, columns,
                                    t.defined() ? "has the shape " + shape_text(t.sizes()) : "is absent"));
    };
    const Tensor& first = z_dim_ > 0 ? z : c;
    const std::int64_t batch = first.defined() && first.dim() == 2 ? first.size(0) : 0;
    Tensor x;
    if (z_dim_ > 0) {
        check(z, "z", batch, z_dim_);
        x = normalised(z.to(at::kFloat));
    }
    if (c_dim_ > 0) {
        check(c, "the class vector c", batch, c_dim_);
        const Tensor label = normalised(fully_connected(c.to(at::kFloat), embed_.weight, embed_.bias));
        x = x.defined() ? at::cat({x, label}, 1) : label;
    }
    for (const Layer& layer : layers_)
        x = fully_connected(x, layer.weight, layer.bias, lr_multiplier_, Activation::lrelu);
    return x;
}

}  // namespace afs
