// What the kernels' tests on a GPU share: skipping where there is none, copies of host memory, a stream of their own.
#pragma once

#include <cuda_runtime_api.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

namespace afs::kernels::test {

// Skips where there is no GPU, or fails where AFS_REQUIRE_GPU=1 asks for one.
class OnDevice : public ::testing::Test {
  protected:
    void SetUp() override {
        int count = 0;
        const cudaError_t error = cudaGetDeviceCount(&count);
        if (error == cudaSuccess && count > 0) return;
        const char* const required = std::getenv("AFS_REQUIRE_GPU");
        if (required != nullptr && std::string(required) == "1")
            FAIL() << "AFS_REQUIRE_GPU=1, but no GPU can be used: " << cudaGetErrorString(error);
        GTEST_SKIP() << "no GPU";
    }
};

// A copy of host memory on the device.
class DeviceCopy {
  public:
    DeviceCopy(const void* data, std::size_t bytes) : bytes_(bytes) {
        if (bytes == 0) return;
        EXPECT_EQ(cudaMalloc(&data_, bytes), cudaSuccess);
        EXPECT_EQ(cudaMemcpy(data_, data, bytes, cudaMemcpyHostToDevice), cudaSuccess);
    }
    ~DeviceCopy() { cudaFree(data_); }
    DeviceCopy(const DeviceCopy&) = delete;
    DeviceCopy& operator=(const DeviceCopy&) = delete;

    template <class T> [[nodiscard]] T* as() const { return static_cast<T*>(data_); }
    void copy_back(void* to) const {
        if (bytes_ == 0) return;
        EXPECT_EQ(cudaMemcpy(to, data_, bytes_, cudaMemcpyDeviceToHost), cudaSuccess);
    }

  private:
    void* data_ = nullptr;
    std::size_t bytes_ = 0;
};

template <class T> DeviceCopy copy_of(const std::vector<T>& values) {
    return {values.data(), values.size() * sizeof(T)};
}

// Runs `launch` on a stream that is not the default one, and waits for it.
template <class Launch> void expect_done(const Launch& launch) {
    cudaStream_t stream = nullptr;
    ASSERT_EQ(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), cudaSuccess);
    EXPECT_EQ(launch(stream), static_cast<int>(cudaSuccess));
    EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
    EXPECT_EQ(cudaStreamDestroy(stream), cudaSuccess);
}

}  // namespace afs::kernels::test
