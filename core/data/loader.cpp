#include "core/data/loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/base/error.h"

namespace afs {

DataLoader::DataLoader(const DataSet& set, LoaderOptions options)
    : set_(set), options_(std::move(options)), sampler_(set.size(), options_.sampler) {
    if (options_.batch < 1 || options_.batch > 1'000'000)
        throw Error(ErrorKind::argument, "Could not read batches",
                    fmt::format("a batch of {} is not from 1 to 1,000,000", options_.batch));
    sampler_.seek(options_.position);
    order_more();
    for (int i = 0; i < std::max(1, options_.workers); ++i) workers_.emplace_back([this] { work(); });
}

DataLoader::~DataLoader() {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    to_do_.notify_all();
}

void DataLoader::order_more() {
    const auto channels = static_cast<std::size_t>(set_.channels()), side = static_cast<std::size_t>(set_.resolution());
    const auto count = static_cast<std::size_t>(options_.batch), bytes = count * channels * side * side;
    for (;;) {
        {
            const std::lock_guard lock(mutex_);
            if (pending_.size() > static_cast<std::size_t>(std::max(0, options_.ahead))) return;
        }
        auto pending = std::make_shared<Pending>();
        DataBatch& batch = pending->batch;
        batch.pixels = options_.allocate ? options_.allocate(bytes)
                                         : std::shared_ptr<std::uint8_t>(new std::uint8_t[bytes],
                                                                         std::default_delete<std::uint8_t[]>());
        for (std::size_t i = 0; i < count; ++i) batch.items.push_back(sampler_.next());
        batch.position = sampler_.position();
        batch.labels.reserve(count * static_cast<std::size_t>(set_.label_dim()));
        for (const std::int64_t item : batch.items) {
            const std::vector<float> label = set_.label(item);
            batch.labels.insert(batch.labels.end(), label.begin(), label.end());
        }
        const std::lock_guard lock(mutex_);
        pending_.push_back(std::move(pending));
        to_do_.notify_all();
    }
}

void DataLoader::work() {
    std::unique_lock lock(mutex_);
    const auto unfinished = [this] {
        return std::ranges::find_if(pending_, [](const auto& p) { return p->begun < p->batch.items.size(); });
    };
    for (;;) {
        to_do_.wait(lock, [&] { return ending_ || unfinished() != pending_.end(); });
        if (ending_) return;
        const std::shared_ptr<Pending> pending = *unfinished();
        const std::size_t index = pending->begun++;
        lock.unlock();
        std::exception_ptr failure;
        try {
            read_item(pending->batch, index);
        } catch (...) {
            failure = std::current_exception();
        }
        lock.lock();
        if (failure && !pending->failure) pending->failure = failure;
        if (++pending->done == pending->batch.items.size()) done_.notify_all();
    }
}

// [height, width, channels] as decoded becomes [channels, height, width].
void DataLoader::read_item(const DataBatch& batch, std::size_t index) const {
    const Image image = set_.read(batch.items[index]);
    const auto channels = static_cast<std::size_t>(image.channels), pixels = image.pixels.size() / channels;
    std::uint8_t* to = batch.pixels.get() + index * image.pixels.size();
    if (channels == 1) {
        std::copy(image.pixels.begin(), image.pixels.end(), to);
        return;
    }
    for (std::size_t c = 0; c < channels; ++c) {
        const std::uint8_t* from = image.pixels.data() + c;
        for (std::size_t i = 0; i < pixels; ++i) *to++ = from[i * channels];
    }
}

DataBatch DataLoader::next() {
    std::shared_ptr<Pending> first;
    {
        const auto start = std::chrono::steady_clock::now();
        std::unique_lock lock(mutex_);
        first = pending_.front();
        done_.wait(lock, [&] { return first->done == first->batch.items.size(); });
        waited_s_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        if (first->failure) std::rethrow_exception(first->failure);
        pending_.pop_front();
    }
    order_more();
    return std::move(first->batch);
}

}  // namespace afs
