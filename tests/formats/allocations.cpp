#include "tests/formats/allocations.h"

#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::size_t> live{0}, peak{0}, start{0};

void* allocate(std::size_t size) {
    void* const address = std::malloc(size == 0 ? 1 : size);
    if (address == nullptr) throw std::bad_alloc();
    const std::size_t now = live += malloc_usable_size(address);
    std::size_t known = peak;
    while (now > known && !peak.compare_exchange_weak(known, now)) {}
    return address;
}

void release(void* address) noexcept {
    if (address == nullptr) return;
    live -= malloc_usable_size(address);
    std::free(address);
}

}  // namespace

void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    try {
        return allocate(size);
    } catch (const std::bad_alloc&) {
        return nullptr;
    }
}
void operator delete(void* address) noexcept { release(address); }
void operator delete[](void* address) noexcept { release(address); }
void operator delete(void* address, std::size_t) noexcept { release(address); }
void operator delete[](void* address, std::size_t) noexcept { release(address); }
void operator delete(void* address, const std::nothrow_t&) noexcept { release(address); }

namespace afs::test {

void reset_peak() {
    start = live.load();
    peak = live.load();
}

std::size_t peak_growth() { return peak - start; }

}  // namespace afs::test
