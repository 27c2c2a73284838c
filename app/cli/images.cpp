// `afstudio images`: pictures, activations and latents of seeds.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>

#include "app/cli/command.h"
#include "app/cli/parse.h"
#include "app/cli/progress_bar.h"
#include "app/cli/scene_options.h"
#include "core/base/error.h"
#include "core/base/log.h"
#include "core/render/stills.h"
#include "core/scene/session.h"

namespace afs::cli {
namespace {

// JSON has no infinity: where there is no energy, the level is null.
Json levels(const std::vector<double>& values) {
    Json row = Json::array();
    for (const double v : values) row.push_back(std::isfinite(v) ? Json(v) : Json());
    return row;
}

Json spectrum_json(const SpectrumFigures& figures) {
    const auto share = [](const std::optional<double>& value) { return value ? Json(*value) : Json(); };
    return {{"nyquist", figures.nyquist},
            {"frequency", figures.frequency},
            {"radial_db", levels(figures.radial_db)},
            {"cut0_db", levels(figures.cut0_db)},
            {"frequency45", figures.frequency45},
            {"cut45_db", levels(figures.cut45_db)},
            {"beyond_cutoff", share(figures.beyond_cutoff)},
            {"beyond_band", share(figures.beyond_band)}};
}

Json waterfall_json(const NetworkSpectra& spectra) {
    const auto known = [](double frequency) { return frequency > 0 ? Json(frequency) : Json(); };
    Json rows = Json::array();
    for (const LayerSpectrum& layer : spectra.layers) {
        Json one = spectrum_json(layer.figures);
        one["name"] = layer.name;
        one["cutoff"] = known(layer.cutoff);
        one["stopband"] = known(layer.stopband);
        rows.push_back(std::move(one));
    }
    return rows;
}

void add_spectra(Json& row, const StillPicture& picture) {
    if (picture.spectrum) row["spectrum"] = spectrum_json(*picture.spectrum);
    if (picture.compared) row["compared"] = spectrum_json(*picture.compared);
    if (picture.waterfall) row["waterfall"] = waterfall_json(*picture.waterfall);
}

class ImagesCommand final : public Command {
  public:
    [[nodiscard]] std::string name() const override { return "images"; }
    [[nodiscard]] std::string summary() const override { return "Pictures, activations and latents of seeds"; }
    [[nodiscard]] std::string examples() const override {
        return "  afstudio images --network ffhq.pkl --seeds 0,3,5-9 --trunc 0.7 --outdir out\n"
               "  afstudio images --network ffhq.pkl --seeds 2 --translate 0.1,0 --rotate 30\n"
               "  afstudio images --network ffhq.pkl --seeds 0-99 --format npy --save-w\n"
               "  afstudio images --network ffhq.pkl --seeds 2 --layer L5_148_512 --format npy\n"
               "  afstudio images --network ffhq.pkl --seeds 0-31 --spectrum-mean --json\n"
               "  afstudio images --network ffhq.pkl --w projected_w.npz\n"
               "  afstudio images --network ffhq.pkl --sheet 8x4 --sheet-seed 100\n"
               "  afstudio images --session face.json --rotate 15 --outdir turned\n";
    }

    void add_options(CLI::App& app) override {
        app.add_option("--session", session_,
                       "Start from a scene that the window saved; the options edit it. The same pixels as there")
            ->type_name("FILE");
        app.add_option("--time", time_, "Moment of the session's film, in seconds. Default: what no track moves")
            ->type_name("S");
        options_.add(app);
        app.add_option("--seeds", seeds_, "Seeds, as in 0,3,5-9")->type_name("SEEDS");
        app.add_option("--w,--projected-w", w_file_,
                       "Pictures of a W or W+ file (.npy, or .npz with the key w) instead of seeds")
            ->type_name("FILE");
        app.add_option("--z", z_file_, "Pictures of a Z file (.npy, or .npz with the key z) instead of seeds")
            ->type_name("FILE");
        app.add_option("--outdir", outdir_, "Folder for the results. Default: out")->type_name("DIR");
        app.add_option("--format", format_,
                       "png, jpg, or npy (float32 as the network gives it, one file). Default: png")
            ->check(CLI::IsMember({"png", "jpg", "npy"}));
        app.add_flag("--spectrum-mean", spectrum_mean_,
                     "Instead of pictures, the spectra of all layers averaged over the seeds: their waterfall as "
                     "spectrum_mean.png, the curves with --json");
        app.add_flag("--save-w", save_w_, "Also write w.npy, [N, num_ws, w_dim]");
        app.add_flag("--save-z", save_z_, "Also write z.npy, [N, z_dim]");
        app.add_flag("--overwrite", overwrite_, "Replace files that exist");
    }

    [[nodiscard]] int run(const Context& context) override {
        StillsRequest request;
        request.scene = options_.edit(starting_scene());
        check_sources(request.scene);
        if (!seeds_.empty()) request.seeds = parse_seeds(seeds_);
        if (spectrum_mean_ && (save_w_ || save_z_))
            throw CLI::ValidationError("--spectrum-mean writes no latents: leave --save-w and --save-z out");
        request.latent_file = w_file_.empty() ? z_file_ : w_file_;
        request.latent_kind = w_file_.empty() ? LatentKind::z : LatentKind::w;
        request.outdir = outdir_;
        request.format = format_ == "npy"   ? StillsFormat::npy
                         : format_ == "jpg" ? StillsFormat::jpg
                                            : StillsFormat::png;
        request.layer_may_be_unknown = !options_.layer;
        request.compared_may_be_unknown = !options_.spectrum_compare;
        request.filters_may_be_unknown = options_.filter_overrides.empty();
        request.save_w = save_w_;
        request.save_z = save_z_;
        request.overwrite = overwrite_ ? Overwrite::yes : Overwrite::no;
        request.device = context.device();
        request.precision = context.precision();

        const auto start = std::chrono::steady_clock::now();
        StillsResult result;
        {
            ProgressBar bar("images", context.common.quiet);
            const Progress progress([&](const ProgressState& state) { bar.update(state.fraction, state.doing); },
                                    context.stop);
            result = spectrum_mean_ ? render_mean_spectra(request, progress) : render_stills(request, progress);
        }
        const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        for (const std::string& note : result.notes) log_warning("{}", note);
        if (context.common.json) {
            Json pictures = Json::array();
            for (const StillPicture& picture : result.pictures) {
                Json row = Json::object();
                if (picture.seed) row["seed"] = *picture.seed;
                if (picture.class_index) row["class"] = *picture.class_index;
                if (!picture.file.empty()) row["file"] = picture.file;
                if (const auto& figures = picture.equivariance) {
                    // JSON has no infinity: without any difference, and with nothing to compare, it is null.
                    row["equivariance_db"] = figures->db && std::isfinite(*figures->db) ? Json(*figures->db) : Json();
                    row["equivariance_compared"] = figures->compared;
                }
                add_spectra(row, picture);
                pictures.push_back(row);
            }
            Json document = {{"network", request.scene.model.path},
                             {"device", device_name(request.device)},
                             {"pictures", pictures},
                             {"files", result.files},
                             {"notes", result.notes},
                             {"seconds", seconds}};
            if (result.mean_spectra)
                document["mean"] = {{"pictures", result.mean_spectra->pictures},
                                    {"waterfall", waterfall_json(*result.mean_spectra)}};
            context.print_json(document);
            return 0;
        }
        for (const std::string& file : result.files) context.say(file);
        return 0;
    }

  private:
    // The session's, or a fresh one.
    [[nodiscard]] Scene starting_scene() const {
        if (session_.empty()) {
            if (!options_.network) throw CLI::ValidationError("Give --network or --session");
            if (time_) throw CLI::ValidationError("--time", "is a moment of a --session");
            return {};
        }
        const Session session = load_session(session_);
        if (session.model_missing && !options_.network)
            throw Error(session.model_missing->kind, session.model_missing->what, session.model_missing->why,
                        "Say where it is with --network.");
        return time_ ? evaluate(session.document, parse_number("--time", *time_)) : session.document.base;
    }

    // Which latents: one option says so, else the session, else the sheet, which has its own.
    void check_sources(const Scene& scene) const {
        const int sources = !seeds_.empty() + !w_file_.empty() + !z_file_.empty() + options_.latent_plane.has_value() +
                            options_.blend.has_value();
        const bool needed = session_.empty() && scene.canvas != CanvasMode::sheet;
        if (sources > 1 || (sources == 0 && needed))
            throw CLI::ValidationError("Give one of --seeds, --w, --z, --latent-plane and --blend");
    }

    SceneOptions options_;
    std::optional<std::string> time_;
    std::string session_, seeds_, w_file_, z_file_, outdir_ = "out", format_ = "png";
    bool spectrum_mean_ = false, save_w_ = false, save_z_ = false, overwrite_ = false;
};

}  // namespace

std::unique_ptr<Command> make_images_command() { return std::make_unique<ImagesCommand>(); }

}  // namespace afs::cli
