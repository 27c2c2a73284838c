#include "app/gui/field_marks.h"

#include <algorithm>

#include "app/gui/ui_context.h"
#include "core/scene/timeline_edit.h"

namespace afs::gui {

void FieldMarks::begin_frame(const Scene& edited, const Timeline& timeline, double time_s) {
    places_ = field_places(edited);
    tracks_.clear();
    for (const afs::Track& track : timeline.tracks)
        tracks_.emplace_back(track.path, key_near(timeline, track, time_s) ? State::key : State::track);
    under_mouse_.clear();
    under_keyboard_.clear();
    named_ = nullptr;
    time_s_ = time_s;
}

std::string_view FieldMarks::path_of(const void* value) const {
    if (named_) return named_;
    const auto at = std::lower_bound(places_.begin(), places_.end(), value,
                                     [](const auto& place, const void* wanted) { return place.first < wanted; });
    return at != places_.end() && at->first == value ? std::string_view(at->second) : std::string_view();
}

FieldMarks::State FieldMarks::state(std::string_view path) const {
    for (const auto& [known, state] : tracks_)
        if (known == path) return state;
    return State::none;
}

void FieldMarks::point_at(std::string_view path, Hand hand) {
    if (path.empty()) return;
    std::vector<std::string>& under = hand == Hand::mouse ? under_mouse_ : under_keyboard_;
    if (std::find(under.begin(), under.end(), path) == under.end()) under.emplace_back(path);
}

FieldScope::FieldScope(const char* path) : before_(ui().fields.named_) { ui().fields.named_ = path; }
FieldScope::~FieldScope() { ui().fields.named_ = before_; }

}  // namespace afs::gui
