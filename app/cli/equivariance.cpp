// `afstudio equivariance`: how well pictures follow the movement of the input, and in which layer they stop to.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>

#include "app/cli/command.h"
#include "app/cli/parse.h"
#include "app/cli/progress_bar.h"
#include "core/analysis/equivariance_run.h"
#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/formats/picture.h"
#include "core/plot/plot.h"

namespace afs::cli {
namespace {

constexpr int kMostLayerSamples = 32;  // a profile settles sooner than a figure

struct Kind {
    EquivarianceKind kind;
    const char *word, *key, *title;
};
constexpr Kind kKinds[] = {{EquivarianceKind::translation_int, "t_int", "eqt_int", "EQ-T"},
                           {EquivarianceKind::translation_frac, "t_frac", "eqt_frac", "EQ-T_frac"},
                           {EquivarianceKind::rotation, "r", "eqr", "EQ-R"}};

const Kind& row_of(EquivarianceKind kind) {
    return *std::ranges::find_if(kKinds, [&](const Kind& k) { return k.kind == kind; });
}

// JSON has no infinity: a figure without any difference is null.
Json number_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(); }
Json number_or_null(const std::optional<double>& value) { return value ? number_or_null(*value) : Json(); }

std::string db_text(const std::optional<double>& db) { return db ? fmt::format("{:7.2f} dB", *db) : "too small"; }

Plot plot_of(const EquivarianceReport& report, const std::string& network) {
    const double nothing = std::numeric_limits<double>::quiet_NaN();
    Plot plot;
    const std::string name = std::filesystem::path(network).filename().string();
    if (!report.profile.layers.empty()) {
        plot.title = "Equivariance, layer by layer: " + name;
        plot.note = fmt::format("{} samples; error relative to the variance of each layer, higher is better",
                                report.profile.samples);
        plot.y.label = "dB";
        PlotBars translation{.name = "translation"}, rotation{.name = "rotation"};
        for (const LayerEquivariance& layer : report.profile.layers) {
            plot.places.push_back(layer.name);
            translation.values.push_back(layer.eqt_rel_db.value_or(nothing));
            rotation.values.push_back(layer.eqr_rel_db.value_or(nothing));
        }
        plot.bars = {translation, rotation};
        plot.width = 1200;
        return plot;
    }
    plot.title = "Equivariance: " + name;
    plot.note =
        fmt::format("{} samples, seed {}; 95 % intervals; higher is better", report.result.samples, report.result.seed);
    plot.y.label = "dB";
    PlotBars bars;
    for (const EquivarianceFigure& figure : report.result.figures) {
        plot.places.emplace_back(row_of(figure.kind).title);
        bars.values.push_back(figure.db);
        const Interval interval = figure.ci95_db.value_or(Interval{figure.db, figure.db});
        bars.intervals.emplace_back(interval.low, interval.high);
    }
    plot.bars = {bars};
    return plot;
}

class EquivarianceCommand final : public Command {
  public:
    [[nodiscard]] std::string name() const override { return "equivariance"; }
    [[nodiscard]] std::string summary() const override {
        return "EQ-T, EQ-T_frac and EQ-R with their intervals, layer by layer if asked";
    }
    [[nodiscard]] std::string examples() const override {
        return "  afstudio equivariance --network ffhq.pkl --samples 1000\n"
               "  afstudio equivariance --network ffhq.pkl --kinds r --samples 50000 --json\n"
               "  afstudio equivariance --network ffhq.pkl --samples 64 --per-layer --plot profile.png\n";
    }

    void add_options(CLI::App& app) override {
        app.add_option("--network", run_.network, "Network file")->type_name("FILE");
        app.add_option("--what", run_.which, "Network of the file. Default: G_ema")->type_name("NAME");
        app.add_option("--samples", run_.request.samples,
                       "Pictures, in batches of 4 with one movement each; the official figures take 50000. "
                       "Default: 1000")
            ->check(CLI::Range(std::int64_t{1}, std::int64_t{100'000'000}))
            ->type_name("N");
        app.add_option("--seed", seed_, "Of the latents and the movements. Default: 0")->type_name("SEED");
        app.add_option("--kinds", kinds_,
                       "t_int: translation by whole pixels (EQ-T); t_frac: by fractions (EQ-T_frac); r: rotation "
                       "(EQ-R). Default: t_int,t_frac,r")
            ->type_name("KINDS");
        app.add_option("--data", run_.data,
                       "Data set (folder or ZIP) whose labels the classes of a conditional network are drawn from, as "
                       "the official metrics do. Default: every class as likely as any other")
            ->type_name("DATASET");
        app.add_flag("--per-layer", per_layer_,
                     fmt::format("Ask every layer too, of up to {} of the samples", kMostLayerSamples));
        app.add_option("--filter-override", filters_,
                       "What if a layer's filter were another one: LAYER:up|down:CUTOFF,HALF_WIDTH,TAPS, as `images` "
                       "takes it; repeatable")
            ->type_name("FILTER")
            ->allow_extra_args(false);
        app.add_option("--plot", plot_, "Draw the figures, or with --per-layer the layers, into a PNG")
            ->type_name("FILE");
        app.add_flag("--overwrite", overwrite_, "Replace the plot if it exists");
    }

    [[nodiscard]] int run(const Context& context) override {
        if (run_.network.empty()) throw CLI::ValidationError("Give --network");
        run_.request.kinds = parse_kinds();
        run_.request.seed = parse_seed_option("--seed", seed_);
        run_.request.filters.clear();
        for (const std::string& text : filters_) run_.request.filters.push_back(parse_filter(text));
        run_.request.precision = context.precision();
        run_.request.stop = context.stop;
        run_.device = context.device();
        if (per_layer_)
            run_.layer_samples = static_cast<int>(std::min<std::int64_t>(run_.request.samples, kMostLayerSamples));
        const Overwrite overwrite = overwrite_ ? Overwrite::yes : Overwrite::no;
        if (!plot_.empty()) check_may_write(plot_, overwrite);

        EquivarianceReport report;
        {
            ProgressBar bar("equivariance", context.common.quiet);
            report = run_equivariance(
                run_, Progress([&](const ProgressState& s) { bar.update(s.fraction, s.doing); }, context.stop));
        }
        for (const std::string& warning : report.warnings) log_warning("{}", warning);
        if (!run_.data.empty() && !report.classes)
            log_warning("The network is not conditional: --data makes no difference.");
        if (!plot_.empty()) {
            const Image picture = draw_plot(plot_of(report, run_.network));
            write_file(plot_, Bytes(encode_png(picture)), overwrite);
        }
        if (context.common.json)
            context.print_json(document(report));
        else
            say(context, report);
        if (report.complete()) return 0;
        fmt::print(
            stderr, "Interrupted after {} of {} samples{}: these are the figures until then.\n", report.result.samples,
            report.result.wanted,
            per_layer_ ? fmt::format(" and {} of {} of the layers", report.profile.samples, run_.layer_samples) : "");
        return 130;
    }

  private:
    [[nodiscard]] std::vector<EquivarianceKind> parse_kinds() const {
        std::vector<EquivarianceKind> kinds;
        std::string rest = kinds_;
        while (!rest.empty()) {
            const auto comma = std::min(rest.find(','), rest.size());
            const std::string word = rest.substr(0, comma);
            rest.erase(0, std::min(comma + 1, rest.size()));
            const auto found = std::ranges::find_if(kKinds, [&](const Kind& k) { return word == k.word; });
            if (found == std::end(kKinds))
                throw CLI::ValidationError(
                    fmt::format("--kinds: \"{}\" is not a kind; the kinds are t_int, t_frac and r", word));
            if (std::ranges::find(kinds, found->kind) == kinds.end()) kinds.push_back(found->kind);
        }
        if (kinds.empty()) throw CLI::ValidationError("--kinds: give at least one of t_int, t_frac and r");
        return kinds;
    }

    [[nodiscard]] Json document(const EquivarianceReport& report) const {
        Json json = {{"network", run_.network},
                     {"device", device_name(run_.device)},
                     {"samples", report.result.samples},
                     {"seed", report.result.seed},
                     {"complete", report.complete()}};
        for (const EquivarianceFigure& figure : report.result.figures) {
            const std::string key = row_of(figure.kind).key;
            json[key + "_db"] = number_or_null(figure.db);
            json[key + "_ci95_db"] =
                figure.ci95_db
                    ? Json::array({number_or_null(figure.ci95_db->low), number_or_null(figure.ci95_db->high)})
                    : Json();
        }
        if (report.classes) json["classes"] = *report.classes;
        if (!filters_.empty()) json["filter_overrides"] = filters_;
        if (!per_layer_) return json;
        json["per_layer_samples"] = report.profile.samples;
        json["per_layer"] = Json::array();
        for (const LayerEquivariance& layer : report.profile.layers)
            json["per_layer"].push_back({{"name", layer.name},
                                         {"eqt_rel_db", number_or_null(layer.eqt_rel_db)},
                                         {"eqr_rel_db", number_or_null(layer.eqr_rel_db)}});
        return json;
    }

    void say(const Context& context, const EquivarianceReport& report) const {
        for (const EquivarianceFigure& figure : report.result.figures) {
            std::string line = fmt::format("{:<10} {}", row_of(figure.kind).title, db_text(figure.db));
            if (figure.ci95_db)
                line += fmt::format("   95 %: {:.2f} to {:.2f}", figure.ci95_db->low, figure.ci95_db->high);
            context.say(line + "   " + meaning_of_db(figure.db));
        }
        context.say(fmt::format("{} sample{}, seed {}", report.result.samples, report.result.samples == 1 ? "" : "s",
                                report.result.seed));
        if (report.classes)
            context.say(run_.data.empty() ? "Classes: each as likely as any other; --data draws them from a data set"
                                          : "Classes: drawn from the labels of " + *report.classes);
        if (!filters_.empty())
            context.say(
                fmt::format("Measured with {} changed filter{}", filters_.size(), filters_.size() == 1 ? "" : "s"));
        if (report.profile.layers.empty()) return;
        context.say(fmt::format("\n{:<18} {:>12} {:>12}   relative to the layer's variance, {} samples", "layer",
                                "translation", "rotation", report.profile.samples));
        for (const LayerEquivariance& layer : report.profile.layers)
            context.say(
                fmt::format("{:<18} {:>12} {:>12}", layer.name, db_text(layer.eqt_rel_db), db_text(layer.eqr_rel_db)));
    }

    EquivarianceRun run_ = {.network = {}, .request = {.samples = 1000}};
    std::vector<std::string> filters_;
    std::string kinds_ = "t_int,t_frac,r", plot_, seed_ = "0";
    bool per_layer_ = false, overwrite_ = false;
};

}  // namespace

std::unique_ptr<Command> make_equivariance_command() { return std::make_unique<EquivarianceCommand>(); }

}  // namespace afs::cli
