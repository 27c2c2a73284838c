#include "app/gui/command_palette.h"

#include <imgui_internal.h>
#include <misc/cpp/imgui_stdlib.h>

#include <algorithm>

#include "app/gui/fuzzy_match.h"
#include "app/gui/widgets/controls.h"

namespace afs::gui {
namespace {

constexpr float kWidth = 620, kRowsShown = 12;

// The text with its matched letters bright; whole characters only, drawn in runs so that they stand as in other texts.
void draw_matched(ImDrawList* draw, ImVec2 at, const std::string& text, const std::vector<std::size_t>& positions,
                  ImU32 plain, ImU32 matched) {
    const auto character_end = [&](std::size_t i) {
        do ++i;
        while (i < text.size() && (static_cast<unsigned char>(text[i]) & 0xC0) == 0x80);
        return i;
    };
    const auto lit = [&](std::size_t begin, std::size_t end) {
        return std::any_of(positions.begin(), positions.end(), [&](std::size_t p) { return p >= begin && p < end; });
    };
    for (std::size_t i = 0; i < text.size();) {
        std::size_t end = character_end(i);
        const bool bright = lit(i, end);
        while (end < text.size() && lit(end, character_end(end)) == bright) end = character_end(end);
        const std::string run = text.substr(i, end - i);
        draw->AddText(at, bright ? matched : plain, run.c_str());
        at.x += ImGui::CalcTextSize(run.c_str()).x;
        i = end;
    }
}

void add_rows(const Action& a, const App& app, const std::string& typed, std::vector<CommandPalette::Row>& rows) {
    const std::string reason = why_not(a, app);
    const std::string name = a.name;
    if (a.typed)
        if (const auto meant = a.typed(typed))
            rows.push_back({&a, name + " " + meant->text, meant->argument, reason, {}});
    if (a.choices)
        for (const Choice& choice : a.choices(app))
            rows.push_back({&a, name + ": " + choice.text, choice.argument, reason, {}});
    if (!a.typed && !a.choices && a.id != ActionId::palette) rows.push_back({&a, name, "", reason, {}});
}

}  // namespace

void CommandPalette::show() {
    visible_ = opening_ = true;
    typed_.clear();
    selected_ = 0;
}

std::vector<CommandPalette::Row> CommandPalette::find(const App& app, const std::string& typed) {
    struct Scored {
        Row row;
        int score = 0;
    };
    std::vector<Scored> found;
    for (const Action& a : actions()) {
        std::vector<Row> rows;
        add_rows(a, app, typed, rows);
        for (Row& row : rows) {
            auto match = fuzzy_match(typed, row.text);
            if (!match) continue;
            row.positions = std::move(match->positions);
            // Without a text there is no long list of files and moments; a number means a seed before all.
            if (typed.empty() && a.choices) continue;
            found.push_back({std::move(row), a.typed ? 1'000'000 : match->score});
        }
    }
    std::stable_sort(found.begin(), found.end(), [](const Scored& a, const Scored& b) {
        if (a.row.why_not.empty() != b.row.why_not.empty()) return a.row.why_not.empty();
        return a.score > b.score;
    });
    std::vector<Row> rows;
    for (Scored& s : found) rows.push_back(std::move(s.row));
    return rows;
}

void CommandPalette::choose(const Row& row, Commands& commands) {
    if (!row.why_not.empty()) return;
    commands.run(row.action->id, row.argument);
    visible_ = false;
    ImGui::CloseCurrentPopup();
}

void CommandPalette::draw_rows(const std::vector<Row>& rows, Commands& commands) {
    const float height = ImGui::GetFrameHeight();
    const float shown = std::clamp(static_cast<float>(rows.size()), 1.0f, kRowsShown);
    ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(0, 0));
    ImGui::BeginChild("rows", {0, shown * height}, ImGuiChildFlags_None, ImGuiWindowFlags_NoNav);
    if (rows.empty()) quiet_text("  No command is called so.");
    for (int i = 0; i < static_cast<int>(rows.size()); ++i) {
        const Row& row = rows[static_cast<std::size_t>(i)];
        ImGui::PushID(i);
        const ImVec2 at = ImGui::GetCursorScreenPos();
        const float width = ImGui::GetContentRegionAvail().x;
        if (ImGui::InvisibleButton("row", {width, height})) choose(row, commands);
        ui().registry.add_last_item(row.text, ControlKind::row);
        const ImGuiIO& io = ImGui::GetIO();
        if (ImGui::IsItemHovered() && (io.MouseDelta.x != 0 || io.MouseDelta.y != 0)) selected_ = i;
        ImDrawList* draw = ImGui::GetWindowDrawList();
        if (i == selected_)
            draw->AddRectFilled(at, {at.x + width, at.y + height}, colour::faded(colour::kAccent, 0x38),
                                ImGui::GetStyle().FrameRounding);
        if (i == selected_ && scroll_to_selected_) ImGui::SetScrollHereY(0.5f);
        const bool possible = row.why_not.empty();
        const float text_y = at.y + (height - ImGui::GetTextLineHeight()) / 2;
        const std::string right = possible ? key_text(row.action->key) : row.why_not;
        ImFont* right_font = possible ? ui().fonts.mono : ui().fonts.regular;
        float right_width = 0.0f;
        {
            const FontScope font(right_font);
            right_width = ImGui::CalcTextSize(right.c_str()).x;
            draw->AddText({at.x + width - right_width - px(10), text_y},
                          colour::faded(colour::kQuiet, possible ? 0xFF : 0xA0), right.c_str());
        }
        const std::string text = cut_to_width(row.text, width - right_width - px(36));
        const ImU32 faint = colour::faded(colour::kQuiet, 0xA0);
        draw_matched(draw, {at.x + px(10), text_y}, text, row.positions,
                     !possible               ? faint
                     : row.positions.empty() ? colour::kText
                                             : colour::kQuiet,
                     possible ? colour::kText : colour::kQuiet);
        ImGui::PopID();
    }
    scroll_to_selected_ = false;
    ImGui::EndChild();
    ImGui::PopStyleVar();
}

void CommandPalette::draw(const App& app, Commands& commands) {
    if (!visible_) return;
    constexpr const char* kId = "###palette";
    const bool fresh = std::exchange(opening_, false);
    if (fresh) ImGui::OpenPopup(kId);
    const ImGuiViewport& viewport = *ImGui::GetMainViewport();
    const float width = std::min(px(kWidth), viewport.Size.x * 0.9f);
    ImGui::SetNextWindowPos({viewport.GetCenter().x, viewport.WorkPos.y + viewport.WorkSize.y * 0.12f},
                            ImGuiCond_Always, {0.5f, 0.0f});
    ImGui::SetNextWindowSize({width, 0});
    constexpr auto flags = ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoNav;
    if (!ImGui::BeginPopup(kId, flags)) {
        visible_ = false;  // closed by Esc or by a click beside it
        return;
    }
    {
        const ImVec2 at = ImGui::GetWindowPos(), size = ImGui::GetWindowSize();
        ui().registry.add_panel("Command palette", at, {at.x + size.x, at.y + size.y});
        const Scope scope("Palette");
        const ImGuiID owner = ImGui::GetID("keys");
        // The arrows choose among the rows; they would otherwise leave the text field.
        for (const ImGuiKey key : {ImGuiKey_UpArrow, ImGuiKey_DownArrow}) ImGui::SetKeyOwner(key, owner);
        if (fresh) ImGui::SetKeyboardFocusHere();
        ImGui::SetNextItemWidth(-1);
        const bool entered =
            ImGui::InputTextWithHint("##text", "a command, or a seed", &typed_, ImGuiInputTextFlags_EnterReturnsTrue);
        ui().registry.add_last_item("Text", ControlKind::text);
        if (ImGui::IsItemEdited()) {
            selected_ = 0;
            scroll_to_selected_ = true;
        }
        const std::vector<Row> rows = find(app, typed_);
        const auto pressed = [&](ImGuiKey key) {
            return ImGui::IsKeyPressed(key, ImGuiInputFlags_Repeat, owner) ? 1 : 0;
        };
        if (const int step = pressed(ImGuiKey_DownArrow) - pressed(ImGuiKey_UpArrow)) {
            selected_ += step;
            scroll_to_selected_ = true;
        }
        selected_ = std::clamp(selected_, 0, std::max(static_cast<int>(rows.size()) - 1, 0));
        gap(4);
        draw_rows(rows, commands);
        if (entered && !rows.empty()) choose(rows[static_cast<std::size_t>(selected_)], commands);
        if (entered && visible_) ImGui::SetKeyboardFocusHere(-1);
        // Esc closes at once, though a text field would keep it for itself.
        const bool closed_by_key =
            ImGui::Shortcut(action(ActionId::palette).key) || ImGui::IsKeyPressed(ImGuiKey_Escape);
        if (closed_by_key && !fresh) {
            visible_ = false;
            ImGui::CloseCurrentPopup();
        }
    }
    ImGui::EndPopup();
}

}  // namespace afs::gui
