#include "app/gui/autosave.h"

#include <limits>

#include "core/scene/session.h"

namespace afs::gui {

Autosave::Autosave(std::filesystem::path file, std::function<void()> wake)
    : file_(std::move(file)), wake_(std::move(wake)) {}

void Autosave::collect() {
    if (!job_ || !job_->finished()) return;
    failure_ = job_->failure();
    // A document that could not be saved is tried again when it has changed, not every few seconds for ever.
    saved_ = std::exchange(writing_, nullptr);
    if (!failure_) told_.reset();
    job_.reset();
}

void Autosave::update(const std::shared_ptr<const Document>& document, double now_s) {
    if (file_.empty()) return;
    collect();
    wanted_ = document;
    if (job_ || wanted_ == saved_ || now_s - saved_at_s_ < kEverySeconds) return;
    // A window without a model has nothing worth keeping.
    if (wanted_->base.model.path.empty()) return;
    saved_at_s_ = now_s;
    writing_ = wanted_;
    job_.emplace(
        "Keeping the session",
        [file = file_, copy = wanted_](const Progress&) { save_session(file, *copy, Overwrite::yes); }, wake_);
}

double Autosave::seconds_to_next(double now_s) const {
    constexpr double kNever = std::numeric_limits<double>::infinity();
    if (file_.empty() || job_ || !wanted_ || wanted_ == saved_ || wanted_->base.model.path.empty()) return kNever;
    return std::max(saved_at_s_ + kEverySeconds - now_s, 0.0);
}

std::optional<Failure> Autosave::take_failure() {
    collect();
    if (!failure_ || failure_ == told_) return std::nullopt;
    told_ = failure_;
    return std::exchange(failure_, std::nullopt);
}

void Autosave::finish(const std::shared_ptr<const Document>& document) {
    if (file_.empty()) return;
    if (job_) job_->wait();
    collect();
    if ((document == saved_ && !told_ && !failure_) || document->base.model.path.empty()) return;
    save_session(file_, *document, Overwrite::yes);
    saved_ = document;
    failure_.reset();
    told_.reset();
}

}  // namespace afs::gui
