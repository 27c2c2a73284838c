#include "core/data/import.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "core/base/error.h"
#include "core/base/ordered_work.h"
#include "core/data/data_set_writer.h"
#include "core/data/fixed_point_resize.h"
#include "core/data/import_source.h"

namespace afs {
namespace {

constexpr int kMostSide = 16384;

Image cut(const Image& image, int x0, int y0, int width, int height) {
    Image part{width, height, image.channels, {}};
    const auto channels = static_cast<std::size_t>(image.channels), row = static_cast<std::size_t>(width) * channels;
    part.pixels.reserve(row * static_cast<std::size_t>(height));
    for (int y = y0; y < y0 + height; ++y) {
        const auto from =
            image.pixels.begin() +
            static_cast<std::ptrdiff_t>(
                (static_cast<std::size_t>(y) * static_cast<std::size_t>(image.width) + static_cast<std::size_t>(x0)) *
                channels);
        part.pixels.insert(part.pixels.end(), from, from + static_cast<std::ptrdiff_t>(row));
    }
    return part;
}

Image onto_white(const Image& image) {
    Image flat{image.width, image.height, 3, {}};
    flat.pixels.reserve(image.pixels.size() / 4 * 3);
    for (std::size_t at = 0; at < image.pixels.size(); at += 4) {
        const unsigned alpha = image.pixels[at + 3];
        for (std::size_t c = 0; c < 3; ++c)
            flat.pixels.push_back(
                static_cast<std::uint8_t>((image.pixels[at + c] * alpha + 255 * (255 - alpha) + 127) / 255));
    }
    return flat;
}

// The picture as the data set will have it, or why it has no place there.
struct Prepared {
    std::optional<Image> image;
    std::vector<std::byte> png;
    std::string why_dropped;
};

Prepared prepare(Image image, const ImportOptions& options, const std::string& display) {
    if (image.channels == 4) {
        if (!options.flatten)
            throw Error(ErrorKind::format, "Could not import " + display,
                        "it has transparency, which generators do not know",
                        "Add --flatten to put such pictures onto white.");
        image = onto_white(image);
    }
    if (options.transform == ImportTransform::none) {
        if (options.resolution)
            image = resize_fixed_point(image, options.resolution->first, options.resolution->second);
        return {std::move(image), {}, {}};
    }
    const auto [width, height] = *options.resolution;
    const int w = image.width, h = image.height;
    if (options.transform == ImportTransform::center_crop) {
        const int side = std::min(w, h);
        return {resize_fixed_point(cut(image, (w - side) / 2, (h - side) / 2, side, side), width, height), {}, {}};
    }
    // A height at the target's scale, cut out of the unscaled picture: right where w = width, and what everybody has.
    const int band = static_cast<int>(std::nearbyint(static_cast<double>(width) * h / w));
    if (w < width || band < height)
        return {std::nullopt, {}, fmt::format("{} x {} is too small for a band of {} x {}", w, h, width, height)};
    const int top = (h - band) / 2, bottom = (h + band) / 2;
    const Image inside = resize_fixed_point(cut(image, 0, top, w, bottom - top), width, height);
    Image canvas{width, width, image.channels, {}};
    const std::size_t row = static_cast<std::size_t>(width) * static_cast<std::size_t>(image.channels);
    canvas.pixels.resize(row * static_cast<std::size_t>(width));
    std::copy(
        inside.pixels.begin(), inside.pixels.end(),
        canvas.pixels.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>((width - height) / 2) * row));
    return {std::move(canvas), {}, {}};
}

void check_options(const ImportOptions& options, const std::string& tried) {
    const auto wrong = [&](std::string why, std::string what_to_do = {}) {
        return Error(ErrorKind::argument, tried, std::move(why), std::move(what_to_do));
    };
    if (options.max_images && *options.max_images < 1)
        throw wrong(fmt::format("{} pictures of it were asked for", *options.max_images));
    if (!options.resolution) {
        if (options.transform != ImportTransform::none)
            throw wrong("a crop needs the size that it shall have", "Add --resolution WIDTHxHEIGHT.");
        return;
    }
    const auto [width, height] = *options.resolution;
    const auto size = fmt::format("{} x {}", width, height);
    if (width < 1 || height < 1 || width > kMostSide || height > kMostSide)
        throw wrong(fmt::format("{} is no size from 1 to {} pixels", size, kMostSide));
    if (!std::has_single_bit(static_cast<unsigned>(width)))
        throw wrong(fmt::format("{} is not a size for networks: the width must be a power of two", size));
    if (options.transform == ImportTransform::center_crop_wide) {
        if (height > width) throw wrong(fmt::format("{} is not wide", size), "Use center-crop for square pictures.");
    } else if (width != height) {
        throw wrong(fmt::format("{} is not square, but the pictures of a data set are", size));
    }
}

void check_first(const Image& image, const std::string& display) {
    const std::string tried = "Could not import " + display;
    if (image.width != image.height)
        throw Error(
            ErrorKind::format, tried,
            fmt::format("it is {} x {} pixels, but the pictures of a data set are square", image.width, image.height),
            "Add --transform center-crop and --resolution.");
    if (!std::has_single_bit(static_cast<unsigned>(image.width)))
        throw Error(ErrorKind::format, tried, fmt::format("its side of {} pixels is not a power of two", image.width),
                    "Add --resolution.");
}

void check_like_first(const Image& image, const std::string& display, const Image& first,
                      const std::string& first_display) {
    const std::string tried = "Could not import " + display;
    const auto kind = [](int channels) { return channels == 1 ? "gray" : "RGB"; };
    if (image.width != first.width || image.height != first.height)
        throw Error(ErrorKind::format, tried,
                    fmt::format("it is {} x {} pixels, but {}, the first picture, is {} x {}", image.width,
                                image.height, first_display, first.width, first.height),
                    "Add --resolution, with --transform center-crop where shapes differ.");
    if (image.channels != first.channels)
        throw Error(ErrorKind::format, tried,
                    fmt::format("it is {}, but {}, the first picture, is {}", kind(image.channels), first_display,
                                kind(first.channels)),
                    "Convert all pictures to one kind first.");
}

}  // namespace

ImportResult import_data_set(const std::filesystem::path& source_path, const std::filesystem::path& destination,
                             const ImportOptions& options, const Progress& progress) {
    check_options(options, "Could not import " + source_path.string());
    const std::unique_ptr<ImportSource> source = open_import_source(source_path);
    DataSetWriter writer(destination, options.overwrite);
    const std::int64_t count = std::min(source->size(), options.max_images.value_or(source->size()));

    ImportResult result;
    Image first;  // its size and channels; no pixels
    std::string first_display, labels;
    std::int64_t labelled = 0;
    work_in_order(
        count, options.threads,
        [&](std::int64_t index) {
            Prepared prepared = prepare(source->read(index), options, source->display(index));
            if (prepared.image) prepared.png = encode_stored_png(*prepared.image);
            return prepared;
        },
        [&](std::int64_t index, Prepared prepared) {
            progress.check_stop();
            progress.report(static_cast<double>(index) / static_cast<double>(count),
                            fmt::format("picture {} of {}", index + 1, count));
            if (!prepared.image) {
                result.dropped.push_back({source->display(index), std::move(prepared.why_dropped)});
                return;
            }
            if (result.pictures == 0) {
                check_first(*prepared.image, source->display(index));
                first_display = source->display(index);
                first = {prepared.image->width, prepared.image->height, prepared.image->channels, {}};
            } else {
                check_like_first(*prepared.image, source->display(index), first, first_display);
            }
            const std::string name = data_set_picture_name(index);
            writer.add(name, Bytes(prepared.png));
            ++result.pictures;
            if (const std::string label = source->label(index); !label.empty()) {
                labels += fmt::format("{}[\"{}\", {}]", labelled > 0 ? ", " : "", name, label);
                ++labelled;
            }
        });
    if (result.pictures == 0)
        throw Error(ErrorKind::format, "Could not import " + source_path.string(),
                    fmt::format("all of its {} pictures were dropped; the first one, {}: {}", count,
                                result.dropped.front().file, result.dropped.front().why),
                    "Ask for a smaller --resolution.");
    result.resolution = first.width;
    result.channels = first.channels;
    result.labels = labelled == result.pictures;
    if (labelled > 0 && !result.labels)
        result.warnings.push_back(fmt::format("{} of {} pictures have no label: the data set has none",
                                              result.pictures - labelled, result.pictures));
    progress.report(1.0, "writing to the end");
    writer.commit(result.labels ? "{\"labels\": [" + labels + "]}" : "{\"labels\": null}");
    return result;
}

}  // namespace afs
