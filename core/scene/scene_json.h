// A document as JSON and back: what session files hold (docs/file-formats.md). Torch-free; any thread.
#pragma once

#include <string>
#include <string_view>

#include "core/base/json.h"
#include "core/scene/document.h"

namespace afs {

inline constexpr int kSessionVersion = 1;
inline constexpr std::string_view kSessionFormat = "afstudio-session";

// Every field, also those that have their defaults, and after them the words that the document's file had and this
// version does not know. Throws Error{argument} for text that is not UTF-8, which JSON cannot hold.
[[nodiscard]] Json document_to_json(const Document& document);

// Keys that are missing have their defaults; unknown ones are kept in Document::unknown. `text`, when given, is what
// `json` was parsed from: messages then name the line. Throws Error{format}: another format, a newer version, a value
// of a wrong type or out of range, named by its key path ("scene.latent.seeds[0].seed").
[[nodiscard]] Document document_from_json(const Json& json, const std::string& tried, std::string_view text = {});

// The same checks for a scene from elsewhere, the command line above all. Throws Error{argument}.
void check_scene(const Scene& scene, const std::string& tried);

// The line, from 1, on which the value of a key path begins; 0 where valid JSON text has none such.
[[nodiscard]] int line_of(std::string_view text, std::string_view key_path);

}  // namespace afs
