// Keeps a document in a file while it is being edited, so that a crash costs seconds of work and no more: not more
// often than every few seconds, only when it changed, on a thread of its own, and whole or not at all. UI thread only.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "core/base/job.h"
#include "core/scene/document.h"

namespace afs::gui {

class Autosave {
  public:
    static constexpr double kEverySeconds = 3.0;

    // An empty path keeps nothing. `wake` is called from another thread when a file was written.
    Autosave(std::filesystem::path file, std::function<void()> wake);

    // Every frame, with the document of the moment.
    void update(const std::shared_ptr<const Document>& document, double now_s);
    // What an update at a later time would do; infinity: nothing is left to save.
    [[nodiscard]] double seconds_to_next(double now_s) const;

    // Why the newest attempt failed; once for each reason.
    [[nodiscard]] std::optional<Failure> take_failure();

    // At the end: saves at once what is not saved. Throws Error{file}.
    void finish(const std::shared_ptr<const Document>& document);

    [[nodiscard]] const std::filesystem::path& file() const { return file_; }

  private:
    void collect();

    std::filesystem::path file_;
    std::function<void()> wake_;
    std::shared_ptr<const Document> wanted_, writing_, saved_;
    double saved_at_s_ = -1e9;
    std::optional<Failure> failure_, told_;
    std::optional<Job> job_;
};

}  // namespace afs::gui
