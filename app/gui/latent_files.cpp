#include "app/gui/latent_files.h"

#include <utility>

namespace afs::gui {

void LatentFiles::read(const std::filesystem::path& path, std::optional<LatentKind> kind) {
    if (reading_) given_up_.push_back(std::move(reading_));
    reading_ = std::make_unique<Reading>();
    reading_->path = path;
    reading_->latents = std::make_shared<std::vector<FileLatent>>();
    reading_->job = std::make_unique<Job>(
        "reading " + path.filename().string(),
        [path, kind, latents = reading_->latents](const Progress&) {
            *latents = read_latents(path, kind ? *kind : guess_latent_kind(path));
        },
        wake_);
}

std::optional<LatentFiles::Outcome> LatentFiles::take() {
    std::erase_if(given_up_, [](const auto& old) { return old->job->finished(); });
    if (!reading_ || !reading_->job->finished()) return std::nullopt;
    const auto done = std::exchange(reading_, nullptr);
    done->job->wait();
    return Outcome{done->path, std::move(*done->latents), done->job->failure()};
}

}  // namespace afs::gui
