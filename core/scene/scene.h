// What the user sees, as a value: a frame is a function of it, in the window, on the command line and in a film. Any
// thread may copy it; nobody shares a mutable one. No torch, no GL, no ImGui. Each field has one default and one
// comment.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/base/filter_change.h"
#include "core/base/matrix3.h"

namespace afs {

// A model is named by where it is and what it was: undo across models asks when the hash differs.
struct ModelRef {
    std::string path;             // empty: no model
    std::string which = "G_ema";  // network of the file
    std::string sha256;           // of the file; empty until it was opened
    bool operator==(const ModelRef&) const = default;
};

// A point of the explorer's plane: blends, with bilinear weights, the four seeds around it (SPEC 1).
struct LatentPlane {
    double x = 0.0;  // seeds grow by 1 to the right
    double y = 0.0;  // and by 100 downwards
    bool operator==(const LatentPlane&) const = default;
};

struct SeedWeight {
    std::uint32_t seed = 0;
    double weight = 1.0;  // linear: not normalised (SPEC 2); slerp: a share, not negative
    bool operator==(const SeedWeight&) const = default;
};

// Weighted seeds, blended as Latent::interpolation says.
struct LatentSeeds {
    std::vector<SeedWeight> seeds = {{}};
    bool operator==(const LatentSeeds&) const = default;
};

// W or W+ from a file, stored inline so that a session needs no other file.
struct LatentW {
    int num_ws = 1;  // 1: one w for every layer
    int w_dim = 0;
    std::vector<float> values;  // [num_ws, w_dim]
    bool operator==(const LatentW&) const = default;
};

// Z from a file, stored inline too.
struct LatentZ {
    std::vector<float> values;  // [z_dim]
    bool operator==(const LatentZ&) const = default;
};

// How several seeds, of the plane or of the list, become one latent.
enum class Interpolation {
    linear,  // in W, relative to w_avg: w_avg + sum of weight (w - w_avg) (SPEC 2)
    slerp    // in Z, along the sphere (core/scene/spherical.h); labels are blended by the same shares
};

struct ClassWeight {
    int index = 0;
    double weight = 1.0;  // not normalised
    bool operator==(const ClassWeight&) const = default;
};

struct Latent {
    std::variant<LatentPlane, LatentSeeds, LatentW, LatentZ> source = LatentPlane{};
    std::optional<int> class_index;  // conditional networks: nothing = the class that follows from each seed
    // Not empty: the label is this sum of one-hot vectors, and class_index does not apply. A Z from a file without
    // either has class 0.
    std::vector<ClassWeight> class_weights = {};
    Interpolation interpolation = Interpolation::linear;
    bool operator==(const Latent&) const = default;
};

// Replaces chosen copies of w by another seed's (SPEC 2).
struct StyleMix {
    int id = 0;  // stable: timelines name it
    std::uint32_t seed = 0;
    std::vector<int> layers;  // indices of ws; those outside the network are ignored
    double weight = 1.0;      // copy <- copy + weight (mixed - copy)
    bool enabled = true;      // false: kept, without effect
    bool operator==(const StyleMix&) const = default;
};

struct Truncation {
    double psi = 1.0;           // 1: none; 0: the average picture
    std::optional<int> cutoff;  // truncated copies of w; nothing = all
    bool operator==(const Truncation&) const = default;
};

enum class SceneNoise { constant, random, none };

struct NoiseSettings {
    SceneNoise mode = SceneNoise::constant;
    std::uint32_t seed = 0;  // random noise: its stream
    std::int64_t frame = 0;  // and its moment: animated noise advances it
    bool operator==(const NoiseSettings&) const = default;
};

// Moves the picture: T = Translate * Rotate * Shear * Scale about the centre (SPEC 3).
struct Transform {
    double translate_x = 0.0;     // to the right, fraction of the picture's side, unbounded
    double translate_y = 0.0;     // downwards, same unit
    double rotate_deg = 0.0;      // counter-clockwise as seen, degrees, unbounded (films count turns)
    double scale = 1.0;           // > 0; networks are not trained for values other than 1
    double shear = 0.0;           // horizontal, unit: widths per height
    bool round_to_pixel = false;  // translation to whole pixels of the picture
    // T itself, row-major, instead of what the five fields above build; they keep their values meanwhile. The network
    // uses its affine part.
    std::optional<Matrix3> matrix = {};
    bool operator==(const Transform&) const = default;
};

enum class CanvasMode { picture, layer, sheet, spectrum, equivariance };

// Which module's output the Layer mode shows, and how (SPEC 8).
struct LayerView {
    std::string layer = "output";  // a module's name; "output" is the picture
    int base_channel = 0;
    int channels = 3;       // shown together: 3 as RGB, 1 as gray
    bool normalize = true;  // each channel by its own max|x|
    double gain_db = 0.0;   // scale 10^(dB/20)
    bool mosaic = false;    // all channels as a grid of gray pictures; base_channel and channels do not apply
    bool operator==(const LayerView&) const = default;
};

// The contact sheet of the Sheet mode: the scene with the latent of one seed a cell, seeds growing by 1, row by row.
struct SheetView {
    static constexpr int kMostColumns = 16, kMostRows = 16;
    std::uint32_t first_seed = 0;  // seeds beyond 32 bits begin at 0 again
    int columns = 4, rows = 3;
    bool operator==(const SheetView&) const = default;
};

enum class SpectrumColours { viridis, magma, gray };

enum class SpectrumShown { map, waterfall };

// What the map and its curves stand beside.
enum class SpectrumCompare { nothing, layer, unmoved };

// The Spectrum mode: the power spectrum of the layer that LayerView names, "output" being the picture (SPEC 8); or, as
// a waterfall, of all layers.
struct SpectrumView {
    SpectrumColours colours = SpectrumColours::viridis;
    double beta = 8.0;         // of the Kaiser window, 0..100
    double range_db = 50.0;    // the colours span -range..range, relative to the mean power
    bool all_channels = true;  // false: those that LayerView shows
    SpectrumShown shown = SpectrumShown::map;
    SpectrumCompare compare = SpectrumCompare::nothing;  // of the map
    std::string compare_layer = "output";                // as LayerView's; of a comparison with a layer
    bool operator==(const SpectrumView&) const = default;
};

enum class EquivarianceOperation { follow, translation_int, translation_frac, rotation };
enum class EquivarianceShown { output, reference, difference, absolute, blend, wipe, flicker, grid, strip };

// Of the grid, row by row.
inline constexpr EquivarianceShown kEquivarianceGrid[] = {EquivarianceShown::output, EquivarianceShown::reference,
                                                          EquivarianceShown::difference, EquivarianceShown::absolute};

// The Equivariance mode: the output of the moved input against the unmoved output moved by the same (SPEC 9), of the
// layer that LayerView names; or a strip of pixels along a walk of the latent.
struct EquivarianceView {
    static constexpr int kMostSteps = 4096;
    // What moves the input: the scene's transform, or one of the metrics' movements instead of it.
    EquivarianceOperation operation = EquivarianceOperation::follow;
    double translate_x = 0.0625, translate_y = 0.0;  // of the translations, as Transform's
    double rotate_deg = 30.0;                        // of the rotation, as Transform's
    EquivarianceShown shown = EquivarianceShown::difference;
    double gain_db = 30.0;      // of the differences: scale 10^(dB/20)
    double blend = 0.5;         // share of the reference, 0..1
    double wipe = 0.5;          // the divider, fraction of the width: left of it the output, right of it the reference
    double flicker_hz = 2.0;    // changes a second between the output and the reference; a file shows the output
    bool mask = true;           // what cannot be compared is dimmed
    double strip_column = 0.5;  // of the picture, fraction of its width
    int strip_steps = 256;      // columns of the strip
    std::uint32_t strip_seed = 1;  // where the walk goes to from the scene's latent
    double strip_reach = 1.0;      // how far it comes; 1: to that seed
    bool operator==(const EquivarianceView&) const = default;
};

// A filter of the network, replaced: what if it were this one. One that this network cannot have is left out.
struct FilterOverride {
    int id = 0;  // stable: timelines name it
    std::string layer;
    FilterSide side = FilterSide::down;
    double cutoff = 1.0, half_width = 1.0;  // f_c and f_h, cycles per picture width
    int taps = 12;                          // 1: no filter
    bool enabled = true;                    // false: kept, without effect
    bool operator==(const FilterOverride&) const = default;
};

struct Scene {
    ModelRef model;
    Latent latent;
    std::vector<StyleMix> mix;
    Truncation truncation;
    NoiseSettings noise;
    Transform transform;
    bool untransform = false;  // the picture, or the layer, is moved back by the transform (SPEC 8)
    CanvasMode canvas = CanvasMode::picture;
    LayerView layer_view;
    SheetView sheet;
    SpectrumView spectrum;
    EquivarianceView equivariance;
    std::vector<FilterOverride> filters;
    bool operator==(const Scene&) const = default;
};

// The matrix that moves the picture (SPEC 3). The network receives its inverse. `side_px` rounds the translation when
// asked to.
[[nodiscard]] Matrix3 picture_matrix(const Transform& transform, int side_px);

// What the network receives; identity and `singular` = true where the matrix has no inverse (SPEC 3: reported, never
// fatal).
struct NetworkTransform {
    Matrix3 matrix = kIdentity3;
    bool singular = false;
};
[[nodiscard]] NetworkTransform network_transform(const Transform& transform, int side_px);

// Whether the canvas shows something of the module that LayerView names. Without a name it is the picture.
[[nodiscard]] bool shows_layer(const Scene& scene);
// The canvas shows a pixel strip.
[[nodiscard]] inline bool shows_strip(const Scene& scene) {
    return scene.canvas == CanvasMode::equivariance && scene.equivariance.shown == EquivarianceShown::strip;
}
// What moves the input in the Equivariance mode.
[[nodiscard]] Transform equivariance_movement(const Scene& scene);
// The scene of one column of the pixel strip, 0 <= step < strip_steps: everything but the latent stays, the canvas
// shows the picture.
[[nodiscard]] Scene strip_step(const Scene& scene, int step);

// The filters that a scene replaces.
[[nodiscard]] std::vector<FilterChange> filter_changes(const Scene& scene);
// With another filter on one side of a layer, whatever it had before.
void set_filter(Scene& scene, const FilterChange& change);
void reset_filter(Scene& scene, const std::string& layer, FilterSide side);
[[nodiscard]] const FilterOverride* find_filter(const Scene& scene, const std::string& layer, FilterSide side);

// The scene of one cell of the sheet, row-major index: everything but the latent stays, the canvas shows the picture.
[[nodiscard]] Scene sheet_cell(const Scene& scene, int cell);
// A seed's small picture for the latent plane: the scene's network, class and truncation; not moved, not mixed.
[[nodiscard]] Scene thumbnail_scene(const Scene& scene, std::uint32_t seed);

// The four seeds of a point of the plane with their bilinear weights (zero weights left out); masked to 32 bits (SPEC
// 1).
[[nodiscard]] std::vector<SeedWeight> plane_seeds(const LatentPlane& plane);

}  // namespace afs
