// A scene as the command line that renders the same picture ("copy as command"). docs: CLI of `images`.
#pragma once

#include <string>
#include <vector>

#include "core/scene/scene.h"

namespace afs {

// Words as `afstudio` takes them, without quoting. An inline W is not expressed: it has no file that a command line
// could name.
[[nodiscard]] std::vector<std::string> images_arguments(const Scene& scene);

// The same as one line for a shell, quoted where needed.
[[nodiscard]] std::string images_command(const Scene& scene);

}  // namespace afs
