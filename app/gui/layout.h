// Where the panels are docked: the default layout, and putting it back. ImGui keeps what the user makes of it. UI
// thread only.
#pragma once

#include <imgui.h>

namespace afs::gui {

// Window titles; what follows "###" names them in the saved layout.
namespace dock {
inline constexpr const char* kControls = "Controls";
inline constexpr const char* kCanvas = "Canvas";
inline constexpr const char* kLayers = "Layers";
inline constexpr const char* kSpectrum = "Spectrum";
inline constexpr const char* kEquivariance = "Equivariance";
inline constexpr const char* kFilters = "Filters";
inline constexpr const char* kTimeline = "Timeline";
inline constexpr const char* kAverages = "Average spectra";
inline constexpr const char* kLog = "Log";
inline constexpr const char* kPerformance = "Performance";
inline constexpr const char* kHistory = "History";
inline constexpr const char* kOptional[] = {kControls,    kLayers, kSpectrum, kEquivariance, kFilters, kTimeline,
                                            kPerformance, kLog,    kHistory,  kAverages};  // may be hidden
}  // namespace dock

// Draws the dock space over the main viewport's work area; builds the default layout where there is none, or when
// `rebuild` asks for it. `made_at_scale`: of the interface, when the layout was made or scaled last; where it is
// another one now, the panels round the canvas grow or shrink with their texts, and it is brought up to date. 0: not
// known.
void draw_dock_space(bool rebuild, double& made_at_scale);

}  // namespace afs::gui
