#include "core/render/stills.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numbers>

#include "core/analysis/layer_spectra.h"
#include "core/formats/npy.h"
#include "core/model/changed_filters.h"
#include "core/render/contact_sheet.h"
#include "core/render/renderer.h"
#include "core/render/spectrum_picture.h"
#include "core/scene/latent_file.h"
#include "core/scene/session.h"
#include "core/scene/spherical.h"

namespace afs {
namespace {

// One picture to make: its latent, and how its file is called.
struct Item {
    Latent latent;
    std::optional<std::uint32_t> seed;
    std::string stem;
};

// Tensors of many pictures, one after the other, in one .npy file that appears when it is complete.
class NpyStream {
  public:
    NpyStream(const std::filesystem::path& path, std::size_t count, Overwrite overwrite)
        : file_(path, overwrite), count_(static_cast<std::int64_t>(count)) {}

    // x: [1, ...]; the first one sets the shape of all.
    void append(const Tensor& x) {
        const TensorData data = to_tensor_data(x.to(at::kFloat));
        if (!started_) {
            std::vector<std::int64_t> shape = data.shape;
            shape[0] = count_;
            file_.write(npy_header(DType::f32, shape));
            started_ = true;
        }
        file_.write(data.bytes);
    }
    void commit() { file_.commit(); }

  private:
    AtomicFile file_;
    std::int64_t count_;
    bool started_ = false;
};

std::vector<Item> file_items(const StillsRequest& request) {
    const bool z = request.latent_kind == LatentKind::z;
    std::vector<Item> items;
    for (FileLatent& latent : read_latents(request.latent_file, request.latent_kind)) {
        Item item{request.scene.latent, std::nullopt, fmt::format("{}{:02}", z ? "z" : "proj", items.size())};
        std::visit([&](auto& values) { item.latent.source = std::move(values); }, latent);
        items.push_back(std::move(item));
    }
    return items;
}

Item seed_item(const Scene& scene, std::uint32_t seed) {
    Item item{scene.latent, seed, fmt::format("seed{:04}", seed)};
    item.latent.source = LatentSeeds{{{seed, 1.0}}};
    return item;
}

std::vector<Item> items_of(const StillsRequest& request) {
    const Scene& scene = request.scene;
    if (!request.latent_file.empty()) return file_items(request);
    std::vector<Item> items;
    for (const std::uint32_t seed : request.seeds) items.push_back(seed_item(scene, seed));
    if (!items.empty()) return items;
    if (scene.canvas == CanvasMode::sheet) {
        if (request.format != StillsFormat::npy) return {{scene.latent, std::nullopt, "sheet"}};
        for (int cell = 0; cell < scene.sheet.columns * scene.sheet.rows; ++cell)
            items.push_back(seed_item(scene, scene.sheet.first_seed + static_cast<std::uint32_t>(cell)));
        return items;
    }
    const auto seeds = latent_seeds(scene.latent);
    if (seeds.size() == 1 && seeds[0].weight == 1.0) return {seed_item(scene, seeds[0].seed)};
    return {{scene.latent, std::nullopt, "latent"}};
}

void write_picture(const std::filesystem::path& path, const Image& image, StillsFormat format, Overwrite overwrite) {
    const Image rgb = without_alpha(image);
    write_file(path, Bytes(format == StillsFormat::jpg ? encode_jpeg(rgb) : encode_png(rgb)), overwrite);
}

// A sheet has many z and w, and one picture: its files of numbers are those of `--format npy`.
void check_numbers_asked(const StillsRequest& request) {
    if ((request.save_w || request.save_z) && request.scene.canvas == CanvasMode::sheet && request.seeds.empty() &&
        request.latent_file.empty() && request.format != StillsFormat::npy)
        throw Error(ErrorKind::argument, "Could not save the latents of a contact sheet",
                    "it is one picture of many seeds", "Add --format npy, or name the seeds instead of the sheet.");
}

Tensor z_of(const Item& item, int z_dim) {
    const auto z = latent_z(item.latent, z_dim);
    if (!z)
        throw Error(ErrorKind::argument, "Could not save Z", "a W and a blend in W have none",
                    "Use seeds, a Z file, or --interpolation slerp.");
    return at::tensor(*z).unsqueeze(0);
}

void add_new(std::vector<std::string>& notes, const std::vector<std::string>& more) {
    for (const std::string& note : more)
        if (std::find(notes.begin(), notes.end(), note) == notes.end()) notes.push_back(note);
}

// A module's name as part of a file's name: nothing that leaves the folder.
std::string file_word(std::string name) {
    std::replace_if(
        name.begin(), name.end(), [](char c) { return c == '/' || c == '\\' || c == '\0'; }, '_');
    return name;
}

}  // namespace

StillsResult render_stills(const StillsRequest& request, const Progress& progress) {
    check_numbers_asked(request);
    const auto items = items_of(request);
    const std::string layer =
        request.scene.canvas == CanvasMode::layer ? request.scene.layer_view.layer : std::string();
    const bool npy = request.format == StillsFormat::npy;
    const std::string extension = request.format == StillsFormat::jpg ? ".jpg" : ".png";

    StillsResult result;
    if (npy) {
        result.files.push_back((request.outdir / "images.npy").string());
        if (!layer.empty()) result.files.push_back((request.outdir / ("layer_" + file_word(layer) + ".npy")).string());
    } else {
        for (const Item& item : items) result.files.push_back((request.outdir / (item.stem + extension)).string());
    }
    if (request.save_w) result.files.push_back((request.outdir / "w.npy").string());
    if (request.save_z) result.files.push_back((request.outdir / "z.npy").string());
    std::sort(result.files.begin(), result.files.end());
    result.files.erase(std::unique(result.files.begin(), result.files.end()),
                       result.files.end());  // a seed named twice is one file
    for (const std::string& file : result.files) check_may_write(file, request.overwrite);

    const auto open = open_network(request.scene.model, request.device, progress);
    if (npy) check_layer(layer, *open->info);
    if (!request.layer_may_be_unknown && shows_layer(request.scene))
        check_layer(request.scene.layer_view.layer, *open->info);
    if (const SpectrumView& view = request.scene.spectrum;
        !request.compared_may_be_unknown && request.scene.canvas == CanvasMode::spectrum &&
        view.shown == SpectrumShown::map && view.compare == SpectrumCompare::layer)
        check_layer(view.compare_layer, *open->info);
    if (!request.filters_may_be_unknown) (void)changed(open->info->schedule, filter_changes(request.scene));
    for (const std::string& warning : open->info->warnings) result.notes.push_back(warning);
    if (auto changed = model_changed(request.scene.model, open->info->model))
        result.notes.push_back(std::move(*changed));
    const int c_dim = open->info->c_dim;
    const Latent& asked = request.scene.latent;
    if ((asked.class_index || !asked.class_weights.empty()) && c_dim == 0)
        result.notes.push_back("The network is not conditional: the class is ignored.");

    std::unique_ptr<NpyStream> images, activations, ws, zs;
    if (npy) images = std::make_unique<NpyStream>(request.outdir / "images.npy", items.size(), request.overwrite);
    if (npy && !layer.empty())
        activations = std::make_unique<NpyStream>(request.outdir / ("layer_" + file_word(layer) + ".npy"), items.size(),
                                                  request.overwrite);
    if (request.save_w) ws = std::make_unique<NpyStream>(request.outdir / "w.npy", items.size(), request.overwrite);
    if (request.save_z) zs = std::make_unique<NpyStream>(request.outdir / "z.npy", items.size(), request.overwrite);
    const RenderOptions options{request.precision};

    Scene scene = request.scene;
    // Who names latents wants each of them, whatever the canvas of the session shows.
    if (scene.canvas == CanvasMode::sheet && (!request.seeds.empty() || !request.latent_file.empty()))
        scene.canvas = CanvasMode::picture;
    scene = with_known_layer(std::move(scene), *open->info, result.notes);
    for (std::size_t i = 0; i < items.size(); ++i) {
        progress.check_stop();
        progress.report(static_cast<double>(i) / static_cast<double>(items.size()),
                        fmt::format("{} of {}", i + 1, items.size()));
        const Item& item = items[i];
        scene.latent = item.latent;
        if (zs) zs->append(z_of(item, open->info->z_dim));
        StillPicture picture{item.seed, std::nullopt, {}};
        if (item.seed || (asked.class_index && !std::holds_alternative<LatentW>(item.latent.source)))
            if (const Label label = label_of(item.latent, item.seed, open->generator->config()); label.size() == 1)
                picture.class_index = label.front().first;
        std::optional<RenderedTensors> tensors;
        if (npy) {
            tensors = render_tensors(scene, *open, options, layer);
            add_new(result.notes, tensors->notes);
            images->append(tensors->picture);
            if (activations) activations->append(tensors->shown);
        } else {
            const OnGrowth grown = [&](const GrowingPicture& now) {
                progress.check_stop();
                progress.report((static_cast<double>(i) + now.grown) / static_cast<double>(items.size()),
                                fmt::format("{} of {}", i + 1, items.size()));
            };
            RenderedPicture shown = render_picture(scene, *open, options, grown);
            if (shown.other) add_new(result.notes, {"A file cannot flicker: it shows the output."});
            add_new(result.notes, shown.notes);
            tensors = std::move(shown.tensors);
            const auto path = request.outdir / (item.stem + extension);
            // A seed named twice is made twice, and the same.
            const bool again =
                item.seed && std::find(request.seeds.begin(), request.seeds.begin() + static_cast<std::ptrdiff_t>(i),
                                       *item.seed) != request.seeds.begin() + static_cast<std::ptrdiff_t>(i);
            write_picture(path, *shown.image, request.format, again ? Overwrite::yes : request.overwrite);
            picture.file = path.string();
            picture.equivariance = shown.equivariance;
            picture.spectrum = shown.spectrum;
            picture.compared = shown.compared;
            picture.waterfall = shown.waterfall;
        }
        if (ws && tensors) ws->append(tensors->latent.ws);
        result.pictures.push_back(std::move(picture));
    }
    if (images) images->commit();
    if (activations) activations->commit();
    if (ws) ws->commit();
    if (zs) zs->commit();
    return result;
}

StillsResult render_mean_spectra(const StillsRequest& request, const Progress& progress) {
    const std::string tried = "Could not average spectra";
    if (request.seeds.empty())
        throw Error(ErrorKind::argument, tried, "a mean over seeds needs seeds", "Name them, as in --seeds 0-31.");
    if (request.format == StillsFormat::npy)
        throw Error(ErrorKind::argument, tried, "the mean is a picture and a table, not an .npy file",
                    "Leave --format npy out; --json has the numbers.");
    StillsResult result;
    const std::string extension = request.format == StillsFormat::jpg ? ".jpg" : ".png";
    const std::filesystem::path path = request.outdir / ("spectrum_mean" + extension);
    check_may_write(path, request.overwrite);
    const auto open = open_network(request.scene.model, request.device, progress);
    if (!request.filters_may_be_unknown) (void)changed(open->info->schedule, filter_changes(request.scene));
    result.notes = open->info->warnings;
    Scene scene = with_known_layer(request.scene, *open->info, result.notes);
    LayerSpectra sums(schedule_of(scene, *open), open->info->designed_filters, {.beta = scene.spectrum.beta});
    RenderOptions options{request.precision};
    options.on_layer = [&](const std::string& name, const Tensor& x) { sums.add(name, x); };
    for (std::size_t i = 0; i < request.seeds.size(); ++i) {
        progress.check_stop();
        progress.report(static_cast<double>(i) / static_cast<double>(request.seeds.size()),
                        fmt::format("{} of {}", i + 1, request.seeds.size()));
        scene.latent = seed_item(scene, request.seeds[i]).latent;
        add_new(result.notes, render_tensors(scene, *open, options).notes);
        sums.end_picture();
    }
    result.mean_spectra = std::make_shared<const NetworkSpectra>(sums.result());
    write_picture(path, waterfall_image(*result.mean_spectra, scene.spectrum, open->info->title), request.format,
                  request.overwrite);
    result.files.push_back(path.string());
    return result;
}

StillsResult render_preview(const ModelRef& model, Device device, const std::filesystem::path& outdir,
                            const Progress& progress) {
    constexpr int kColumns = 4, kRows = 3, kCircle = 16;
    constexpr double kRadius = 0.1;  // of the picture's side
    const auto open = open_network(model, device, progress);
    StillsResult result;
    result.notes = open->info->warnings;
    const auto draw = [&](std::uint32_t seed, const Transform& transform) {
        progress.check_stop();
        Scene scene;
        scene.latent.source = LatentSeeds{{{seed, 1.0}}};
        scene.transform = transform;
        return *render_picture(scene, *open).image;
    };
    const auto save = [&](const std::string& name, const Image& image) {
        // Made to be looked at again and again: a newer preview replaces an older one.
        write_picture(outdir / name, image, StillsFormat::png, Overwrite::yes);
        result.files.push_back((outdir / name).string());
    };
    const int total = kColumns * kRows + kCircle;
    int done = 0;
    const auto step = [&] {
        progress.report(static_cast<double>(done++) / total, fmt::format("{} of {}", done, total));
    };
    std::vector<Image> seeds;
    for (std::uint32_t seed = 0; seed < kColumns * kRows; ++seed) {
        step();
        seeds.push_back(draw(seed, {}));
    }
    save("seeds.png", contact_sheet(seeds, kColumns, 2));
    if (!open->info->input_transformable) {
        result.notes.push_back(
            "This network has a constant input: it cannot be moved, so there is no translation circle.");
        return result;
    }
    for (int i = 0; i < kCircle; ++i) {
        step();
        const double angle = 2.0 * std::numbers::pi * i / kCircle;
        save(fmt::format("circle{:02}.png", i),
             draw(0, {.translate_x = kRadius * std::cos(angle), .translate_y = kRadius * std::sin(angle)}));
    }
    return result;
}

}  // namespace afs
