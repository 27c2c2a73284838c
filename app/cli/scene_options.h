// The options of `images` that edit a scene, spelled as the official scripts spell them.
#pragma once

#include <CLI/App.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/scene/scene.h"

namespace afs::cli {

// Each edits its field where it was given and leaves it alone elsewhere. Numbers stay text until then: they are read
// exactly, so that a copied command gives the very same scene.
struct SceneOptions {
    std::optional<std::string> network, what;
    std::optional<std::string> latent_plane, blend, interpolation, class_index, class_weights;
    std::optional<std::string> psi, truncation_cutoff, noise_mode, noise_seed, noise_frame;
    std::optional<std::string> translate, rotate_deg, scale, shear, matrix;
    std::optional<std::string> layer, base_channel, channels, gain_db, sheet, sheet_seed, canvas;
    std::optional<std::string> spectrum_colours, spectrum_beta, spectrum_range_db, spectrum_show, spectrum_compare;
    std::optional<std::string> equivariance_of, equivariance_translate, equivariance_rotate, equivariance_show;
    std::optional<std::string> equivariance_gain_db, equivariance_blend, equivariance_wipe, equivariance_flicker_hz;
    std::optional<std::string> strip_column, strip_steps, strip_seed, strip_reach;
    std::optional<bool> round_to_pixel, untransform, normalize, mosaic, spectrum_all, equivariance_mask;
    std::vector<std::string> mixes, filter_overrides;
    bool no_mix = false, no_filter_override = false;

    // A film blends its seeds over time, too, and along a cubic.
    enum class Use { stills, film };
    void add(CLI::App& app, Use use = Use::stills);

    // `base` with what was given. Throws CLI::ValidationError for values that cannot be parsed, are out of range, or
    // contradict each other.
    [[nodiscard]] Scene edit(Scene base) const;
};

}  // namespace afs::cli
