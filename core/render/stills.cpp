#include "core/render/stills.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numbers>

#include "core/base/random_state.h"
#include "core/formats/npy.h"
#include "core/render/contact_sheet.h"
#include "core/render/renderer.h"
#include "core/render/tensor_image.h"

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

std::vector<Item> w_items(const std::string& path, const Scene& scene) {
    const std::string tried = "Could not use " + path;
    TensorData w;
    if (path.ends_with(".npz")) {
        const auto arrays = read_npz(path);
        const auto found = std::find_if(arrays.begin(), arrays.end(),
                                        [&](const auto& a) { return a.first == "w" || arrays.size() == 1; });
        if (found == arrays.end())
            throw Error(ErrorKind::format, tried, "it has no array called w", "Save the latents under the key \"w\".");
        w = found->second;
    } else {
        w = read_npy(path);
    }
    if (w.dtype != DType::f32 && w.dtype != DType::f64 && w.dtype != DType::f16)
        throw Error(ErrorKind::format, tried,
                    fmt::format("its elements are {}, not floating point", dtype_name(w.dtype)));
    auto shape = w.shape;
    while (shape.size() < 3) shape.insert(shape.begin(), 1);
    if (shape.size() != 3 || shape[0] < 1 || shape[1] < 1 || shape[2] < 1)
        throw Error(ErrorKind::format, tried, fmt::format("its shape is {}", shape_text(w.shape)),
                    "W is [w_dim], [num_ws, w_dim] or [N, num_ws, w_dim].");
    if (shape[1] > 1000 || shape[2] > (1 << 20))
        throw Error(ErrorKind::format, tried, fmt::format("its shape is {}", shape_text(w.shape)),
                    "No network takes that many.");
    const auto values = to_doubles(w);
    const auto size = static_cast<std::size_t>(shape[1] * shape[2]);
    std::vector<Item> items;
    for (std::int64_t i = 0; i < shape[0]; ++i) {
        const auto first = values.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(i) * size);
        LatentW latent{
            static_cast<int>(shape[1]), static_cast<int>(shape[2]), {first, first + static_cast<std::ptrdiff_t>(size)}};
        for (const float value : latent.values)
            if (!std::isfinite(value)) throw Error(ErrorKind::format, tried, "it holds values that are not finite");
        items.push_back({{std::move(latent), scene.latent.class_index}, std::nullopt, fmt::format("proj{:02}", i)});
    }
    return items;
}

std::vector<Item> items_of(const StillsRequest& request) {
    if (!request.w_file.empty()) return w_items(request.w_file, request.scene);
    if (request.seeds.empty()) return {{request.scene.latent, std::nullopt, "latent"}};
    std::vector<Item> items;
    for (const std::uint32_t seed : request.seeds)
        items.push_back(
            {{LatentSeeds{{{seed, 1.0}}}, request.scene.latent.class_index}, seed, fmt::format("seed{:04}", seed)});
    return items;
}

void write_picture(const std::filesystem::path& path, const Image& image, StillsFormat format, Overwrite overwrite) {
    const Image rgb = without_alpha(image);
    write_file(path, Bytes(format == StillsFormat::jpg ? encode_jpeg(rgb) : encode_png(rgb)), overwrite);
}

// A module's name as part of a file's name: nothing that leaves the folder.
std::string file_word(std::string name) {
    std::replace_if(
        name.begin(), name.end(), [](char c) { return c == '/' || c == '\\' || c == '\0'; }, '_');
    return name;
}

}  // namespace

StillsResult render_stills(const StillsRequest& request, const Progress& progress) {
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
    std::sort(result.files.begin(), result.files.end());
    result.files.erase(std::unique(result.files.begin(), result.files.end()),
                       result.files.end());  // a seed named twice is one file
    for (const std::string& file : result.files) check_may_write(file, request.overwrite);

    const auto open = open_network(request.scene.model, request.device, progress);
    for (const std::string& warning : open->info->warnings) result.notes.push_back(warning);
    const int c_dim = open->info->c_dim;
    if (request.scene.latent.class_index && c_dim == 0)
        result.notes.push_back("The network is not conditional: the class is ignored.");

    std::unique_ptr<NpyStream> images, activations, ws;
    if (npy) images = std::make_unique<NpyStream>(request.outdir / "images.npy", items.size(), request.overwrite);
    if (npy && !layer.empty())
        activations = std::make_unique<NpyStream>(request.outdir / ("layer_" + file_word(layer) + ".npy"), items.size(),
                                                  request.overwrite);
    if (request.save_w) ws = std::make_unique<NpyStream>(request.outdir / "w.npy", items.size(), request.overwrite);

    Scene scene = request.scene;
    for (std::size_t i = 0; i < items.size(); ++i) {
        progress.check_stop();
        progress.report(static_cast<double>(i) / static_cast<double>(items.size()),
                        fmt::format("{} of {}", i + 1, items.size()));
        const Item& item = items[i];
        scene.latent = item.latent;
        if (c_dim == 0) scene.latent.class_index.reset();
        RenderedTensors tensors = render_tensors(scene, *open, request.precision, layer);
        for (const std::string& note : tensors.notes)
            if (std::find(result.notes.begin(), result.notes.end(), note) == result.notes.end())
                result.notes.push_back(note);
        StillPicture picture{item.seed, std::nullopt, {}};
        if (c_dim > 0 && (scene.latent.class_index || item.seed))
            picture.class_index = scene.latent.class_index.value_or(
                item.seed ? class_from_seed(*item.seed, open->info->z_dim, c_dim) : 0);
        if (npy) {
            images->append(tensors.picture);
            if (activations) activations->append(tensors.shown);
        } else {
            ChannelSelection selection;
            if (!layer.empty())
                selection = {scene.layer_view.base_channel, scene.layer_view.channels, scene.layer_view.normalize,
                             scene.layer_view.gain_db};
            const auto path = request.outdir / (item.stem + extension);
            // A seed named twice is made twice, and the same.
            const bool again =
                item.seed && std::find(request.seeds.begin(), request.seeds.begin() + static_cast<std::ptrdiff_t>(i),
                                       *item.seed) != request.seeds.begin() + static_cast<std::ptrdiff_t>(i);
            write_picture(path, to_image(tensors.shown, selection), request.format,
                          again ? Overwrite::yes : request.overwrite);
            picture.file = path.string();
        }
        if (ws) ws->append(tensors.ws);
        result.pictures.push_back(std::move(picture));
    }
    if (images) images->commit();
    if (activations) activations->commit();
    if (ws) ws->commit();
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
        return to_image(render_tensors(scene, *open, Precision::automatic).picture);
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
