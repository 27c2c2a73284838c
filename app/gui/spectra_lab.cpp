#include "app/gui/spectra_lab.h"

#include <mutex>
#include <utility>

#include "core/base/thread_priority.h"

namespace afs::gui {
namespace {

bool same_network(const ModelRef& a, const ModelRef& b) { return a.path == b.path && a.which == b.which; }

}  // namespace

struct SpectraLab::Shared {
    std::mutex mutex;
    std::shared_ptr<const AverageReport> report;

    void tell(const AverageReport& now) {
        auto copy = std::make_shared<const AverageReport>(now);
        const std::lock_guard lock(mutex);
        report = std::move(copy);
    }
};

SpectraLab::SpectraLab(FrameSource& source, AverageSpectra compare, std::function<void()> wake)
    : source_(source), compare_(std::move(compare)), wake_(std::move(wake)) {}

SpectraLab::~SpectraLab() = default;

void SpectraLab::update(bool wants_glance) {
    source_.want_glance(wants_glance);
    if (auto result = source_.poll_glance()) glance_ = std::move(result);
    if (auto result = source_.poll_average(); result && averaging_ && result->id == wish_) {
        averaging_ = !result->ended;
        average_ = std::move(result);
    }
    if (job_) take_compared();
}

const SpectraResult* SpectraLab::glance(const ModelRef& model) const {
    return glance_ && same_network(glance_->model, model) ? &*glance_ : nullptr;
}

void SpectraLab::average(std::uint32_t first_seed, int pictures) {
    source_.average_spectra(SpectraWish{++wish_, first_seed, pictures});
    averaging_ = true;
    average_.reset();
}

void SpectraLab::end_average() {
    if (averaging_) source_.average_spectra(std::nullopt);
}

void SpectraLab::forget_average() {
    end_average();
    averaging_ = false;
    average_.reset();
}

const SpectraResult* SpectraLab::averaged(const ModelRef& model) const {
    return average_ && average_->spectra && same_network(average_->model, model) ? &*average_ : nullptr;
}

void SpectraLab::compare(AverageRun run) {
    if (!compare_ || job_) return;
    shared_ = std::make_shared<Shared>();
    compared_ = {.run = run, .running = true};
    job_ = std::make_unique<Job>(
        "Comparing spectra",
        [compare = compare_, run = std::move(run), shared = shared_](const Progress& progress) {
            step_back_thread();
            step_back_thread();
            shared->tell(compare(run, progress, [&](const AverageReport& now) { shared->tell(now); }));
        },
        wake_);
}

void SpectraLab::cancel_compare() {
    if (job_) job_->cancel();
}

void SpectraLab::take_compared() {
    {
        const std::lock_guard lock(shared_->mutex);
        compared_.report = shared_->report;
    }
    compared_.progress = job_->progress();
    if (!job_->finished()) return;
    compared_.running = false;
    compared_.failure = job_->failure();
    // Whoever ends it knows that it is not complete.
    if (compared_.failure && compared_.failure->kind == ErrorKind::cancelled) compared_.failure.reset();
    job_.reset();
}

}  // namespace afs::gui
