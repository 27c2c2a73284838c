// Many small pictures in one texture, found by name; the ones unused for longest make room. The texture is ImGui's own
// kind: whatever draws ImGui uploads it, so that nothing here needs GL. UI thread only; the ImGui context that was
// current at the first put() must outlive it.
#pragma once

#include <imgui.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/formats/picture.h"

namespace afs::gui {

// RGBA of at most `side` pixels: each pixel is the mean of those that it covers. Smaller pictures keep their size.
// Any thread.
[[nodiscard]] Image reduced_to_fit(const Image& image, int side);

class PictureAtlas {
  public:
    static constexpr int kCell = 96;  // pixels: 48 at 200 %
    static constexpr int kColumns = 10, kCapacity = kColumns * kColumns;

    PictureAtlas();
    ~PictureAtlas();
    PictureAtlas(const PictureAtlas&) = delete;
    PictureAtlas& operator=(const PictureAtlas&) = delete;

    // RGBA, RGB or gray, any size: larger ones are reduced to fit a cell. Replaces the picture of that name.
    void put(const std::string& name, const Image& image);

    struct Picture {
        ImTextureRef texture;
        ImVec2 uv_min, uv_max;
        int width = 0, height = 0;  // pixels
    };
    [[nodiscard]] std::optional<Picture> find(const std::string& name);  // and remembers the use

    [[nodiscard]] std::size_t size() const { return cells_.size(); }

  private:
    struct Cell {
        int index = 0;
        int width = 0, height = 0;
        std::uint64_t used = 0;
    };
    int free_cell();
    void create();

    std::unique_ptr<ImTextureData> texture_;
    ImGuiContext* context_ = nullptr;
    std::map<std::string, Cell> cells_;
    std::uint64_t uses_ = 0;
};

// Draws one with rounded corners, as large as it fits into the middle of the box.
void draw_small_picture(ImDrawList* draw, const PictureAtlas::Picture& picture, ImVec2 min, ImVec2 max,
                        ImU32 tint = IM_COL32_WHITE);

}  // namespace afs::gui
