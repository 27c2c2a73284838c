// Pictures of many seeds into files: what `afstudio images` does, and what a window without a display does instead.
// Torch-free.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/file.h"
#include "core/base/progress.h"
#include "core/render/frame.h"
#include "core/scene/latent_file.h"

namespace afs {

enum class StillsFormat { png, jpg, npy };

struct StillsRequest {
    Scene scene;  // its latent is replaced by each of `seeds` or of the file's; used as it is when there are none
    std::vector<std::uint32_t> seeds;
    std::string latent_file;  // read_latents() reads it
    LatentKind latent_kind = LatentKind::w;
    std::filesystem::path outdir = "out";
    StillsFormat format = StillsFormat::png;
    // The scene's layer is of a session, made perhaps with another network: where this one lacks it, its picture is
    // drawn as a window does. npy asks for the activations themselves, and fails.
    bool layer_may_be_unknown = false;
    bool compared_may_be_unknown = false;  // likewise
    bool filters_may_be_unknown = false;   // likewise; what was asked for by name must be possible
    bool save_w = false, save_z = false;
    Overwrite overwrite = Overwrite::no;
    Device device;
    Precision precision = Precision::automatic;
};

struct StillPicture {
    std::optional<std::uint32_t> seed;
    std::optional<int> class_index;                      // of conditional networks
    std::string file;                                    // empty where all pictures share one file
    std::optional<FrameEquivariance> equivariance = {};  // in the Equivariance mode; not of a strip
    // In the Spectrum mode.
    std::shared_ptr<const SpectrumFigures> spectrum = {}, compared = {};
    std::shared_ptr<const NetworkSpectra> waterfall = {};
};

struct StillsResult {
    std::vector<StillPicture> pictures;
    std::shared_ptr<const NetworkSpectra> mean_spectra;  // of render_mean_spectra
    std::vector<std::string> files;                      // everything written
    std::vector<std::string> notes;
};

// seed0000.png (official name), proj00.png for a W file, z00.png for a Z file, latent.png for a plane point or blend,
// sheet.png for a contact sheet: the pixels that a window shows. images.npy [N, C, H, W] (of a sheet every cell),
// layer_NAME.npy, w.npy [N, num_ws, w_dim], z.npy [N, z_dim]. Every file name is checked before the first picture is
// made. Throws Error; Error{cancelled} when stopped: pictures written until then stay, .npy files appear only when
// complete.
[[nodiscard]] StillsResult render_stills(const StillsRequest& request, const Progress& progress = {});

// The spectra of all modules, averaged over `seeds`, with what the scene says beside the seed: their curves, and the
// waterfall as spectrum_mean.png or .jpg. Throws as render_stills does, and Error{argument} without seeds or for .npy;
// stopped, it leaves no file.
[[nodiscard]] StillsResult render_mean_spectra(const StillsRequest& request, const Progress& progress = {});

// A contact sheet of `seeds` and the pictures of one translation circle of the first seed, into `outdir`: what `view`
// makes without a display.
[[nodiscard]] StillsResult render_preview(const ModelRef& model, Device device, const std::filesystem::path& outdir,
                                          const Progress& progress = {});

}  // namespace afs
