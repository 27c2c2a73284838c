#include "core/scene/latent_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/formats/npy.h"

namespace afs {
namespace {

// More than any network has: what a file claims is not allocated beyond it.
constexpr std::int64_t kMostCopies = 1000, kLargestWidth = 1 << 20, kMostLatents = 1'000'000;

std::string lower_case(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

bool is_npz(const std::filesystem::path& path) { return lower_case(path.extension().string()) == ".npz"; }

bool names_kind(const std::string& array, LatentKind kind) {
    return kind == LatentKind::z ? array == "z" : array == "w" || array == "ws";
}

const char* kind_word(LatentKind kind) { return kind == LatentKind::z ? "z" : "w"; }

TensorData read_array(const std::filesystem::path& path, LatentKind kind, const std::string& tried) {
    if (!is_npz(path)) return read_npy(path);
    const auto arrays = read_npz(path);
    const LatentKind other = kind == LatentKind::z ? LatentKind::w : LatentKind::z;
    for (const auto& [name, array] : arrays)
        if (names_kind(name, kind)) return array;
    if (arrays.size() == 1 && !names_kind(arrays[0].first, other)) return arrays[0].second;
    throw Error(ErrorKind::format, tried, fmt::format("it has no array called {}", kind_word(kind)),
                fmt::format("Save the latents under the key \"{}\".", kind_word(kind)));
}

}  // namespace

std::vector<FileLatent> read_latents(const std::filesystem::path& path, LatentKind kind) {
    const std::string tried = "Could not use " + path.string();
    const TensorData array = read_array(path, kind, tried);
    if (array.dtype != DType::f32 && array.dtype != DType::f64 && array.dtype != DType::f16)
        throw Error(ErrorKind::format, tried,
                    fmt::format("its elements are {}, not floating point", dtype_name(array.dtype)));
    // [N, copies, width] throughout; z has one copy.
    auto shape = array.shape;
    if (kind == LatentKind::z && shape.size() == 2) shape.insert(shape.begin() + 1, 1);
    while (shape.size() < 3) shape.insert(shape.begin(), 1);
    const bool one_copy = kind == LatentKind::w || (shape.size() == 3 && shape[1] == 1);
    if (shape.size() != 3 || *std::min_element(shape.begin(), shape.end()) < 1 || !one_copy)
        throw Error(ErrorKind::format, tried, fmt::format("its shape is {}", shape_text(array.shape)),
                    kind == LatentKind::z ? "Z is [z_dim] or [N, z_dim]."
                                          : "W is [w_dim], [num_ws, w_dim] or [N, num_ws, w_dim].");
    if (shape[0] > kMostLatents || shape[1] > kMostCopies || shape[2] > kLargestWidth)
        throw Error(ErrorKind::format, tried, fmt::format("its shape is {}", shape_text(array.shape)),
                    "No network takes that many.");
    const auto values = to_doubles(array);
    if (!std::all_of(values.begin(), values.end(), [](double x) { return std::isfinite(static_cast<float>(x)); }))
        throw Error(ErrorKind::format, tried, "it holds values that are not finite");
    std::vector<FileLatent> latents;
    const auto size = static_cast<std::size_t>(shape[1] * shape[2]);
    for (std::size_t i = 0; i < static_cast<std::size_t>(shape[0]); ++i) {
        std::vector<float> one(size);
        std::transform(values.begin() + static_cast<std::ptrdiff_t>(i * size),
                       values.begin() + static_cast<std::ptrdiff_t>((i + 1) * size), one.begin(),
                       [](double x) { return static_cast<float>(x); });
        if (kind == LatentKind::z)
            latents.emplace_back(LatentZ{std::move(one)});
        else
            latents.emplace_back(LatentW{static_cast<int>(shape[1]), static_cast<int>(shape[2]), std::move(one)});
    }
    return latents;
}

LatentKind guess_latent_kind(const std::filesystem::path& path) {
    if (!is_npz(path)) return LatentKind::w;
    const auto arrays = read_npz(path);
    const auto has = [&](LatentKind kind) {
        return std::any_of(arrays.begin(), arrays.end(), [&](const auto& a) { return names_kind(a.first, kind); });
    };
    return has(LatentKind::z) && !has(LatentKind::w) ? LatentKind::z : LatentKind::w;
}

void write_latent(const std::filesystem::path& path, const FileLatent& latent, Overwrite overwrite) {
    const auto* w = std::get_if<LatentW>(&latent);
    const TensorData array =
        w ? make_tensor_data({1, w->num_ws, w->w_dim}, w->values)
          : make_tensor_data({1, static_cast<std::int64_t>(std::get<LatentZ>(latent).values.size())},
                             std::get<LatentZ>(latent).values);
    if (is_npz(path))
        write_npz(path, {{w ? "w" : "z", array}}, overwrite);
    else
        write_npy(path, array, overwrite);
}

void check_latent_width(const FileLatent& latent, int z_dim, int w_dim, int num_ws) {
    if (const auto* z = std::get_if<LatentZ>(&latent)) {
        if (z->values.size() != static_cast<std::size_t>(z_dim))
            throw Error(ErrorKind::argument, "Could not use this Z",
                        fmt::format("it has {} numbers; the network takes {}", z->values.size(), z_dim),
                        "Load one that was made for this network.");
        return;
    }
    const auto& w = std::get<LatentW>(latent);
    if (w.w_dim != w_dim || (w.num_ws != 1 && w.num_ws != num_ws) ||
        w.values.size() != static_cast<std::size_t>(w.num_ws) * static_cast<std::size_t>(w.w_dim))
        throw Error(ErrorKind::argument, "Could not use this W",
                    fmt::format("it has shape [{}, {}]; the network takes [1, {}] or [{}, {}]", w.num_ws, w.w_dim,
                                w_dim, num_ws, w_dim),
                    "Load one that was made for this network.");
}

}  // namespace afs
