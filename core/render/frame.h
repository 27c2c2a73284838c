// A frame is a value in and a value out: what the render worker is asked, and what comes back. Torch-free: panels
// include it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/analysis/equivariance_figures.h"
#include "core/analysis/spectrum_figures.h"
#include "core/base/error.h"
#include "core/base/json.h"
#include "core/formats/picture.h"
#include "core/ops/device.h"
#include "core/render/frame_picture.h"
#include "core/scene/scene.h"

namespace afs {

struct FrameRequest {
    std::uint64_t id = 0;  // grows; results carry it back
    Scene scene;
    Device device;
    Precision precision = Precision::automatic;
    bool layer_stats = true;   // statistics of the shown tensor
    bool layer_times = false;  // time of every module: FrameResult::layer_ms
    int threads = 0;           // CPU threads for this frame; 0: as the program was started
    bool retry_model = false;  // a file that could not be opened is tried again
    // The picture may stay where a GPU made it: who asks draws it from there. Else it comes to the host with the frame.
    bool may_stay_on_device = false;
};

// One row of the Layers panel: a module of the network (SPEC 8).
struct LayerInfo {
    std::string name;
    int channels = 0, height = 0, width = 0;
    // Of alias-free layers; 0 where there is none.
    double rate = 0.0, cutoff = 0.0, stopband = 0.0;  // s, f_c, f_t
    bool half_precision = false;
};

struct TensorStats {  // of every channel, and of those shown; std is the unbiased one (SPEC 8)
    double mean_all = 0, mean_shown = 0, std_all = 0, std_shown = 0, max_abs_all = 0, max_abs_shown = 0;
};

// What panels may know about the open network.
struct NetworkInfo {
    ModelRef model;
    std::string title;   // the file name
    std::string label;   // what the file says of itself ("untrained demo"); may be empty
    std::string config;  // "stylegan3-t", ...
    std::string format;  // "pickle", ...
    int img_resolution = 0, img_channels = 0, z_dim = 0, c_dim = 0, w_dim = 0, num_ws = 0;
    std::int64_t num_params = 0;
    std::int64_t num_tensors = 0;
    bool input_transformable = true;
    bool has_noise = false;
    std::vector<LayerInfo> layers;  // the explorer's order, "output" last
    Schedule schedule;              // as the network was made
    bool designed_filters = true;   // with cutoffs; false: StyleGAN2
    std::vector<std::string> other_networks;
    std::vector<std::string> warnings;
    Json training_set_kwargs;
};

struct FrameTiming {
    double map_ms = 0, synthesis_ms = 0, convert_ms = 0, total_ms = 0;
};

struct LayerTime {
    std::string name;
    double ms = 0.0;
};

// How far w is from the average: sqrt(mean over the copies of |w - w_avg|^2).
struct LatentDistance {
    double before = 0.0, after = 0.0;  // truncation
};

// Where the pictures of a mosaic or of a contact sheet lie in the image.
struct PictureGrid {
    int count = 0, columns = 0, rows = 0;
    int cell_width = 0, cell_height = 0, gap_px = 0;  // in pixels of the image; the gap lies between cells only
    int reduction = 1;  // a cell's pixel is the mean of reduction x reduction of the original: bounds the image's size

    // The cell under a pixel of the image; nothing on a gap, outside, or beyond the last cell.
    [[nodiscard]] std::optional<int> cell_at(int x, int y) const {
        const int step_x = cell_width + gap_px, step_y = cell_height + gap_px;
        if (x < 0 || y < 0 || step_x <= 0 || step_y <= 0) return std::nullopt;
        if (x % step_x >= cell_width || y % step_y >= cell_height || x / step_x >= columns) return std::nullopt;
        const int cell = y / step_y * columns + x / step_x;
        return cell < count ? std::optional<int>(cell) : std::nullopt;
    }
};

// The channels that are shown as the network gives them, before gain and normalisation: what a cursor reads.
struct ShownValues {
    int base_channel = 0, channels = 0, height = 0, width = 0;
    std::vector<float> values;  // [channels, height, width]
};

// A small picture of one seed (thumbnail_scene says what it shows).
struct Thumbnail {
    std::uint32_t seed = 0;
    Scene scene;  // what it shows
    std::shared_ptr<const Image> image;
};

// Averages over seeds: everything else is the scene's.
struct SpectraWish {
    std::uint64_t id = 0;  // results carry it back
    std::uint32_t first_seed = 0;
    int pictures = 32;
    bool operator==(const SpectraWish&) const = default;
};

// Spectra of every module of a network that were made between frames.
struct SpectraResult {
    std::uint64_t id = 0;  // of the wish; 0: a glance
    ModelRef model = {};
    Scene scene = {};  // of the (first) picture
    std::shared_ptr<const NetworkSpectra> spectra = {};
    int wanted = 1;      // pictures
    bool ended = false;  // no more will come
    std::optional<Failure> failure = {};
};

struct FrameResult {
    std::uint64_t id = 0;
    Scene scene;                                 // what it shows
    FramePicture image;                          // RGBA; null when it failed
    std::shared_ptr<const NetworkInfo> network;  // null when no model is open
    std::optional<TensorStats> stats;
    FrameTiming timing;
    std::vector<LayerTime> layer_ms;  // in order; when they were asked for
    LatentDistance distance;
    std::shared_ptr<const LatentW> w;   // the latent before mixing and truncation; num_ws 1 where all copies are equal
    std::shared_ptr<const LatentW> ws;  // what synthesis received, every copy
    std::optional<PictureGrid> grid;    // of a mosaic or a sheet
    std::shared_ptr<const ShownValues> values;        // of a layer that is shown without a mosaic
    std::shared_ptr<const SpectrumFigures> spectrum;  // in the Spectrum mode, of a map
    std::shared_ptr<const SpectrumFigures> compared;  // that stand beside it
    std::shared_ptr<const NetworkSpectra> waterfall;  // in the Spectrum mode, of a waterfall
    std::optional<FrameEquivariance> equivariance;    // in the Equivariance mode; not of a strip
    std::shared_ptr<const Image> other;               // that `image` changes places with, where it flickers
    bool complete = true;            // false: a sheet or a strip that is still growing; the same id comes again
    double grown = 1.0;              // how much of it there is
    std::vector<std::string> notes;  // "The matrix has no inverse: shown without the transform."
    std::optional<Failure> failure;  // the old picture stays
    std::uint64_t memory_bytes = 0;  // resident size of the process, or the device's allocation
    int threads = 0;                 // that one operator uses on the CPU
    std::string device;              // "cpu", "cuda:0"
    std::string kernel_path;         // "fused AVX-512", "fused CUDA, CUDA graph"
};

}  // namespace afs
