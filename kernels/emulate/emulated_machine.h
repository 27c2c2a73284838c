// The machine of kernels/cuda/tile.h on the host: runs a block's phases thread by thread, in a new random order each
// phase, and checks every access:
//   - shared memory: in bounds, aligned, initialised; no thread reads or writes what another one wrote in the same
//     phase, none writes what another one read in it. That is what a barrier is for;
//   - device memory: inside of the allocations that the test declared, aligned, written at most once;
//   - registers: what lives across phases starts as NaN.
// What it cannot show: timing, memory ordering within a warp, the compiler's own faults. Tests only; one thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "kernels/emulate/half_bits.h"
#include "kernels/filtered_lrelu.h"

namespace afs::kernels::emulate {

// What was found wrong, in words; the first few.
class Report {
  public:
    void find(std::string what) {
        if (++count_ <= 20) findings_.push_back(std::move(what));
    }
    [[nodiscard]] std::uint64_t count() const { return count_; }
    [[nodiscard]] std::string text() const {
        std::string all = std::to_string(count_) + " findings";
        for (const std::string& one : findings_) all += "\n  " + one;
        return all;
    }
    [[nodiscard]] bool mentions(const std::string& words) const {
        return std::any_of(findings_.begin(), findings_.end(),
                           [&](const std::string& one) { return one.find(words) != std::string::npos; });
    }

  private:
    std::vector<std::string> findings_;
    std::uint64_t count_ = 0;
};

// Device memory as the kernels may see it.
class Allocations {
  public:
    void add(std::string name, const void* data, std::size_t bytes, bool writable) {
        const auto* const begin = static_cast<const std::byte*>(data);
        ranges_.push_back({std::move(name), begin, begin + bytes, std::vector<bool>(writable ? bytes : 0)});
    }
    // Whether the access may happen.
    bool check(const void* data, std::size_t bytes, bool write, Report& report) {
        const auto* const from = static_cast<const std::byte*>(data);
        for (Range& range : ranges_) {
            if (from < range.begin || from + bytes > range.end) continue;
            if (reinterpret_cast<std::uintptr_t>(data) % bytes != 0) {
                report.find(range.name + ": an access of " + std::to_string(bytes) + " bytes is not aligned");
                return false;
            }
            if (!write) return true;
            if (range.written.empty()) {
                report.find(range.name + ": is written, but read-only");
                return false;
            }
            const auto at = static_cast<std::size_t>(from - range.begin);
            for (std::size_t k = at; k < at + bytes; ++k) {
                if (range.written[k]) report.find(range.name + ": byte " + std::to_string(k) + " is written twice");
                range.written[k] = true;
            }
            return true;
        }
        report.find(std::string("device memory outside of every allocation is ") + (write ? "written" : "read"));
        return false;
    }

  private:
    struct Range {
        std::string name;
        const std::byte *begin, *end;
        std::vector<bool> written;
    };
    std::vector<Range> ranges_;
};

// One block's shared memory and whose turn it is.
class Block {
  public:
    Block(std::size_t shared_floats, int threads, unsigned seed, Allocations& allocations, Report& report)
        : allocations_(allocations),
          report_(report),
          cells_(shared_floats),
          order_(static_cast<std::size_t>(threads)),
          random_(seed) {
        for (int k = 0; k < threads; ++k) order_[static_cast<std::size_t>(k)] = k;
    }

    template <class Work> void phase(const Work& work) {
        ++phase_;
        std::shuffle(order_.begin(), order_.end(), random_);
        for (const int thread : order_) {
            thread_ = thread;
            work(thread);
        }
    }

    float get(int at) {
        Cell* const cell = find(at, 1);
        if (cell == nullptr) return 0.0F;
        if (cell->write_phase == 0)
            complain("is read uninitialised", at);
        else if (cell->write_phase == phase_ && cell->writer != thread_)
            complain("is read in the phase in which thread " + std::to_string(cell->writer) + " writes it", at);
        if (cell->read_phase != phase_) {
            cell->read_phase = phase_;
            cell->reader = thread_;
        } else if (cell->reader != thread_) {
            cell->reader = kSeveral;
        }
        return cell->value;
    }
    void put(int at, float value) {
        Cell* const cell = find(at, 1);
        if (cell == nullptr) return;
        if (cell->write_phase == phase_ && cell->writer != thread_)
            complain("is written in the phase in which thread " + std::to_string(cell->writer) + " writes it", at);
        if (cell->read_phase == phase_ && cell->reader != thread_)
            complain("is written in the phase in which " +
                         (cell->reader == kSeveral ? "others read it"
                                                   : "thread " + std::to_string(cell->reader) + " reads it"),
                     at);
        cell->write_phase = phase_;
        cell->writer = thread_;
        cell->value = value;
    }
    bool aligned(int at, int width) {
        if (at % width == 0) return true;
        complain("is accessed as one of " + std::to_string(width) + ", which is not aligned", at);
        return false;
    }

    Allocations& allocations() { return allocations_; }
    Report& report() { return report_; }

  private:
    static constexpr int kSeveral = -1;
    struct Cell {
        float value = 0.0F;
        std::uint32_t write_phase = 0, read_phase = 0;  // 0: never
        int writer = 0, reader = 0;
    };

    Cell* find(int at, int) {
        if (at >= 0 && static_cast<std::size_t>(at) < cells_.size()) return &cells_[static_cast<std::size_t>(at)];
        complain("is accessed, but there are " + std::to_string(cells_.size()), at);
        return nullptr;
    }
    void complain(const std::string& what, int at) {
        report_.find("shared float " + std::to_string(at) + " " + what + " (phase " + std::to_string(phase_) +
                     ", thread " + std::to_string(thread_) + ")");
    }

    Allocations& allocations_;
    Report& report_;
    std::vector<Cell> cells_;
    std::vector<int> order_;
    std::mt19937 random_;
    std::uint32_t phase_ = 0;
    int thread_ = 0;
};

class EmulatedShared {
  public:
    explicit EmulatedShared(Block& block) : block_(block) {}
    [[nodiscard]] float get(int at) const { return block_.get(at); }
    void put(int at, float value) const { block_.put(at, value); }
    void put2(int at, const float* from) const { put_many(at, from, 2); }
    void put4(int at, const float* from) const { put_many(at, from, 4); }
    void get4(int at, float* to) const {
        if (!block_.aligned(at, 4)) return;
        for (int k = 0; k < 4; ++k) to[k] = block_.get(at + k);
    }
    [[nodiscard]] unsigned get_bits(int at) const { return std::bit_cast<unsigned>(block_.get(at)); }
    void put_bits(int at, unsigned bits) const { block_.put(at, std::bit_cast<float>(bits)); }
    template <class Struct> void put_struct(int at, const Struct& from) const {
        static_assert(sizeof(Struct) % sizeof(float) == 0 && alignof(Struct) <= 16);
        float words[sizeof(Struct) / sizeof(float)];
        std::memcpy(words, &from, sizeof from);
        if (!block_.aligned(at, 4)) return;
        for (const float word : words) block_.put(at++, word);
    }
    template <class Struct> [[nodiscard]] Struct get_struct(int at) const {
        float words[sizeof(Struct) / sizeof(float)];
        for (float& word : words) word = block_.get(at++);
        Struct to;
        std::memcpy(&to, words, sizeof to);
        return to;
    }

  private:
    void put_many(int at, const float* from, int count) const {
        if (!block_.aligned(at, count)) return;
        for (int k = 0; k < count; ++k) block_.put(at + k, from[k]);
    }
    Block& block_;
};

class EmulatedMemory {
  public:
    explicit EmulatedMemory(Block& block) : block_(block) {}

    template <Storage kStorage> [[nodiscard]] float load(const void* base, std::int64_t index) const {
        float value = 0.0F;
        load_many<kStorage>(base, index, &value, 1);
        return value;
    }
    template <Storage kStorage> void load4(const void* base, std::int64_t index, float* to) const {
        load_many<kStorage>(base, index, to, 4);
    }
    template <Storage kStorage> void load8(const void* base, std::int64_t index, float* to) const {
        if constexpr (kStorage == Storage::f32) {
            load_many<kStorage>(base, index, to, 4);
            load_many<kStorage>(base, index + 4, to + 4, 4);
        } else {
            load_many<kStorage>(base, index, to, 8);
        }
    }
    template <Storage kStorage> void store(void* base, std::int64_t index, float value) const {
        store_many<kStorage>(base, index, &value, 1);
    }
    template <Storage kStorage, int kMost>
    void store_apart(void* base, std::int64_t index, int step, int count, const float* from) const {
        for (int k = 0; k < kMost && k < count; ++k) store<kStorage>(base, index + k * step, from[k]);
    }
    template <Storage kStorage> void store2(void* base, std::int64_t index, const float* from) const {
        store_many<kStorage>(base, index, from, 2);
    }
    template <Storage kStorage> void store4(void* base, std::int64_t index, const float* from) const {
        store_many<kStorage>(base, index, from, 4);
    }
    [[nodiscard]] float read_float(const float* from) const {
        return block_.allocations().check(from, sizeof(float), false, block_.report()) ? *from : 0.0F;
    }
    [[nodiscard]] unsigned read_byte(const std::uint8_t* from) const {
        return block_.allocations().check(from, 1, false, block_.report()) ? *from : 0U;
    }
    void write_byte(std::uint8_t* to, std::uint8_t value) const {
        if (block_.allocations().check(to, 1, true, block_.report())) *to = value;
    }

  private:
    static constexpr std::size_t kMaxVector = 16;

    template <Storage kStorage> void load_many(const void* base, std::int64_t index, float* to, int count) const {
        constexpr std::size_t kBytes = kStorage == Storage::f32 ? 4 : 2;
        const auto* const from = static_cast<const std::byte*>(base) + index * static_cast<std::int64_t>(kBytes);
        if (!block_.allocations().check(from, kBytes * static_cast<std::size_t>(count), false, block_.report())) return;
        for (int k = 0; k < count; ++k) {
            std::uint32_t bits = 0;
            std::memcpy(&bits, from + static_cast<std::size_t>(k) * kBytes, kBytes);
            if constexpr (kStorage == Storage::f32)
                to[k] = std::bit_cast<float>(bits);
            else if constexpr (kStorage == Storage::f16)
                to[k] = f16_to_float(static_cast<std::uint16_t>(bits));
            else
                to[k] = bf16_to_float(static_cast<std::uint16_t>(bits));
        }
    }
    template <Storage kStorage> void store_many(void* base, std::int64_t index, const float* from, int count) const {
        constexpr std::size_t kBytes = kStorage == Storage::f32 ? 4 : 2;
        auto* const to = static_cast<std::byte*>(base) + index * static_cast<std::int64_t>(kBytes);
        if (!block_.allocations().check(to, kBytes * static_cast<std::size_t>(count), true, block_.report())) return;
        for (int k = 0; k < count; ++k) {
            std::uint32_t bits;
            if constexpr (kStorage == Storage::f32)
                bits = std::bit_cast<std::uint32_t>(from[k]);
            else if constexpr (kStorage == Storage::f16)
                bits = float_to_f16(from[k]);
            else
                bits = float_to_bf16(from[k]);
            std::memcpy(to + static_cast<std::size_t>(k) * kBytes, &bits, kBytes);
        }
    }
    Block& block_;
};

template <class State> class EmulatedMachine {
  public:
    EmulatedMachine(Block& block, int threads) : block_(block), states_(static_cast<std::size_t>(threads)) {
        for (State& state : states_) std::memset(static_cast<void*>(&state), 0xFF, sizeof state);  // NaN
    }
    template <class Work> void phase(const Work& work) {
        block_.phase([&](int thread) { work(thread, states_[static_cast<std::size_t>(thread)]); });
    }
    template <int kBranch> void keep_branch_apart() const {}
    [[nodiscard]] EmulatedShared shared() const { return EmulatedShared(block_); }
    [[nodiscard]] EmulatedMemory memory() const { return EmulatedMemory(block_); }

  private:
    Block& block_;
    std::vector<State> states_;
};

// All blocks of a launch, in random order. Tile: Params, State, run().
template <class Tile>
void run_blocks(const typename Tile::Params& params, std::uint64_t blocks, int threads, std::size_t shared_bytes,
                unsigned seed, Allocations& allocations, Report& report) {
    std::vector<unsigned> order(blocks);
    for (unsigned k = 0; k < blocks; ++k) order[k] = k;
    std::mt19937 random(seed);
    std::shuffle(order.begin(), order.end(), random);
    for (const unsigned index : order) {
        Block block(shared_bytes / sizeof(float), threads, static_cast<unsigned>(random()), allocations, report);
        EmulatedMachine<typename Tile::State> machine(block, threads);
        Tile::run(machine, params, index);
    }
}

}  // namespace afs::kernels::emulate
