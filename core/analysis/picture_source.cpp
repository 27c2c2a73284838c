#include "core/analysis/picture_source.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/base/random_state.h"
#include "core/data/data_set.h"
#include "core/model/network_file.h"
#include "core/model/opened_networks.h"
#include "core/ops/thread_pool.h"

namespace afs {
namespace {

constexpr std::int64_t kNetworkPictures = 50'000;

class DataSetSource final : public PictureSource {
  public:
    DataSetSource(const std::filesystem::path& path, const PictureSourceOptions& options)
        : set_(path, {.max_size = options.num, .random_seed = options.seed}) {}

    [[nodiscard]] std::string name() const override { return set_.path().filename().string(); }
    [[nodiscard]] bool is_network() const override { return false; }
    [[nodiscard]] int side() const override { return set_.resolution(); }
    [[nodiscard]] int channels() const override { return set_.channels(); }
    [[nodiscard]] std::int64_t size() const override { return set_.size(); }

    [[nodiscard]] std::vector<std::uint8_t> read(std::int64_t first, std::int64_t count,
                                                 const Progress& progress) override {
        const auto pixels = static_cast<std::size_t>(side()) * static_cast<std::size_t>(side());
        const auto planes = static_cast<std::size_t>(channels());
        std::vector<std::uint8_t> out(static_cast<std::size_t>(count) * planes * pixels);
        thread_pool()(count, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t i = begin; i < end; ++i) {
                progress.check_stop();
                const Image image = set_.read(first + i);
                std::uint8_t* const to = out.data() + static_cast<std::size_t>(i) * planes * pixels;
                for (std::size_t c = 0; c < planes; ++c)
                    for (std::size_t k = 0; k < pixels; ++k) to[c * pixels + k] = image.pixels[k * planes + c];
            }
        });
        return out;
    }

  private:
    DataSet set_;
};

class NetworkSource final : public PictureSource {
  public:
    NetworkSource(const std::filesystem::path& path, const PictureSourceOptions& options, const Progress& progress)
        : options_(options), name_(path.filename().string()) {
        if ((generator_ = share_opened(path.string(), "G_ema", options.device))) return;
        const Network network = NetworkFile::open(path, "G_ema", progress);
        generator_ = options.device == Device{} ? network.generator : network.generator->clone_to(options.device);
    }

    [[nodiscard]] std::string name() const override { return name_; }
    [[nodiscard]] bool is_network() const override { return true; }
    [[nodiscard]] int side() const override { return generator_->config().img_resolution; }
    [[nodiscard]] int channels() const override { return generator_->config().img_channels; }
    [[nodiscard]] std::int64_t size() const override { return options_.num.value_or(kNetworkPictures); }

    [[nodiscard]] std::vector<std::uint8_t> read(std::int64_t first, std::int64_t count,
                                                 const Progress& progress) override {
        const at::NoGradGuard no_grad;
        std::vector<std::uint8_t> out;
        for (std::int64_t i = first; i < first + count; ++i) {
            progress.check_stop();
            const Tensor picture = make(options_.seed + static_cast<std::uint32_t>(i));
            const Tensor bytes = picture.mul(127.5f).add_(128.0f).clamp_(0, 255).to(at::kByte).cpu().contiguous();
            const auto* const begin = bytes.const_data_ptr<std::uint8_t>();
            out.insert(out.end(), begin, begin + bytes.numel());
        }
        return out;
    }

  private:
    [[nodiscard]] Tensor make(std::uint32_t seed) const {
        const GeneratorConfig& config = generator_->config();
        const auto on = at::device(generator_->w_avg().device());
        const Tensor z = at::tensor(latent_from_seed(seed, config.z_dim)).unsqueeze(0).to(on.device());
        Tensor c;
        if (config.c_dim > 0) {
            c = at::zeros({1, config.c_dim}, on);
            c.select(1, class_from_seed(seed, config.z_dim, config.c_dim)).fill_(1.0f);
        }
        const Tensor ws = generator_->map(z, c).unsqueeze(1).repeat({1, generator_->num_ws(), 1});
        SynthesisOptions synthesis;
        synthesis.precision = options_.precision;
        return generator_->synthesize(ws, synthesis);
    }

    PictureSourceOptions options_;
    std::string name_;
    std::shared_ptr<const Generator> generator_;
};

bool holds_pictures(const std::filesystem::path& path) {
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored)) return true;
    const MappedFile file(path);
    const std::string_view text(reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size());
    if (!text.starts_with("PK")) return false;
    const PictureFiles files(path);  // network files of PyTorch are ZIP archives as well
    return !files.names().empty() || !files.unreadable().empty();
}

}  // namespace

std::unique_ptr<PictureSource> open_picture_source(const std::filesystem::path& path,
                                                   const PictureSourceOptions& options, const Progress& progress) {
    if (options.num && *options.num < 1)
        throw Error(ErrorKind::argument, "Could not read pictures of " + path.string(),
                    fmt::format("{} of them were asked for", *options.num));
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored))
        throw Error(ErrorKind::file, "Could not open " + path.string(), "there is no such file or folder");
    if (holds_pictures(path)) return std::make_unique<DataSetSource>(path, options);
    return std::make_unique<NetworkSource>(path, options, progress);
}

}  // namespace afs
