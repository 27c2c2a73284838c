#include "core/scene/session.h"

#include <fmt/format.h>

#include "core/base/sha256.h"
#include "core/scene/scene_json.h"

namespace afs {
namespace fs = std::filesystem;
namespace {

constexpr const char* kAbsolute = "absolute_path";

fs::path absolute_path(const fs::path& path) {
    std::error_code ignored;
    const fs::path whole = fs::absolute(path, ignored);
    return (whole.empty() ? path : whole).lexically_normal();
}

bool is_file(const fs::path& path) {
    std::error_code ignored;
    return fs::is_regular_file(path, ignored);
}

}  // namespace

Session load_session(const fs::path& path) {
    const std::string tried = "Could not open the session " + path.filename().string();
    const std::string text = read_text_file(path);
    Json json = parse_json(text, tried);
    // The second place to look is the file's own matter: no scene has it.
    std::string remembered;
    if (json.is_object() && json.contains("scene") && json["scene"].is_object() && json["scene"].contains("model") &&
        json["scene"]["model"].is_object()) {
        Json& model = json["scene"]["model"];
        if (model.contains(kAbsolute) && model[kAbsolute].is_string()) {
            remembered = model[kAbsolute].get<std::string>();
            model.erase(kAbsolute);
        }
    }
    Session session{document_from_json(json, tried, text), std::nullopt};
    ModelRef& model = session.document.base.model;
    if (model.path.empty() && remembered.empty()) return session;

    const fs::path folder = absolute_path(path).parent_path();
    const fs::path beside =
        model.path.empty() ? fs::path() : absolute_path(folder / model.path);  // an absolute one stays so
    if (!beside.empty() && (is_file(beside) || remembered.empty())) {
        model.path = beside.string();
    } else {
        model.path = absolute_path(folder / remembered).string();
    }
    if (is_file(model.path)) return session;
    std::string places = model.path;
    if (!beside.empty() && beside != model.path) places = beside.string() + " nor " + places;
    session.model_missing =
        Failure{ErrorKind::file, fmt::format("Could not find the model {}", fs::path(model.path).filename().string()),
                fmt::format("the session {} names it, and it is {} {}", path.filename().string(),
                            beside.empty() || beside == model.path ? "not at" : "neither at", places),
                "Say where it is now, or put it back."};
    return session;
}

namespace {

// As the file at `path` holds it.
std::string session_text(const fs::path& path, const Document& document) {
    Json json = document_to_json(document);
    Json& model = json["scene"]["model"];
    if (!document.base.model.path.empty()) {
        const fs::path where = absolute_path(document.base.model.path);
        const fs::path relative = where.lexically_relative(absolute_path(path).parent_path());
        model["path"] = (relative.empty() ? where : relative).generic_string();
        model[kAbsolute] = where.generic_string();
    }
    return json.dump(2) + "\n";
}

}  // namespace

void save_session(const fs::path& path, const Document& document, Overwrite overwrite) {
    write_file(path, session_text(path, document), overwrite);
}

fs::path save_session_by_content(const fs::path& folder, const Document& document) {
    const std::string text = session_text(folder / "scene.json", document);
    const fs::path path = folder / ("scene-" + sha256_hex(std::as_bytes(std::span(text))).substr(0, 16) + ".json");
    std::error_code ignored;
    if (!fs::exists(path, ignored)) write_file(path, text, Overwrite::no);
    return path;
}

std::optional<std::string> model_changed(const ModelRef& expected, const ModelRef& opened) {
    if (expected.sha256.empty() || opened.sha256.empty() || expected.sha256 == opened.sha256) return std::nullopt;
    return fmt::format(
        "{} is not the file that this scene was made with (its SHA-256 begins with {}, not {}): the picture may "
        "differ.",
        fs::path(opened.path).filename().string(), opened.sha256.substr(0, 8), expected.sha256.substr(0, 8));
}

}  // namespace afs
