// A scene as the command line that renders the same picture ("copy as command"). docs: CLI of `images`.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/scene/scene.h"

namespace afs {

// False for what no option can say: a Z or W that lies inside the scene, a list without seeds. Such a scene needs a
// session file.
[[nodiscard]] bool flags_can_say(const Scene& scene);

// Words as `afstudio` takes them, without quoting: what differs from the defaults and decides the picture. A scene that
// flags cannot say starts from `session_file`, which the caller saves there (core/scene/session.h).
[[nodiscard]] std::vector<std::string> images_arguments(const Scene& scene,
                                                        const std::filesystem::path& session_file = {});

// The same as one line for a shell, quoted where needed.
[[nodiscard]] std::string images_command(const Scene& scene, const std::filesystem::path& session_file = {});

// The line that films the timeline of a session.
[[nodiscard]] std::string video_command(const std::filesystem::path& session_file, const std::string& output);

}  // namespace afs
