// Batches of a data set for training: read and decoded by threads of its own while the caller computes, a few batches
// ahead, in the sampler's order whatever the threads do. Nothing is unpacked to disk. One thread calls next().
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "core/data/data_set.h"
#include "core/data/sampler.h"

namespace afs {

// What next() gives. Cheap to move; `pixels` lives as long as any copy of it.
struct DataBatch {
    std::shared_ptr<std::uint8_t> pixels;  // [items, channels, resolution, resolution]
    std::vector<float> labels;             // [items, label_dim]
    std::vector<std::int64_t> items;       // of the data set
    std::int64_t position = 0;             // of the sampler after this batch: what a resumed run starts from
};

struct LoaderOptions {
    std::int64_t batch = 1;  // items a call
    int workers = 3;         // threads that read and decode
    int ahead = 2;           // batches that are made before they are asked for
    SamplerOptions sampler = {};
    std::int64_t position = 0;  // where the sampler starts: DataBatch::position of the last batch that was used
    // Memory of a batch, so that it can be pinned for a GPU. Called on the caller's thread. Empty: ordinary memory.
    std::function<std::shared_ptr<std::uint8_t>(std::size_t bytes)> allocate = {};
};

class DataLoader {
  public:
    // `set` must outlive the loader. Throws Error{argument}.
    DataLoader(const DataSet& set, LoaderOptions options);
    ~DataLoader();
    DataLoader(const DataLoader&) = delete;
    DataLoader& operator=(const DataLoader&) = delete;

    // Waits for the batch if need be. Throws Error{file, format} naming a picture that cannot be read; the loader is of
    // no use after that.
    [[nodiscard]] DataBatch next();

    // Seconds that next() has waited in all: more than a trifle means that the data set is read too slowly.
    [[nodiscard]] double waited_s() const { return waited_s_; }

  private:
    struct Pending {
        DataBatch batch;
        std::size_t begun = 0, done = 0;
        std::exception_ptr failure;
    };

    void order_more();
    void work();
    void read_item(const DataBatch& batch, std::size_t index) const;

    const DataSet& set_;
    LoaderOptions options_;
    InfiniteSampler sampler_;
    double waited_s_ = 0.0;
    std::mutex mutex_;
    std::condition_variable to_do_, done_;
    std::deque<std::shared_ptr<Pending>> pending_;  // in the order in which they are given out
    bool ending_ = false;
    std::vector<std::jthread> workers_;  // last: joined before the others go
};

}  // namespace afs
