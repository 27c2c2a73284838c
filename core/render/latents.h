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

struct ResolvedLatent {
    Tensor w;   // [1, 1 | num_ws, w_dim]: before truncation and mixing
    Tensor ws;  // [1, num_ws, w_dim]: what synthesis takes
    LatentDistance distance;
};

// Of one generator: the w of seeds before truncation, since a drag on the plane asks for the same few again and again;
// and the last latent whole, since who moves the picture asks for that. Not thread-safe.
class LatentCache {
  public:
    // Result: [1, w_dim] float32 on the generator's device.
    [[nodiscard]] const Tensor& w(const Generator& generator, std::uint32_t seed, const Label& label);

    // What was last kept, if it was of the same latent, truncation and mixing; else null.
    [[nodiscard]] const ResolvedLatent* find(const Scene& scene) const;
    void keep(const Scene& scene, const ResolvedLatent& latent) {
        last_ = Last{scene.latent, scene.truncation, scene.mix, latent};
    }

  private:
    struct Last {
        Latent latent;
        Truncation truncation;
        std::vector<StyleMix> mix;
        ResolvedLatent resolved;
    };
    std::map<std::pair<std::uint32_t, Label>, Tensor> ws_;
    std::optional<Last> last_;
};

// float32 on the generator's device. The result of one seed, and of a W from a file, is exactly the mapping's and the
// file's where psi is 1. For the same latent, truncation and mixing as the time before the tensors are the same ones,
// so that a generator knows them again: do not write to them. Throws Error{argument}: a class that the network does not
// have, a Z or W of another width, weights that no blend on the sphere can have.
[[nodiscard]] ResolvedLatent resolve_latent(const Scene& scene, const Generator& generator, LatentCache& cache);

}  // namespace afs
