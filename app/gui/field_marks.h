// Which controls edit something that a film can move: so that every one of them can have a mark for keys beside it, and
// the key K means what the hand is on, without any panel knowing of the timeline. A control is known by the place in
// memory of the value that it edits. UI thread only.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/scene/scene.h"
#include "core/scene/timeline.h"

namespace afs::gui {

class FieldMarks {
  public:
    enum class State {
        none,   // the field has no track
        track,  // it has keys at other times
        key     // it has one at this moment
    };

    // `edited`: the scene that this frame's controls edit; it must stay where it is until they are drawn.
    void begin_frame(const Scene& edited, const Timeline& timeline, double time_s);

    // The field that lies there, or the one that a FieldScope names; empty: none.
    [[nodiscard]] std::string_view path_of(const void* value) const;
    [[nodiscard]] State state(std::string_view path) const;
    [[nodiscard]] double time_s() const { return time_s_; }

    // Told by a control that the mouse is on, or that the keyboard has walked to.
    enum class Hand { mouse, keyboard };
    void point_at(std::string_view path, Hand hand = Hand::mouse);
    // Of this frame so far; the mouse's before the keyboard's.
    [[nodiscard]] const std::vector<std::string>& under_hand() const {
        return under_mouse_.empty() ? under_keyboard_ : under_mouse_;
    }

    // A key here, or no longer.
    void ask(std::string_view path) { asked_ = std::string(path); }
    [[nodiscard]] std::optional<std::string> take_asked() { return std::exchange(asked_, std::nullopt); }

  private:
    friend class FieldScope;
    std::vector<std::pair<const void*, std::string>> places_;
    std::vector<std::pair<std::string, State>> tracks_;
    std::vector<std::string> under_mouse_, under_keyboard_;
    std::optional<std::string> asked_;
    const char* named_ = nullptr;
    double time_s_ = 0.0;
};

// Says which field a control edits that has its value in a place of its own: a seed as text, a choice of words.
class FieldScope {
  public:
    explicit FieldScope(const char* path);
    ~FieldScope();
    FieldScope(const FieldScope&) = delete;
    FieldScope& operator=(const FieldScope&) = delete;

  private:
    const char* before_;
};

}  // namespace afs::gui
