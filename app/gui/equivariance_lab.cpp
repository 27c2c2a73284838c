#include "app/gui/equivariance_lab.h"

#include <algorithm>
#include <limits>
#include <mutex>
#include <utility>

#include "core/base/thread_priority.h"

namespace afs::gui {
namespace {

// Asked twice, it would give the same figures.
bool same_question(const EquivarianceRun& a, const EquivarianceRun& b) {
    return a.network == b.network && a.which == b.which && a.device == b.device &&
           a.request.samples == b.request.samples && a.request.movement == b.request.movement &&
           a.request.whole_pixels == b.request.whole_pixels && a.request.precision == b.request.precision &&
           a.request.filters == b.request.filters;
}

std::size_t index_of(Measurement what) { return static_cast<std::size_t>(what); }

}  // namespace

struct EquivarianceLab::Shared {
    std::mutex mutex;
    EquivarianceReport report;
    std::vector<EquivarianceResult> course;

    void tell(const EquivarianceReport& now) {
        const std::lock_guard lock(mutex);
        report = now;
        if (now.result.figures.empty() || !now.profile.layers.empty()) return;
        // The newest is always the last; of those before it every `stride`-th stays, so that the curve covers the whole
        // run evenly, however long it is.
        if (told % stride != 0) course.pop_back();
        course.push_back(now.result);
        if (++told % stride != 0 || course.size() <= kMostCourse) return;
        std::vector<EquivarianceResult> half;
        for (std::size_t i = 1; i < course.size(); i += 2) half.push_back(std::move(course[i]));
        // An odd one out: the newest, which the next may replace.
        if (told % (2 * stride) != 0) half.push_back(std::move(course.back()));
        course = std::move(half);
        stride *= 2;
    }

  private:
    std::int64_t told = 0, stride = 1;
};

EquivarianceLab::EquivarianceLab(MeasureEquivariance measure, std::function<void()> wake)
    : measure_(std::move(measure)), wake_(std::move(wake)) {}

EquivarianceLab::~EquivarianceLab() { cancel(); }

void EquivarianceLab::measure(Measurement what, EquivarianceRun run) {
    if (!measure_) return;
    waiting_ = Waiting{what, std::move(run)};
    if (job_) {
        begins_again_ = now_ == Measurement::seeds;
        stop_.request_stop();
        job_->cancel();
    }
}

void EquivarianceLab::follow(std::optional<EquivarianceRun> run, double now_s) {
    if (!measure_) return;
    const bool same = followed_ && run ? same_question(*followed_, *run) : !followed_ && !run;
    if (same) return;
    followed_ = std::move(run);
    followed_since_s_ = now_s;
    if (job_ && now_ == Measurement::seeds) {
        stop_.request_stop();
        job_->cancel();
    }
}

void EquivarianceLab::cancel() {
    waiting_.reset();
    stop_.request_stop();
    if (job_) job_->cancel();
}

const Measured* EquivarianceLab::find(Measurement what, const ModelRef& model) const {
    const auto& known = measured_[index_of(what)];
    return known && known->run.network == model.path && known->run.which == model.which ? &*known : nullptr;
}

const Measured* EquivarianceLab::running() const { return job_ ? &*measured_[index_of(now_)] : nullptr; }

void EquivarianceLab::note_frame(const FrameEquivariance& figures) {
    constexpr double kMostDb = 120.0;  // beyond it nothing differs
    if (figures.db) frames_.add(std::min(*figures.db, kMostDb));
}

bool EquivarianceLab::followed_is_due() const {
    const auto& known = measured_[index_of(Measurement::seeds)];
    return followed_ && !(known && same_question(known->run, *followed_));
}

double EquivarianceLab::seconds_to_next(double now_s) const {
    if (job_ || !followed_is_due()) return std::numeric_limits<double>::infinity();  // the job wakes the window
    return std::max(followed_since_s_ + kRestS - now_s, 0.0);
}

void EquivarianceLab::take() {
    Measured& measured = *measured_[index_of(now_)];
    const bool finished = job_->finished();  // looked at first: what it told last is then there
    {
        const std::lock_guard lock(shared_->mutex);
        measured.report = shared_->report;
        measured.course = shared_->course;
    }
    measured.progress = job_->progress();
    if (!finished) return;
    measured.running = false;
    measured.failure = job_->failure();
    // Whoever ends it before the first figure knows that there is none.
    const bool cancelled = measured.failure && measured.failure->kind == ErrorKind::cancelled;
    if (cancelled || std::exchange(begins_again_, false)) measured_[index_of(now_)].reset();
    job_.reset();
}

void EquivarianceLab::begin(Measurement what, EquivarianceRun run) {
    stop_ = std::stop_source();
    now_ = what;
    shared_ = std::make_shared<Shared>();
    run.request.stop = stop_.get_token();
    measured_[index_of(what)] =
        Measured{.run = run, .report = {}, .course = {}, .running = true, .progress = {}, .failure = {}};
    job_ = std::make_unique<Job>(
        "Measuring equivariance",
        [measure = measure_, run = std::move(run), shared = shared_](const Progress& progress) {
            // Twice: pictures go before measurements, the hand before pictures.
            step_back_thread();
            step_back_thread();
            shared->tell(measure(run, progress, [&](const EquivarianceReport& now) { shared->tell(now); }));
        },
        wake_);
}

void EquivarianceLab::update(double now_s) {
    if (job_) take();
    if (job_) return;
    if (waiting_) {
        Waiting next = *std::exchange(waiting_, std::nullopt);
        begin(next.what, std::move(next.run));
    } else if (followed_is_due() && now_s >= followed_since_s_ + kRestS) {
        begin(Measurement::seeds, *followed_);
    }
}

}  // namespace afs::gui
