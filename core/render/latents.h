// From a scene's latent, truncation and mixing to the ws that synthesis takes (SPEC 1, 2).
#pragma once

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "core/model/generator.h"
#include "core/render/frame.h"
#include "core/scene/scene.h"

namespace afs {

// The class of a network's label as a sum of one-hot vectors, by class; empty: the network has no classes.
using Label = std::vector<std::pair<int, double>>;

// Of one seed, or of a latent without a seed. The scene's class weights, else its class, else what follows from the
// seed, else class 0. Throws Error{argument} naming a class that the network does not have.
[[nodiscard]] Label label_of(const Latent& latent, std::optional<std::uint32_t> seed, const GeneratorConfig& config);

// The w of seeds of one generator, before truncation; a drag on the plane asks for the same few again and again. Not
// thread-safe.
class LatentCache {
  public:
    // Result: [1, w_dim] float32 on the generator's device.
    [[nodiscard]] const Tensor& w(const Generator& generator, std::uint32_t seed, const Label& label);

  private:
    std::map<std::pair<std::uint32_t, Label>, Tensor> ws_;
};

struct ResolvedLatent {
    Tensor w;   // [1, 1 | num_ws, w_dim]: before truncation and mixing
    Tensor ws;  // [1, num_ws, w_dim]: what synthesis takes
    LatentDistance distance;
};

// float32 on the generator's device. The result of one seed, and of a W from a file, is exactly the mapping's and the
// file's where psi is 1. Throws Error{argument}: a class that the network does not have, a Z or W of another width,
// weights that no blend on the sphere can have.
[[nodiscard]] ResolvedLatent resolve_latent(const Scene& scene, const Generator& generator, LatentCache& cache);

}  // namespace afs
