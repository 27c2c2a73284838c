// What panels may know: facts of the moment, never changed by them.
#pragma once

#include <imgui.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/render/frame_source.h"
#include "core/scene/history.h"

namespace afs::gui {

// The newest measurements, oldest first once the ring is full.
class Track {
  public:
    static constexpr int kLength = 240;
    void add(double value) {
        values_[static_cast<std::size_t>(next_)] = value;
        next_ = (next_ + 1) % kLength;
        count_ = count_ < kLength ? count_ + 1 : kLength;
    }
    [[nodiscard]] int count() const { return count_; }
    [[nodiscard]] double at(int i) const {
        return values_[static_cast<std::size_t>((next_ - count_ + i + kLength) % kLength)];
    }
    [[nodiscard]] double newest() const { return count_ ? at(count_ - 1) : 0.0; }

  private:
    std::array<double, kLength> values_{};
    int next_ = 0, count_ = 0;
};

struct Performance {
    Track generator_ms, ui_ms;
    double upload_ms = 0.0;       // of the newest picture, into the texture
    bool upload_direct = false;   // from the memory of the GPU that computed it, without the host between
    double pictures_per_s = 0.0;  // distinct pictures shown in the last second
    double ui_per_s = 0.0;
};

inline constexpr double kMinifiedZoom = 0.6;  // below it a picture is averaged, not sampled
inline constexpr double kSharpZoom = 8.0;     // above it pixels are shown as squares, with a grid

// What the program can run on, told by whoever made it; beside it what was chosen.
struct Machine {
    std::vector<std::pair<std::string, std::string>> operators;      // (operator, how it runs)
    std::vector<std::pair<Precision, std::string>> precisions = {};  // that the device offers: "fp32", "bf16"
    int most_threads = 0;                                            // of the CPU; 0: no choice
    Precision precision = Precision::automatic;
    int threads = 0;  // 0: as the program was started

    [[nodiscard]] const char* precision_name() const {
        for (const auto& [known, name] : precisions)
            if (known == precision) return name.c_str();
        return "";
    }
};

class EquivarianceLab;
class LiveRecorder;
class ModelCatalog;
class Recorder;
class SeedPictures;
class SpectraLab;

struct FrameInfo {
    const NetworkInfo* network = nullptr;  // of the shown picture; null: no model
    const FrameResult* shown = nullptr;    // the newest picture that succeeded; null: none yet
    const FrameResult* a = nullptr;        // kept for comparison, while the canvas shows it; else null
    const Performance* performance = nullptr;
    const Machine* machine = nullptr;
    std::optional<FrameSource::Activity> activity;
    std::string opening;       // path of the model that is being opened; empty: none
    bool shows_other = false;  // of two pictures that flicker, the reference
    ImTextureID picture_texture = 0;
    // Draw callbacks for the picture; null where there is no renderer. The second one's data is beside it.
    ImDrawCallback opaque_drawing = nullptr;     // without blending: several times cheaper on a CPU
    ImDrawCallback minified_sampling = nullptr;  // averages a strongly reduced picture
    void* minified_sampling_data = nullptr;
    SeedPictures* seed_pictures = nullptr;  // small pictures of seeds; null: none are made
    const EquivarianceLab* lab = nullptr;   // measurements of equivariance; null: none
    const Recorder* recorder = nullptr;     // null: nothing is recorded
    const LiveRecorder* live = nullptr;     // null: neither
    const SpectraLab* spectra = nullptr;    // of all layers, and of data sets; null: none
    ModelCatalog* catalog = nullptr;        // of network files that are not open; null: nothing is known
    std::string model_folder;               // where models were opened last
    std::vector<std::string> recent_files;
    const History* history = nullptr;
    std::string message;       // of the moment
    std::string device_label;  // "cpu fp32"
    bool smooth_pixels = true;
    double scale = 1.0;
    double now_s = 0.0;
    std::uint32_t fresh_seed = 0;  // drawn at random for this frame, for whoever needs one

    [[nodiscard]] bool transformable() const { return !network || network->input_transformable; }
};

// The networks of an open file that can be shown: G_ema and G. Others are discriminators and the like.
[[nodiscard]] inline std::vector<std::string> generators_of(const NetworkInfo& network) {
    std::vector<std::string> names;
    for (const char* name : {"G_ema", "G"})
        if (network.model.which == name || std::find(network.other_networks.begin(), network.other_networks.end(),
                                                     name) != network.other_networks.end())
            names.emplace_back(name);
    return names;
}

// Why something is disabled; empty: it is not.
[[nodiscard]] inline const char* why_not_transformable(const FrameInfo& info) {
    return info.transformable() ? "" : "This network has a constant input: it cannot be moved or turned (StyleGAN2).";
}

}  // namespace afs::gui
