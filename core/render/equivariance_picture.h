// What the Equivariance mode shows: comparisons of one movement, and the pixel strip. The render worker's own; what
// does not change from frame to frame is kept with the open network.
#pragma once

#include <optional>
#include <string>

#include "core/analysis/equivariance.h"
#include "core/render/renderer.h"

namespace afs {

struct EquivarianceCache {
    // A picture, or a layer's output, of a scene that says no more than what it depends on.
    struct Source {
        Scene scene;
        std::string layer;
        Precision precision = Precision::automatic;
        bool operator==(const Source&) const = default;
    };
    template <class T> struct Kept {
        Source source;
        T value;
    };
    std::optional<Kept<RenderedTensors>> unmoved, moved;
    std::optional<Kept<Comparison>> comparison;  // of the two, by the source of the moved one
    struct Strip {
        Image image;
        int columns = 0;  // that are there
    };
    std::optional<Kept<Strip>> strip;  // the newest one, complete or not

    // Activations may be large: whoever shows something else does not need them.
    void forget_tensors() {
        unmoved.reset();
        moved.reset();
        comparison.reset();
    }
};

// Of a network whose input can be moved. Throws as render_tensors does.
[[nodiscard]] RenderedPicture render_equivariance(const Scene& scene, OpenNetwork& open, const RenderOptions& options);

// Of any network. A strip that was stopped goes on where it was.
[[nodiscard]] RenderedPicture render_strip(const Scene& scene, OpenNetwork& open, const RenderOptions& options,
                                           const OnGrowth& growing);

}  // namespace afs
