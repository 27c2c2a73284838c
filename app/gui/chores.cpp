#include "app/gui/chores.h"

#include <utility>

#include "core/base/log.h"

namespace afs::gui {

Chores::~Chores() {
    while (running_) {
        running_->wait();
        if (const auto failure = running_->failure()) log_warning("{}", failure->paragraph());
        running_.reset();
        start_next();
    }
}

void Chores::add(std::string name, std::function<void()> work, std::function<void()> done) {
    waiting_.push_back({std::move(name), std::move(work), std::move(done)});
    if (!running_) start_next();
}

void Chores::start_next() {
    if (waiting_.empty()) return;
    Chore next = std::move(waiting_.front());
    waiting_.pop_front();
    done_ = std::move(next.done);
    running_ = std::make_unique<Job>(
        std::move(next.name), [work = std::move(next.work)](const Progress&) { work(); }, wake_);
}

std::optional<Failure> Chores::update() {
    if (!running_ || !running_->finished()) return std::nullopt;
    running_->wait();
    const std::string name = running_->name();
    auto failure = running_->failure();
    running_.reset();
    const auto done = std::exchange(done_, nullptr);
    start_next();
    try {
        if (!failure && done) done();
    } catch (...) {
        failure = current_failure(name + " failed");
    }
    return failure;
}

}  // namespace afs::gui
