// From a scene's latent, truncation and mixing to the ws that synthesis takes (SPEC 1, 2).
#pragma once

#include <map>
#include <utility>

#include "core/model/generator.h"
#include "core/scene/scene.h"

namespace afs {

// The w of seeds of one generator, before truncation; a drag on the plane asks for the same few again and again. Not
// thread-safe.
class LatentCache {
  public:
    // Result: [1, w_dim] float32 on the generator's device.  class_index: nothing = the one that follows from the seed.
    [[nodiscard]] const Tensor& w(const Generator& generator, std::uint32_t seed, std::optional<int> class_index);

  private:
    std::map<std::pair<std::uint32_t, int>, Tensor> ws_;
};

// Result: [1, num_ws, w_dim] float32 on the generator's device. Throws Error{argument}: a class that the network does
// not have, a W of another shape.
[[nodiscard]] Tensor resolve_ws(const Scene& scene, const Generator& generator, LatentCache& cache);

}  // namespace afs
