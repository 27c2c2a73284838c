#include "app/gui/file_look.h"

#include <fmt/format.h>

#include "app/gui/file_kind.h"
#include "app/gui/scene_words.h"
#include "core/formats/npy.h"
#include "core/scene/session.h"

namespace afs::gui {
namespace {

constexpr std::int64_t kMostPixels = std::int64_t{1} << 26;
constexpr std::size_t kMostBytes = std::size_t{256} << 20;  // of unpacked arrays
constexpr std::size_t kMostArrays = 6;                      // that are listed

FileLook look_into_picture(const std::filesystem::path& path) {
    FileLook look;
    look.picture = decode_picture(MappedFile(path).bytes(), "Could not read the picture", kMostPixels);
    look.about = fmt::format("{} \u00d7 {}, {}", look.picture->width, look.picture->height,
                             look.picture->channels == 1   ? "gray"
                             : look.picture->channels == 3 ? "RGB"
                                                           : "RGB with transparency");
    return look;
}

FileLook look_into_session(const std::filesystem::path& path) {
    const Session session = load_session(path);
    const Scene& scene = session.document.base;
    const std::string model = scene.model.path.empty()
                                  ? "no model"
                                  : (session.model_missing ? "missing: " : "") + file_name(scene.model.path);
    return {"A session: " + model + ", " + describe_latent(scene.latent), {}};
}

std::string array_words(const TensorData& array) {
    return fmt::format("{} {}", shape_text(array.shape), dtype_name(array.dtype));
}

FileLook look_into_arrays(const std::filesystem::path& path) {
    if (path.extension() == ".npy") return {array_words(read_npy(path)), {}};
    std::string words;
    std::size_t listed = 0;
    for (const auto& [name, array] : read_npz(path, kMostBytes)) {
        if (listed++ == kMostArrays) {
            words += "\n\u2026";
            break;
        }
        words += (words.empty() ? "" : "\n") + name + " " + array_words(array);
    }
    return {words.empty() ? "no arrays" : words, {}};
}

}  // namespace

FileLook look_into_file(const std::filesystem::path& path) {
    FileKind kind = FileKind::model;
    try {
        kind = file_kind(path);
    } catch (const Error&) {  // the reader of networks says why
    }
    switch (kind) {
        case FileKind::picture: return look_into_picture(path);
        case FileKind::session: return look_into_session(path);
        case FileKind::latent: return look_into_arrays(path);
        case FileKind::folder:
        case FileKind::model: break;
    }
    return {};
}

}  // namespace afs::gui
