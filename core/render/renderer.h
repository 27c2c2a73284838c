// From a request to a frame, synchronously: what the worker runs, and what the command line calls. One renderer a
// thread; its caches are private.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>

#include "core/render/open_network.h"
#include "core/render/tensor_image.h"

namespace afs {

struct RenderOptions {
    Precision precision = Precision::automatic;
    bool layer_times = false;  // RenderedTensors::layer_ms; on a GPU measuring makes the frame slower
    std::stop_token stop = {};
    std::function<void(const std::string& name, const Tensor& x)> on_layer = {};  // as SynthesisOptions says
};

// A captured or final tensor of a scene: what `--format npy` and `--layer` save.
struct RenderedTensors {
    Tensor picture;  // [1, C, R, R] float32, as the network gives it; untransformed where the scene says so
    Tensor shown;    // the picture, or the module's output that was asked for, [1, C, H, W]
    ResolvedLatent latent;
    std::vector<std::string> notes;
    std::vector<LayerTime> layer_ms;
    FrameTiming timing;  // of the mapping and the synthesis
};

// Equal scenes give equal tensors for the same device, precision and thread count: batch 1, noise from the scene alone.
// `layer`: a module's name, or empty for the picture; the scene's canvas mode does not matter here. Throws
// Error{argument} for a module that the network does not have, Error{cancelled} when stopped.
[[nodiscard]] RenderedTensors render_tensors(const Scene& scene, OpenNetwork& network,
                                             const RenderOptions& options = {}, const std::string& layer = {});

// Throws Error{argument}, with the names that there are, unless `layer` is empty, "output" or one of them.
void check_layer(const std::string& layer, const NetworkInfo& network);
// The scene with its picture instead of a layer that the network does not have, and without filters that it cannot
// have, which `notes` then says: a session outlives the network that it was made with.
[[nodiscard]] Scene with_known_layer(Scene scene, const NetworkInfo& network, std::vector<std::string>& notes);

// A layer's channels as the canvas shows them, from its LayerView.
[[nodiscard]] ChannelSelection selection_of(const LayerView& view);

// What the canvas shows of a scene, on the screen and in a file.
struct RenderedPicture {
    FramePicture image;                                         // RGBA
    std::optional<PictureGrid> grid;                            // of a mosaic or a sheet
    std::optional<RenderedTensors> tensors;                     // not of a sheet
    std::shared_ptr<const SpectrumFigures> spectrum, compared;  // in the Spectrum mode, of a map
    std::shared_ptr<const NetworkSpectra> waterfall;            // in the Spectrum mode, of a waterfall
    std::optional<FrameEquivariance> equivariance;              // in the Equivariance mode; not of a strip
    std::shared_ptr<const Image> other;                         // as FrameResult says
    FrameTiming timing;
    std::vector<std::string> notes;
};

// A sheet or a pixel strip that is not complete: what there is, and which share of the whole that is.
struct GrowingPicture {
    const Image& image;
    std::optional<PictureGrid> grid;  // of a sheet
    double grown = 0.0;
};
using OnGrowth = std::function<void(const GrowingPicture&)>;

// `growing`: called now and then; the missing places of a sheet show what they showed before. Throws as render_tensors
// does.
[[nodiscard]] RenderedPicture render_picture(const Scene& scene, OpenNetwork& network,
                                             const RenderOptions& options = {}, const OnGrowth& growing = {});

// A whole frame; failures are a field of the result, except a stop, which throws Error{cancelled}. `growing` gets
// results that are not complete. A layer that the network does not have shows the picture, and says so.
[[nodiscard]] FrameResult render_frame(const FrameRequest& request, OpenNetwork& network, std::stop_token stop = {},
                                       const std::function<void(FrameResult)>& growing = {});

// A small picture of a seed with the request's model, class and truncation, at most `side_px` wide and high. Throws as
// render_tensors does.
[[nodiscard]] Thumbnail render_thumbnail(const Scene& scene, std::uint32_t seed, int side_px, OpenNetwork& network,
                                         const RenderOptions& options = {});

}  // namespace afs
