#include "core/train/data_feed.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>

#include "core/base/error.h"

namespace afs {
namespace {

std::int64_t share_of(const DataFeedOptions& options) {
    if (options.batch < 1 || options.world < 1 || options.batch % options.world != 0)
        throw Error(ErrorKind::argument, "Could not divide the data set",
                    fmt::format("a batch of {} cannot be shared by {} processes", options.batch, options.world),
                    "Choose a batch that is a multiple of their number.");
    return options.batch / options.world;
}

}  // namespace

DataFeed::DataFeed(const DataSet& set, const DataFeedOptions& options)
    : set_(set),
      options_(options),
      share_(share_of(options)),
      position_(options.position),
      loader_(set, loader_options()) {}

LoaderOptions DataFeed::loader_options() {
    LoaderOptions loader{.batch = share_,
                         .workers = options_.workers,
                         .sampler = {.seed = options_.seed, .rank = options_.rank, .world = options_.world},
                         .position = options_.position};
    loader.allocate = [this](std::size_t bytes) {
        const bool pinned = options_.device.is_cuda();
        memory_.push_back(
            at::empty({static_cast<std::int64_t>(bytes)}, at::TensorOptions(at::kByte).pinned_memory(pinned)));
        const auto owner = std::make_shared<Tensor>(memory_.back());
        return std::shared_ptr<std::uint8_t>(owner, owner->data_ptr<std::uint8_t>());
    };
    return loader;
}

Minibatch DataFeed::next() {
    const DataBatch batch = loader_.next();
    const std::int64_t side = set_.resolution();
    Minibatch minibatch;
    // The tensor itself, not its bytes: a copy that is under way keeps pinned memory from being used again.
    minibatch.pictures =
        memory_.front().view({share_, set_.channels(), side, side}).to(options_.device, /*non_blocking=*/true);
    memory_.pop_front();
    if (set_.label_dim() > 0) {
        minibatch.labels = at::tensor(batch.labels, at::kFloat).view({share_, set_.label_dim()}).to(options_.device);
        minibatch.c = generator_labels(position_).to(options_.device);
    }
    position_ = batch.position;
    return minibatch;
}

// From a stream of the position's own: nothing but the position has to be kept for a run to go on exactly.
Tensor DataFeed::generator_labels(std::int64_t position) const {
    const auto place = static_cast<std::uint64_t>(position) * static_cast<std::uint64_t>(options_.world) +
                       static_cast<std::uint64_t>(options_.rank);
    RandomState random(options_.seed ^ static_cast<std::uint32_t>(place * 0x9e3779b97f4a7c15u >> 32));
    const std::int64_t count = options_.phases * share_, dim = set_.label_dim();
    const Tensor labels = at::empty({count, dim}, at::kFloat);
    for (std::int64_t i = 0; i < count; ++i) {
        const std::vector<float> label = set_.label(random.integer(static_cast<std::uint32_t>(set_.size())));
        std::ranges::copy(label, labels.data_ptr<float>() + i * dim);
    }
    return labels;
}

}  // namespace afs
