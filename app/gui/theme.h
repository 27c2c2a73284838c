// Colours, fonts and measures of the window. One accent: selection, active drag, playhead, nothing else.
#pragma once

#include <imgui.h>

namespace afs::gui {

namespace colour {
inline constexpr ImU32 kBackground = IM_COL32(0x14, 0x16, 0x1A, 0xFF);
inline constexpr ImU32 kPanel = IM_COL32(0x1B, 0x1E, 0x24, 0xFF);
inline constexpr ImU32 kField = IM_COL32(0x25, 0x29, 0x31, 0xFF);  // what can be edited
inline constexpr ImU32 kFieldHovered = IM_COL32(0x2D, 0x32, 0x3C, 0xFF);
inline constexpr ImU32 kFill = IM_COL32(0x38, 0x40, 0x4D, 0xFF);  // a slider's filled part
inline constexpr ImU32 kLine = IM_COL32(0x2A, 0x2E, 0x37, 0xFF);
inline constexpr ImU32 kText = IM_COL32(0xD8, 0xDE, 0xE9, 0xFF);
inline constexpr ImU32 kQuiet = IM_COL32(0x8A, 0x93, 0xA3, 0xFF);
inline constexpr ImU32 kAccent = IM_COL32(0x4F, 0xA3, 0xFF, 0xFF);
inline constexpr ImU32 kWarning = IM_COL32(0xE5, 0xB5, 0x67, 0xFF);
inline constexpr ImU32 kError = IM_COL32(0xE0, 0x6C, 0x75, 0xFF);
inline constexpr ImU32 kGood = IM_COL32(0x98, 0xC3, 0x79, 0xFF);

// The same colour, more transparent.
[[nodiscard]] constexpr ImU32 faded(ImU32 colour, int alpha) {
    return (colour & ~IM_COL32_A_MASK) | (static_cast<ImU32>(alpha) << IM_COL32_A_SHIFT);
}
}  // namespace colour

inline constexpr float kFontSize = 15.0f;  // at 100 %

struct Fonts {
    ImFont* regular = nullptr;
    ImFont* bold = nullptr;
    ImFont* mono = nullptr;  // numbers, so that they do not dance
};

// Adds the embedded fonts to the current ImGui context. They grow and shrink with apply_theme; glyphs are drawn when
// they are first needed.
[[nodiscard]] Fonts load_fonts();

// What every ImGui context of ours is set to: docking, keyboard navigation, faults that do not end the program.
void configure(ImGuiIO& io);

// Sets the current context's style for a scale (1 = 100 %); may be called between frames at any time.
void apply_theme(float scale);

}  // namespace afs::gui
