// The controls that panels are made of. Each draws one row: a quiet label, the control, a tooltip with meaning, unit
// and default. Each is entered in the registry under its label. UI thread only, inside an ImGui window.
#pragma once

#include <imgui.h>

#include <exception>
#include <functional>
#include <span>
#include <string>

#include "app/gui/ui_context.h"

namespace afs::gui {

// True in a destructor that runs because of an exception younger than the object: ImGui's stacks are then left to the
// frame guard, which knows how deep they were.
class Unwinding {
  public:
    [[nodiscard]] bool now() const { return std::uncaught_exceptions() > at_birth_; }

  private:
    int at_birth_ = std::uncaught_exceptions();
};

// Names what is drawn while it lives: ids and registry entries are "Scope/Label".
class Scope {
  public:
    explicit Scope(const char* name);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

  private:
    Unwinding unwinding_;
};

// Greys and disables what is drawn while it lives; `reason` is the tooltip of its controls. An empty reason does
// nothing.
class DisabledBecause {
  public:
    explicit DisabledBecause(const char* reason);
    ~DisabledBecause();
    DisabledBecause(const DisabledBecause&) = delete;
    DisabledBecause& operator=(const DisabledBecause&) = delete;

  private:
    bool active_;
    Unwinding unwinding_;
};

class FontScope {
  public:
    explicit FontScope(ImFont* font, float size_at_100_percent = 0.0f);
    ~FontScope();
    FontScope(const FontScope&) = delete;
    FontScope& operator=(const FontScope&) = delete;

  private:
    Unwinding unwinding_;
};

struct ButtonSpec {
    const char* tooltip = "";
    const char* key = "";   // shown in the tooltip
    float width = 0.0f;     // 0: as wide as the text
    bool lit = false;       // drawn as chosen
    const char* name = "";  // in the registry, where the label is a sign; empty: the label
};
bool button(const char* label, const ButtonSpec& spec = {});

// Several buttons side by side that share the rest of the row: `draw` gets each one's index and width.
void button_row(std::size_t count, const std::function<void(std::size_t, float)>& draw);

bool toggle(const char* label, bool& value, const char* tooltip, bool default_value = false);

// One of a few words, side by side.
bool choice(const char* label, int& index, std::span<const char* const> options, const char* tooltip,
            int default_index = 0);

// An edit that a key made without holding a control: quickly repeated ones with the same id are one undo entry.
void note_step(ImGuiID id);

// A row's label in the left column; the cursor is then where the control begins. `changed` makes it bright.
void row_label(const char* label, bool changed = false);
[[nodiscard]] float label_width();

// How far something is, with a button that ends it: true where it was pressed. fraction: negative where unknown.
bool progress_row(const std::string& doing, double fraction, const ButtonSpec& cancel);

// A fact: quiet name, monospaced value, cut with "…" and shown whole on hover where it does not fit.
void fact(const char* name, const std::string& value, ImU32 value_colour = colour::kText);

void quiet_text(const std::string& text);                        // wrapped
void coloured_text(const std::string& text, ImU32 text_colour);  // wrapped
void mono_text(const std::string& text, ImU32 text_colour = colour::kText);
void section_title(const char* title);  // quiet small capitals
void gap(double height_at_100_percent = 4.0);

// Shown when the last item is hovered long enough; says why it is disabled when it is.
void tooltip(const char* text, const char* second_line = "");

// `text` cut to `width` with an ellipsis.
[[nodiscard]] std::string cut_to_width(const std::string& text, float width);

// `text` in lines of at most `width`, broken at spaces. A word that is longer than a line, which is a path, is broken
// behind a slash, else behind a hyphen, else anywhere. Never inside ".safetensors" for the sake of its dot.
[[nodiscard]] std::string wrap_to_width(const std::string& text, float width);

}  // namespace afs::gui
