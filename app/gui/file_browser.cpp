#include "app/gui/file_browser.h"

#include <fmt/format.h>
#include <imgui.h>
#include <imgui_internal.h>
#include <misc/cpp/imgui_stdlib.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <set>
#include <utility>

#include "app/gui/model_catalog.h"
#include "app/gui/picture_atlas.h"
#include "app/gui/widgets/controls.h"
#include "app/gui/widgets/number_text.h"

namespace afs::gui {
namespace fs = std::filesystem;
namespace {

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

bool has_ending(const std::string& name, const std::vector<std::string>& endings) {
    if (endings.empty()) return true;
    const std::string low = lower(name);
    return std::any_of(endings.begin(), endings.end(), [&](const std::string& e) { return low.ends_with(e); });
}

std::string local_date(fs::file_time_type time) {
    const auto system = std::chrono::file_clock::to_sys(time);
    const std::time_t seconds =
        std::chrono::system_clock::to_time_t(std::chrono::time_point_cast<std::chrono::system_clock::duration>(system));
    std::tm local{};
    localtime_r(&seconds, &local);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%d %H:%M", &local);
    return text;
}

fs::path home() {
    const char* home = std::getenv("HOME");
    return home && home[0] ? fs::path(home) : fs::path("/");
}

fs::path nearest_folder(fs::path folder) {
    std::error_code problem;
    folder = fs::absolute(folder.empty() ? fs::current_path(problem) : folder, problem).lexically_normal();
    while (!folder.empty() && !fs::is_directory(folder, problem) && folder != folder.parent_path())
        folder = folder.parent_path();
    if (!folder.has_filename() && folder != folder.root_path()) folder = folder.parent_path();
    return folder.empty() ? home() : folder;
}

// What a person typed may begin with "~".
fs::path typed_path(const std::string& text) {
    if (text == "~") return home();
    if (text.starts_with("~/")) return home() / text.substr(2);
    return text;
}

}  // namespace

FolderListing list_folder(const fs::path& folder, const std::vector<std::string>& endings, bool hidden) {
    constexpr std::size_t kMost = 20000;  // a folder of a million files must not freeze the window
    FolderListing listing;
    std::error_code problem;
    fs::directory_iterator it(folder, fs::directory_options::skip_permission_denied, problem);
    for (; !problem && it != fs::directory_iterator(); it.increment(problem)) {
        if (listing.entries.size() >= kMost) {
            listing.problem = fmt::format("Only the first {} entries are listed.", kMost);
            break;
        }
        FolderEntry entry;
        entry.name = it->path().filename().string();
        if (!hidden && entry.name.starts_with('.')) continue;
        std::error_code ignored;
        entry.is_folder = it->is_directory(ignored);
        if (!entry.is_folder) {
            if (!it->is_regular_file(ignored) || !has_ending(entry.name, endings)) continue;
            const auto size = it->file_size(ignored);
            entry.size = ignored ? 0 : size;
        }
        const auto time = it->last_write_time(ignored);
        if (!ignored) entry.changed = local_date(time);
        listing.entries.push_back(std::move(entry));
    }
    if (problem) listing.problem = "This folder cannot be read: " + problem.message() + ".";
    std::sort(listing.entries.begin(), listing.entries.end(), [](const FolderEntry& a, const FolderEntry& b) {
        if (a.is_folder != b.is_folder) return a.is_folder;
        const std::string la = lower(a.name), lb = lower(b.name);
        return la != lb ? la < lb : a.name < b.name;
    });
    return listing;
}

void FileBrowser::show(Request request) {
    request_ = std::move(request);
    visible_ = opening_ = true;
    name_ = request_.file_name;
    enter(nearest_folder(request_.folder));
}

void FileBrowser::enter(const fs::path& folder) {
    folder_ = folder;
    listing_ = list_folder(folder_, request_.endings, hidden_);
    path_text_ = folder_.string();
    filter_.clear();
    message_.clear();
    selected_ = pointed_at_ = -1;
    confirm_overwrite_ = false;
    take_focus_ = true;
}

void FileBrowser::close() {
    visible_ = false;
    ImGui::CloseCurrentPopup();
}

void FileBrowser::take(const fs::path& typed) {
    std::error_code problem;
    fs::path path = typed.is_absolute() ? typed : folder_ / typed;
    if (fs::is_directory(path, problem)) {
        enter(path.lexically_normal());
        return;
    }
    if (request_.purpose == Purpose::open) {
        if (!fs::exists(path, problem)) {
            message_ = "There is no file \u201c" + typed.string() + "\u201d here.";
            return;
        }
    } else {
        if (typed.empty()) {
            message_ = "Type a name for the file.";
            return;
        }
        if (!has_ending(path.filename().string(), request_.endings) && !request_.endings.empty())
            path += request_.endings.front();
        if (fs::exists(path, problem) && !confirm_overwrite_) {
            message_ = "\u201c" + path.filename().string() + "\u201d exists. Press again to replace it.";
            confirm_overwrite_ = true;
            return;
        }
    }
    const auto chosen = std::move(request_.chosen);
    close();
    if (chosen) chosen(path);
}

void FileBrowser::draw_places() {
    ImGui::BeginChild("places", {px(150), 0}, ImGuiChildFlags_None);
    section_title("Places");
    std::vector<std::pair<std::string, fs::path>> places = {{"Home", home()}};
    std::error_code problem;
    places.emplace_back("Current folder", fs::current_path(problem));
    std::set<fs::path> seen = {places[0].second, places[1].second};
    for (const std::string& place : request_.places)
        if (seen.insert(place).second && fs::is_directory(place, problem))
            places.emplace_back(fs::path(place).filename().string(), place);
    for (std::size_t i = 0; i < places.size(); ++i) {
        ImGui::PushID(static_cast<int>(i));
        if (ImGui::Selectable(cut_to_width(places[i].first, ImGui::GetContentRegionAvail().x).c_str(),
                              places[i].second == folder_))
            enter(places[i].second);
        ui().registry.add_last_item(places[i].first, ControlKind::row);
        tooltip(places[i].second.c_str());
        ImGui::PopID();
    }
    gap(8);
    if (toggle("Hidden files", hidden_, "Also list names that begin with a dot.")) enter(folder_);
    ImGui::EndChild();
}

void FileBrowser::draw_listing(ImVec2 size) {
    constexpr ImGuiTableFlags flags = ImGuiTableFlags_ScrollY | ImGuiTableFlags_RowBg | ImGuiTableFlags_NoSavedSettings;
    if (!ImGui::BeginTable("files", 3, flags, size)) return;
    ImGui::TableSetupScrollFreeze(0, 1);
    ImGui::TableSetupColumn("Name", ImGuiTableColumnFlags_WidthStretch);
    ImGui::TableSetupColumn("Size", ImGuiTableColumnFlags_WidthFixed, px(76));
    ImGui::TableSetupColumn("Changed", ImGuiTableColumnFlags_WidthFixed, px(130));
    ImGui::PushStyleColor(ImGuiCol_Text, colour::kQuiet);
    ImGui::TableHeadersRow();
    ImGui::PopStyleColor();
    const std::string wanted = lower(filter_);
    int listed = 0;
    pointed_at_ = -1;
    std::optional<fs::path> enter_later;
    bool take_later = false;
    for (int i = 0; i < static_cast<int>(listing_.entries.size()); ++i) {
        const FolderEntry& entry = listing_.entries[static_cast<std::size_t>(i)];
        if (!wanted.empty() && lower(entry.name).find(wanted) == std::string::npos) continue;
        ++listed;
        ImGui::TableNextRow();
        ImGui::TableNextColumn();
        ImGui::PushID(i);
        ImGui::PushStyleColor(ImGuiCol_Text, colour::kText);
        const std::string text = entry.is_folder ? entry.name + "/" : entry.name;
        constexpr auto row = ImGuiSelectableFlags_SpanAllColumns | ImGuiSelectableFlags_AllowDoubleClick;
        const std::string shown = cut_to_width(text, ImGui::GetContentRegionAvail().x);
        if (ImGui::Selectable(shown.c_str(), selected_ == i, row)) {
            selected_ = i;
            if (!entry.is_folder) name_ = entry.name;
            confirm_overwrite_ = false;
            message_.clear();
            const bool by_key = ImGui::GetCurrentContext()->NavActivateId == ImGui::GetItemID();
            if (by_key || ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left)) {
                if (entry.is_folder)
                    enter_later = folder_ / entry.name;
                else
                    take_later = true;
            }
        }
        ui().registry.add_last_item(text, ControlKind::row);
        if (ImGui::IsItemHovered(ImGuiHoveredFlags_NoNavOverride)) pointed_at_ = i;
        ImGui::PopStyleColor();
        ImGui::TableNextColumn();
        if (!entry.is_folder) mono_text(size_text(static_cast<double>(entry.size)), colour::kQuiet);
        ImGui::TableNextColumn();
        mono_text(entry.changed, colour::kQuiet);
        ImGui::PopID();
    }
    ImGui::EndTable();
    if (listed == 0 && listing_.problem.empty()) {
        std::string endings;
        for (const std::string& ending : request_.endings) endings += (endings.empty() ? "" : ", ") + ending;
        message_ = !filter_.empty() ? "Nothing here contains \u201c" + filter_ + "\u201d."
                                    : "No folders and no files of the kinds " + endings + " here.";
    }
    if (enter_later)
        enter(*enter_later);
    else if (take_later)
        take(name_);
}

// What the file under the pointer, else the selected one, shows and is.
void FileBrowser::draw_preview(ModelCatalog& catalog, float height) {
    ImGui::BeginChild("preview", {0, height});
    const int row = pointed_at_ >= 0 ? pointed_at_ : selected_;
    const FolderEntry* entry = row >= 0 ? &listing_.entries[static_cast<std::size_t>(row)] : nullptr;
    if (!entry || entry->is_folder) {
        quiet_text("Point at a file to see what is in it.");
        ImGui::EndChild();
        return;
    }
    const std::string path = (folder_ / entry->name).string();
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const float side = ImGui::GetContentRegionAvail().x;
    const ModelCatalog::Card* card = catalog.card(path);
    const auto picture = catalog.picture(path);
    if (picture || !card || has_ending(entry->name, model_endings())) {  // sessions and arrays have none
        ImGui::GetWindowDrawList()->AddRectFilled(at, {at.x + side, at.y + side}, colour::kBackground, px(3));
        if (picture) draw_small_picture(ImGui::GetWindowDrawList(), *picture, at, {at.x + side, at.y + side});
        ImGui::Dummy({side, side});
    }
    coloured_text(entry->name, colour::kText);
    coloured_text(card ? card->about : "Reading\u2026", card && !card->readable ? colour::kWarning : colour::kQuiet);
    ImGui::EndChild();
}

void FileBrowser::draw_bottom() {
    if (!listing_.problem.empty())
        coloured_text(listing_.problem, colour::kWarning);
    else if (!message_.empty())
        coloured_text(message_, confirm_overwrite_ ? colour::kWarning : colour::kQuiet);
    else
        ImGui::TextUnformatted("");
    const bool saving = request_.purpose == Purpose::save;
    const float buttons = px(90) * 2 + ImGui::GetStyle().ItemSpacing.x * 2;
    ImGui::SetNextItemWidth(ImGui::GetContentRegionAvail().x - buttons);
    if (std::exchange(take_focus_, false)) ImGui::SetKeyboardFocusHere();  // saving begins with the name
    const bool entered =
        ImGui::InputTextWithHint("##name", saving ? "file name" : "file name, or a whole path", &name_,
                                 ImGuiInputTextFlags_EnterReturnsTrue | ImGuiInputTextFlags_AutoSelectAll);
    ui().registry.add_last_item("Name", ControlKind::text);
    if (ImGui::IsItemEdited()) {
        confirm_overwrite_ = false;
        message_.clear();
    }
    ImGui::SameLine();
    if (button("Cancel", {.key = "Esc", .width = px(90)}) || ImGui::Shortcut(ImGuiKey_Escape)) close();
    ImGui::SameLine();
    const bool folder_selected =
        selected_ >= 0 && listing_.entries[static_cast<std::size_t>(selected_)].is_folder && name_.empty();
    if (button(saving ? "Save" : "Open", {.key = "Enter", .width = px(90)}) || entered) {
        if (folder_selected)
            enter(folder_ / listing_.entries[static_cast<std::size_t>(selected_)].name);
        else if (saving || !name_.empty())
            take(typed_path(name_));
    }
}

void FileBrowser::draw(ModelCatalog* catalog) {
    if (!visible_) return;
    constexpr const char* kId = "###file_browser";
    if (opening_) {
        ImGui::OpenPopup(kId);
        opening_ = false;
    }
    const ImVec2 screen = ImGui::GetMainViewport()->Size;
    ImGui::SetNextWindowPos(ImGui::GetMainViewport()->GetCenter(), ImGuiCond_Always, {0.5f, 0.5f});
    ImGui::SetNextWindowSize({std::min(px(820), screen.x * 0.9f), std::min(px(540), screen.y * 0.85f)},
                             ImGuiCond_Always);
    const std::string title = request_.title + kId;
    constexpr auto flags = ImGuiWindowFlags_NoResize | ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoSavedSettings |
                           ImGuiWindowFlags_NoCollapse;
    if (!ImGui::BeginPopupModal(title.c_str(), nullptr, flags)) {
        visible_ = false;  // closed by ImGui
        return;
    }
    {
        const ImVec2 at = ImGui::GetWindowPos(), size = ImGui::GetWindowSize();
        ui().registry.add_panel("File browser", at, {at.x + size.x, at.y + size.y});
        const Scope scope("File browser");
        draw_places();
        ImGui::SameLine();
        ImGui::BeginChild("right");
        if (button("Up", {.tooltip = "The folder above", .key = "Alt+Up"}) ||
            ImGui::Shortcut(ImGuiMod_Alt | ImGuiKey_UpArrow))
            enter(folder_.parent_path());
        ImGui::SameLine();
        const float filter_width = px(150);
        ImGui::SetNextItemWidth(ImGui::GetContentRegionAvail().x - filter_width - ImGui::GetStyle().ItemSpacing.x);
        if (ImGui::InputText("##path", &path_text_,
                             ImGuiInputTextFlags_EnterReturnsTrue | ImGuiInputTextFlags_ElideLeft))
            take(typed_path(path_text_));
        ui().registry.add_last_item("Path", ControlKind::text);
        ImGui::SameLine();
        ImGui::SetNextItemWidth(filter_width);
        if (take_focus_ && request_.purpose == Purpose::open) {
            ImGui::SetKeyboardFocusHere();
            take_focus_ = false;
        }
        if (ImGui::InputTextWithHint("##filter", "type to filter", &filter_)) message_.clear();
        ui().registry.add_last_item("Filter", ControlKind::text);
        const float height = ImGui::GetContentRegionAvail().y - ImGui::GetFrameHeightWithSpacing() -
                             ImGui::GetTextLineHeightWithSpacing();
        draw_listing({catalog ? -px(150) - ImGui::GetStyle().ItemSpacing.x : 0.0f, height});
        if (catalog && visible_) {
            ImGui::SameLine();
            draw_preview(*catalog, height);
        }
        if (visible_) draw_bottom();
        ImGui::EndChild();
    }
    ImGui::EndPopup();
}

}  // namespace afs::gui
