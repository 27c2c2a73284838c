// `afstudio spectra`: average power spectra of data sets and networks (SPEC 10).
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "app/cli/command.h"
#include "app/cli/progress_bar.h"
#include "core/analysis/average_run.h"
#include "core/base/error.h"
#include "core/plot/plot.h"

namespace afs::cli {
namespace {

// The paper's axes.
constexpr double kMapLowDb = -40, kMapHighDb = 20, kSlicesLowDb = -50, kSlicesHighDb = 30;
constexpr double kMapSmooth = 1.25;

std::string csv_field(const std::string& text) {
    if (text.find_first_of(",\"\n") == std::string::npos) return text;
    std::string quoted = "\"";
    for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + "\"";
}

Image above_each_other(const Image& upper, const Image& lower) {
    Image both{upper.width, upper.height + lower.height, upper.channels, upper.pixels};
    both.pixels.insert(both.pixels.end(), lower.pixels.begin(), lower.pixels.end());
    return both;
}

class SpectraCommand final : public Command {
  public:
    [[nodiscard]] std::string name() const override { return "spectra"; }
    [[nodiscard]] std::string summary() const override {
        return "Average power spectra of data sets and networks: what they hold at each frequency";
    }
    [[nodiscard]] std::string examples() const override {
        return "  afstudio spectra stats --source ffhq.zip\n"
               "  afstudio spectra calc --source ffhq.zip --mean 112.684 --std 69.509 --dest ffhq.npz\n"
               "  afstudio spectra calc --source ffhq.pkl --num 1000 --mean 112.684 --std 69.509 --dest model.npz\n"
               "  afstudio spectra heatmap --source model.npz --dest map.png\n"
               "  afstudio spectra slices --source ffhq.npz --source model.npz --dest slices.png --dest slices.csv\n";
    }

    void add_options(CLI::App& app) override {
        app.add_option("what", what_,
                       "stats: mean and standard deviation of all values; calc: the spectrum as a file; heatmap: its "
                       "map; slices: its curves at 0 and 45 degrees")
            ->required()
            ->check(CLI::IsMember({"stats", "calc", "heatmap", "slices"}))
            ->type_name("stats|calc|heatmap|slices");
        app.add_option(
               "--source", sources_,
               "A data set (folder or ZIP), a network file, or a spectrum (.npz). slices and stats take several")
            ->required()
            ->type_name("FILE");
        app.add_option("--num", num_,
                       "Pictures: a random subset of a data set, seeds of a network. Default: all, and 50000")
            ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 40))
            ->type_name("N");
        app.add_option("--seed", seed_, "Of the subset; the first seed of a network. Default: 0")->type_name("SEED");
        app.add_option("--mean", mean_,
                       "Mean of all values (stats prints it). Default: of the first source that holds pictures")
            ->type_name("X");
        app.add_option("--std", std_, "Standard deviation of all values, likewise")->type_name("X");
        app.add_option("--interp", interp_, "Frequencies a pixel, by zero padding, 1 to 16. Default: 4")
            ->type_name("N");
        app.add_option("--beta", beta_, "Of the Kaiser window, 0 to 100. Default: 8")->type_name("X");
        app.add_option("--smooth", smooth_,
                       "Gaussian smoothing, sigma in cycles per width. Default: 1.25 (heatmap), 0 (slices)")
            ->type_name("X");
        app.add_option("--dest", dest_, "Result: .npz of calc, .png or .csv of heatmap and slices; repeatable")
            ->type_name("FILE");
        app.add_flag("--overwrite", overwrite_, "Replace files that exist");
    }

    [[nodiscard]] int run(const Context& context) override {
        check_usage();
        overwriting_ = overwrite_ ? Overwrite::yes : Overwrite::no;
        for (const std::string& file : dest_) check_may_write(file, overwriting_);
        check_spectrum_options(
            {.mean = mean_.value_or(0.0), .std = std_.value_or(1.0), .interp = interp_, .beta = beta_});

        Json document = {{"what", what_}, {"sources", Json::array()}};
        AverageReport report;
        {
            ProgressBar bar("spectra", context.common.quiet);
            const Progress progress([&](const ProgressState& state) { bar.update(state.fraction, state.doing); },
                                    context.stop);
            const PictureSourceOptions pictures{num_, seed_, context.device(), context.precision()};
            if (what_ == "stats") {
                statistics(pictures, progress, document);
            } else {
                AverageRun run{.sources = sources_, .pictures = pictures, .interp = interp_, .beta = beta_};
                if (mean_) run.whiten = {*mean_, *std_};
                report = average_spectra(run, progress);
                document["mean"] = report.mean;
                document["std"] = report.std;
                for (const AverageCurve& curve : report.curves) {
                    Json row = {{"source", curve.name}, {"image_size", curve.spectrum.image_size}};
                    if (curve.pictures) row["pictures"] = *curve.pictures;
                    document["sources"].push_back(row);
                }
            }
        }
        for (const std::string& file : dest_) write(file, report.curves);
        document["files"] = dest_;
        if (context.common.json) context.print_json(document);
        for (const Json& row : document["sources"])
            if (what_ == "stats")
                context.say(fmt::format("--mean={:g} --std={:g}   {}, {} pictures", row["mean"].get<double>(),
                                        row["std"].get<double>(), row["source"].get<std::string>(),
                                        row["pictures"].get<std::int64_t>()));
        if (report.whitened_by)
            context.say(
                fmt::format("Whitened by --mean={:g} --std={:g} of {}", report.mean, report.std, *report.whitened_by));
        for (const std::string& file : dest_) context.say(file);
        return 0;
    }

  private:
    void check_usage() const {
        const bool one = what_ == "calc" || what_ == "heatmap";
        if (one && sources_.size() != 1)
            throw CLI::ValidationError(fmt::format("{} takes one --source, not {}", what_, sources_.size()));
        if (mean_.has_value() != std_.has_value()) throw CLI::ValidationError("Give both --mean and --std, or neither");
        if (what_ == "stats" && !dest_.empty()) throw CLI::ValidationError("stats writes no file: leave --dest out");
        if (what_ != "stats" && dest_.empty()) throw CLI::ValidationError(fmt::format("{} needs --dest", what_));
        for (const std::string& file : dest_) {
            const bool fits =
                what_ == "calc" ? file.ends_with(".npz") : file.ends_with(".png") || file.ends_with(".csv");
            if (!fits)
                throw CLI::ValidationError(fmt::format("--dest is {}, but {} writes {}", file, what_,
                                                       what_ == "calc" ? ".npz" : ".png and .csv"));
        }
        for (const std::string& source : sources_)
            if (source.ends_with(".npz") && (what_ == "stats" || what_ == "calc"))
                throw CLI::ValidationError(fmt::format("{} reads pictures; {} is a spectrum already", what_, source));
        if (smooth_ && !(*smooth_ >= 0 && *smooth_ <= 100))
            throw CLI::ValidationError(fmt::format("--smooth is {:g}, outside 0 to 100", *smooth_));
    }

    // Of every source; all of them are opened before the first is read.
    void statistics(const PictureSourceOptions& options, const Progress& progress, Json& document) const {
        std::vector<std::unique_ptr<PictureSource>> sources;
        for (const std::string& path : sources_) sources.push_back(open_picture_source(path, options, progress));
        for (std::size_t i = 0; i < sources.size(); ++i) {
            const PictureStats stats = picture_stats(*sources[i], progress);
            const std::string name = std::filesystem::path(sources_[i]).filename().string();
            document["sources"].push_back({{"source", name.empty() ? sources_[i] : name},
                                           {"pictures", stats.pictures},
                                           {"mean", stats.mean},
                                           {"std", stats.std}});
        }
    }

    void write(const std::string& file, const std::vector<AverageCurve>& curves) const {
        const bool csv = file.ends_with(".csv");
        if (what_ == "calc")
            write_spectrum(file, curves.front().spectrum, overwriting_);
        else if (what_ == "heatmap" && csv)
            write_file(file, map_table(curves.front().spectrum), overwriting_);
        else if (what_ == "heatmap")
            write_file(file, Bytes(encode_png(map_plot(curves.front().name, curves.front().spectrum))), overwriting_);
        else if (csv)
            write_file(file, slices_table(curves), overwriting_);
        else
            write_file(file, Bytes(encode_png(slices_plot(curves))), overwriting_);
    }

    [[nodiscard]] std::string map_table(const AverageSpectrum& s) const {
        const std::vector<double> map = spectrum_heat_map(s, smooth_.value_or(kMapSmooth));
        const int out = s.side + 1;
        const double step = static_cast<double>(s.image_size) / s.side;
        std::string text = "fy\\fx";
        for (int x = 0; x < out; ++x) text += fmt::format(",{:g}", (x - s.side / 2) * step);
        for (int y = 0; y < out; ++y) {
            text += fmt::format("\n{:g}", (y - s.side / 2) * step);
            for (int x = 0; x < out; ++x)
                text += fmt::format(
                    ",{:.6g}",
                    map[static_cast<std::size_t>(y) * static_cast<std::size_t>(out) + static_cast<std::size_t>(x)]);
        }
        return text + "\n";
    }

    [[nodiscard]] Image map_plot(const std::string& source, const AverageSpectrum& s) const {
        const std::vector<double> map = spectrum_heat_map(s, smooth_.value_or(kMapSmooth));
        Plot plot;
        plot.title = "Average power spectrum: " + source;
        plot.note = fmt::format("{0} x {0} pixels, smoothed by {1:g}", s.image_size, smooth_.value_or(kMapSmooth));
        plot.x.label = plot.y.label = "frequency [cycles per image width]";
        plot.square = true;
        plot.width = 960;
        plot.height = 960;
        PlotHeatMap cells;
        cells.rows = cells.columns = s.side + 1;
        cells.values.assign(map.begin(), map.end());
        cells.low = kMapLowDb;
        cells.high = kMapHighDb;
        cells.label = "power [dB]";
        const double edge = s.image_size / 2.0 + 0.5 * s.image_size / s.side;  // cells are centred on their frequencies
        cells.left = cells.bottom = -edge;
        cells.right = cells.top = edge;
        plot.heat_map = std::move(cells);
        return draw_plot(plot);
    }

    [[nodiscard]] std::string slices_table(const std::vector<AverageCurve>& curves) const {
        std::string text = "source,angle_deg,cycles_per_width,power_db\n";
        for (const AverageCurve& source : curves) {
            const SpectrumSlices slices = spectrum_slices(source.spectrum, smooth_.value_or(0.0));
            const std::string field = csv_field(source.name);
            for (std::size_t i = 0; i < slices.db0.size(); ++i)
                text += fmt::format("{},0,{:.8g},{:.8g}\n", field, slices.frequency0[i], slices.db0[i]);
            for (std::size_t i = 0; i < slices.db45.size(); ++i)
                text += fmt::format("{},45,{:.8g},{:.8g}\n", field, slices.frequency45[i], slices.db45[i]);
        }
        return text;
    }

    [[nodiscard]] Image slices_plot(const std::vector<AverageCurve>& curves) const {
        Plot straight;
        straight.title = "Average power spectrum, 0 degrees";
        straight.x.label = "frequency [cycles per image width]";
        straight.y = {.label = "power [dB]", .low = kSlicesLowDb, .high = kSlicesHighDb};
        straight.width = 1000;
        straight.height = 560;
        Plot diagonal = straight;
        diagonal.title = "45 degrees";
        for (const AverageCurve& source : curves) {
            SpectrumSlices slices = spectrum_slices(source.spectrum, smooth_.value_or(0.0));
            PlotCurve curve;
            curve.name = source.name;
            curve.x = std::move(slices.frequency0);
            curve.y = std::move(slices.db0);
            straight.curves.push_back(curve);
            curve.x = std::move(slices.frequency45);
            curve.y = std::move(slices.db45);
            diagonal.curves.push_back(std::move(curve));
        }
        return above_each_other(draw_plot(straight), draw_plot(diagonal));
    }

    std::string what_;
    std::vector<std::string> sources_, dest_;
    std::optional<std::int64_t> num_;
    std::optional<double> mean_, std_, smooth_;
    std::uint32_t seed_ = 0;
    int interp_ = 4;
    double beta_ = 8;
    bool overwrite_ = false;
    Overwrite overwriting_ = Overwrite::no;
};

}  // namespace

std::unique_ptr<Command> make_spectra_command() { return std::make_unique<SpectraCommand>(); }

}  // namespace afs::cli
