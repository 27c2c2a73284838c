// A data set as the minibatches of training: pictures in the sampler's order, decoded ahead by threads of their own and
// sent to the device; labels for the generator from randomly chosen items (SPEC 13). One thread.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <deque>

#include "core/data/loader.h"
#include "core/train/trainer.h"

namespace afs {

struct DataFeedOptions {
    int batch = 32;  // pictures a step, of all ranks together
    int phases = 3;  // of the trainer: each has labels of its own
    int workers = 3;
    std::uint32_t seed = 0;  // the run's
    int rank = 0, world = 1;
    std::int64_t position = 0;  // where to go on: position() after the last step that was taken
    at::Device device = at::kCPU;
};

class DataFeed {
  public:
    // `set` must outlive the feed. Throws Error{argument}: a batch that the ranks cannot share.
    DataFeed(const DataSet& set, const DataFeedOptions& options);

    // Without z, which the trainer draws. Throws Error{file, format} naming a picture that cannot be read.
    [[nodiscard]] Minibatch next();

    // The whole state: another feed with the same set and options that starts there gives the same minibatches.
    [[nodiscard]] std::int64_t position() const { return position_; }
    [[nodiscard]] double waited_s() const { return loader_.waited_s(); }

  private:
    [[nodiscard]] Tensor generator_labels(std::int64_t position) const;  // [phases * n, label_dim]
    [[nodiscard]] LoaderOptions loader_options();

    const DataSet& set_;
    DataFeedOptions options_;
    std::int64_t share_, position_;
    std::deque<Tensor> memory_;  // of the batches that are on their way, in their order; pinned for a GPU
    DataLoader loader_;          // last: its threads write into the memory above
};

}  // namespace afs
