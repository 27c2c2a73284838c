// `afstudio metrics`: quality metrics by their official names.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "app/cli/command.h"
#include "app/cli/parse.h"
#include "app/cli/progress_bar.h"
#include "core/analysis/equivariance_run.h"
#include "core/base/error.h"
#include "core/base/log.h"

namespace afs::cli {
namespace {

constexpr std::pair<const char*, EquivarianceKind> kMetrics[] = {{"eqt50k_int", EquivarianceKind::translation_int},
                                                                 {"eqt50k_frac", EquivarianceKind::translation_frac},
                                                                 {"eqr50k", EquivarianceKind::rotation}};
constexpr const char* kOfOtherNetworks[] = {"fid50k_full", "kid50k_full", "pr50k3_full", "ppl2_wend", "is50k"};

class MetricsCommand final : public Command {
  public:
    [[nodiscard]] std::string name() const override { return "metrics"; }
    [[nodiscard]] std::string summary() const override { return "Metrics by their official names"; }
    [[nodiscard]] std::string examples() const override {
        return "  afstudio metrics --network ffhq.pkl --metrics eqt50k_int,eqr50k --json\n"
               "  afstudio metrics --network ffhq.pkl --metrics eqt50k_frac --num 2000\n";
    }

    void add_options(CLI::App& app) override {
        app.add_option("--network", run_.network, "Network file")->type_name("FILE");
        app.add_option("--metrics", metrics_,
                       "One or more of eqt50k_int, eqt50k_frac and eqr50k, with commas between them")
            ->type_name("NAMES");
        app.add_option("--num", run_.request.samples,
                       "Samples; fewer than the official 50000 are said in the result. Default: 50000")
            ->check(CLI::Range(std::int64_t{1}, std::int64_t{100'000'000}))
            ->type_name("N");
        app.add_option("--seed", seed_, "Of the latents and the movements. Default: 0")->type_name("SEED");
    }

    [[nodiscard]] int run(const Context& context) override {
        if (run_.network.empty()) throw CLI::ValidationError("Give --network");
        read_metrics();
        run_.request.seed = parse_seed_option("--seed", seed_);
        run_.request.precision = context.precision();
        run_.request.stop = context.stop;
        run_.device = context.device();
        EquivarianceReport report;
        {
            ProgressBar bar("metrics", context.common.quiet);
            report = run_equivariance(
                run_, Progress([&](const ProgressState& s) { bar.update(s.fraction, s.doing); }, context.stop));
        }
        for (const std::string& warning : report.warnings) log_warning("{}", warning);
        Json json = Json::object();
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
        if (context.common.json) context.print_json(json);
        if (report.complete()) return 0;
        fmt::print(stderr, "Interrupted after {} of {} samples: these are the figures until then.\n",
                   report.result.samples, report.result.wanted);
        return 130;
    }

  private:
    void read_metrics() {
        run_.request.kinds.clear();
        std::string rest = metrics_;
        while (!rest.empty()) {
            const auto comma = std::min(rest.find(','), rest.size());
            const std::string word = rest.substr(0, comma);
            rest.erase(0, std::min(comma + 1, rest.size()));
            const auto found = std::ranges::find_if(kMetrics, [&](const auto& m) { return word == m.first; });
            if (found == std::end(kMetrics)) {
                if (std::ranges::find(kOfOtherNetworks, word) != std::end(kOfOtherNetworks))
                    throw Error(ErrorKind::argument, fmt::format("Could not measure {}", word),
                                "it needs a detector network, which this version cannot run",
                                "Available are eqt50k_int, eqt50k_frac and eqr50k.");
                throw CLI::ValidationError(fmt::format(
                    "--metrics: \"{}\" is not a metric; available are eqt50k_int, eqt50k_frac and eqr50k", word));
            }
            if (std::ranges::find(names_, word) != names_.end()) continue;
            names_.push_back(word);
            run_.request.kinds.push_back(found->second);
        }
        if (names_.empty()) throw CLI::ValidationError("Give --metrics: one of eqt50k_int, eqt50k_frac and eqr50k");
    }

    EquivarianceRun run_;
    std::string metrics_, seed_ = "0";
    std::vector<std::string> names_;
};

}  // namespace

std::unique_ptr<Command> make_metrics_command() { return std::make_unique<MetricsCommand>(); }

}  // namespace afs::cli
