#include "app/gui/seed_pictures.h"

#include <algorithm>

#include "app/gui/ui_context.h"

namespace afs::gui {
namespace {

std::string name_of(std::uint32_t seed) { return "seed " + std::to_string(seed); }

// A model's hash becomes known only when it is open.
bool same_network(const ModelRef& a, const ModelRef& b) { return a.path == b.path && a.which == b.which; }

bool same_picture(const Scene& a, const Scene& b) {
    return same_network(a.model, b.model) && a.latent == b.latent && a.truncation == b.truncation;
}

}  // namespace

std::optional<SeedPictures::Picture> SeedPictures::find(std::uint32_t seed, const Scene& scene) {
    const auto made = made_.find(seed);
    if (made == made_.end()) return std::nullopt;
    const Scene wanted = thumbnail_scene(scene, seed);
    if (!same_network(made->second.model, wanted.model) || made->second.latent != wanted.latent) return std::nullopt;
    const auto picture = atlas_.find(name_of(seed));
    if (!picture) {
        made_.erase(made);  // it had to make room
        return std::nullopt;
    }
    return Picture{*picture, same_picture(made->second, wanted)};
}

void SeedPictures::update(FrameSource& source, const std::vector<std::uint32_t>& wanted, const Scene& scene,
                          int side_px) {
    while (auto done = source.poll_thumbnail()) {
        std::erase(asked_, done->seed);
        if (!done->image) continue;
        atlas_.put(name_of(done->seed), *done->image);
        made_[done->seed] = std::move(done->scene);
    }
    std::vector<std::uint32_t> missing;
    for (const std::uint32_t seed : wanted) {
        const auto picture = find(seed, scene);
        if ((!picture || !picture->current) && std::find(missing.begin(), missing.end(), seed) == missing.end())
            missing.push_back(seed);
    }
    if (missing == asked_) return;
    asked_ = missing;
    source.want_thumbnails(std::move(missing), side_px);
}

void draw_seed_picture(std::uint32_t seed, const Scene& scene, SeedPictures* pictures) {
    const float side = ImGui::GetFrameHeight();
    const ImVec2 at = ImGui::GetCursorScreenPos(), end(at.x + side, at.y + side);
    ImGui::Dummy({side, side});
    if (const auto known = pictures ? pictures->find(seed, scene) : std::nullopt)
        draw_small_picture(ImGui::GetWindowDrawList(), known->picture, at, end);
    else
        ImGui::GetWindowDrawList()->AddRectFilled(at, end, colour::kBackground, px(3));
}

}  // namespace afs::gui
