#include "app/gui/picture_atlas.h"

#include <imgui_internal.h>

#include <algorithm>

#include "app/gui/ui_context.h"
#include "core/base/error.h"

namespace afs::gui {
namespace {

// The mean of the pixels that a smaller picture's pixel covers. RGBA.
Image reduced(const Image& image, int width, int height) {
    Image out{.width = width, .height = height, .channels = 4, .pixels = {}};
    out.pixels.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 4);
    const auto at = [&](int x, int y, int c) -> unsigned {
        const int channel = image.channels == 1 ? 0 : c;
        if (channel >= image.channels) return 255;
        return image.pixels[(static_cast<std::size_t>(y) * static_cast<std::size_t>(image.width) +
                             static_cast<std::size_t>(x)) *
                                static_cast<std::size_t>(image.channels) +
                            static_cast<std::size_t>(channel)];
    };
    std::uint8_t* pixel = out.pixels.data();
    for (int y = 0; y < height; ++y) {
        const int y0 = y * image.height / height, y1 = std::max((y + 1) * image.height / height, y0 + 1);
        for (int x = 0; x < width; ++x) {
            const int x0 = x * image.width / width, x1 = std::max((x + 1) * image.width / width, x0 + 1);
            unsigned sums[4] = {};
            for (int j = y0; j < y1; ++j)
                for (int i = x0; i < x1; ++i)
                    for (int c = 0; c < 3; ++c) sums[c] += at(i, j, c);
            const unsigned count = static_cast<unsigned>((y1 - y0) * (x1 - x0));
            for (int c = 0; c < 3; ++c) *pixel++ = static_cast<std::uint8_t>((sums[c] + count / 2) / count);
            *pixel++ = 255;  // small pictures are opaque
        }
    }
    return out;
}

}  // namespace

Image reduced_to_fit(const Image& image, int side) {
    AFS_CHECK(image.width > 0 && image.height > 0);
    const double shrink = std::min(1.0, static_cast<double>(side) / std::max(image.width, image.height));
    return reduced(image, std::max(static_cast<int>(image.width * shrink), 1),
                   std::max(static_cast<int>(image.height * shrink), 1));
}

PictureAtlas::PictureAtlas() = default;

PictureAtlas::~PictureAtlas() {
    if (!texture_) return;
    ImGui::SetCurrentContext(context_);
    ImGui::UnregisterUserTexture(texture_.get());
    // The list is made anew only at the end of a frame, and there may be none any more.
    ImGui::GetPlatformIO().Textures.find_erase(texture_.get());
}

void PictureAtlas::create() {
    context_ = ImGui::GetCurrentContext();
    texture_ = std::make_unique<ImTextureData>();
    texture_->Create(ImTextureFormat_RGBA32, kColumns * kCell, kColumns * kCell);
    texture_->UseColors = true;
    ImGui::RegisterUserTexture(texture_.get());
}

int PictureAtlas::free_cell() {
    if (static_cast<int>(cells_.size()) < kCapacity) {
        std::vector<bool> taken(kCapacity);
        for (const auto& [name, cell] : cells_) taken[static_cast<std::size_t>(cell.index)] = true;
        return static_cast<int>(std::find(taken.begin(), taken.end(), false) - taken.begin());
    }
    const auto oldest = std::min_element(cells_.begin(), cells_.end(),
                                         [](const auto& a, const auto& b) { return a.second.used < b.second.used; });
    const int index = oldest->second.index;
    cells_.erase(oldest);
    return index;
}

void PictureAtlas::put(const std::string& name, const Image& image) {
    if (!texture_) create();
    const Image small = reduced_to_fit(image, kCell);
    const int width = small.width, height = small.height;
    const auto known = cells_.find(name);
    const int index = known != cells_.end() ? known->second.index : free_cell();
    cells_[name] = {index, width, height, ++uses_};

    const int left = index % kColumns * kCell, top = index / kColumns * kCell;
    for (int y = 0; y < height; ++y)
        std::copy_n(small.pixels.data() + static_cast<std::ptrdiff_t>(y) * width * 4, width * 4,
                    static_cast<std::uint8_t*>(texture_->GetPixelsAt(left, top + y)));
    if (texture_->Status == ImTextureStatus_OK) {  // what was queued before has been uploaded
        texture_->Updates.resize(0);
        texture_->UpdateRect = {0xFFFF, 0xFFFF, 0, 0};
    }
    ImTextureDataQueueUpload(texture_.get(), left, top, width, height);
}

std::optional<PictureAtlas::Picture> PictureAtlas::find(const std::string& name) {
    const auto found = cells_.find(name);
    if (found == cells_.end()) return std::nullopt;
    Cell& cell = found->second;
    cell.used = ++uses_;
    // Half a pixel inside, so that smooth sampling never reaches the neighbour.
    constexpr float kSide = static_cast<float>(kColumns * kCell);
    const float left = static_cast<float>(cell.index % kColumns * kCell),
                top = static_cast<float>(cell.index / kColumns * kCell);
    return Picture{texture_->GetTexRef(),
                   {(left + 0.5f) / kSide, (top + 0.5f) / kSide},
                   {(left + static_cast<float>(cell.width) - 0.5f) / kSide,
                    (top + static_cast<float>(cell.height) - 0.5f) / kSide},
                   cell.width,
                   cell.height};
}

void draw_small_picture(ImDrawList* draw, const PictureAtlas::Picture& picture, ImVec2 min, ImVec2 max, ImU32 tint) {
    const auto width = static_cast<float>(picture.width), height = static_cast<float>(picture.height);
    const float scale = std::min((max.x - min.x) / width, (max.y - min.y) / height);
    const ImVec2 margin((max.x - min.x - width * scale) / 2, (max.y - min.y - height * scale) / 2);
    min = {min.x + margin.x, min.y + margin.y};
    max = {max.x - margin.x, max.y - margin.y};
    draw->AddImageRounded(picture.texture, min, max, picture.uv_min, picture.uv_max, tint, px(3));
}

}  // namespace afs::gui
