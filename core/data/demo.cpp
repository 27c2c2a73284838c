#include "core/data/demo.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>

#include "core/base/error.h"
#include "core/base/ordered_work.h"
#include "core/data/data_set_writer.h"
#include "core/data/demo_face.h"

namespace afs {

Image draw_demo_picture(std::uint32_t seed, std::int64_t index, int resolution) {
    const DemoFace face(seed, index, resolution);
    Image image{resolution, resolution, 3, {}};
    const auto side = static_cast<std::size_t>(resolution);
    image.pixels.resize(side * side * 3);
    // Shapes have soft edges of a sample's width already: few samples suffice, more of them where pixels are few.
    const int grid = resolution >= 256 ? 2 : 3;
    const float step = 2.0f / static_cast<float>(resolution * grid);
    std::uint8_t* out = image.pixels.data();
    for (int y = 0; y < resolution; ++y)
        for (int x = 0; x < resolution; ++x) {
            Colour sum;
            for (int j = 0; j < grid; ++j)
                for (int i = 0; i < grid; ++i)
                    sum = sum + face.colour(-1.0f + (static_cast<float>(x * grid + i) + 0.5f) * step,
                                            -1.0f + (static_cast<float>(y * grid + j) + 0.5f) * step);
            const float scale = 255.0f / static_cast<float>(grid * grid);
            for (const float value : {sum.r, sum.g, sum.b})
                *out++ = static_cast<std::uint8_t>(std::min(std::max(value * scale, 0.0f), 255.0f) + 0.5f);
        }
    return image;
}

void make_demo_set(const std::filesystem::path& destination, const DemoOptions& options, const Progress& progress) {
    const std::string tried = "Could not make the demo data set " + destination.string();
    if (options.resolution < 16 || options.resolution > 4096 ||
        !std::has_single_bit(static_cast<unsigned>(options.resolution)))
        throw Error(ErrorKind::argument, tried,
                    fmt::format("its resolution of {} is not a power of two from 16 to 4096", options.resolution));
    if (options.pictures < 1 || options.pictures > 100'000'000)
        throw Error(ErrorKind::argument, tried,
                    fmt::format("{} pictures are not from 1 to 100,000,000", options.pictures));
    DataSetWriter writer(destination, options.overwrite);
    work_in_order(
        options.pictures, options.threads,
        [&](std::int64_t i) { return encode_stored_png(draw_demo_picture(options.seed, i, options.resolution)); },
        [&](std::int64_t i, const std::vector<std::byte>& png) {
            progress.check_stop();
            progress.report(static_cast<double>(i) / static_cast<double>(options.pictures),
                            fmt::format("picture {} of {}", i + 1, options.pictures));
            writer.add(data_set_picture_name(i), Bytes(png));
        });
    writer.commit("{\"labels\": null}");
}

}  // namespace afs
