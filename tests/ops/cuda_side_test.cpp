// The library for GPUs (core/cuda_side): that no program links it, and that it loads, which needs no GPU. Tests of one
// process, in this order: what was loaded stays.
#include "core/ops/cuda_side.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "core/base/error.h"
#include "core/ops/device.h"

namespace afs {
namespace {

bool multiplies_on_gpus() {
    const auto product = c10::Dispatcher::singleton().findSchema({"aten::mm", ""});
    return product && product->hasKernelForDispatchKey(c10::DispatchKey::CUDA);
}

TEST(CudaSide, IsNotThereBeforeItIsAskedFor) { EXPECT_FALSE(multiplies_on_gpus()); }

TEST(CudaSide, IsRefusedOnceLibTorchHasLookedForIt) {
    if (!built_with_cuda()) GTEST_SKIP() << "built without CUDA";
    testing::GTEST_FLAG(death_test_style) = "threadsafe";
    const auto too_late = [] {
        (void)at::detail::getCUDAHooks().hasCUDART();
        const auto problem = load_cuda_side();
        std::exit(problem && problem->find("before its CUDA side was loaded") != std::string::npos ? 0 : 1);
    };
    EXPECT_EXIT(too_late(), testing::ExitedWithCode(0), "");
}

TEST(CudaSide, Loads) {
    if (!built_with_cuda()) {
        EXPECT_THAT(load_cuda_side(), testing::Optional(testing::HasSubstr("built without CUDA")));
        EXPECT_THROW((void)cuda_side(), Error);
        return;
    }
    EXPECT_EQ(load_cuda_side(), std::nullopt);
    EXPECT_TRUE(at::detail::getCUDAHooks().hasCUDART());
    EXPECT_TRUE(multiplies_on_gpus());
    EXPECT_NE(cuda_side().record_graph, nullptr);
#ifdef AFS_WITH_NCCL
    EXPECT_NE(cuda_side().join_gpus, nullptr);
#endif
    EXPECT_EQ(load_cuda_side(), std::nullopt);  // and once more
}

}  // namespace
}  // namespace afs
