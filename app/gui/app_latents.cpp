// How App loads, shows and saves latents.
#include "app/gui/app.h"
#include "app/gui/scene_words.h"
#include "app/gui/ui_context.h"
#include "core/scene/spherical.h"

namespace afs::gui {
namespace fs = std::filesystem;
namespace {

const std::vector<std::string> kLatentEndings = {".npy", ".npz"};

LatentSource source_from(const FileLatent& latent) {
    if (const auto* z = std::get_if<LatentZ>(&latent)) return *z;
    return std::get<LatentW>(latent);
}

}  // namespace

void App::show_load_latent_dialog(const std::string& kind) {
    const LatentKind wanted = kind == "z" ? LatentKind::z : LatentKind::w;
    file_browser_.show({.purpose = FileBrowser::Purpose::open,
                        .title = wanted == LatentKind::z ? "Load a Z" : "Load a W or W+",
                        .folder = preferences_.picture_folder,
                        .endings = kLatentEndings,
                        .file_name = "",
                        .places = {},
                        .chosen = [this, wanted](const fs::path& path) { load_latent(path, wanted); }});
}

void App::load_latent(const fs::path& path, std::optional<LatentKind> kind) { latent_files_.read(path, kind); }

void App::take_latents() {
    auto outcome = latent_files_.take();
    if (!outcome) return;
    if (outcome->failure) {
        notices_.error(*outcome->failure, now_s_);
        return;
    }
    try {
        // Before anything changes: a latent of another width would leave a scene that cannot be drawn.
        // Of the newest picture: info_ still speaks of the one that was shown until this frame.
        if (const NetworkInfo* network = shown_ ? shown_->network.get() : nullptr)
            for (const FileLatent& latent : outcome->latents)
                check_latent_width(latent, network->z_dim, network->w_dim, network->num_ws);
    } catch (...) {
        notices_.error(current_failure("Could not use " + outcome->path.filename().string()), now_s_);
        return;
    }
    LatentPanelState& state = workspace_.latent;
    state.file_latents.clear();
    for (const FileLatent& latent : outcome->latents) state.file_latents.push_back(source_from(latent));
    state.last_file = state.file_latents.front();
    edit([&](Scene& s) { s.latent.source = state.file_latents.front(); });
    const std::string name = outcome->path.filename().string();
    say(outcome->latents.size() == 1
            ? "Loaded " + name
            : "Loaded the first of " + std::to_string(outcome->latents.size()) + " in " + name);
}

void App::show_save_latent_dialog(const std::string& kind) {
    const Scene saved = scene();
    if (!shown_ || !shown_->network) return;
    FileLatent latent;
    if (kind == "z") {
        auto z = latent_z(saved.latent, shown_->network->z_dim);
        if (!z) return;
        latent = LatentZ{std::move(*z)};
    } else {
        const auto& w = kind == "w" ? shown_->w : shown_->ws;
        if (!w) return;
        latent = *w;
    }
    std::string name = kind == "w+" ? "w-plus" : kind;
    for (const SeedWeight& s : latent_seeds(saved.latent)) name += "-" + std::to_string(s.seed);
    file_browser_.show({.purpose = FileBrowser::Purpose::save,
                        .title = "Save the latent",
                        .folder = preferences_.picture_folder,
                        .endings = kLatentEndings,
                        .file_name = name + ".npy",
                        .places = {},
                        .chosen = [this, latent = std::move(latent)](const fs::path& path) {
                            write_latent(path, latent, Overwrite::yes);  // the dialog has asked
                            preferences_.picture_folder = path.parent_path().string();
                            keep_preferences();
                            say("Saved " + path.string());
                        }});
}

}  // namespace afs::gui
