// Z, W and W+ in .npy and .npz files: what the window loads and saves, and what `images --w` and `--z` take.
// Torch-free; any thread.
#pragma once

#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "core/base/file.h"
#include "core/scene/scene.h"

namespace afs {

enum class LatentKind { z, w };
using FileLatent = std::variant<LatentZ, LatentW>;

// Every latent of a file. Of a .npz the array called "z" or "w" (also "ws"), or its only one. z: [z_dim] or [N, z_dim];
// w: [w_dim], [num_ws, w_dim] or [N, num_ws | 1, w_dim]. `kind` says what a .npy holds, which no file tells; an array
// of a .npz that is called otherwise is refused. Throws Error{file}, Error{format}: element types, shapes, values that
// are not finite.
[[nodiscard]] std::vector<FileLatent> read_latents(const std::filesystem::path& path, LatentKind kind);

// The kind that a .npz names; for anything else the one to assume: W, the usual content of such files.
[[nodiscard]] LatentKind guess_latent_kind(const std::filesystem::path& path);

// As float32, .npz when the name ends so (array "z" or "w"), else .npy. z: [1, z_dim]; w: [1, num_ws, w_dim].
void write_latent(const std::filesystem::path& path, const FileLatent& latent, Overwrite overwrite);

// Widths compared in words: `network` is what the open network takes. Throws Error{argument} that names both.
void check_latent_width(const FileLatent& latent, int z_dim, int w_dim, int num_ws);

}  // namespace afs
