#include "core/train/sample_sheet.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "core/base/error.h"
#include "core/data/sample_grid.h"
#include "core/train/random_source.h"

namespace afs {
namespace {

// Cell (column, row) of a sheet of pictures of one size.
void paste(Image& sheet, const Image& picture, int column, int row) {
    const auto channels = static_cast<std::size_t>(sheet.channels);
    const std::size_t row_bytes = static_cast<std::size_t>(picture.width) * channels;
    for (int y = 0; y < picture.height; ++y) {
        const std::size_t to =
            (static_cast<std::size_t>(row * picture.height + y) * static_cast<std::size_t>(sheet.width) +
             static_cast<std::size_t>(column * picture.width)) *
            channels;
        std::memcpy(sheet.pixels.data() + to, picture.pixels.data() + static_cast<std::size_t>(y) * row_bytes,
                    row_bytes);
    }
}

Image empty_sheet(int columns, int rows, int side, int channels) {
    Image sheet{columns * side, rows * side, channels, {}};
    sheet.pixels.resize(static_cast<std::size_t>(sheet.width) * static_cast<std::size_t>(sheet.height) *
                        static_cast<std::size_t>(channels));
    return sheet;
}

}  // namespace

std::pair<int, int> sheet_size(int resolution) {
    return {std::clamp(7680 / resolution, 7, 32), std::clamp(4320 / resolution, 4, 32)};
}

Image real_sheet(const DataSet& set) {
    const auto [columns, rows] = sheet_size(set.resolution());
    Image sheet = empty_sheet(columns, rows, set.resolution(), set.channels());
    const std::vector<std::int64_t> items = sample_grid(set, columns, rows);
    for (std::size_t i = 0; i < items.size(); ++i)
        paste(sheet, set.read(items[i]), static_cast<int>(i) % columns, static_cast<int>(i) / columns);
    return sheet;
}

SampleSheet::SampleSheet(const DataSet& set, const GeneratorConfig& config, std::uint64_t seed) {
    std::tie(columns_, rows_) = sheet_size(config.img_resolution);
    const std::int64_t count = std::int64_t{columns_} * rows_;
    z_ = SeededRandom(seed).normal({count, config.z_dim});
    if (config.c_dim == 0) return;
    c_ = at::empty({count, config.c_dim}, at::kFloat);
    float* to = c_.data_ptr<float>();
    for (const std::int64_t item : sample_grid(set, columns_, rows_)) to = std::ranges::copy(set.label(item), to).out;
}

Image SampleSheet::draw(const Generator& generator, int batch, const Progress& progress) const {
    const c10::InferenceMode inference;
    const GeneratorConfig& config = generator.config();
    const at::Device device(device_name(generator.device()));
    Image sheet = empty_sheet(columns_, rows_, config.img_resolution, config.img_channels);
    const std::int64_t count = z_.size(0);
    for (std::int64_t begin = 0; begin < count; begin += batch) {
        const std::int64_t n = std::min<std::int64_t>(batch, count - begin);
        const auto part = [&](const Tensor& t) { return t.defined() ? t.narrow(0, begin, n).to(device) : t; };
        progress.check_stop();
        progress.report(static_cast<double>(begin) / static_cast<double>(count),
                        fmt::format("picture {} of {}", begin + 1, count));
        const Tensor w = generator.map(part(z_), part(c_));
        const Tensor ws = truncate_and_broadcast(w, generator.w_avg(), generator.num_ws(), 1.0);
        const Tensor pixels =
            (generator.synthesize(ws, {}) * 127.5 + 128).clamp(0, 255).to(at::kByte).permute({0, 2, 3, 1});
        const Tensor host = pixels.cpu().contiguous();
        for (std::int64_t i = 0; i < n; ++i) {
            const Tensor one = host[i];
            Image picture{config.img_resolution, config.img_resolution, config.img_channels, {}};
            picture.pixels.assign(one.const_data_ptr<std::uint8_t>(), one.const_data_ptr<std::uint8_t>() + one.numel());
            const auto cell = static_cast<int>(begin + i);
            paste(sheet, picture, cell % columns_, cell / columns_);
        }
    }
    return sheet;
}

}  // namespace afs
