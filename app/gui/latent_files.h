// Reads latents from files on a thread of its own. UI thread only; the newest wish counts.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "core/base/job.h"
#include "core/scene/latent_file.h"

namespace afs::gui {

class LatentFiles {
  public:
    // `wake` is called from another thread when there is something to take.
    explicit LatentFiles(std::function<void()> wake) : wake_(std::move(wake)) {}

    // Without a kind the file decides as far as it can (guess_latent_kind).
    void read(const std::filesystem::path& path, std::optional<LatentKind> kind);
    [[nodiscard]] bool busy() const { return reading_ != nullptr; }

    struct Outcome {
        std::filesystem::path path;
        std::vector<FileLatent> latents;
        std::optional<Failure> failure;
    };
    [[nodiscard]] std::optional<Outcome> take();

  private:
    struct Reading {
        std::filesystem::path path;
        std::shared_ptr<std::vector<FileLatent>> latents;  // filled by the job, read when it has finished
        std::unique_ptr<Job> job;
    };
    std::function<void()> wake_;
    std::unique_ptr<Reading> reading_;
    std::vector<std::unique_ptr<Reading>> given_up_;  // end by themselves: joining one now would hold up the window
};

}  // namespace afs::gui
