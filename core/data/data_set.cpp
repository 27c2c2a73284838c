#include "core/data/data_set.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/data/shuffle.h"
#include "core/formats/utf8.h"

namespace afs {
namespace {

constexpr std::int64_t kMostPixels = std::int64_t{1} << 26;  // of one picture: 8192 x 8192

std::string name_of(std::filesystem::path path) {
    if (!path.has_filename()) path = path.parent_path();  // "folder/"
    return path.stem().string();
}

// NumPy's shuffle, the first `count`, in their old order.
std::vector<std::int64_t> random_subset(std::int64_t of, std::int64_t count, std::uint32_t seed) {
    RandomState random(seed);
    std::vector<std::int64_t> order = shuffled_indices(of, random);
    order.resize(static_cast<std::size_t>(count));
    std::sort(order.begin(), order.end());
    return order;
}

void mirror(Image& image) {
    const auto width = static_cast<std::size_t>(image.width), channels = static_cast<std::size_t>(image.channels);
    for (std::size_t y = 0; y < static_cast<std::size_t>(image.height); ++y) {
        std::uint8_t* const row = image.pixels.data() + y * width * channels;
        for (std::size_t x = 0; x < width / 2; ++x)
            std::swap_ranges(row + x * channels, row + (x + 1) * channels, row + (width - 1 - x) * channels);
    }
}

std::string_view channel_words(int channels) { return channels == 1 ? "gray" : channels == 3 ? "RGB" : "RGBA"; }

}  // namespace

DataSet::DataSet(const std::filesystem::path& path, const DataSetOptions& options)
    : files_(path), name_(name_of(path)) {
    const std::string tried = "Could not open the data set " + path.string();
    if (!files_.unreadable().empty())
        throw Error(ErrorKind::format, tried,
                    fmt::format("{} of its pictures are neither PNG nor JPEG, the first one is {}",
                                files_.unreadable().size(), printable(files_.unreadable().front())),
                    "Convert them to PNG first.");
    const std::vector<std::string>& names = files_.names();
    if (names.empty())
        throw Error(ErrorKind::format, tried, "it holds no pictures",
                    "A data set is a folder or a ZIP archive of PNG or JPEG pictures.");
    if (names.size() > 0xffffffff) throw Error(ErrorKind::format, tried, "it holds more than 2^32 pictures");

    const Image first = decode(names.front());
    if (first.width != first.height)
        throw Error(ErrorKind::format, tried,
                    fmt::format("its first picture, {}, is {} x {} pixels, but pictures must be square",
                                printable(names.front()), first.width, first.height),
                    "`afstudio dataset import --transform center-crop` makes such a data set of them.");
    if (first.channels != 1 && first.channels != 3)
        throw Error(ErrorKind::format, tried,
                    fmt::format("its first picture, {}, has transparency, but pictures must be gray or RGB",
                                printable(names.front())),
                    "`afstudio dataset import --flatten` puts them onto white.");
    resolution_ = first.width;
    channels_ = first.channels;
    if (options.resolution && *options.resolution != resolution_)
        throw Error(
            ErrorKind::format, tried,
            fmt::format("its pictures are {0} x {0} pixels, {1} x {1} are needed", resolution_, *options.resolution));
    if (options.use_labels)
        if (const auto json = files_.read("dataset.json"))
            labels_ = read_labels({reinterpret_cast<const char*>(json->bytes.data()), json->bytes.size()}, names,
                                  path.string());

    const auto count = static_cast<std::int64_t>(names.size());
    if (options.max_size && *options.max_size < 1)
        throw Error(ErrorKind::argument, tried, fmt::format("{} pictures of it were asked for", *options.max_size));
    const std::int64_t kept = std::min(count, options.max_size.value_or(count));
    items_.reserve(static_cast<std::size_t>(options.xflip ? 2 * kept : kept));
    if (kept < count)
        for (const std::int64_t picture : random_subset(count, kept, options.random_seed)) items_.push_back({picture});
    else
        for (std::int64_t picture = 0; picture < count; ++picture) items_.push_back({picture});
    if (options.xflip)
        for (std::int64_t i = 0; i < kept; ++i) items_.push_back({items_[static_cast<std::size_t>(i)].picture, true});
}

const std::string& DataSet::picture_name(std::int64_t index) const {
    return files_.names()[static_cast<std::size_t>(item(index).picture)];
}

Image DataSet::decode(const std::string& name) const {
    const std::string tried = "Could not read the picture " + files_.display(name);
    const auto member = files_.read(name);
    if (!member) throw Error(ErrorKind::file, tried, "it is gone");
    return decode_picture(member->bytes, tried, kMostPixels);
}

Image DataSet::read(std::int64_t index) const {
    const std::string& name = picture_name(index);
    Image image = decode(name);
    if (image.width != resolution_ || image.height != resolution_ || image.channels != channels_)
        throw Error(
            ErrorKind::format, "Could not read the picture " + files_.display(name),
            fmt::format("it is {} x {} {}, the first picture of its data set is {} x {} {}", image.width, image.height,
                        channel_words(image.channels), resolution_, resolution_, channel_words(channels_)),
            "All pictures of a data set have one size and as many channels.");
    if (item(index).mirrored) mirror(image);
    return image;
}

std::vector<float> DataSet::label(std::int64_t index) const {
    const auto dim = static_cast<std::size_t>(labels_.dim), picture = static_cast<std::size_t>(item(index).picture);
    std::vector<float> label(dim, 0.0f);
    if (!labels_.classes.empty())
        label[static_cast<std::size_t>(labels_.classes[picture])] = 1.0f;
    else
        std::copy_n(labels_.vectors.begin() + static_cast<std::ptrdiff_t>(picture * dim), dim, label.begin());
    return label;
}

}  // namespace afs
