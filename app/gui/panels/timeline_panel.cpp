// The film: a row a track with its keys over time, and what plays, presets and measures it.
#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <map>

#include "app/gui/field_words.h"
#include "app/gui/film_choices.h"
#include "app/gui/panels/panels.h"
#include "app/gui/panels/timeline_lanes.h"
#include "app/gui/recorder.h"
#include "app/gui/widgets/controls.h"
#include "app/gui/widgets/number.h"
#include "app/gui/widgets/number_text.h"

namespace afs::gui {
namespace {

constexpr float kNameWidth = 236.0f;  // at 100 %

void edit_timeline(Workspace& workspace, const Document& document, std::string name, Timeline timeline) {
    Document next = document;
    next.timeline = std::move(timeline);
    workspace.edit = DocumentEdit{std::move(name), std::move(next)};
}

// On the same line, where there is room for so much; else on the next.
void beside(float width, float between = 8.0f) {
    ImGui::SameLine(0, px(between));
    if (ImGui::GetContentRegionAvail().x < px(width)) ImGui::NewLine();
}

void quiet_word(const char* word) {
    ImGui::AlignTextToFramePadding();
    ImGui::PushStyleColor(ImGuiCol_Text, colour::kQuiet);
    ImGui::TextUnformatted(word);
    ImGui::PopStyleColor();
    ImGui::SameLine(0, px(6));
}

// --- The toolbar ----------------------------------------------------------------------------------------------------

void draw_playing(const Timeline& timeline, TimelineState& state, Commands& commands) {
    {
        const DisabledBecause nothing(timeline.tracks.empty() ? "Nothing moves yet." : "");
        if (button(state.playing ? "Rest" : "Play", {.tooltip = "Plays from here on.",
                                                     .key = "Space",
                                                     .width = px(58),
                                                     .lit = state.playing,
                                                     .name = "Play"}))
            commands.run(ActionId::play);
    }
    ImGui::SameLine();
    bool loop = timeline.loop;
    if (toggle("Loop", loop,
               "The frame after the last is the first, also in what is recorded: after its last key a track goes on to "
               "its first one.",
               true))
        commands.run(ActionId::loop_film);
    ImGui::SameLine(0, px(12));
    toggle(
        "Every frame", state.every_frame,
        "Plays every frame, however long it takes. Otherwise the rate is kept, and what comes too late is left out.");
    ImGui::SameLine(0, px(12));
    ImGui::AlignTextToFramePadding();
    const std::int64_t count = timeline.frame_count();
    mono_text(fmt::format("{:6.2f} s  frame {:>{}} of {}", timeline.time_of(state.frame), state.frame,
                          std::to_string(count).size(), count));
}

void draw_measures(const Document& document, Workspace& workspace) {
    const Timeline& timeline = document.timeline;
    TimelineState& state = workspace.timeline;
    quiet_word("Length");
    double length = timeline.duration_s;
    if (number("Length", length,
               {.min = 0.5,
                .max = 60,
                .reset = Timeline{}.duration_s,
                .unit = "s",
                .decimals = 2,
                .step = 0.5,
                .unbounded = true,
                .logarithmic = true,
                .tooltip = "Of the film.",
                .plain = true,
                .labelled = false,
                .width = px(74)})) {
        const double now_s = timeline.time_of(state.frame) / timeline.duration_s;
        Timeline longer = with_length(timeline, length, state.stretch_keys);
        state.frame =
            nearest_frame(longer, state.stretch_keys ? now_s * longer.duration_s : timeline.time_of(state.frame));
        state.from_s = state.span_s = 0.0;
        state.selected.clear();
        edit_timeline(workspace, document, fmt::format("Film of {:.2f} s", longer.duration_s), std::move(longer));
    }
    ImGui::SameLine(0, px(6));
    toggle("Stretch", state.stretch_keys,
           "Keys move with the length, so that a loop stays one. Off: they stay where they are, and the film is no "
           "shorter than its last key.",
           true);
    ImGui::SameLine(0, px(12));
    quiet_word("Rate");
    double rate = timeline.frame_rate();
    if (number("Rate", rate,
               {.min = 1,
                .max = 240,
                .reset = Timeline{}.frame_rate(),
                .unit = "fps",
                .decimals = 0,
                .step = 1,
                .logarithmic = true,
                .tooltip = "Frames a second, 1 to 240. 23.976 and 29.97 are taken as television means them.",
                .plain = true,
                .labelled = false,
                .width = px(74)})) {
        const double now_s = timeline.time_of(state.frame);
        Timeline other = with_rate(timeline, rate);
        state.frame = nearest_frame(other, now_s);
        edit_timeline(workspace, document, fmt::format("{:.3g} frames a second", other.frame_rate()), std::move(other));
    }
}

void draw_presets(const FrameInfo& info, Commands& commands, bool as_items) {
    const Scope scope("Presets");
    for (const FilmPreset& preset : film_presets()) {
        const DisabledBecause impossible(!info.network          ? "Open a model first."
                                         : preset.moves_picture ? why_not_transformable(info)
                                                                : "");
        if (as_items) {
            if (ImGui::MenuItem(preset.name)) commands.run(ActionId::preset, preset.word);
            ui().registry.add_last_item(preset.name, ControlKind::menu);
            tooltip(preset.tooltip);
        } else {
            if (button(preset.name, {.tooltip = preset.tooltip})) commands.run(ActionId::preset, preset.word);
            const float next = ImGui::CalcTextSize("Equivariance demo").x + px(24);
            ImGui::SameLine(0, px(6));
            if (ImGui::GetContentRegionAvail().x < next) ImGui::NewLine();
        }
    }
    if (!as_items) ImGui::NewLine();
}

// Every field of the scene by room; those that have a track are ticked.
void draw_fields(const Scene& scene, const Timeline& timeline, Commands& commands) {
    const Scope scope("Add track");
    std::vector<std::string> groups;
    std::map<std::string, std::vector<std::string>> paths;
    for (const SceneField& field : fields_of(scene)) {
        const std::string group = field_words(field.path).group;
        if (paths[group].empty()) groups.push_back(group);
        paths[group].push_back(field.path);
    }
    for (const std::string& group : groups) {
        const bool open = ImGui::BeginMenu(group.c_str());
        ui().registry.add_last_item(group, ControlKind::menu);
        if (!open) continue;
        for (const std::string& path : paths[group]) {
            const std::string name = field_words(path).name;
            if (ImGui::MenuItem((name + "###" + path).c_str(), nullptr, find_track(timeline, path) != nullptr))
                commands.run(ActionId::add_key, path);
            ui().registry.add_last_item(name, ControlKind::row);
        }
        ImGui::EndMenu();
    }
}

void draw_easing(const Document& document, Workspace& workspace) {
    const Scope scope("Easings");
    TimelineState& state = workspace.timeline;
    const TimelineKey* first = find_key(document.timeline, state.selected.front());
    constexpr const char* kHelp[] = {
        "Stays, then jumps.", "Evenly.", "Rests at both keys.", "Through the keys without a corner.",
        "Angles: the shorter way round. Others: as a circle seen from the side; x and y a quarter apart make one."};
    for (const Easing easing : {Easing::hold, Easing::linear, Easing::smooth, Easing::cubic, Easing::circular}) {
        const std::string name = easing_words(easing);
        if (ImGui::MenuItem(name.c_str(), nullptr, first && first->easing == easing))
            edit_timeline(workspace, document, fmt::format("{} of {}", name, keys_in_words(state.selected.size())),
                          with_easing(document.timeline, state.selected, easing));
        ui().registry.add_last_item(name, ControlKind::menu);
        tooltip(kHelp[static_cast<int>(easing)]);
    }
}

void remove_selected(const Document& document, Workspace& workspace) {
    TimelineState& state = workspace.timeline;
    edit_timeline(workspace, document, "Remove " + keys_in_words(state.selected.size()),
                  without_keys(document.timeline, state.selected));
    state.selected.clear();
}

void draw_selection(const Document& document, Workspace& workspace) {
    TimelineState& state = workspace.timeline;
    const TimelineKey* first = find_key(document.timeline, state.selected.front());
    const std::string easing = std::string("Easing: ") + (first ? easing_words(first->easing) : "");
    if (button(easing.c_str(), {.tooltip = "How each selected key's value becomes the next one's.", .name = "Easing"}))
        ImGui::OpenPopup("easing");
    if (ImGui::BeginPopup("easing")) {
        draw_easing(document, workspace);
        ImGui::EndPopup();
    }
    ImGui::SameLine();
    if (button("Remove keys", {.tooltip = "Those that are selected.", .key = "Delete"}))
        remove_selected(document, workspace);
}

void draw_key_menu(const Document& document, Workspace& workspace) {
    TimelineState& state = workspace.timeline;
    if (!ImGui::BeginPopup(kKeyMenu)) return;
    ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(px(8), px(4)));  // lanes have none
    const TimelineKey* key = find_key(document.timeline, state.pressed_key);
    if (!key || state.selected.empty()) {
        ImGui::CloseCurrentPopup();
    } else {
        const Scope scope("Key");
        const auto item = [](const char* words) {
            const bool chosen = ImGui::MenuItem(words);
            ui().registry.add_last_item(words, ControlKind::menu);
            return chosen;
        };
        draw_easing(document, workspace);
        ImGui::Separator();
        if (item("Go there")) {
            state.frame = nearest_frame(document.timeline, key->time_s);
            state.playing = false;
        }
        if (item("Copy")) state.copied = copy_keys(document.timeline, state.selected);
        if (item("Remove")) remove_selected(document, workspace);
    }
    ImGui::PopStyleVar();
    ImGui::EndPopup();
}

void draw_toolbar(const Document& document, Scene& scene, Workspace& workspace, const FrameInfo& info,
                  Commands& commands) {
    TimelineState& state = workspace.timeline;
    draw_playing(document.timeline, state, commands);
    beside(360, 18);
    draw_measures(document, workspace);
    beside(170, 18);
    if (button("Presets\u2026", {.tooltip = "Whole tracks at once; each replaces its like."}))
        ImGui::OpenPopup("presets");
    if (ImGui::BeginPopup("presets")) {
        draw_presets(info, commands, true);
        ImGui::EndPopup();
    }
    ImGui::SameLine();
    {
        const DisabledBecause nothing(info.network ? "" : "Open a model first.");
        if (button("Add track\u2026",
                   {.tooltip = "Anything that decides what is seen. K over a control does the same."}))
            ImGui::OpenPopup("fields");
    }
    if (ImGui::BeginPopup("fields")) {
        draw_fields(scene, document.timeline, commands);
        ImGui::EndPopup();
    }
    if (info.recorder) {
        ImGui::SameLine();
        const DisabledBecause nothing(info.network ? "" : "Open a model first.");
        if (button("Record\u2026", {.tooltip = "Into a file, in the background.", .key = "Ctrl+R"}))
            commands.run(ActionId::record);
    }
    std::erase_if(state.selected, [&](const KeyRef& key) { return !find_key(document.timeline, key); });  // undone
    if (!state.selected.empty()) {
        beside(230, 18);
        draw_selection(document, workspace);
    }
}

// --- The names ------------------------------------------------------------------------------------------------------

void draw_track_menu(const Document& document, Workspace& workspace, const afs::Track& track, Commands& commands) {
    TimelineState& state = workspace.timeline;
    const std::string name = field_words(track.path).name;
    const auto item = [&](const char* words) {
        const bool chosen = ImGui::MenuItem(words);
        ui().registry.add_last_item(words, ControlKind::menu);
        return chosen;
    };
    if (item("Add a key here")) commands.run(ActionId::add_key, track.path);
    if (item("Select all keys")) {
        state.selected.clear();
        for (const TimelineKey& key : track.keys) state.selected.push_back({track.id, key.time_s});
    }
    if (item(state.curve == track.path ? "Hide the curve" : "Edit the curve"))
        state.curve = state.curve == track.path ? "" : track.path;
    if (item("Remove the track")) {
        // The field stays as it is seen.
        Document next = document;
        const auto seen = find_field(evaluate(document, document.timeline.time_of(state.frame)), track.path);
        if (seen) set_field(next.base, track.path, seen->value);
        std::erase_if(next.timeline.tracks, [&](const afs::Track& t) { return t.id == track.id; });
        workspace.edit = DocumentEdit{"Remove the track of " + name, std::move(next)};
    }
}

void draw_track_name(const Document& document, const Scene& scene, Workspace& workspace, const afs::Track& track,
                     Commands& commands) {
    TimelineState& state = workspace.timeline;
    const FieldWords words = field_words(track.path);
    const float height = lane_height(state, track);
    const ImVec2 at = ImGui::GetCursorPos();
    ImGui::PushID(track.id);
    const Scope scope(words.name.c_str());
    bool enabled = track.enabled;
    ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, ImVec2(px(3), px(2)));
    ImGui::SetCursorPosY(at.y + (px(kLaneHeight) - ImGui::GetFrameHeight()) / 2);
    const bool switched = ImGui::Checkbox("##on", &enabled);
    ImGui::PopStyleVar();
    ui().registry.add_last_item("On", ControlKind::toggle);
    tooltip("Whether the track moves anything.", "default on");
    if (switched) {
        Timeline next = document.timeline;
        for (afs::Track& each : next.tracks)
            if (each.id == track.id) each.enabled = enabled;
        edit_timeline(workspace, document, fmt::format("{} the track of {}", enabled ? "Use" : "Leave out", words.name),
                      std::move(next));
    }
    ImGui::SetCursorPos({at.x + px(26), at.y});
    const auto seen = find_field(scene, track.path);
    const std::string value = seen ? value_words(seen->value, words) : "not in this scene";
    const float width = px(kNameWidth - 32);
    const ImVec2 corner = ImGui::GetCursorScreenPos();
    ImGui::InvisibleButton("name", {width, px(kLaneHeight)});
    ui().registry.add_last_item("Name", ControlKind::row);
    const bool hovered = ImGui::IsItemHovered();
    tooltip(seen ? "Double-click opens its curve, right click more."
                 : "The scene has no such value at present, so the track moves nothing: perhaps the latent is of "
                   "another kind than when it was made.",
            track.path.c_str());
    if (hovered && ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left))
        state.curve = state.curve == track.path ? "" : track.path;
    if (ImGui::BeginPopupContextItem("menu")) {
        ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(px(8), px(4)));
        draw_track_menu(document, workspace, track, commands);
        ImGui::PopStyleVar();
        ImGui::EndPopup();
    }
    ImDrawList* draw = ImGui::GetWindowDrawList();
    const float text_y = corner.y + (px(kLaneHeight) - ImGui::GetTextLineHeight()) / 2;
    {
        const FontScope mono(ui().fonts.mono, 13.0f);
        const std::string shown = cut_to_width(value, width * 0.5f);
        draw->AddText({corner.x + width - ImGui::CalcTextSize(shown.c_str()).x - px(6), text_y + px(1)},
                      seen ? colour::kQuiet : colour::kWarning, shown.c_str());
    }
    draw->AddText({corner.x, text_y}, !track.enabled ? colour::kQuiet : colour::kText,
                  cut_to_width(words.name, width * 0.5f).c_str());
    ImGui::PopID();
    ImGui::SetCursorPos({at.x, at.y + height});
}

// --- Keys of the keyboard -------------------------------------------------------------------------------------------

void handle_keys(const Document& document, Workspace& workspace, Commands& commands, ImGuiID lanes) {
    TimelineState& state = workspace.timeline;
    constexpr ImGuiInputFlags kHere = ImGuiInputFlags_RouteFocused;
    if (!state.selected.empty() && ImGui::Shortcut(ImGuiKey_Delete, kHere)) remove_selected(document, workspace);
    if (!state.selected.empty() && ImGui::Shortcut(ImGuiMod_Ctrl | ImGuiKey_C, kHere))
        state.copied = copy_keys(document.timeline, state.selected);
    if (!state.copied.empty() && ImGui::Shortcut(ImGuiMod_Ctrl | ImGuiKey_V, kHere)) {
        MovedKeys pasted = paste_keys(document, state.copied, document.timeline.time_of(state.frame));
        state.selected = std::move(pasted.keys);
        edit_timeline(workspace, document, "Paste " + keys_in_words(state.selected.size()), std::move(pasted.timeline));
    }
    // The arrows are the lanes' while they have the focus.
    if (lanes == 0 || ImGui::GetCurrentContext()->NavId != lanes ||
        !ImGui::IsWindowFocused(ImGuiFocusedFlags_ChildWindows))
        return;
    ImGui::SetKeyOwner(ImGuiKey_LeftArrow, lanes);
    ImGui::SetKeyOwner(ImGuiKey_RightArrow, lanes);
    if (ImGui::IsKeyPressed(ImGuiKey_LeftArrow, ImGuiInputFlags_Repeat, lanes)) commands.run(ActionId::frame_back);
    if (ImGui::IsKeyPressed(ImGuiKey_RightArrow, ImGuiInputFlags_Repeat, lanes)) commands.run(ActionId::frame_forward);
}

// --- What is recorded -----------------------------------------------------------------------------------------------

// As high as two lines; an empty field before the first frame.
void draw_newest_frame(const std::optional<PictureAtlas::Picture>& picture) {
    const float side = 2 * ImGui::GetFrameHeight() + ImGui::GetStyle().ItemSpacing.y;
    const ImVec2 at = ImGui::GetCursorScreenPos(), end(at.x + side, at.y + side);
    ImGui::Dummy({side, side});
    if (picture)
        draw_small_picture(ImGui::GetWindowDrawList(), *picture, at, end);
    else
        ImGui::GetWindowDrawList()->AddRectFilled(at, end, colour::kBackground, px(3));
    ui().registry.add_last_item(picture ? "Newest frame" : "No frame yet", ControlKind::row);
}

// The newest frame, how far the film is and how large it becomes; or a line that tells how it ended.
void draw_recording(const FrameInfo& info, Commands& commands) {
    const Recording* recording = info.recorder ? info.recorder->recording() : nullptr;
    if (!recording) return;
    const Scope scope("Recording");
    const float buttons = px(recording->running ? 76 : 200);
    const auto line = [&](const std::string& text, ImU32 ink, float width) {
        ImGui::AlignTextToFramePadding();
        ImGui::PushStyleColor(ImGuiCol_Text, ink);
        ImGui::TextUnformatted(cut_to_width(text, width).c_str());
        ImGui::PopStyleColor();
    };
    if (recording->running) {
        const std::string left =
            recording->seconds_left ? ", " + duration_words(*recording->seconds_left) + " left" : std::string();
        draw_newest_frame(info.recorder->newest_frame());
        ImGui::SameLine();
        ImGui::BeginGroup();
        line("Recording " + recording->request.output.filename().string() + ": " + recording->progress.doing + left +
                 (recording->bytes ? ", about " + size_text(*recording->bytes) + " in all" : std::string()),
             colour::kText, ImGui::GetContentRegionAvail().x);
        const float bar = std::min(px(320), ImGui::GetContentRegionAvail().x - buttons);
        ImGui::PushStyleColor(ImGuiCol_PlotHistogram, colour::kFill);
        const double fraction = std::max(recording->progress.fraction, 0.0);
        ImGui::ProgressBar(static_cast<float>(fraction), {bar, 0}, fmt::format("{:.0f} %", fraction * 100).c_str());
        ImGui::PopStyleColor();
        ImGui::SameLine();
        if (button("Cancel", {.tooltip = "What was made until then stays and plays.", .width = px(68)}))
            commands.run(ActionId::cancel_recording);
        ImGui::EndGroup();
        return;
    }
    line(recording->ended, recording->failure ? colour::kWarning : colour::kGood,
         ImGui::GetContentRegionAvail().x - buttons);
    ImGui::SameLine();
    if (button("Show in folder", {.tooltip = "Opens it with the desktop's program."}))
        commands.run(ActionId::show_recording);
    ImGui::SameLine();
    if (button("Close", {.tooltip = "Puts this line away."})) commands.run(ActionId::forget_recording);
}

// --- All of it ------------------------------------------------------------------------------------------------------

void draw_empty(const FrameInfo& info, Commands& commands) {
    gap(4);
    quiet_text(
        "Nothing moves yet. Point at a number, a switch or the picture and press K: it gets a key here. Move the "
        "playhead and change it: a second key. Or begin with a preset:");
    gap(2);
    draw_presets(info, commands, false);
}

void draw_tracks(const Document& document, Scene& scene, Workspace& workspace, const FrameInfo& info,
                 Commands& commands) {
    TimelineState& state = workspace.timeline;
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const float scrollbar = ImGui::GetStyle().ScrollbarSize;
    const float width = std::max(ImGui::GetContentRegionAvail().x - px(kNameWidth) - scrollbar, px(80));
    const TimeAxis axis = time_axis(state, document.timeline, at.x + px(kNameWidth), width);
    ImGui::SetCursorScreenPos({axis.left, at.y});
    draw_ruler(document, state, axis);
    const float ruler_bottom = at.y + px(kRulerHeight);
    ImGui::SetCursorScreenPos({at.x, ruler_bottom});
    ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(ImGui::GetStyle().ItemSpacing.x, 0));
    ImGuiID lanes = 0;
    if (ImGui::BeginChild("tracks", {0, 0}, ImGuiChildFlags_None)) {
        const ImVec2 top = ImGui::GetCursorPos();
        if (document.timeline.tracks.empty()) {
            ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(px(8), px(4)));
            draw_empty(info, commands);
            ImGui::PopStyleVar();
        } else {
            for (const afs::Track& track : document.timeline.tracks)
                draw_track_name(document, scene, workspace, track, commands);
            ImGui::SetCursorPos({top.x + px(kNameWidth), top.y});
            lanes = draw_lanes(document, workspace, axis);
            draw_key_menu(document, workspace);
            const ImVec2 inside = ImGui::GetWindowPos();
            draw_playhead(document, state, axis, inside.y - px(20), inside.y + ImGui::GetWindowHeight());
        }
    }
    ImGui::EndChild();
    ImGui::PopStyleVar();
    draw_playhead(document, state, axis, at.y, ruler_bottom);
    handle_keys(document, workspace, commands, lanes);
}

}  // namespace

void draw_timeline_panel(Scene& scene, Workspace& workspace, const FrameInfo& info, Commands& commands) {
    if (!info.history) return;
    const Document& document = info.history->current();
    draw_toolbar(document, scene, workspace, info, commands);
    draw_recording(info, commands);
    if (const auto problem = timeline_problem(document))
        coloured_text("This film cannot be recorded: " + problem->where + " " + problem->what + ".", colour::kWarning);
    draw_tracks(document, scene, workspace, info, commands);
}

}  // namespace afs::gui
