#include "app/gui/panels/timeline_lanes.h"

#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "app/gui/field_words.h"
#include "app/gui/widgets/controls.h"
#include "app/gui/widgets/key_mark.h"
#include "app/gui/widgets/number_text.h"

namespace afs::gui {
namespace {

using Drag = TimelineState::Drag;

constexpr double kMargin = 0.02;  // of the whole film, left free on both sides
constexpr float kReach = 7.0f;    // a key is hit so near its centre, at 100 %
constexpr float kDragThreshold = 3.0f;

bool contains(const std::vector<KeyRef>& keys, const KeyRef& key) {
    return std::find(keys.begin(), keys.end(), key) != keys.end();
}

// --- The axis -------------------------------------------------------------------------------------------------------

void show_whole_film(TimelineState& state) { state.from_s = state.span_s = 0.0; }

void zoom(TimelineState& state, const Timeline& timeline, const TimeAxis& axis, float at_x, double factor) {
    const double frame_s = 1.0 / timeline.frame_rate(), whole = timeline.duration_s * (1 + 2 * kMargin);
    const double span = axis.span_s * factor;
    if (span >= whole) {
        show_whole_film(state);
        return;
    }
    const double at_s = axis.time(at_x);
    state.span_s = std::max(span, std::min(4 * frame_s, whole));
    state.from_s = at_s - (at_s - axis.from_s) * state.span_s / axis.span_s;
}

void pan(TimelineState& state, const Timeline& timeline, const TimeAxis& axis, double by_s) {
    if (state.span_s == 0.0) return;  // the whole film is in sight
    const double edge = timeline.duration_s * kMargin;
    state.from_s = std::clamp(axis.from_s + by_s, -edge, std::max(timeline.duration_s + edge - axis.span_s, -edge));
}

void handle_wheel(TimelineState& state, const Timeline& timeline, const TimeAxis& axis) {
    if (!ImGui::IsItemHovered()) return;
    ImGui::SetItemKeyOwner(ImGuiKey_MouseWheelY);
    ImGui::SetItemKeyOwner(ImGuiKey_MouseWheelX);
    const ImGuiIO& io = ImGui::GetIO();
    if (io.MouseWheelH != 0.0f) pan(state, timeline, axis, -io.MouseWheelH * axis.span_s * 0.1);
    if (io.MouseWheel != 0.0f && io.KeyShift) pan(state, timeline, axis, -io.MouseWheel * axis.span_s * 0.1);
    if (io.MouseWheel != 0.0f && !io.KeyShift) zoom(state, timeline, axis, io.MousePos.x, std::pow(0.8, io.MouseWheel));
}

// The smallest step of the ruler that leaves room for its labels.
double ruler_step(const Timeline& timeline, const TimeAxis& axis) {
    const double least = px(64) / axis.width * axis.span_s, frame_s = 1.0 / timeline.frame_rate();
    for (const double frames : {1.0, 2.0, 5.0})
        if (frames * frame_s >= least) return frames * frame_s;
    for (const double step :
         {0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0})
        if (step >= least && step >= frame_s) return step;
    return 7200.0;
}

std::string clock_text(double time_s, double step_s) {
    if (step_s < 0.1) return fmt::format("{:.2f} s", time_s);
    if (step_s < 1.0) return fmt::format("{:.1f} s", time_s);
    const auto whole = static_cast<long long>(std::llround(time_s));
    return whole < 60 ? fmt::format("{} s", whole) : fmt::format("{}:{:02}", whole / 60, whole % 60);
}

// --- Keys -----------------------------------------------------------------------------------------------------------

struct Lane {
    const afs::Track* track = nullptr;
    float top = 0.0f, height = 0.0f;
    bool curve = false;
    double low = 0.0, high = 1.0;  // that the curve spans
    [[nodiscard]] float middle() const { return top + height / 2; }
    [[nodiscard]] float y(double value) const {
        return top + height - px(10) - static_cast<float>((value - low) / (high - low)) * (height - px(20));
    }
};

std::optional<double> number_of(const FieldValue& value) {
    if (const auto* real = std::get_if<double>(&value)) return *real;
    if (const auto* whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
    return std::nullopt;
}

std::vector<Lane> lanes_of(const Document& document, const TimelineState& state, float top) {
    std::vector<Lane> lanes;
    for (const afs::Track& track : document.timeline.tracks) {
        Lane lane{&track, top, lane_height(state, track), track.path == state.curve};
        if (lane.curve) {
            // While a value is pulled, what it is measured by stays.
            const bool pulled = state.drag == Drag::value && state.document_before;
            const Document& measured = pulled ? *state.document_before : document;
            const afs::Track* same = find_track(measured.timeline, track.id);
            const auto whole =
                same ? track_curve(measured, *same, 0, measured.timeline.duration_s, 200) : std::vector<double>();
            if (whole.empty()) {
                lane.curve = false;
            } else {
                const auto [low, high] = std::minmax_element(whole.begin(), whole.end());
                // A level track has room to be pulled up and down in.
                const double air = *high - *low > 1e-9 ? 0.0 : std::max(std::abs(*low), 1.0) / 2;
                lane.low = *low - air;
                lane.high = *high + air;
            }
        }
        top += lane.height;
        lanes.push_back(lane);
    }
    return lanes;
}

ImVec2 place_of(const Lane& lane, const TimelineKey& key, const TimeAxis& axis) {
    const auto number = lane.curve ? number_of(key.value) : std::nullopt;
    return {axis.x(key.time_s), number ? lane.y(*number) : lane.middle()};
}

struct Hit {
    KeyRef ref;
    const Lane* lane = nullptr;
    const TimelineKey* key = nullptr;
};

std::optional<Hit> key_at(const std::vector<Lane>& lanes, const TimeAxis& axis, ImVec2 mouse) {
    std::optional<Hit> nearest;
    float least = px(kReach);
    for (const Lane& lane : lanes) {
        if (mouse.y < lane.top || mouse.y >= lane.top + lane.height) continue;
        for (const TimelineKey& key : lane.track->keys) {
            const ImVec2 at = place_of(lane, key, axis);
            const float distance = std::max(std::abs(mouse.x - at.x), std::abs(mouse.y - at.y));
            if (distance > least) continue;
            least = distance;
            nearest = Hit{{lane.track->id, key.time_s}, &lane, &key};
        }
    }
    return nearest;
}

// The moment that a key which would come to lie at `time_s` snaps to: another key or the playhead where it is near,
// else a frame. Ctrl: none.
double snapped(const Document& document, const TimelineState& state, const TimeAxis& axis, double time_s) {
    const Timeline& timeline = document.timeline;
    if (ImGui::GetIO().KeyCtrl) return time_s;
    const double near = px(6) / axis.width * axis.span_s;
    double best = std::round(time_s * timeline.frame_rate()) / timeline.frame_rate(), least = near;
    const auto consider = [&](double other) {
        if (std::abs(other - time_s) >= least) return;
        least = std::abs(other - time_s);
        best = other;
    };
    for (const afs::Track& track : timeline.tracks)
        for (const TimelineKey& key : track.keys)
            if (!contains(state.selected_before, {track.id, key.time_s})) consider(key.time_s);
    consider(timeline.time_of(state.frame));
    consider(timeline.duration_s);
    return best;
}

void drag_keys(Workspace& workspace, const TimeAxis& axis, ImVec2 mouse) {
    TimelineState& state = workspace.timeline;
    const Document& before = *state.document_before;
    const double moved_to = state.pressed_key.time_s + axis.time(mouse.x) - state.pressed_s;
    const double by_s = snapped(before, state, axis, moved_to) - state.pressed_key.time_s;
    MovedKeys moved = move_keys(before.timeline, state.selected_before, by_s, state.copying);
    Document next = before;
    next.timeline = std::move(moved.timeline);
    state.selected = std::move(moved.keys);
    workspace.edit =
        DocumentEdit{(state.copying ? "Copy " : "Move ") + keys_in_words(state.selected.size()), std::move(next)};
}

// Up and down in a lane with a curve.
void drag_value(Workspace& workspace, const Lane& lane, ImVec2 mouse) {
    TimelineState& state = workspace.timeline;
    const TimelineKey* key = find_key(state.document_before->timeline, state.pressed_key);
    const auto field = find_field(state.document_before->base, lane.track->path);
    const auto number = key ? number_of(key->value) : std::nullopt;
    if (!number || !field) return;
    const double fine = ImGui::GetIO().KeyAlt ? 0.1 : 1.0;
    double value = *number + fine * (state.pressed_at.y - mouse.y) / (lane.height - px(20)) * (lane.high - lane.low);
    value = std::clamp(value, field->low, field->high);
    const FieldWords words = field_words(lane.track->path);
    const double factor = std::pow(10.0, words.decimals + (fine < 1 ? 1 : 0));
    value = std::nearbyint(value * factor) / factor;
    Document next = *state.document_before;
    next.timeline = with_key(std::move(next.timeline), lane.track->path, value, state.pressed_key.time_s);
    workspace.edit = DocumentEdit{words.name + " " + value_words(value, words), std::move(next)};
}

void select_in_box(TimelineState& state, const std::vector<Lane>& lanes, const TimeAxis& axis, const ImRect& box) {
    state.selected = state.selected_before;
    for (const Lane& lane : lanes)
        for (const TimelineKey& key : lane.track->keys) {
            const KeyRef ref{lane.track->id, key.time_s};
            if (box.Contains(place_of(lane, key, axis)) && !contains(state.selected, ref))
                state.selected.push_back(ref);
        }
}

void press(const Document& document, TimelineState& state, const std::optional<Hit>& hit, const TimeAxis& axis) {
    const ImGuiIO& io = ImGui::GetIO();
    state.drag = Drag::undecided;
    state.pressed_at = {io.MousePos.x, io.MousePos.y};
    state.pressed_s = axis.time(io.MousePos.x);
    state.copying = io.KeyAlt;
    state.document_before = std::make_shared<const Document>(document);
    state.pressed_key = hit ? hit->ref : KeyRef{};
    const bool more = io.KeyCtrl || io.KeyShift;
    if (hit && more && contains(state.selected, hit->ref))
        std::erase(state.selected, hit->ref);
    else if (hit && !contains(state.selected, hit->ref))
        more ? state.selected.push_back(hit->ref) : state.selected.assign(1, hit->ref);
    else if (!hit && !more)
        state.selected.clear();
    state.selected_before = state.selected;
}

void decide(TimelineState& state, const std::vector<Lane>& lanes) {
    const ImVec2 mouse = ImGui::GetIO().MousePos;
    const float dx = std::abs(mouse.x - static_cast<float>(state.pressed_at.x)),
                dy = std::abs(mouse.y - static_cast<float>(state.pressed_at.y));
    if (std::max(dx, dy) < px(kDragThreshold)) return;
    const bool on_key = state.pressed_key.track != 0;
    const bool on_curve = std::any_of(lanes.begin(), lanes.end(), [&](const Lane& lane) {
        return lane.curve && lane.track->id == state.pressed_key.track;
    });
    if (!on_key)
        state.drag = Drag::box;
    else if (on_curve && dy > dx)
        state.drag = Drag::value;
    else if (contains(state.selected_before, state.pressed_key))
        state.drag = Drag::keys;
}

void handle_double_click(const Document& document, Workspace& workspace, const std::vector<Lane>& lanes,
                         const std::optional<Hit>& hit, const TimeAxis& axis) {
    TimelineState& state = workspace.timeline;
    const Timeline& timeline = document.timeline;
    const ImVec2 mouse = ImGui::GetIO().MousePos;
    state.drag = Drag::none;
    if (hit) {
        state.frame = nearest_frame(timeline, hit->key->time_s);
        state.playing = false;
        return;
    }
    for (const Lane& lane : lanes) {
        if (mouse.y < lane.top || mouse.y >= lane.top + lane.height) continue;
        const auto field = find_field(document.base, lane.track->path);
        const double at_s = timeline.time_of(nearest_frame(timeline, axis.time(mouse.x)));
        if (!field || axis.time(mouse.x) < 0 || axis.time(mouse.x) > timeline.duration_s) continue;
        Document next = document;
        next.timeline =
            with_key(std::move(next.timeline), lane.track->path, value_at(timeline, *lane.track, *field, at_s), at_s);
        state.selected = {{lane.track->id, at_s}};
        workspace.edit =
            DocumentEdit{fmt::format("Key of {} at {:.2f} s", field_words(lane.track->path).name, at_s), next};
    }
}

void handle_mouse(const Document& document, Workspace& workspace, const std::vector<Lane>& lanes, const TimeAxis& axis,
                  const std::optional<Hit>& hit) {
    TimelineState& state = workspace.timeline;
    const ImVec2 mouse = ImGui::GetIO().MousePos;
    if (ImGui::IsItemActivated()) press(document, state, hit, axis);
    if (ImGui::IsItemHovered() && ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left)) {
        handle_double_click(document, workspace, lanes, hit, axis);
        return;
    }
    if (ImGui::IsItemActive() || ImGui::IsItemDeactivated()) {
        if (state.drag == Drag::undecided) decide(state, lanes);
        if (state.drag == Drag::keys) drag_keys(workspace, axis, mouse);
        if (state.drag == Drag::value)
            for (const Lane& lane : lanes)
                if (lane.track->id == state.pressed_key.track) drag_value(workspace, lane, mouse);
        if (state.drag == Drag::box) {
            const float x = static_cast<float>(state.pressed_at.x), y = static_cast<float>(state.pressed_at.y);
            select_in_box(state, lanes, axis,
                          {{std::min(x, mouse.x), std::min(y, mouse.y)}, {std::max(x, mouse.x), std::max(y, mouse.y)}});
        }
    }
    if (ImGui::IsItemDeactivated()) {
        // A click on one of several selected keys means that one.
        const ImGuiIO& io = ImGui::GetIO();
        if (state.drag == Drag::undecided && state.pressed_key.track != 0 && !io.KeyCtrl && !io.KeyShift)
            state.selected.assign(1, state.pressed_key);
        state.drag = Drag::none;
        state.document_before.reset();
    }
}

// --- Drawing --------------------------------------------------------------------------------------------------------

void draw_key(ImDrawList* draw, ImVec2 at, Easing easing, bool selected, bool hovered, bool enabled) {
    const ImU32 fill = selected ? colour::kAccent : hovered ? colour::kText : enabled ? colour::kQuiet : colour::kFill;
    const float r = px(5);
    switch (easing) {  // the shape says how it goes on: a corner is a corner of the movement
        case Easing::hold:
            draw->AddRectFilled({at.x - r * 0.8f, at.y - r * 0.8f}, {at.x + r * 0.8f, at.y + r * 0.8f}, fill);
            break;
        case Easing::linear: draw_diamond(draw, at, r, fill, 0); break;
        case Easing::smooth:
        case Easing::cubic:
        case Easing::circular: draw->AddCircleFilled(at, r * 0.9f, fill); break;
    }
}

void draw_curve(ImDrawList* draw, const Document& document, const Lane& lane, const TimeAxis& axis) {
    // The end of a loop is its beginning again.
    const double end_s = document.timeline.duration_s * (1.0 - 1e-9);
    const double from_s = std::max(axis.from_s, 0.0), to_s = std::min(axis.from_s + axis.span_s, end_s);
    if (to_s <= from_s) return;
    const int count = std::clamp(static_cast<int>((axis.x(to_s) - axis.x(from_s)) / px(lane.curve ? 3 : 6)), 2, 400);
    const std::vector<double> curve = track_curve(document, *lane.track, from_s, to_s, count);
    if (curve.empty()) return;
    double low = lane.low, high = lane.high;
    if (!lane.curve) {
        const auto [least, most] = std::minmax_element(curve.begin(), curve.end());
        low = *least;
        high = *most;
        if (high - low < 1e-12) return;
    }
    std::vector<ImVec2> points;
    const float air = px(lane.curve ? 10 : 4);
    for (int i = 0; i < count; ++i) {
        const double share = (curve[static_cast<std::size_t>(i)] - low) / (high - low);
        points.push_back({axis.x(from_s + (to_s - from_s) * i / (count - 1)),
                          lane.top + lane.height - air - static_cast<float>(share) * (lane.height - 2 * air)});
    }
    draw->AddPolyline(points.data(), count, lane.curve ? colour::kText : colour::kFill, px(1.2));
}

// What the top and the bottom of a curve mean, and where its nought is.
void draw_measure(ImDrawList* draw, const Lane& lane, const TimeAxis& axis) {
    if (!lane.curve) return;
    const FieldWords words = field_words(lane.track->path);
    const FontScope mono(ui().fonts.mono, 12.0f);
    for (const double value : {lane.low, 0.0, lane.high}) {
        if (value < lane.low || value > lane.high) continue;
        const float y = lane.y(value);
        draw->AddLine({axis.left, y}, {axis.left + axis.width, y}, colour::kLine, 1.0f);
        if (value == 0.0 && lane.low < 0.0 && lane.high > 0.0) continue;
        const std::string text = value_words(value, words);
        const float height = ImGui::GetTextLineHeight();
        draw->AddText(
            {axis.left + axis.width - ImGui::CalcTextSize(text.c_str()).x - px(4), value == lane.low ? y - height : y},
            colour::kQuiet, text.c_str());
    }
}

void draw_lane(ImDrawList* draw, const Document& document, const TimelineState& state, const Lane& lane,
               const TimeAxis& axis, const std::optional<Hit>& hit) {
    const float right = axis.left + axis.width;
    draw->AddLine({axis.left, lane.top + lane.height}, {right, lane.top + lane.height}, colour::kLine, 1.0f);
    draw_measure(draw, lane, axis);
    draw_curve(draw, document, lane, axis);
    float last_x = -1e9f;
    for (const TimelineKey& key : lane.track->keys) {
        const ImVec2 at = place_of(lane, key, axis);
        if (at.x < axis.left - px(8) || at.x > right + px(8)) continue;
        const KeyRef ref{lane.track->id, key.time_s};
        const bool selected = contains(state.selected, ref);
        if (at.x - last_x < 2.0f && !selected) continue;  // thousands of keys are a bar
        last_x = at.x;
        draw_key(draw, at, key.easing, selected, hit && hit->ref == ref, lane.track->enabled);
        if (ui().registry.on())
            ui().registry.add_part(fmt::format("{} at {:.2f} s", field_words(lane.track->path).name, key.time_s),
                                   ControlKind::row, {at.x - px(5), at.y - px(5)}, {at.x + px(5), at.y + px(5)});
    }
}

void draw_outside(ImDrawList* draw, const Timeline& timeline, const TimeAxis& axis, float top, float bottom) {
    const ImU32 shade = colour::faded(colour::kBackground, 0xB0);
    const float begin = axis.x(0), end = axis.x(timeline.duration_s), right = axis.left + axis.width;
    if (begin > axis.left) draw->AddRectFilled({axis.left, top}, {std::min(begin, right), bottom}, shade);
    if (end < right) draw->AddRectFilled({std::max(end, axis.left), top}, {right, bottom}, shade);
}

std::string key_help(const Hit& hit, const Timeline& timeline) {
    const FieldWords words = field_words(hit.lane->track->path);
    return fmt::format("{}: {}\n{:.3f} s, frame {} \u00b7 {} towards the next", words.name,
                       value_words(hit.key->value, words), hit.key->time_s,
                       number_text(hit.key->time_s * timeline.frame_rate(), 1), easing_words(hit.key->easing));
}

}  // namespace

std::string keys_in_words(std::size_t count) { return count == 1 ? "a key" : fmt::format("{} keys", count); }

TimeAxis time_axis(const TimelineState& state, const Timeline& timeline, float left, float width) {
    if (state.span_s > 0) return {left, width, state.from_s, state.span_s};
    return {left, width, -timeline.duration_s * kMargin, timeline.duration_s * (1 + 2 * kMargin)};
}

float lane_height(const TimelineState& state, const afs::Track& track) {
    return px(track.path == state.curve ? kCurveHeight : kLaneHeight);
}

void draw_ruler(const Document& document, TimelineState& state, const TimeAxis& axis) {
    const Timeline& timeline = document.timeline;
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const float bottom = at.y + px(kRulerHeight);
    ImGui::InvisibleButton("ruler", {axis.width, px(kRulerHeight)});
    ui().registry.add_last_item("Ruler", ControlKind::plane);
    handle_wheel(state, timeline, axis);
    if (ImGui::IsItemHovered() && ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left))
        show_whole_film(state);
    else if (ImGui::IsItemActive() && ImGui::IsMouseDown(ImGuiMouseButton_Left)) {
        state.frame = nearest_frame(timeline, axis.time(ImGui::GetIO().MousePos.x));
        state.playing = false;
    }
    if (!ImGui::IsItemActive())
        tooltip("Drag to move through the film. The wheel zooms the time; double-click shows the whole film.");
    ImDrawList* draw = ImGui::GetWindowDrawList();
    draw->PushClipRect({axis.left, at.y}, {axis.left + axis.width, bottom}, true);
    draw->AddRectFilled({axis.left, at.y}, {axis.left + axis.width, bottom}, colour::kField);
    draw_outside(draw, timeline, axis, at.y, bottom);
    const double step = ruler_step(timeline, axis);
    const FontScope mono(ui().fonts.mono, 12.0f);
    for (double n = axis.from_s > 0 ? std::ceil(axis.from_s / step) : 0.0; n * step <= axis.from_s + axis.span_s;
         n += 1.0) {
        if (n * step > timeline.duration_s + 1e-9) break;
        const float x = axis.x(n * step);
        draw->AddLine({x, bottom - px(6)}, {x, bottom}, colour::kQuiet, 1.0f);
        const std::string text = clock_text(n * step, step);
        if (x + px(3) + ImGui::CalcTextSize(text.c_str()).x < axis.left + axis.width)
            draw->AddText({x + px(3), at.y + px(3)}, colour::kQuiet, text.c_str());
    }
    draw->PopClipRect();
}

ImGuiID draw_lanes(const Document& document, Workspace& workspace, const TimeAxis& axis) {
    TimelineState& state = workspace.timeline;
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const std::vector<Lane> lanes = lanes_of(document, state, at.y);
    const float height = lanes.empty() ? px(kLaneHeight) : lanes.back().top + lanes.back().height - at.y;
    ImGui::InvisibleButton("lanes", {axis.width, std::max(height, ImGui::GetContentRegionAvail().y)});
    ui().registry.add_last_item("Lanes", ControlKind::plane);
    const ImGuiID id = ImGui::GetItemID();
    handle_wheel(state, document.timeline, axis);
    if (ImGui::IsItemHovered() && ImGui::IsMouseDragging(ImGuiMouseButton_Middle, 0.0f))
        pan(state, document.timeline, axis, -ImGui::GetIO().MouseDelta.x / axis.width * axis.span_s);
    const std::optional<Hit> hit = ImGui::IsItemHovered() ? key_at(lanes, axis, ImGui::GetIO().MousePos) : std::nullopt;
    if (hit && state.drag == Drag::none) {
        ImGui::SetMouseCursor(ImGuiMouseCursor_Hand);
        tooltip(key_help(*hit, document.timeline).c_str(),
                "Drag moves it, Alt+drag copies it, Delete removes it, right click more.");
    } else if (state.drag == Drag::none) {
        tooltip("", "Drag selects keys; double-click in a lane adds one.");
    }
    handle_mouse(document, workspace, lanes, axis, hit);
    if (hit && state.drag == Drag::none && ImGui::IsMouseClicked(ImGuiMouseButton_Right)) {
        if (!contains(state.selected, hit->ref)) state.selected.assign(1, hit->ref);
        state.pressed_key = hit->ref;
        ImGui::OpenPopup(kKeyMenu);
    }

    ImDrawList* draw = ImGui::GetWindowDrawList();
    const float bottom = ImGui::GetItemRectMax().y;
    draw->PushClipRect({axis.left, at.y}, {axis.left + axis.width, bottom}, true);
    draw->AddRectFilled({axis.left, at.y}, {axis.left + axis.width, bottom}, colour::kBackground);
    draw_outside(draw, document.timeline, axis, at.y, bottom);
    for (const Lane& lane : lanes) draw_lane(draw, document, state, lane, axis, hit);
    if (state.drag == Drag::box) {
        const ImVec2 from(static_cast<float>(state.pressed_at.x), static_cast<float>(state.pressed_at.y)),
            to = ImGui::GetIO().MousePos;
        const ImVec2 low(std::min(from.x, to.x), std::min(from.y, to.y)),
            high(std::max(from.x, to.x), std::max(from.y, to.y));
        draw->AddRectFilled(low, high, colour::faded(colour::kAccent, 0x20));
        draw->AddRect(low, high, colour::faded(colour::kAccent, 0x90));
    }
    draw->PopClipRect();
    return id;
}

void draw_playhead(const Document& document, const TimelineState& state, const TimeAxis& axis, float top,
                   float bottom) {
    const float x = std::round(axis.x(document.timeline.time_of(state.frame)));
    if (x < axis.left - px(6) || x > axis.left + axis.width + px(6)) return;
    ImDrawList* draw = ImGui::GetWindowDrawList();
    draw->AddLine({x, top}, {x, bottom}, colour::kAccent, px(1.2));
    draw->AddTriangleFilled({x - px(5), top}, {x + px(5), top}, {x, top + px(7)}, colour::kAccent);
}

}  // namespace afs::gui
