// `afstudio metrics`: quality metrics by their official names.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "app/cli/command.h"
#include "app/cli/detectors.h"
#include "app/cli/parse.h"
#include "app/cli/progress_bar.h"
#include "core/analysis/equivariance_run.h"
#include "core/analysis/feature_run.h"
#include "core/base/error.h"
#include "core/base/log.h"
#include "core/base/user_folders.h"

namespace afs::cli {
namespace {

constexpr const char* kNames =
    "eqt50k_int, eqt50k_frac, eqr50k, fid50k_full, kid50k_full, pr50k3_full, ppl2_wend and is50k";

class MetricsCommand final : public Command {
  public:
    [[nodiscard]] std::string name() const override { return "metrics"; }
    [[nodiscard]] std::string summary() const override { return "Metrics by their official names"; }
    [[nodiscard]] std::string examples() const override {
        return "  afstudio metrics --network ffhq.pkl --metrics eqt50k_int,eqr50k --json\n"
               "  afstudio metrics --network ffhq.pkl --metrics eqt50k_frac --num 2000\n"
               "  afstudio metrics --network ffhq.pkl --data ffhq.zip --metrics fid50k_full --detector "
               "inception=inception.pt\n";
    }

    void add_options(CLI::App& app) override {
        app.add_option("--network", run_.network, "Network file")->type_name("FILE");
        app.add_option("--metrics", metrics_, std::string("One or more of ") + kNames + ", with commas between them")
            ->type_name("NAMES");
        app.add_option(
               "--data", features_.data,
               "Data set (folder or ZIP) to compare with: for fid50k_full, kid50k_full, pr50k3_full, and for the "
               "labels of a conditional network, of which the equivariance metrics otherwise take every class as "
               "likely "
               "as any other. All of its pictures count, none mirrored")
            ->type_name("DATASET");
        app.add_option(
               "--detector", detectors_,
               "ROLE=FILE, repeatable: the TorchScript network that finds features. Roles: inception (fid, kid, "
               "is), vgg16 (pr), lpips (ppl). Its code runs in a process of its own. Default: none")
            ->type_name("ROLE=FILE");
        app.add_flag("--mirror", mirrored_,
                     "The network was trained with mirrored pictures, too. Changes nothing: these metrics take every "
                     "picture once and as it is, as the official ones of these names do; accepted for official "
                     "command lines");
        app.add_option("--num", run_.request.samples,
                       "Samples; fewer than the official 50000 are said in the result. Default: 50000")
            ->check(CLI::Range(std::int64_t{1}, std::int64_t{100'000'000}))
            ->type_name("N");
        app.add_option("--seed", seed_, "Of the latents and the movements. Default: 0")->type_name("SEED");
        app.add_option("--filter-override", filters_,
                       "For the equivariance metrics: what if a layer's filter were another one: "
                       "LAYER:up|down:CUTOFF,HALF_WIDTH,TAPS, as `images` takes it; repeatable")
            ->type_name("FILTER")
            ->allow_extra_args(false);
    }

    [[nodiscard]] int run(const Context& context) override {
        if (run_.network.empty()) throw CLI::ValidationError("Give --network");
        read_metrics();
        if (!filters_.empty() && !features_.metrics.empty())
            throw CLI::ValidationError(
                "--filter-override: only eqt50k_int, eqt50k_frac and eqr50k can be measured with changed filters; ask "
                "for the other metrics without it");
        for (const std::string& text : filters_) run_.request.filters.push_back(parse_filter(text));
        if (mirrored_ && !features_.metrics.empty())
            log_info("--mirror changes nothing: these metrics take every picture once and as it is.");
        features_.detectors = parse_detectors(detectors_);
        run_.request.seed = parse_seed_option("--seed", seed_);
        run_.request.precision = context.precision();
        run_.request.stop = context.stop;
        run_.device = context.device();
        run_.data = features_.data.string();
        Json json = Json::object();
        const bool complete = run_.request.kinds.empty() || measure_equivariance(context, json);
        if (complete && !features_.metrics.empty()) measure_features(context, json);
        if (context.common.json) context.print_json(json);
        return complete ? 0 : 130;
    }

  private:
    // False when it was interrupted: the figures until then.
    bool measure_equivariance(const Context& context, Json& json) {
        EquivarianceReport report;
        {
            ProgressBar bar("metrics", context.common.quiet);
            report = run_equivariance(
                run_, Progress([&](const ProgressState& s) { bar.update(s.fraction, s.doing); }, context.stop));
        }
        for (const std::string& warning : report.warnings) log_warning("{}", warning);
        const auto finite = [](double value) { return std::isfinite(value) ? Json(value) : Json(); };
        for (std::size_t i = 0; i < names_.size(); ++i) {
            const EquivarianceFigure& figure = report.result.figures.at(i);
            Json row = {{"value", finite(figure.db)}, {"num", report.result.samples}};
            if (figure.ci95_db) row["ci95"] = {finite(figure.ci95_db->low), finite(figure.ci95_db->high)};
            json[names_[i]] = row;
            context.say(fmt::format(
                "{:<12} {:.4f}   {} samples{}", names_[i], figure.db, report.result.samples,
                figure.ci95_db ? fmt::format(", 95 %: {:.2f} to {:.2f}", figure.ci95_db->low, figure.ci95_db->high)
                               : ""));
        }
        if (report.classes)
            context.say(run_.data.empty() ? "Classes: each as likely as any other; --data draws them from a data set"
                                          : "Classes: drawn from the labels of " + *report.classes);
        if (!filters_.empty()) {
            json["filter_overrides"] = filters_;
            context.say(
                fmt::format("Measured with {} changed filter{}", filters_.size(), filters_.size() == 1 ? "" : "s"));
        }
        if (report.complete()) return true;
        fmt::print(stderr, "Interrupted after {} of {} samples: these are the figures until then.\n",
                   report.result.samples, report.result.wanted);
        return false;
    }

    void measure_features(const Context& context, Json& json) {
        features_.program = std::filesystem::read_symlink("/proc/self/exe");
        features_.network = run_.network;
        features_.samples = run_.request.samples;
        features_.seed = run_.request.seed;
        features_.device = context.device();
        features_.precision = context.precision();
        if (const std::filesystem::path folder = cache_folder(); !folder.empty()) features_.cache = folder / "features";
        FeatureReport report;
        {
            ProgressBar bar("metrics", context.common.quiet);
            report = run_feature_metrics(
                features_, Progress([&](const ProgressState& s) { bar.update(s.fraction, s.doing); }, context.stop));
        }
        for (const std::string& warning : report.warnings) log_warning("{}", warning);
        for (const std::string& role : report.cached)
            log_info("The {} features of the real pictures were known from an earlier measurement.", role);
        for (const FeatureValue& value : report.values) {
            json[value.name] = {{"value", value.value}, {"num", value.samples}};
            context.say(fmt::format("{:<21} {:.6g}   {} samples", value.name, value.value, value.samples));
        }
    }

    void read_metrics() {
        run_.request.kinds.clear();
        for (const std::string& word : metrics_.empty() ? std::vector<std::string>() : split_at_commas(metrics_)) {
            const auto found = find_equivariance_metric(word);
            const auto feature = find_feature_metric(word);
            if (feature) {
                if (std::ranges::find(features_.metrics, *feature) == features_.metrics.end())
                    features_.metrics.push_back(*feature);
                continue;
            }
            if (!found)
                throw CLI::ValidationError(
                    fmt::format("--metrics: \"{}\" is not a metric; available are {}", word, kNames));
            if (std::ranges::find(names_, word) != names_.end()) continue;
            names_.push_back(word);
            run_.request.kinds.push_back(*found);
        }
        if (names_.empty() && features_.metrics.empty())
            throw CLI::ValidationError(std::string("Give --metrics: one or more of ") + kNames);
    }

    EquivarianceRun run_;
    FeatureRun features_;
    std::vector<std::string> detectors_, filters_;
    std::string metrics_, seed_ = "0";
    std::vector<std::string> names_;
    bool mirrored_ = false;
};

}  // namespace

std::unique_ptr<Command> make_metrics_command() { return std::make_unique<MetricsCommand>(); }

}  // namespace afs::cli
