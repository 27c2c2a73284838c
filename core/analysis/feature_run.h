// Quality metrics of a network against a data set, with the user's detector networks: what `metrics` calls (SPEC 16).
// Torch-free.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/progress.h"
#include "core/ops/device.h"

namespace afs {

enum class FeatureMetric { fid50k_full, kid50k_full, pr50k3_full, ppl2_wend, is50k };

// "fid50k_full", ...; and the role of the detector that it needs: "inception", "vgg16" or "lpips".
[[nodiscard]] std::string feature_metric_name(FeatureMetric metric);
[[nodiscard]] std::optional<FeatureMetric> find_feature_metric(std::string_view name);
[[nodiscard]] const std::vector<FeatureMetric>& feature_metrics();
[[nodiscard]] std::string detector_role(FeatureMetric metric);
[[nodiscard]] bool needs_data(FeatureMetric metric);  // compares with real pictures

struct FeatureRun {
    std::filesystem::path program;  // this program's executable: detectors run in processes of their own
    std::string network, which = "G_ema";
    std::filesystem::path data;  // empty where no metric needs it
    std::vector<FeatureMetric> metrics;
    std::map<std::string, std::filesystem::path> detectors;  // role -> TorchScript file
    std::int64_t samples = 50'000;                           // generated pictures; of ppl2_wend: paths
    std::uint32_t seed = 0;
    Device device = {};
    Precision precision = Precision::automatic;
    std::filesystem::path cache;  // folder where features of real pictures are kept; empty: nowhere
};

struct FeatureValue {
    std::string name;  // "fid50k_full", "pr50k3_full_precision", "is50k_std", ...
    double value = 0.0;
    std::int64_t samples = 0;
};
struct FeatureReport {
    std::vector<FeatureValue> values;
    std::vector<std::string> warnings;
    std::vector<std::string> cached;  // roles of the detectors whose features of real pictures were kept from before
};

// Pictures are generated once and real ones read once for all metrics. Throws Error: a detector that is missing or
// fails, a network or data set that cannot be opened or do not fit together; Error{cancelled}.
[[nodiscard]] FeatureReport run_feature_metrics(const FeatureRun& run, const Progress& progress = {});

// What a detector's process does (detector.h): answers on the file descriptor 3 until the other end closes. Returns an
// exit code.
int serve_detector(const std::string& file, Device device);

}  // namespace afs
