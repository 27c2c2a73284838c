// For tests that need a GPU: they skip where there is none, and fail where AFS_REQUIRE_GPU=1 asks for one.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "core/ops/cuda_side.h"
#include "core/ops/device.h"

namespace afs::test {

// Before any test computes something: LibTorch remembers whether it found its CUDA side when it was first asked.
inline const bool kCudaSideLoaded = !cuda_devices().empty() && !load_cuda_side();

inline bool gpu_is_required() {
    const char* const word = std::getenv("AFS_REQUIRE_GPU");
    return word != nullptr && std::string(word) == "1";
}

}  // namespace afs::test

// In a test or a fixture's SetUp.
#define AFS_NEEDS_GPU()                                                                            \
    if (!::afs::test::kCudaSideLoaded) {                                                           \
        if (::afs::test::gpu_is_required()) FAIL() << "AFS_REQUIRE_GPU=1, but no GPU can be used"; \
        GTEST_SKIP() << "no GPU";                                                                  \
    }                                                                                              \
    static_assert(true)
