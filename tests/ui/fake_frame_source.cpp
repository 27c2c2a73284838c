#include "tests/ui/fake_frame_source.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <utility>

namespace afs::test {

std::shared_ptr<const NetworkInfo> fake_network(const std::string& path, int resolution) {
    auto info = std::make_shared<NetworkInfo>();
    const bool stylegan2 = path.find("stylegan2") != std::string::npos,
               conditional = path.find("conditional") != std::string::npos;
    info->model = {path, "G_ema", "0123456789abcdef0123456789abcdef"};
    info->title = std::filesystem::path(path).filename().string();
    info->config = stylegan2 ? "stylegan2" : "stylegan3-t";
    info->format = "safetensors";
    info->img_resolution = resolution;
    info->img_channels = 3;
    info->z_dim = info->w_dim = 256;
    info->c_dim = conditional ? 10 : 0;
    info->num_ws = 16;
    info->num_params = 1'234'567;
    info->num_tensors = 89;
    info->input_transformable = !stylegan2;
    info->has_noise = stylegan2;
    info->other_networks = {"G", "D"};
    info->layers.push_back({"input", 64, 36, 36, 16, 2, 4.3, false});
    for (int i = 0; i < 14; ++i) {
        const int size = 36 + 8 * i;
        info->layers.push_back({"L" + std::to_string(i) + "_" + std::to_string(size) + "_64", 64, size, size,
                                16.0 + 8 * i, 2.0 + 4 * i, 4.3 + 4 * i, i > 10});
    }
    info->designed_filters = !stylegan2;
    if (!stylegan2) {
        info->schedule = make_schedule({.img_resolution = 128, .channel_base = 2048, .channel_max = 64});
        for (std::size_t i = 0; i < 14; ++i) info->schedule.layers[i].name = info->layers[i + 1].name;
    }
    info->layers.push_back({"output", 3, resolution, resolution, 128, 64, 80, false});
    return info;
}

Image fake_picture(const Scene& scene, int resolution) {
    Image image{.width = resolution, .height = resolution, .channels = 4, .pixels = {}};
    image.pixels.resize(static_cast<std::size_t>(resolution) * static_cast<std::size_t>(resolution) * 4);
    const Matrix3 m = network_transform(scene.transform, resolution).matrix;
    const auto* plane = std::get_if<LatentPlane>(&scene.latent.source);
    const auto fraction = [](double t) { return t - std::floor(t); };  // std::fmod takes most of a test's time
    const double shade = plane ? 0.5 + 0.5 * std::sin(plane->x + plane->y) : 0.5;
    for (int y = 0; y < resolution; ++y)
        for (int x = 0; x < resolution; ++x) {
            const double px = (x + 0.5) / resolution - 0.5, py = (y + 0.5) / resolution - 0.5;
            const double u = m[0] * px + m[1] * py + m[2] + 0.5, v = m[3] * px + m[4] * py + m[5] + 0.5;
            const bool line = fraction(std::fabs(u * 8)) < 0.06 || fraction(std::fabs(v * 8)) < 0.06;
            auto* out = &image.pixels[(static_cast<std::size_t>(y) * static_cast<std::size_t>(resolution) +
                                       static_cast<std::size_t>(x)) *
                                      4];
            const auto level = [&](double value) {
                return static_cast<std::uint8_t>(std::clamp(value * 255.0, 0.0, 255.0) * (line ? 0.6 : 1.0));
            };
            out[0] = level(u);
            out[1] = level(v);
            out[2] = level(shade);
            out[3] = 255;
        }
    return image;
}

namespace {

void place(Image& sheet, const PictureGrid& grid, int cell, const Image& picture) {
    const int left = cell % grid.columns * (grid.cell_width + grid.gap_px),
              top = cell / grid.columns * (grid.cell_height + grid.gap_px);
    for (int y = 0; y < picture.height; ++y)
        std::copy_n(&picture.pixels[static_cast<std::size_t>(y * picture.width * 4)],
                    static_cast<std::size_t>(picture.width) * 4,
                    &sheet.pixels[static_cast<std::size_t>(((top + y) * sheet.width + left) * 4)]);
}

Image empty(const PictureGrid& grid) {
    Image sheet{.width = grid.columns * (grid.cell_width + grid.gap_px) - grid.gap_px,
                .height = grid.rows * (grid.cell_height + grid.gap_px) - grid.gap_px,
                .channels = 4,
                .pixels = {}};
    sheet.pixels.resize(static_cast<std::size_t>(sheet.width * sheet.height) * 4);
    return sheet;
}

void draw_sheet(FrameResult& result, const Scene& scene) {
    constexpr int kSide = 32;
    const PictureGrid grid{
        scene.sheet.columns * scene.sheet.rows, scene.sheet.columns, scene.sheet.rows, kSide, kSide, 2, 1};
    Image sheet = empty(grid);
    for (int cell = 0; cell < grid.count; ++cell)
        place(sheet, grid, cell, fake_picture(sheet_cell(scene, cell), kSide));
    result.grid = grid;
    result.image = std::make_shared<const Image>(std::move(sheet));
}

void draw_mosaic(FrameResult& result, const Scene& scene, int side) {
    const PictureGrid grid{64, 8, 8, side, side, 1, 1};
    Image mosaic = empty(grid);
    for (int cell = 0; cell < grid.count; ++cell) place(mosaic, grid, cell, fake_picture(scene, side));
    result.grid = grid;
    result.image = std::make_shared<const Image>(std::move(mosaic));
}

// Channel c holds c everywhere, plus a thousandth a column.
std::shared_ptr<const ShownValues> fake_values(const LayerView& view, int side) {
    ShownValues values{view.base_channel, view.channels, side, side, {}};
    for (int c = 0; c < view.channels; ++c)
        for (int i = 0; i < side * side; ++i)
            values.values.push_back(static_cast<float>(view.base_channel + c) + static_cast<float>(i % side) * 0.001f);
    return std::make_shared<const ShownValues>(std::move(values));
}

// The deeper a layer, the more of its energy lies beyond its cutoff.
NetworkSpectra fake_spectra(const NetworkInfo& network, int pictures) {
    NetworkSpectra spectra{.pictures = pictures};
    for (std::size_t i = 0; i < network.layers.size(); ++i) {
        LayerSpectrum layer{network.layers[i].name, {}, network.layers[i].cutoff, network.layers[i].stopband};
        layer.figures.nyquist = network.layers[i].rate / 2;
        for (int k = 0; k <= 16; ++k) {
            layer.figures.frequency.push_back(k * layer.figures.nyquist / 16);
            layer.figures.radial_db.push_back(20.0 - 2 * k);
        }
        layer.figures.beyond_cutoff = 0.01 * static_cast<double>(i);
        spectra.layers.push_back(std::move(layer));
    }
    return spectra;
}

}  // namespace

std::optional<SpectraResult> FakeFrameSource::poll_glance() {
    if (!glance_wanted || requests.empty() || open_path_.empty()) return std::nullopt;
    const auto network = fake_network(open_path_, resolution);
    return SpectraResult{.model = network->model,
                         .scene = requests.back().scene,
                         .spectra = std::make_shared<const NetworkSpectra>(fake_spectra(*network, 1)),
                         .ended = true};
}

void FakeFrameSource::average_spectra(std::optional<SpectraWish> wish) {
    if (!wish && average_wish) average_ended_ = true;
    if (wish) {
        average_wish = wish;
        averaged = 0;
        average_ended_ = false;
    }
}

std::optional<SpectraResult> FakeFrameSource::poll_average() {
    if (!average_wish || open_path_.empty()) return std::nullopt;
    const auto network = fake_network(open_path_, resolution);
    SpectraResult result{.id = average_wish->id, .model = network->model, .wanted = average_wish->pictures};
    if (!average_ended_) ++averaged;
    result.spectra = std::make_shared<const NetworkSpectra>(fake_spectra(*network, averaged));
    result.ended = average_ended_ || averaged == average_wish->pictures;
    if (result.ended) average_wish.reset();
    return result;
}

std::uint64_t FakeFrameSource::submit(FrameRequest request) {
    request.id = next_id_++;
    requests.push_back(request);
    const std::string& path = request.scene.model.path;
    if (path != open_path_ && path != loading_path_) {
        loading_path_ = path;
        load_polls_left_ = polls_to_load;
    }
    if (path == open_path_) loading_path_.clear();
    pending_ = request;
    if (answers) answer_now();
    return request.id;
}

FramePicture FakeFrameSource::left_on_device(const std::shared_ptr<const Image>& picture) {
    return FramePicture(DevicePicture{0, picture->width, picture->height, picture->pixels.data(), picture,
                                      [this, picture](std::size_t first, std::size_t bytes, std::uint8_t* to) {
                                          std::copy_n(picture->pixels.begin() + static_cast<std::ptrdiff_t>(first),
                                                      bytes, to);
                                          bytes_read += bytes;
                                      }});
}

FrameResult FakeFrameSource::draw(const FrameRequest& request, const std::string& path) {
    FrameResult result;
    result.id = request.id;
    result.scene = request.scene;
    if (fail_drawing) {
        result.failure = fail_drawing;
        return result;
    }
    auto network = std::make_shared<NetworkInfo>(*fake_network(path, resolution));
    network->model.which = request.scene.model.path == path ? request.scene.model.which : "G_ema";
    if (network->model.which == "G") network->other_networks = {"G_ema", "D"};
    result.network = std::move(network);
    int side = result.network->img_resolution;
    if (request.scene.canvas == CanvasMode::layer || request.scene.canvas == CanvasMode::spectrum)
        for (const LayerInfo& layer : result.network->layers)
            if (layer.name == request.scene.layer_view.layer) side = layer.height;
    if (request.scene.canvas == CanvasMode::sheet) {
        draw_sheet(result, request.scene);
    } else if (request.scene.canvas == CanvasMode::layer && request.scene.layer_view.mosaic) {
        draw_mosaic(result, request.scene, side);
    } else {
        result.image = std::make_shared<const Image>(fake_picture(request.scene, side));
        if (on_device) {
            result.image = left_on_device(result.image.host());
            if (!request.may_stay_on_device) (void)result.image.host();
        }
        if (request.scene.canvas == CanvasMode::layer) result.values = fake_values(request.scene.layer_view, side);
    }
    if (request.scene.canvas == CanvasMode::equivariance && result.network->input_transformable &&
        !shows_strip(request.scene)) {
        result.equivariance = FrameEquivariance{62.25, false, 0.75};
        if (request.scene.equivariance.shown == EquivarianceShown::flicker)
            result.other = std::make_shared<const Image>(fake_picture({}, side));
        if (request.scene.equivariance.shown == EquivarianceShown::grid) {
            const PictureGrid grid{4, 2, 2, side, side, 4, 1};
            Image four = empty(grid);
            for (int cell = 0; cell < 4; ++cell) place(four, grid, cell, fake_picture(request.scene, side));
            result.grid = grid;
            result.image = std::make_shared<const Image>(std::move(four));
        }
    }
    if (request.scene.canvas == CanvasMode::spectrum) {
        SpectrumFigures s;
        s.width = s.height = side;
        s.nyquist = side / 2.0;
        for (int k = 0; k <= side / 2; ++k) {
            s.frequency.push_back(k);
            s.frequency45.push_back(1.4142 * k);
            s.radial_db.push_back(30 - k);
            s.cut0_db.push_back(28 - k);
            s.cut45_db.push_back(26 - k);
            s.up_filter_db.push_back(k < side / 4 ? 0 : -60);
        }
        s.beyond_cutoff = 0.013;
        const auto figures = std::make_shared<const SpectrumFigures>(std::move(s));
        if (request.scene.spectrum.shown == SpectrumShown::waterfall) {
            result.waterfall = std::make_shared<const NetworkSpectra>(fake_spectra(*result.network, 1));
        } else {
            result.spectrum = figures;
            if (request.scene.spectrum.compare != SpectrumCompare::nothing) result.compared = figures;
        }
    }
    const int num_ws = result.network->num_ws, w_dim = result.network->w_dim;
    const double psi = request.scene.truncation.psi;
    const int cutoff = std::clamp(request.scene.truncation.cutoff.value_or(num_ws), 0, num_ws);
    const double kept = static_cast<double>(num_ws - cutoff) / num_ws;
    result.distance = {10.0, 10.0 * std::sqrt(psi * psi * (1.0 - kept) + kept)};  // every copy equally far away
    result.w =
        std::make_shared<const LatentW>(LatentW{1, w_dim, std::vector<float>(static_cast<std::size_t>(w_dim), 0.5f)});
    result.ws = std::make_shared<const LatentW>(
        LatentW{num_ws, w_dim, std::vector<float>(static_cast<std::size_t>(num_ws * w_dim), static_cast<float>(psi))});
    result.stats = TensorStats{0.01, 0.02, 0.98, 0.95, 3.2, 3.1};
    result.timing = {0.4, 20.0, 0.3, 20.7};
    result.memory_bytes = 500'000'000;
    result.threads = request.threads > 0 ? request.threads : 2;
    if (request.layer_times)
        for (const LayerInfo& layer : result.network->layers)
            result.layer_ms.push_back({layer.name, 0.01 * layer.width});
    result.device = "cpu";
    result.kernel_path = "plain LibTorch";
    return result;
}

void FakeFrameSource::answer_now() {
    if (!pending_) return;
    if (!loading_path_.empty()) {
        if (load_polls_left_ > 0) {
            if (!open_path_.empty()) results_.push_back(draw(*pending_, open_path_));
            return;
        }
        const std::string path = std::exchange(loading_path_, "");
        if (broken.contains(path)) {
            FrameResult result;
            result.id = pending_->id;
            result.scene = pending_->scene;
            result.failure =
                Failure{ErrorKind::format, "Could not open " + std::filesystem::path(path).filename().string(),
                        "it is broken", "Ask for another."};
            results_.push_back(result);
            pending_.reset();
            return;
        }
        open_path_ = path;
    }
    results_.push_back(draw(*pending_, open_path_));
    if (sheets_grow && (pending_->scene.canvas == CanvasMode::sheet || shows_strip(pending_->scene))) {
        results_.back().complete = false;
        results_.back().grown = 0.25;
        growing_ = results_.back();
    }
    pending_.reset();
}

void FakeFrameSource::end_sheet() {
    if (!growing_) return;
    growing_->complete = true;
    results_.push_back(*std::exchange(growing_, std::nullopt));
}

void FakeFrameSource::want_thumbnails(std::vector<std::uint32_t> seeds, int side_px) {
    ++thumbnail_wishes;
    wanted_seeds = std::move(seeds);
    thumbnail_side_px = side_px;
}

std::optional<Thumbnail> FakeFrameSource::poll_thumbnail() {
    if (!makes_thumbnails || wanted_seeds.empty() || requests.empty() || open_path_.empty()) return std::nullopt;
    const std::uint32_t seed = wanted_seeds.front();
    wanted_seeds.erase(wanted_seeds.begin());
    Thumbnail made{seed, thumbnail_scene(requests.back().scene, seed), nullptr};
    made.image = std::make_shared<const Image>(fake_picture(made.scene, thumbnail_side_px));
    ++thumbnails_made;
    return made;
}

std::optional<FrameResult> FakeFrameSource::poll() {
    if (!loading_path_.empty() && load_polls_left_ > 0 && --load_polls_left_ == 0 && answers) answer_now();
    if (results_.empty()) return std::nullopt;
    FrameResult newest = std::move(results_.back());
    results_.clear();
    return newest;
}

void FakeFrameSource::finish_loading() { load_polls_left_ = std::min(load_polls_left_, 1); }

std::optional<FrameSource::Activity> FakeFrameSource::activity() const {
    if (!loading_path_.empty())
        return Activity{"loading " + std::filesystem::path(loading_path_).filename().string(), 0.4, true, 1.0};
    if (pending_) return Activity{"rendering", -1.0, false, 0.05};
    return std::nullopt;
}

void FakeFrameSource::cancel_loading() {
    if (loading_path_.empty()) return;
    loading_path_.clear();
    FrameResult result;
    result.id = pending_ ? pending_->id : 0;
    result.scene = requests.back().scene;
    result.failure = Failure{ErrorKind::cancelled, "Cancelled", "", ""};
    results_.push_back(result);
    pending_.reset();
}

}  // namespace afs::test
