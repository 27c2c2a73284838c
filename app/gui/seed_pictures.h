// Small pictures of seeds, of the network, class and truncation that the scene has. Panels say which they would like;
// the render worker makes them when it has nothing else to do. UI thread only.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "app/gui/picture_atlas.h"
#include "core/render/frame_source.h"

namespace afs::gui {

class SeedPictures {
  public:
    explicit SeedPictures(PictureAtlas& atlas) : atlas_(atlas) {}

    struct Picture {
        PictureAtlas::Picture picture;
        bool current = true;  // false: of another truncation; a new one is wished for
    };
    // Of the scene's network; nothing where none was made yet.
    [[nodiscard]] std::optional<Picture> find(std::uint32_t seed, const Scene& scene);

    // Takes what was finished, and passes on the wish for those of `wanted` (the first first) that are missing.
    void update(FrameSource& source, const std::vector<std::uint32_t>& wanted, const Scene& scene, int side_px);

    [[nodiscard]] bool waiting() const { return !asked_.empty(); }  // for pictures that were wished for

  private:
    PictureAtlas& atlas_;
    std::map<std::uint32_t, Scene> made_;  // what each seed's picture shows
    std::vector<std::uint32_t> asked_;     // the wish that the source has
};

// A seed's small picture as an item as high as a field; an empty field where there is none (yet).
void draw_seed_picture(std::uint32_t seed, const Scene& scene, SeedPictures* pictures);

}  // namespace afs::gui
