// Numbers as people type them: "45", "1/8", "pi/4", "-3 * (2 + 1)", "0,5", "50 %", "37°". Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace afs::gui {

struct TypedNumber {
    double value = 0.0;
    bool uses_pi = false;  // an angle field takes such a number as radians
};

// Nothing for text that is no number, or not a finite one. A unit behind the number (letters, °) is dropped.
[[nodiscard]] std::optional<TypedNumber> parse_typed_number(std::string_view text);

// A value with so many decimals, a true minus sign and no negative zero: "−0.25".
[[nodiscard]] std::string number_text(double value, int decimals);

// "512 B", "3.2 MB": of a file.
[[nodiscard]] std::string size_text(double bytes);

}  // namespace afs::gui
