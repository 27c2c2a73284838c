#include "core/train/rank_watch.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "core/base/log.h"

namespace afs {
namespace {

using namespace std::chrono_literals;

constexpr auto kBeat = 1s;
constexpr auto kLastChance = 8s;  // to throw, before the process is ended

}  // namespace

Error lost_error(const std::string& why) {
    return {ErrorKind::device, "Training with several processes ended", why,
            "The run can be continued from its last state (--resume)."};
}

RankWatch::RankWatch(c10::intrusive_ptr<c10d::Store> store, Options options)
    : store_(std::move(store)), options_(std::move(options)), heard_(static_cast<std::size_t>(options_.world)) {
    beat();
}

RankWatch::~RankWatch() { end(); }

void RankWatch::begin() {
    last_answer_ = Clock::now();
    for (Heard& heard : heard_) heard = {};
    watch_ = std::jthread([this](const std::stop_token& stop) { watch(stop); });
    guard_ = std::jthread([this](const std::stop_token& stop) { guard(stop); });
}

void RankWatch::end() {
    watch_.request_stop();
    if (watch_.joinable()) watch_.join();
    guard_.request_stop();  // last: it ends a process whose store does not answer
    if (guard_.joinable()) guard_.join();
}

void RankWatch::when_lost(std::function<void(const Failure&)> act) {
    const std::scoped_lock lock(acting_);
    act_ = std::move(act);
}

std::optional<std::string> RankWatch::lost() {
    const std::scoped_lock lock(mutex_);
    return lost_;
}

void RankWatch::set_lost(const std::string& why) {
    {
        const std::scoped_lock lock(mutex_);
        if (lost_) return;
        lost_ = why;
        lost_at_ = Clock::now();
    }
    changed_.notify_all();
}

void RankWatch::throw_if_lost() {
    if (const auto why = lost()) throw lost_error(*why);
}

void RankWatch::throw_lost(const std::string& why) {
    {
        std::unique_lock lock(mutex_);
        if (watch_.joinable()) changed_.wait_for(lock, options_.times.silence + 2 * kBeat, [&] { return bool(lost_); });
    }
    throw_if_lost();
    throw lost_error(why);
}

std::string RankWatch::key(int rank) { return fmt::format("beat/{}", rank); }

void RankWatch::beat() {
    const Beat own{++beats_, common_.load(std::memory_order_relaxed), alone_.load(std::memory_order_relaxed)};
    std::vector<std::uint8_t> bytes(sizeof own);
    std::memcpy(bytes.data(), &own, sizeof own);
    store_->set(key(options_.rank), bytes);
}

void RankWatch::listen() {
    if (store_->check({"failed"})) {
        const std::vector<std::uint8_t> why = store_->get("failed");
        set_lost({why.begin(), why.end()});
        return;
    }
    if (store_->add("left", 0) > 0) {  // all have come to the end; who left is silent
        for (Heard& heard : heard_) heard.at = heard.progress_at = Clock::now();
        return;
    }
    std::vector<std::string> keys;
    for (int rank = 0; rank < options_.world; ++rank) keys.push_back(key(rank));
    const std::vector<std::vector<std::uint8_t>> answers = store_->multiGet(keys);
    const Clock::time_point now = Clock::now();
    for (std::size_t rank = 0; rank < heard_.size(); ++rank) {
        Beat beat;
        if (answers[rank].size() == sizeof beat) std::memcpy(&beat, answers[rank].data(), sizeof beat);
        Heard& heard = heard_[rank];
        if (beat.beats != heard.beat.beats) heard.at = now;
        if (beat.common != heard.beat.common || beat.alone != heard.beat.alone) heard.progress_at = now;
        heard.beat = beat;
        if (now - heard.at > options_.times.silence)
            set_lost(
                fmt::format("rank {} has not been heard of for {} s: it was killed, or its machine cannot be reached",
                            rank, options_.times.silence.count()));
    }
    look_for_standstill(now);
}

// Who has begun the fewest common operations is waited for by all others.
void RankWatch::look_for_standstill(Clock::time_point now) {
    const auto common = [](const Heard& heard) { return heard.beat.common; };
    const std::int64_t least = common(*std::ranges::min_element(heard_, {}, common));
    std::vector<std::size_t> behind;
    for (std::size_t rank = 0; rank < heard_.size(); ++rank) {
        if (common(heard_[rank]) != least) continue;
        if (now - heard_[rank].progress_at <= options_.times.standstill) return;
        behind.push_back(rank);
    }
    const auto patience = options_.times.standstill.count();
    const std::string time = patience >= 120 ? fmt::format("{} minutes", patience / 60) : fmt::format("{} s", patience);
    set_lost(behind.size() == heard_.size()
                 ? fmt::format("no rank has got on for {}: they wait for each other", time)
                 : fmt::format("rank {} has not got on for {}, and the others wait for it: its process lives but hangs",
                               fmt::join(behind, ", rank "), time));
}

void RankWatch::watch(const std::stop_token& stop) {
    try {
        for (;;) {
            beat();
            listen();
            std::unique_lock lock(mutex_);
            last_answer_ = Clock::now();
            if (changed_.wait_for(lock, stop, kBeat, [&] { return bool(lost_); }) || stop.stop_requested()) return;
        }
    } catch (const std::exception&) {
        if (!stop.stop_requested()) set_lost(host_is_gone());
    }
}

void RankWatch::guard(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
        const Clock::time_point now = Clock::now();
        if (!lost_ && now - last_answer_ > options_.times.silence) {
            lost_ = host_is_gone();
            lost_at_ = now;
            changed_.notify_all();
        }
        const Clock::time_point end = lost_ ? lost_at_ + kLastChance : last_answer_ + options_.times.silence;
        if (!lost_ || now < end) {
            const bool was_lost = bool(lost_);
            changed_.wait_until(lock, stop, end + 1ms, [&] { return bool(lost_) != was_lost; });
            continue;
        }
        const Error error = lost_error(*lost_);
        lock.unlock();
        const Failure failure{error.kind(), error.tried(), error.why(), error.what_to_do()};
        log_line(LogLevel::error, error.what());
        {
            const std::scoped_lock acting(acting_);
            if (act_) act_(failure);
        }
        ::_exit(1);
    }
}

}  // namespace afs
