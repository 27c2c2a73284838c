// Pins what a pool promises: values stay, memory is reused and joined, tensors may outlive it.
#include "core/ops/tensor_pool.h"

#include <ATen/ATen.h>
#include <c10/core/CPUAllocator.h>
#include <gtest/gtest.h>

#include <random>
#include <thread>
#include <vector>

namespace afs::test {
namespace {

TEST(TensorPool, TheSecondTimeNothingIsAskedOfTheSystem) {
    TensorPool pool;
    std::size_t calls = 0;
    for (int picture = 0; picture < 5; ++picture) {
        {
            const TensorPool::Scope scope(pool);
            at::Tensor x = at::ones({1000, 100});
            for (const std::int64_t rows : {3000, 500, 7000, 200}) x = at::cat({x, at::ones({rows, 100})});
            EXPECT_EQ(x.sum().item<double>(), 1'170'000.0);
        }
        EXPECT_EQ(pool.usage().used_bytes, 0U);
        if (picture == 2) calls = pool.usage().system_calls;
    }
    EXPECT_EQ(pool.usage().system_calls, calls);  // after the stretches were joined
    EXPECT_GT(pool.usage().tensors, 40U);
    EXPECT_LE(pool.usage().reserved_bytes, std::size_t{12} << 20);  // 9.3 MB are in use at most
}

TEST(TensorPool, WhatWasTooSmallOnceIsGivenBack) {
    TensorPool pool;
    const TensorPool::Scope scope(pool);
    at::Tensor x;
    for (const std::int64_t megabytes : {1, 2, 4, 8, 16}) {
        x = at::Tensor();
        x = at::ones({megabytes, 1 << 18});
    }
    EXPECT_LE(pool.usage().reserved_bytes, std::size_t{18} << 20);
    EXPECT_EQ(x.sum().item<double>(), 16.0 * (1 << 18));
}

// A stretch as large as what was in use at once may still have gaps in the wrong places.
TEST(TensorPool, GapsAreMadeUpFor) {
    TensorPool pool;
    std::size_t calls = 0;
    for (int picture = 0; picture < 12; ++picture) {
        {
            const TensorPool::Scope scope(pool);
            std::vector<at::Tensor> live;
            for (int i = 0; i < 8; ++i) live.push_back(at::ones({1 << 20}));
            for (std::size_t i = 0; i < 8; i += 2) live[i] = at::Tensor();
            live.push_back(at::ones({4 << 20}));
        }
        if (picture == 8) calls = pool.usage().system_calls;
    }
    EXPECT_EQ(pool.usage().system_calls, calls);
}

TEST(TensorPool, OnlyTensorsMadeInTheScopeLieInIt) {
    TensorPool pool, inner;
    const at::Tensor outside = at::ones({5000});
    {
        const TensorPool::Scope scope(pool);
        const at::Tensor inside = at::ones({5000});
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(inside.data_ptr()) % 64, 0U);
        EXPECT_EQ(pool.usage().tensors, 1U);
        {
            const TensorPool::Pause pause;
            const at::Tensor kept = at::ones({5000});
            EXPECT_EQ(pool.usage().tensors, 1U);
        }
        const TensorPool::Scope nested(inner);
        const at::Tensor other = at::ones({5000});
        EXPECT_EQ(inner.usage().tensors, 1U);
        std::thread([] { EXPECT_EQ(at::ones({5000}).numel(), 5000); }).join();  // not in a scope
        EXPECT_EQ(inner.usage().tensors, 1U);
    }
    EXPECT_EQ(at::ones({5000}).numel(), 5000);
    EXPECT_EQ(pool.usage().tensors, 1U);
}

TEST(TensorPool, TensorsOutliveIt) {
    at::Tensor kept;
    {
        TensorPool pool;
        const TensorPool::Scope scope(pool);
        kept = at::arange(10'000, at::kFloat);
    }
    EXPECT_EQ(kept[9'999].item<float>(), 9'999.0F);
    std::thread([moved = std::move(kept)]() mutable { moved = at::Tensor(); }).join();
}

// Operators' scratch memory comes without a handle that knows where it lies.
TEST(TensorPool, MemoryWithoutATensorGoesBackToWhereItCameFrom) {
    TensorPool pool;
    void* const outside = c10::GetCPUAllocator()->raw_allocate(100'000);
    void* inside = nullptr;
    {
        const TensorPool::Scope scope(pool);
        inside = c10::GetCPUAllocator()->raw_allocate(100'000);
        c10::GetCPUAllocator()->raw_deallocate(outside);
    }
    EXPECT_GE(pool.usage().used_bytes, 100'000U);
    c10::GetCPUAllocator()->raw_deallocate(inside);
    EXPECT_EQ(pool.usage().used_bytes, 0U);
}

TEST(TensorPool, NoTensorOverlapsAnother) {
    TensorPool pool;
    std::mt19937 random(5);
    std::vector<std::pair<at::Tensor, float>> live;
    for (int step = 0; step < 3000; ++step) {
        const TensorPool::Scope scope(pool);
        if (live.size() > 20 || (!live.empty() && random() % 3 == 0)) {
            const std::size_t at = random() % live.size();
            const auto& [tensor, value] = live[at];
            ASSERT_TRUE(at::all(tensor == value).item<bool>());
            live.erase(live.begin() + static_cast<std::ptrdiff_t>(at));
        } else {
            const auto value = static_cast<float>(step);
            live.emplace_back(at::full({static_cast<std::int64_t>(1024 + random() % 60'000)}, value), value);
        }
    }
    for (const auto& [tensor, value] : live) EXPECT_TRUE(at::all(tensor == value).item<bool>());
    live.clear();
    EXPECT_EQ(pool.usage().used_bytes, 0U);
}

}  // namespace
}  // namespace afs::test
