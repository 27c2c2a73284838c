#include "core/ops/tensor_pool.h"

#include <c10/core/CPUAllocator.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

namespace afs {
namespace {

constexpr std::size_t kAlignment = 64;  // of tensors: what LibTorch gives
constexpr std::size_t kPage = std::size_t{2} << 20;
// Below this, malloc has memory at hand.
constexpr std::size_t kSmallest = 4096;

// Whole large pages, straight from the system: malloc would keep some of what is given back.
std::byte* map_pages(std::size_t bytes) {
    const std::size_t more = bytes + kPage;
    void* const memory = mmap(nullptr, more, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    auto* const first = static_cast<std::byte*>(memory);
    const std::size_t before = (kPage - reinterpret_cast<std::uintptr_t>(first) % kPage) % kPage;
    if (before > 0) munmap(first, before);
    munmap(first + before + bytes, kPage - before);
    madvise(first + before, bytes, MADV_HUGEPAGE);  // a wish
    return first + before;
}

constexpr std::size_t round_up(std::size_t bytes, std::size_t unit) { return (bytes + unit - 1) / unit * unit; }

thread_local TensorPool::State* current_pool = nullptr;

// The stretches of all pools, for who frees memory without saying whose it is.
class Registry {
  public:
    void add(const std::byte* begin, std::size_t bytes) {
        const std::lock_guard lock(mutex_);
        stretches_.emplace_back(begin, begin + bytes);
    }
    void remove(const std::byte* begin) {
        const std::lock_guard lock(mutex_);
        std::erase_if(stretches_, [&](const auto& stretch) { return stretch.first == begin; });
    }
    [[nodiscard]] bool contains(const std::byte* memory) {
        const std::lock_guard lock(mutex_);
        const std::less<> before;
        return std::ranges::any_of(stretches_, [&](const auto& stretch) {
            return !before(memory, stretch.first) && before(memory, stretch.second);
        });
    }

  private:
    std::mutex mutex_;
    std::vector<std::pair<const std::byte*, const std::byte*>> stretches_;
};
Registry& registry() {
    static Registry* const all = new Registry;  // outlives every tensor
    return *all;
}

}  // namespace

struct TensorPool::State {
    struct Block {
        std::byte* begin;
        std::size_t bytes;
        std::size_t stretch;  // blocks of different stretches are never merged
        bool used;
    };
    struct Stretch {
        std::byte* begin;
        std::size_t bytes;
    };

    std::mutex mutex;
    std::vector<Block> blocks;  // of one stretch: neighbours, in order
    std::vector<Stretch> stretches;
    Usage usage;
    std::size_t most_used = 0, most_reserved = 0;
    std::size_t next_stretch = 0;  // bytes, as long as it has not been made; 0: as large as it must be
    bool joined = false;           // several stretches have become one
    bool closed = false;           // the pool is gone

    std::byte* take(std::size_t bytes) {
        const std::lock_guard lock(mutex);
        bytes = round_up(std::max(bytes, std::size_t{1}), kAlignment);
        auto best = blocks.end();
        for (auto b = blocks.begin(); b != blocks.end(); ++b)
            if (!b->used && b->bytes >= bytes && (best == blocks.end() || b->bytes < best->bytes)) best = b;
        if (best == blocks.end()) best = add_stretch(bytes);
        if (best->bytes > bytes) {
            const Block rest{best->begin + bytes, best->bytes - bytes, best->stretch, false};
            best->bytes = bytes;
            best = blocks.insert(best + 1, rest) - 1;
        }
        best->used = true;
        usage.used_bytes += bytes;
        ++usage.tensors;
        most_used = std::max(most_used, usage.used_bytes);
        return best->begin;
    }

    // Deletes itself when it was the last tensor of a pool that is gone.
    static void give_back(State* state, void* memory) {
        bool last = false;
        {
            const std::lock_guard lock(state->mutex);
            state->free(static_cast<std::byte*>(memory));
            last = state->closed && state->usage.used_bytes == 0;
        }
        if (last) delete state;
    }

    // Joins stretches where nothing is in use.
    void tidy() {
        const std::lock_guard lock(mutex);
        if (stretches.size() < 2 || usage.used_bytes > 0) return;
        // What lay side by side leaves gaps: a little more than what was in use at once; where that was not enough, all
        // that did suffice.
        next_stretch = std::exchange(joined, true) ? usage.reserved_bytes : std::min(most_reserved, most_used * 9 / 8);
        release();
    }

    ~State() { release(); }

  private:
    std::vector<Block>::iterator add_stretch(std::size_t bytes) {
        // A first picture's tensors grow from layer to layer: what was too small once is not kept for its whole length.
        release_unused();
        const std::size_t whole = round_up(std::max(bytes, std::exchange(next_stretch, 0)), kPage);
        std::byte* const memory = map_pages(whole);
        stretches.push_back({memory, whole});
        registry().add(memory, whole);
        usage.reserved_bytes += whole;
        most_reserved = std::max(most_reserved, usage.reserved_bytes);
        ++usage.system_calls;
        blocks.push_back({memory, whole, usage.system_calls, false});
        return blocks.end() - 1;
    }

    void free(std::byte* memory) {
        const auto block = std::ranges::find_if(blocks, [&](const Block& b) { return b.used && b.begin == memory; });
        usage.used_bytes -= block->bytes;
        block->used = false;
        const auto merge = [&](std::vector<Block>::iterator left) {
            const auto right = left + 1;
            if (right == blocks.end() || left->used || right->used || left->stretch != right->stretch) return;
            left->bytes += right->bytes;
            blocks.erase(right);
        };
        merge(block);
        if (block != blocks.begin()) merge(block - 1);
    }

    void release(const Stretch& stretch) {
        registry().remove(stretch.begin);
        munmap(stretch.begin, stretch.bytes);
        usage.reserved_bytes -= stretch.bytes;
    }

    void release_unused() {
        std::erase_if(stretches, [&](const Stretch& stretch) {
            // Neighbours that are free have been merged.
            const auto whole = std::ranges::find_if(blocks, [&](const Block& b) {
                return !b.used && b.begin == stretch.begin && b.bytes == stretch.bytes;
            });
            if (whole == blocks.end()) return false;
            blocks.erase(whole);
            release(stretch);
            return true;
        });
    }

    void release() {
        for (const Stretch& stretch : stretches) release(stretch);
        stretches.clear();
        blocks.clear();
    }
};

namespace {

// Stands before LibTorch's own allocator; serves the threads that are in a Scope.
class PoolAllocator final : public c10::Allocator {
  public:
    explicit PoolAllocator(c10::Allocator* ordinary) { ordinary_ = ordinary; }

    c10::DataPtr allocate(std::size_t bytes) override {
        TensorPool::State* const pool = current_pool;
        if (pool == nullptr || bytes < kSmallest) return ordinary_->allocate(bytes);
        // In front of the tensor: whose it is.
        std::byte* const block = pool->take(bytes + kAlignment);
        *reinterpret_cast<TensorPool::State**>(block) = pool;
        std::byte* const data = block + kAlignment;
        return {data, data, &free, c10::Device(c10::DeviceType::CPU)};
    }
    // Of memory without a DataPtr: operators' scratch.
    c10::DeleterFnPtr raw_deleter() const override { return &free_any; }
    void copy_data(void* to, const void* from, std::size_t bytes) const override { default_copy_data(to, from, bytes); }

  private:
    static void free(void* data) {
        std::byte* const block = static_cast<std::byte*>(data) - kAlignment;
        TensorPool::State::give_back(*reinterpret_cast<TensorPool::State**>(block), block);
    }
    static void free_any(void* data) {
        if (registry().contains(static_cast<std::byte*>(data)))
            free(data);
        else
            ordinary_->raw_deleter()(data);
    }

    static c10::Allocator* ordinary_;
};
c10::Allocator* PoolAllocator::ordinary_ = nullptr;

void stand_before_the_allocator() {
    static PoolAllocator* const allocator = [] {
        auto* made =
            new PoolAllocator(c10::GetCPUAllocator());  // for the rest of the program, as SetCPUAllocator wants
        c10::SetCPUAllocator(made, /*priority=*/1);
        return made;
    }();
    (void)allocator;
}

}  // namespace

TensorPool::TensorPool() : state_(new State) { stand_before_the_allocator(); }

TensorPool::~TensorPool() {
    bool empty = false;
    {
        const std::lock_guard lock(state_->mutex);
        state_->closed = true;
        empty = state_->usage.used_bytes == 0;
    }
    if (empty) delete state_;
}

TensorPool::Scope::Scope(TensorPool& pool) : before_(current_pool) {
    pool.state_->tidy();
    current_pool = pool.state_;
}
TensorPool::Scope::~Scope() { current_pool = static_cast<State*>(before_); }

TensorPool::Pause::Pause() : before_(current_pool) { current_pool = nullptr; }
TensorPool::Pause::~Pause() { current_pool = static_cast<State*>(before_); }

TensorPool::Usage TensorPool::usage() const {
    const std::lock_guard lock(state_->mutex);
    return state_->usage;
}

}  // namespace afs
