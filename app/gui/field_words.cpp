#include "app/gui/field_words.h"

#include <fmt/format.h>

#include "app/gui/scene_words.h"
#include "app/gui/widgets/number_text.h"

namespace afs::gui {
namespace {

struct Known {
    std::string_view path;
    const char* group;
    const char* name;
    const char* unit = "";
    int decimals = 2;
};

constexpr const char* kDegree = "\u00b0";

constexpr Known kKnown[] = {
    {"latent", "Latent", "Latent"},
    {"latent.x", "Latent", "Latent X"},
    {"latent.y", "Latent", "Latent Y"},
    {"latent.interpolation", "Latent", "Blend"},
    {"latent.class", "Latent", "Class", "", 0},
    {"truncation.psi", "Truncation and noise", "Psi"},
    {"truncation.cutoff", "Truncation and noise", "Cutoff", "layers", 0},
    {"noise.mode", "Truncation and noise", "Noise"},
    {"noise.seed", "Truncation and noise", "Noise seed", "", 0},
    {"noise.frame", "Truncation and noise", "Noise frame", "", 0},
    {"transform.translate_x", "Transform", "Move X", "", 3},
    {"transform.translate_y", "Transform", "Move Y", "", 3},
    {"transform.rotate_deg", "Transform", "Rotate", kDegree, 1},
    {"transform.scale", "Transform", "Scale", "\u00d7", 3},
    {"transform.shear", "Transform", "Shear", "", 3},
    {"transform.round_to_pixel", "Transform", "Whole pixels"},
    {"transform.matrix", "Transform", "Matrix"},
    {"untransform", "Transform", "Untransform picture"},
    {"canvas", "Canvas", "Canvas"},
    {"layer_view.layer", "Layers", "Layer"},
    {"layer_view.base_channel", "Layers", "Channel", "", 0},
    {"layer_view.channels", "Layers", "Channels together", "", 0},
    {"layer_view.normalize", "Layers", "Normalise"},
    {"layer_view.gain_db", "Layers", "Layer gain", "dB", 1},
    {"layer_view.mosaic", "Layers", "All channels"},
    {"sheet.first_seed", "Contact sheet", "First seed", "", 0},
    {"sheet.columns", "Contact sheet", "Sheet columns", "", 0},
    {"sheet.rows", "Contact sheet", "Sheet rows", "", 0},
    {"spectrum.shown", "Spectrum", "Spectrum of"},
    {"spectrum.compare", "Spectrum", "Spectrum beside it"},
    {"spectrum.compare_layer", "Spectrum", "Second layer"},
    {"spectrum.colours", "Spectrum", "Spectrum colours"},
    {"spectrum.beta", "Spectrum", "Spectrum window", "", 1},
    {"spectrum.range_db", "Spectrum", "Spectrum range", "dB", 0},
    {"spectrum.all_channels", "Spectrum", "Spectrum of all channels"},
    {"equivariance.operation", "Equivariance", "Compared movement"},
    {"equivariance.translate_x", "Equivariance", "Shift X", "", 3},
    {"equivariance.translate_y", "Equivariance", "Shift Y", "", 3},
    {"equivariance.rotate_deg", "Equivariance", "Turn", kDegree, 1},
    {"equivariance.shown", "Equivariance", "Comparison"},
    {"equivariance.gain_db", "Equivariance", "Difference gain", "dB", 0},
    {"equivariance.blend", "Equivariance", "Blend of both"},
    {"equivariance.wipe", "Equivariance", "Divider"},
    {"equivariance.flicker_hz", "Equivariance", "Flicker", "Hz", 1},
    {"equivariance.mask", "Equivariance", "Dim what is not compared"},
    {"equivariance.strip_column", "Equivariance", "Strip column"},
    {"equivariance.strip_steps", "Equivariance", "Strip steps", "", 0},
    {"equivariance.strip_seed", "Equivariance", "Strip to seed", "", 0},
    {"equivariance.strip_reach", "Equivariance", "Strip reach"},
};

// "mix[id=3].weight" is the weight of the third source.
FieldWords mixing_words(std::string_view path) {
    const std::size_t from = path.find('=') + 1, to = path.find(']');
    const std::string id(path.substr(from, to - from));
    const std::string_view field = path.substr(to + 2);
    const std::string name = field == "weight"    ? "Mixing weight"
                             : field == "seed"    ? "Mixing seed"
                             : field == "enabled" ? "Mixing on"
                                                  : std::string(field);
    return {.name = name + " " + id, .group = "Style mixing", .unit = "", .decimals = field == "weight" ? 2 : 0};
}

}  // namespace

FieldWords field_words(std::string_view path) {
    for (const Known& known : kKnown)
        if (known.path == path) return {known.name, known.group, known.unit, known.decimals};
    if (path.starts_with("mix[id=") && path.find("].") != std::string_view::npos) return mixing_words(path);
    // A later version's field: its own name, as the session has it.
    return {.name = std::string(path), .group = "Others", .unit = "", .decimals = 2};
}

std::string value_words(const FieldValue& value, const FieldWords& words) {
    const auto with_unit = [&](std::string number) {
        if (words.unit[0] == '\0') return number;
        return std::move(number) + (std::string_view(words.unit) == kDegree ? "" : " ") + words.unit;
    };
    struct {
        const FieldWords& words;
        const decltype(with_unit)& unit;
        std::string operator()(std::monostate) const { return "none"; }
        std::string operator()(bool flag) const { return flag ? "on" : "off"; }
        std::string operator()(std::int64_t number) const { return unit(std::to_string(number)); }
        std::string operator()(double number) const { return unit(number_text(number, words.decimals)); }
        std::string operator()(const std::string& text) const { return text; }
        std::string operator()(const Matrix3&) const { return "a matrix"; }
        std::string operator()(const Latent& latent) const { return describe_latent(latent); }
    } in_words{words, with_unit};
    return std::visit(in_words, value);
}

const char* easing_words(Easing easing) {
    switch (easing) {
        case Easing::hold: return "Hold";
        case Easing::linear: return "Linear";
        case Easing::smooth: return "Smooth";
        case Easing::cubic: return "Cubic";
        case Easing::circular: return "Circular";
    }
    return "";
}

}  // namespace afs::gui
