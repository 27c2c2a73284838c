#include "app/gui/widgets/layer_strip.h"

#include <imgui.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cmath>

#include "app/gui/widgets/controls.h"

namespace afs::gui {
namespace {

bool is_painted(const std::vector<int>& layers, int cell) {
    return std::binary_search(layers.begin(), layers.end(), cell);
}

bool paint(std::vector<int>& layers, int cell, bool on) {
    const auto at = std::lower_bound(layers.begin(), layers.end(), cell);
    const bool there = at != layers.end() && *at == cell;
    if (there == on) return false;
    if (on)
        layers.insert(at, cell);
    else
        layers.erase(at);
    return true;
}

// Where the cells lie: equally wide, with a wider gap between bands.
class Places {
  public:
    Places(const ImRect& box, const LayerStripSpec& spec) : box_(box), spec_(spec) {
        const float gaps = static_cast<float>(spec.bands.size()) * band_gap();
        step_ = (box.GetWidth() - gaps) / static_cast<float>(std::max(spec.count, 1));
    }
    [[nodiscard]] ImRect cell(int i) const {
        const float left =
            box_.Min.x + static_cast<float>(i) * step_ + static_cast<float>(bands_before(i)) * band_gap();
        return {{left, box_.Min.y}, {left + std::max(step_ - px(1), 1.0f), box_.Max.y}};
    }
    [[nodiscard]] int at(float x) const {
        for (int i = 0; i < spec_.count; ++i)
            if (x < cell(i).Max.x + px(1)) return i;
        return spec_.count - 1;
    }

  private:
    [[nodiscard]] static float band_gap() { return px(4); }
    [[nodiscard]] int bands_before(int i) const {
        return static_cast<int>(std::count_if(spec_.bands.begin(), spec_.bands.end(), [&](int b) { return b <= i; }));
    }
    ImRect box_;
    const LayerStripSpec& spec_;
    float step_ = 1.0f;
};

// What a stroke does is decided by the cell that it begins on.
bool handle_mouse(std::vector<int>& layers, const Places& places, ImGuiStorage& storage, ImGuiID stroke_id) {
    const ImGuiIO& io = ImGui::GetIO();
    if (ImGui::IsItemActivated() && ImGui::IsMouseDown(ImGuiMouseButton_Left))
        storage.SetBool(stroke_id, !is_painted(layers, places.at(io.MouseClickedPos[0].x)));
    if (!ImGui::IsItemActive() && !ImGui::IsItemDeactivated()) return false;
    if (!ImGui::IsMouseDown(ImGuiMouseButton_Left) && !ImGui::IsMouseReleased(ImGuiMouseButton_Left)) return false;
    const bool on = storage.GetBool(stroke_id);
    // A quick hand crosses several cells between two frames.
    const float from_x = ImGui::IsItemActivated() ? io.MouseClickedPos[0].x : io.MousePos.x - io.MouseDelta.x;
    const int from = places.at(from_x), to = places.at(io.MousePos.x);
    bool changed = false;
    for (int cell = std::min(from, to); cell <= std::max(from, to); ++cell)
        changed = paint(layers, cell, on) || changed;
    return changed;
}

bool handle_keys(std::vector<int>& layers, ImGuiID id, int& cursor, int count) {
    ImGuiContext& g = *ImGui::GetCurrentContext();
    if (g.NavId != id || !g.NavCursorVisible || !ImGui::IsWindowFocused()) return false;
    ImGui::SetKeyOwner(ImGuiKey_LeftArrow, id);
    ImGui::SetKeyOwner(ImGuiKey_RightArrow, id);
    const int step = (ImGui::IsKeyPressed(ImGuiKey_RightArrow, ImGuiInputFlags_Repeat, id) ? 1 : 0) -
                     (ImGui::IsKeyPressed(ImGuiKey_LeftArrow, ImGuiInputFlags_Repeat, id) ? 1 : 0);
    cursor = std::clamp(cursor + step, 0, std::max(count - 1, 0));
    if (!ImGui::IsKeyPressed(ImGuiKey_Enter) && !ImGui::IsKeyPressed(ImGuiKey_KeypadEnter)) return false;
    return paint(layers, cursor, !is_painted(layers, cursor));
}

}  // namespace

bool layer_strip(const char* name, std::vector<int>& layers, const LayerStripSpec& spec) {
    if (spec.count <= 0) return false;
    ImGui::PushID(name);
    ImGui::InvisibleButton("strip", {ImGui::GetContentRegionAvail().x, ImGui::GetFrameHeight()},
                           ImGuiButtonFlags_EnableNav);
    const ImGuiID id = ImGui::GetItemID();
    ui().registry.add_last_item(name, ControlKind::plane);
    const ImRect box(ImGui::GetItemRectMin(), ImGui::GetItemRectMax());
    const Places places(box, spec);
    ImGuiStorage& storage = *ImGui::GetStateStorage();
    int* cursor = storage.GetIntRef(ImGui::GetID("cursor"), 0);
    bool changed = handle_mouse(layers, places, storage, ImGui::GetID("stroke"));
    changed = handle_keys(layers, id, *cursor, spec.count) || changed;

    const bool hovered = ImGui::IsItemHovered();
    const int under = hovered ? places.at(ImGui::GetIO().MousePos.x) : -1;
    if (spec.describe && !ImGui::IsItemActive())
        tooltip((under >= 0 ? spec.describe(under) : std::string()).c_str(),
                "Click or drag to paint. Default: none painted.");
    ImDrawList* draw = ImGui::GetWindowDrawList();
    for (int i = 0; i < spec.count; ++i) {
        const ImRect cell = places.cell(i);
        const bool painted = is_painted(layers, i);
        const ImU32 fill = painted
                               ? colour::faded(spec.dim ? colour::kQuiet : colour::kAccent, i == under ? 0xD0 : 0xA0)
                           : i == under ? colour::kFieldHovered
                                        : colour::kField;
        draw->AddRectFilled(cell.Min, cell.Max, ImGui::GetColorU32(fill), px(2));
    }
    ImGuiContext& g = *ImGui::GetCurrentContext();
    if (g.NavId == id && g.NavCursorVisible) {
        const ImRect cell = places.cell(std::clamp(*cursor, 0, spec.count - 1));
        draw->AddRect(cell.Min, cell.Max, colour::kText, px(2), px(1.5));
    }
    ImGui::PopID();
    return changed;
}

}  // namespace afs::gui
