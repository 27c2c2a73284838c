#include "core/data/sampler.h"

#include <fmt/format.h>

#include <cmath>
#include <numeric>

#include "core/base/error.h"
#include "core/data/shuffle.h"

namespace afs {

InfiniteSampler::InfiniteSampler(std::int64_t count, const SamplerOptions& options)
    : options_(options), random_(options.seed) {
    const auto wrong = [](std::string why) {
        return Error(ErrorKind::argument, "Could not order a data set", std::move(why));
    };
    if (count < 1 || count > 0xffffffff) throw wrong(fmt::format("{} items are not 1 to 2^32 - 1", count));
    if (options.world < 1 || options.rank < 0 || options.rank >= options.world)
        throw wrong(fmt::format("rank {} of {} does not exist", options.rank, options.world));
    if (!(options.window >= 0.0 && options.window <= 1.0))
        throw wrong(fmt::format("a window of {} of a round is not from 0 to 1", options.window));
    order_.resize(static_cast<std::size_t>(count));
    if (options.shuffle)
        window_ = static_cast<std::int64_t>(std::nearbyint(static_cast<double>(count) * options.window));
    start();
}

void InfiniteSampler::start() {
    position_ = 0;
    random_ = RandomState(options_.seed);
    std::iota(order_.begin(), order_.end(), 0);
    if (options_.shuffle) shuffle(order_, random_);
}

void InfiniteSampler::step() {
    const auto count = static_cast<std::int64_t>(order_.size()), i = position_ % count;
    if (window_ >= 2) {
        const std::int64_t back = random_.integer(static_cast<std::uint32_t>(window_));
        std::swap(order_[static_cast<std::size_t>(i)], order_[static_cast<std::size_t>((i - back + count) % count)]);
    }
    ++position_;
}

std::int64_t InfiniteSampler::next() {
    while (position_ % options_.world != options_.rank) step();
    const std::int64_t item = order_[static_cast<std::size_t>(position_ % static_cast<std::int64_t>(order_.size()))];
    step();
    return item;
}

void InfiniteSampler::seek(std::int64_t position) {
    if (position < 0)
        throw Error(ErrorKind::argument, "Could not order a data set",
                    fmt::format("{} is no position in it", position));
    if (position < position_) start();
    while (position_ < position) step();
}

}  // namespace afs
