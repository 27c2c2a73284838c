// What the Spectrum mode shows: the map of one spectrum, two maps beside each other, or the waterfall of all layers.
#pragma once

#include "core/render/renderer.h"

namespace afs {

// The network's table with the scene's filters in it. Throws as changed() does.
[[nodiscard]] Schedule schedule_of(const Scene& scene, const OpenNetwork& open);

// Throws as render_tensors does.
[[nodiscard]] RenderedPicture render_spectrum(const Scene& scene, OpenNetwork& open, const RenderOptions& options);

// Of every module; `most_channels` of each, 0: all. Throws as render_tensors does.
[[nodiscard]] NetworkSpectra network_spectra(const Scene& scene, OpenNetwork& open, const RenderOptions& options,
                                             int most_channels = 0);

// Rows of layers, the first at the top, over a logarithmic axis of frequencies: the colour is the mean power on a
// circle, in dB relative to the layer's mean; the layer's f_c, f_t and s/2 stand in its row.
[[nodiscard]] Image waterfall_image(const NetworkSpectra& spectra, const SpectrumView& view, const std::string& note);

// Two maps of the same height, each from -s/2 to s/2 of its own layer.
[[nodiscard]] Image two_spectra(const SpectrumFigures& a, const SpectrumFigures& b, const SpectrumView& view);
inline constexpr int kSpectraGap = 4;  // pixels between them

}  // namespace afs
