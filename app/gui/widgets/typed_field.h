// Whole numbers as text: a field shows the present one, takes another when Enter is pressed, and says in its place why
// a text is none.
#pragma once

#include <cstdint>

namespace afs::gui {

struct TypedFieldSpec {
    const char* tooltip = "";
    float width = 0.0f;       // 0: the rest of the row
    std::uint32_t reset = 0;  // the default: by double-click and in the context menu
    bool has_reset = true;
    bool bright = true;  // false: what is shown is not quite what is used
};

// No row label: the caller has placed the cursor. `name` is its name in the registry and its id. True when a number was
// taken, also when it is the one that is there already: typing a seed goes to it.
bool seed_field(const char* name, std::uint32_t& seed, const TypedFieldSpec& spec = {});

// From 0 to count - 1. `what` names it in the words of a refusal: "class".
bool index_field(const char* name, int& index, int count, const char* what, const TypedFieldSpec& spec = {});

// Under the row: why the text of the field drawn last was refused. Nothing when it was not.
void typed_problem();

}  // namespace afs::gui
