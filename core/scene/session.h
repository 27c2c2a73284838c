// Session files: a document as JSON on disk (docs/file-formats.md), with its model found again where both were moved
// together. Torch-free; any thread.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/scene/document.h"

namespace afs {

struct Session {
    Document document;  // the model's path is absolute
    // What was looked for and where, when the model's file is in neither place; the document is whole all the same, so
    // that a window can ask. Nothing also when the document names no model.
    std::optional<Failure> model_missing;
};

// Looks for the model where the session says it lies relative to itself, then where it was when the session was saved.
// Throws Error{file}, Error{format}: broken JSON names the line, a wrong value its line and key path.
[[nodiscard]] Session load_session(const std::filesystem::path& path);

// Whole or not at all. Throws Error{file}.
void save_session(const std::filesystem::path& path, const Document& document, Overwrite overwrite);

// Saves into `folder` under a name that follows from the content, where it is not there already: a command that names
// the file stays true. Result: its path. Throws Error{file}.
[[nodiscard]] std::filesystem::path save_session_by_content(const std::filesystem::path& folder,
                                                            const Document& document);

// A sentence where the file that was opened is not the one that `expected` was made with; nothing where they agree or
// where `expected` has no hash.
[[nodiscard]] std::optional<std::string> model_changed(const ModelRef& expected, const ModelRef& opened);

}  // namespace afs
