#include "core/analysis/feature_run.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <memory>

#include "core/analysis/detector.h"
#include "core/analysis/feature_cache.h"
#include "core/analysis/feature_metrics.h"
#include "core/analysis/generator_metrics.h"
#include "core/analysis/perceptual_path.h"
#include "core/base/error.h"
#include "core/base/sha256.h"
#include "core/data/loader.h"
#include "core/model/network_file.h"

namespace afs {
namespace {

// The official sizes.
constexpr std::int64_t kGenerated = 4, kDetected = 64, kPaths = 2;
constexpr std::int64_t kMostRealsOfKid = 1'000'000, kMostRealsOfPrecision = 200'000;

struct Row {
    FeatureMetric metric;
    const char* name;
    const char* role;
    bool data;
};
constexpr Row kRows[] = {{FeatureMetric::fid50k_full, "fid50k_full", "inception", true},
                         {FeatureMetric::kid50k_full, "kid50k_full", "inception", true},
                         {FeatureMetric::pr50k3_full, "pr50k3_full", "vgg16", true},
                         {FeatureMetric::ppl2_wend, "ppl2_wend", "lpips", false},
                         {FeatureMetric::is50k, "is50k", "inception", false}};

const Row& row_of(FeatureMetric metric) { return *std::ranges::find(kRows, metric, &Row::metric); }

class Measurement {
  public:
    Measurement(const FeatureRun& run, const Progress& progress) : run_(run), progress_(progress), random_(run.seed) {
        for (const FeatureMetric metric : run.metrics) {
            const Row& row = row_of(metric);
            const auto file = run.detectors.find(row.role);
            const std::string tried = fmt::format("Could not measure {}", row.name);
            if (file == run.detectors.end())
                throw Error(ErrorKind::argument, tried,
                            fmt::format("it needs a detector network of the role {}", row.role),
                            fmt::format("Add --detector {}=FILE: a TorchScript file; none can be shipped.", row.role));
            if (row.data && run.data.empty())
                throw Error(ErrorKind::argument, tried, "it compares with real pictures",
                            "Add --data with the data set.");
            if (!detectors_.contains(row.role))
                detectors_[row.role] = std::make_unique<Detector>(run.program, row.role, file->second, run.device);
        }
        if (run.samples < 10)
            throw Error(ErrorKind::argument, "Could not measure", fmt::format("{} samples are too few", run.samples));
    }

    void open_network() {
        const Network network = NetworkFile::open(run_.network, run_.which, progress_.part(0.0, 0.02));
        report_.warnings = network.warnings;
        generator_ = run_.device == Device{} ? network.generator : network.generator->clone_to(run_.device);
    }
    void use(std::shared_ptr<const Generator> generator) { generator_ = std::move(generator); }

    FeatureReport measure() {
        // "Full": all pictures, none mirrored.
        if (!run_.data.empty()) set_.emplace(run_.data, DataSetOptions{.use_labels = generator_->config().c_dim > 0});
        check_fit();
        const at::NoGradGuard no_grad;
        const bool reals = std::ranges::any_of(run_.metrics, needs_data), paths = wanted(FeatureMetric::ppl2_wend);
        const bool fakes = run_.metrics.size() > (paths ? 1u : 0u);
        if (reals) read_reals(progress_.part(0.02, fakes ? 0.3 : 0.95));
        if (fakes) generate(progress_.part(reals ? 0.3 : 0.02, paths ? 0.6 : 0.98));
        for (const FeatureMetric metric : run_.metrics) evaluate(metric);
        return std::move(report_);
    }

  private:
    [[nodiscard]] bool wanted(FeatureMetric metric) const {
        return std::ranges::find(run_.metrics, metric) != run_.metrics.end();
    }

    void check_fit() const {
        const GeneratorConfig& config = generator_->config();
        if (!set_) {
            if (config.c_dim > 0)
                throw Error(ErrorKind::argument, "Could not measure " + run_.network,
                            "it is conditional: its labels are drawn from a data set", "Add --data with labels.");
            return;
        }
        const auto refuse = [&](std::string why) {
            return Error(ErrorKind::argument,
                         fmt::format("Could not compare {} with {}", run_.network, run_.data.string()), std::move(why));
        };
        if (set_->resolution() != config.img_resolution)
            throw refuse(fmt::format("the pictures are {0} x {0}, the network makes {1} x {1}", set_->resolution(),
                                     config.img_resolution));
        if (set_->label_dim() != config.c_dim)
            throw refuse(fmt::format("the labels have length {}, the network's {}", set_->label_dim(), config.c_dim));
    }

    // What a batch of pictures, [n, 1 or 3, H, W] uint8, adds to each set of features.
    struct Features {
        FeatureStatistics inception, vgg16, probabilities;
    };
    [[nodiscard]] Features sets(bool real) const {
        const bool all = wanted(FeatureMetric::kid50k_full);
        return {
            FeatureStatistics({.all = all, .moments = wanted(FeatureMetric::fid50k_full)}),
            FeatureStatistics({.all = true, .max_items = real ? std::optional(kMostRealsOfPrecision) : std::nullopt}),
            FeatureStatistics({.all = true})};
    }
    [[nodiscard]] bool wants_inception() const {
        return wanted(FeatureMetric::fid50k_full) || wanted(FeatureMetric::kid50k_full);
    }
    void add(Features& to, const Tensor& pictures, bool real) {
        const Tensor three = pictures.size(1) == 1 ? pictures.repeat({1, 3, 1, 1}) : pictures;
        const auto computed = [&](const char* role) {
            return !real || std::ranges::find(report_.cached, role) == report_.cached.end();
        };
        if (wants_inception() && computed("inception"))
            to.inception.append(detectors_.at("inception")->features(three));
        if (wanted(FeatureMetric::pr50k3_full) && computed("vgg16") && !to.vgg16.full())
            to.vgg16.append(detectors_.at("vgg16")->features(three));
        if (wanted(FeatureMetric::is50k) && !real)
            to.probabilities.append(detectors_.at("inception")->probabilities(three));
    }

    void read_reals(const Progress& progress) {
        real_.emplace(sets(true));
        const FeatureCache cache(run_.cache);
        struct Part {
            const char* role;
            FeatureStatistics* features;
            FeatureKey key;
        };
        std::vector<Part> parts;
        if (wants_inception()) parts.push_back({"inception", &real_->inception, {}});
        if (wanted(FeatureMetric::pr50k3_full)) parts.push_back({"vgg16", &real_->vgg16, {}});
        if (cache.enabled()) {
            const std::string pictures = content_hash(*set_, progress.part(0.0, 0.1));
            for (Part& part : parts) {
                const FeatureStatistics::Keep keep = part.features->keeps();
                part.key = {pictures, sha256_hex(MappedFile(run_.detectors.at(part.role)).bytes()), run_.device,
                            std::min(set_->size(), keep.max_items.value_or(set_->size()))};
                if (auto found = cache.find(part.key, keep)) {
                    *part.features = std::move(*found);
                    report_.cached.emplace_back(part.role);
                }
            }
        }
        if (report_.cached.size() == parts.size()) return;
        compute_reals(progress.part(cache.enabled() ? 0.1 : 0.0, 1.0));
        if (!cache.enabled()) return;
        for (const Part& part : parts)
            if (std::ranges::find(report_.cached, part.role) == report_.cached.end()) try {
                    cache.store(part.key, *part.features);
                } catch (const Error& e) {
                    report_.warnings.push_back(
                        fmt::format("Features of the real pictures are not kept for the next time: {}", e.what()));
                }
    }

    void compute_reals(const Progress& progress) {
        DataLoader loader(*set_, {.batch = std::min(kDetected, set_->size()), .sampler = {.shuffle = false}});
        for (std::int64_t done = 0; done < set_->size();) {
            progress.check_stop();
            const DataBatch batch = loader.next();
            const auto size = static_cast<std::int64_t>(batch.items.size());
            const Tensor pictures = at::from_blob(
                batch.pixels.get(), {size, set_->channels(), set_->resolution(), set_->resolution()}, at::kByte);
            add(*real_, pictures.narrow(0, 0, std::min(size, set_->size() - done)), true);
            done = std::min(done + size, set_->size());
            progress.report(static_cast<double>(done) / static_cast<double>(set_->size()),
                            fmt::format("real pictures, {} of {}", done, set_->size()));
        }
    }

    [[nodiscard]] Tensor draw_z(std::int64_t count) {
        std::vector<float> z(static_cast<std::size_t>(count * generator_->config().z_dim));
        for (float& value : z) value = static_cast<float>(random_.normal());
        return at::tensor(z).view({count, -1}).to(device());
    }
    [[nodiscard]] Tensor draw_labels(std::int64_t count) {
        if (generator_->config().c_dim == 0) return {};
        std::vector<Tensor> rows;
        for (std::int64_t i = 0; i < count; ++i)
            rows.push_back(at::tensor(set_->label(random_.integer(static_cast<std::uint32_t>(set_->size())))));
        return at::stack(rows).to(device());
    }
    [[nodiscard]] at::Device device() const { return generator_->w_avg().device(); }
    [[nodiscard]] Tensor map(const Tensor& z, const Tensor& c) const {
        return generator_->map(z, c).unsqueeze(1).repeat({1, generator_->num_ws(), 1});
    }

    void generate(const Progress& progress) {
        fake_.emplace(sets(false));
        SynthesisOptions synthesis;
        synthesis.precision = run_.precision;
        std::vector<Tensor> pictures;
        for (std::int64_t done = 0; done < run_.samples;) {
            progress.check_stop();
            const std::int64_t count = std::min(kGenerated, run_.samples - done);
            const Tensor z = draw_z(count);
            pictures.push_back(detector_pictures(generator_->synthesize(map(z, draw_labels(count)), synthesis)).cpu());
            done += count;
            if (static_cast<std::int64_t>(pictures.size()) * kGenerated >= kDetected || done == run_.samples) {
                add(*fake_, at::cat(pictures), false);
                pictures.clear();
            }
            progress.report(static_cast<double>(done) / static_cast<double>(run_.samples),
                            fmt::format("generated pictures, {} of {}", done, run_.samples));
        }
    }

    [[nodiscard]] double path_length(const Progress& progress) {
        const std::int64_t batches = (run_.samples + kPaths - 1) / kPaths;
        std::vector<Tensor> distances;
        PathFunctions functions;
        Tensor labels;
        functions.mapping = [&](const Tensor& z) { return map(z, labels); };
        functions.features = [&](const Tensor& x) { return detectors_.at("lpips")->features(x.to(at::kFloat)); };
        for (std::int64_t i = 0; i < batches; ++i) {
            progress.check_stop();
            progress.report(static_cast<double>(i) / static_cast<double>(batches),
                            fmt::format("paths, {} of {}", i * kPaths, run_.samples));
            SynthesisOptions synthesis;
            synthesis.precision = run_.precision;
            // New noise for each batch, the same for all of its pictures.
            synthesis.noise_mode = generator_->has_noise() ? NoiseMode::random : NoiseMode::constant;
            synthesis.draw_normal = [&](at::IntArrayRef shape) {
                std::vector<std::int64_t> one(shape.begin(), shape.end());
                one[0] = 1;
                const Tensor noise = at::empty(one, at::kFloat);
                for (std::int64_t k = 0; k < noise.numel(); ++k)
                    noise.data_ptr<float>()[k] = static_cast<float>(random_.normal());
                return noise.expand(shape).contiguous();
            };
            functions.synthesis = [&](const Tensor& ws) {
                return generator_->synthesize(ws, synthesis).to(at::kFloat);
            };
            const Tensor t = at::tensor({random_.uniform(), random_.uniform()}, at::kFloat).to(device());
            const Tensor z = draw_z(2 * kPaths), c = draw_labels(kPaths);
            labels = c.defined() ? c.repeat({2, 1}) : c;
            distances.push_back(path_distances(functions, z, t, {.resolution = generator_->config().img_resolution}));
        }
        return trimmed_mean(at::cat(distances).narrow(0, 0, run_.samples)).mean;
    }

    void evaluate(FeatureMetric metric) {
        const std::string name = feature_metric_name(metric);
        const auto tell = [&](const std::string& what, double value) {
            report_.values.push_back({name + what, value, run_.samples});
        };
        switch (metric) {
            case FeatureMetric::fid50k_full:
                return tell("", frechet_distance(real_->inception.moments(), fake_->inception.moments()));
            case FeatureMetric::kid50k_full: {
                RandomState random(run_.seed);
                const Tensor reals = real_->inception.all();
                return tell("", kernel_distance(reals.narrow(0, 0, std::min(reals.size(0), kMostRealsOfKid)),
                                                fake_->inception.all(), {}, random));
            }
            case FeatureMetric::pr50k3_full: {
                const PrecisionRecall both = precision_recall(real_->vgg16.all(), fake_->vgg16.all());
                tell("_precision", both.precision);
                return tell("_recall", both.recall);
            }
            case FeatureMetric::ppl2_wend: return tell("", path_length(progress_.part(0.6, 1.0)));
            case FeatureMetric::is50k: {
                const InceptionScore score = inception_score(fake_->probabilities.all());
                tell("_mean", score.mean);
                return tell("_std", score.std);
            }
        }
    }

    const FeatureRun& run_;
    const Progress& progress_;
    RandomState random_;
    std::shared_ptr<const Generator> generator_;
    std::optional<DataSet> set_;
    std::map<std::string, std::unique_ptr<Detector>> detectors_;
    std::optional<Features> real_, fake_;
    FeatureReport report_;
};

}  // namespace

std::string feature_metric_name(FeatureMetric metric) { return row_of(metric).name; }
const std::vector<FeatureMetric>& feature_metrics() {
    static const std::vector<FeatureMetric> kAll = [] {
        std::vector<FeatureMetric> all;
        for (const auto& row : kRows) all.push_back(row.metric);
        return all;
    }();
    return kAll;
}
std::optional<FeatureMetric> find_feature_metric(std::string_view name) {
    for (const FeatureMetric metric : feature_metrics())
        if (feature_metric_name(metric) == name) return metric;
    return {};
}
std::string detector_role(FeatureMetric metric) { return row_of(metric).role; }
bool needs_data(FeatureMetric metric) { return row_of(metric).data; }

FeatureReport run_feature_metrics(const FeatureRun& run, const Progress& progress) {
    Measurement measurement(run, progress);
    measurement.open_network();
    return measurement.measure();
}

FeatureReport measure_features(const FeatureRun& run, std::shared_ptr<const Generator> generator,
                               const Progress& progress) {
    AFS_CHECK(run.device == generator->device());
    Measurement measurement(run, progress);
    measurement.use(std::move(generator));
    return measurement.measure();
}

}  // namespace afs
