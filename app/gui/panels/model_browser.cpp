#include "app/gui/panels/model_browser.h"

#include <imgui_internal.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "app/gui/model_catalog.h"
#include "app/gui/scene_words.h"
#include "app/gui/widgets/controls.h"

namespace afs::gui {
namespace fs = std::filesystem;
namespace {

constexpr double kPicture = 34.0;     // pixels at 100 %
constexpr double kLongestList = 5.5;  // rows; the half one says that there are more

float row_height() { return px(kPicture) + px(6); }

std::string shown_folder(const ModelPanelState& state, const FrameInfo& info) {
    if (!state.folder.empty()) return state.folder;
    if (info.network) return fs::path(info.network->model.path).parent_path().string();
    return info.model_folder;
}

void draw_folder_row(const std::string& name, std::optional<std::string>& enter, const std::string& target) {
    if (ImGui::Selectable((name + "/").c_str())) enter = target;
    ui().registry.add_last_item(name + "/", ControlKind::row);
}

void draw_listing(const std::string& folder, const FolderListing& listing, std::optional<std::string>& enter,
                  const FrameInfo& info, Commands& commands) {
    for (const FolderEntry& entry : listing.entries) {
        const std::string path = (fs::path(folder) / entry.name).string();
        if (entry.is_folder)
            draw_folder_row(entry.name, enter, path);
        else if (model_row(path, info, info.network && info.network->model.path == path))
            commands.run(ActionId::open_model, path);
    }
    if (!listing.problem.empty())
        coloured_text(listing.problem, colour::kWarning);
    else if (listing.entries.empty())
        quiet_text("No network files and no folders here.");
}

float listing_height(const FolderListing& listing) {
    float height = 0;
    for (const FolderEntry& entry : listing.entries)
        height += (entry.is_folder ? ImGui::GetTextLineHeight() : row_height()) + ImGui::GetStyle().ItemSpacing.y;
    if (listing.entries.empty()) height = 2 * ImGui::GetTextLineHeightWithSpacing();
    return std::min(height, static_cast<float>(kLongestList) * row_height());
}

}  // namespace

bool model_row(const std::string& path, const FrameInfo& info, bool open) {
    ImGui::PushID(path.c_str());
    const std::string name = file_name(path);
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const float width = ImGui::GetContentRegionAvail().x;
    const bool chosen = ImGui::Selectable("##row", open, 0, {0, row_height()});
    ui().registry.add_last_item(name, ControlKind::row);
    const ModelCatalog::Card* card = info.catalog ? info.catalog->card(path) : nullptr;
    tooltip(path.c_str(), card ? card->about.c_str() : "");
    ImGui::PopID();

    ImDrawList* draw = ImGui::GetWindowDrawList();
    const ImVec2 picture_min(at.x + px(2), at.y + px(3)),
        picture_max(picture_min.x + px(kPicture), picture_min.y + px(kPicture));
    if (const auto picture = info.catalog ? info.catalog->picture(path) : std::nullopt)
        draw_small_picture(draw, *picture, picture_min, picture_max);
    else
        draw->AddRectFilled(picture_min, picture_max, colour::kBackground, px(3));
    const float left = picture_max.x + px(8), room = at.x + width - left;
    draw->AddText({left, at.y + px(3)}, ImGui::GetColorU32(colour::kText), cut_to_width(name, room).c_str());
    const FontScope small(ui().fonts.regular, 13.0f);
    const std::string about = card ? card->about : std::string("\u2026");
    draw->AddText({left, at.y + px(21)},
                  ImGui::GetColorU32(card && !card->readable ? colour::kWarning : colour::kQuiet),
                  cut_to_width(about, room).c_str());
    return chosen;
}

void draw_model_browser(ModelPanelState& state, const FrameInfo& info, Commands& commands) {
    if (!info.catalog) return;
    const std::string folder = shown_folder(state, info);
    if (folder.empty()) {
        quiet_text("The network files beside the model that you open are listed here.");
        return;
    }
    const Scope scope("Folder");
    std::optional<std::string> enter;
    const float up_width = px(40), again_width = px(64), between = ImGui::GetStyle().ItemSpacing.x;
    const fs::path parent = fs::path(folder).parent_path();
    {
        const DisabledBecause top(parent == fs::path(folder) ? "There is no folder above." : "");
        if (button("Up", {.tooltip = "The folder above.", .width = up_width})) enter = parent.string();
    }
    ImGui::SameLine();
    ImGui::AlignTextToFramePadding();
    const float room = ImGui::GetContentRegionAvail().x - again_width - between;
    const float left = ImGui::GetCursorPosX();
    const std::string name = fs::path(folder).filename().empty() ? folder : fs::path(folder).filename().string();
    quiet_text(cut_to_width(name, room));
    tooltip(folder.c_str());
    ImGui::SameLine(0, 0);
    ImGui::SetCursorPosX(left + room + between);
    if (button("Reread", {.tooltip = "Looks for new and changed files.", .width = again_width}))
        info.catalog->forget_listings();
    const FolderListing* listing = info.catalog->listing(folder);
    const float height = listing ? listing_height(*listing) : 2 * ImGui::GetTextLineHeightWithSpacing();
    if (ImGui::BeginChild("list", {0, height})) {
        if (listing)
            draw_listing(folder, *listing, enter, info, commands);
        else
            quiet_text("Looking\u2026");
    }
    ImGui::EndChild();
    if (enter) state.folder = *enter;
}

}  // namespace afs::gui
