#include "app/gui/actions.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/gui/action_rows.h"
#include "app/gui/app.h"
#include "core/base/error.h"

namespace afs::gui {

const char* menu_name(Menu menu) {
    switch (menu) {
        case Menu::file: return "File";
        case Menu::edit: return "Edit";
        case Menu::view: return "View";
        case Menu::film: return "Film";
        case Menu::help: return "Help";
        case Menu::none: break;
    }
    return "";
}

const char* without_picture(const App& app) { return app.picture() ? "" : "Open a model first."; }

std::span<const Action> actions() {
    static const std::vector<Action> all = [] {
        std::vector<Action> rows;
        for (const auto menu : {file_actions(), edit_actions(), view_actions(), film_actions(), help_actions()})
            rows.insert(rows.end(), menu.begin(), menu.end());
        return rows;
    }();
    return all;
}

const Action& action(ActionId id) {
    const auto all = actions();
    const auto found = std::find_if(all.begin(), all.end(), [&](const Action& a) { return a.id == id; });
    AFS_CHECK(found != all.end());
    return *found;
}

const Action* find_action(const std::string& word) {
    const auto all = actions();
    const auto found = std::find_if(all.begin(), all.end(), [&](const Action& a) { return a.word == word; });
    return found == all.end() ? nullptr : &*found;
}

const char* why_not(const Action& action, const App& app) { return action.why_not ? action.why_not(app) : ""; }

std::string key_conflict(std::span<const Action> actions, std::span<const KeyNote> notes) {
    const auto words = [](ImGuiKeyChord key, const char* one, const char* other) {
        return fmt::format("{} means \u201c{}\u201d and \u201c{}\u201d", key_text(key), one, other);
    };
    for (std::size_t i = 0; i < actions.size(); ++i) {
        if (actions[i].key == 0) continue;
        for (std::size_t j = i + 1; j < actions.size(); ++j)
            if (actions[j].key == actions[i].key) return words(actions[i].key, actions[i].name, actions[j].name);
        for (const KeyNote& note : notes)
            for (const ImGuiKeyChord chord : note.chords)
                if (chord == actions[i].key) return words(chord, actions[i].name, note.what);
    }
    for (std::size_t i = 0; i < notes.size(); ++i)
        for (std::size_t j = i + 1; j < notes.size(); ++j) {
            if (std::string_view(notes[i].place) != notes[j].place) continue;
            for (const ImGuiKeyChord chord : notes[i].chords)
                if (chord != 0 && std::count(notes[j].chords.begin(), notes[j].chords.end(), chord) > 0)
                    return words(chord, notes[i].what, notes[j].what);
        }
    return {};
}

std::string key_text(ImGuiKeyChord key) {
    if (key == 0) return {};
    std::string text;
    if (key & ImGuiMod_Ctrl) text += "Ctrl+";
    if (key & ImGuiMod_Shift) text += "Shift+";
    if (key & ImGuiMod_Alt) text += "Alt+";
    const auto plain = static_cast<ImGuiKey>(key & ~ImGuiMod_Mask_);
    if (plain == ImGuiKey_Equal) return text + "+";
    if (plain == ImGuiKey_Minus) return text + "\u2212";
    if (plain == ImGuiKey_Comma) return text + ",";
    if (plain == ImGuiKey_Period) return text + ".";
    return text + ImGui::GetKeyName(plain);
}

}  // namespace afs::gui
