// The problems of the emulated suite on a GPU. Skipped where there is none, unless AFS_REQUIRE_GPU=1 asks for one.
#include <cuda_runtime_api.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "kernels/cuda/filtered_lrelu_plan.h"
#include "tests/kernels/filtered_lrelu_cases.h"

namespace afs::kernels {
namespace {

using test::Memory;
using test::Problem;

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

void expect_equal_to_the_formulas(const Problem& problem) {
    SCOPED_TRACE(problem.describe());
    Memory memory(problem);
    FilteredLreluParams params = memory.params();
    const DeviceCopy x = copy_of(memory.x), y = copy_of(memory.y), bits = copy_of(memory.bits);
    const DeviceCopy bias = copy_of(problem.bias), load = copy_of(problem.load_scale),
                     store = copy_of(problem.store_scale);
    params.x = x.as<void>();
    params.y = y.as<void>();
    params.sign.bits = bits.as<std::uint8_t>();
    params.bias = bias.as<float>();
    params.load_scale = load.as<float>();
    params.store_scale = store.as<float>();
    cudaStream_t stream = nullptr;
    ASSERT_EQ(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), cudaSuccess);
    EXPECT_EQ(cuda::filtered_lrelu(params, stream), static_cast<int>(cudaSuccess));
    ASSERT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
    EXPECT_EQ(cudaStreamDestroy(stream), cudaSuccess);
    y.copy_back(memory.y.data());
    bits.copy_back(memory.bits.data());
    EXPECT_EQ(test::difference(problem, memory, test::reference(problem)), "");
}

TEST_F(OnDevice, EveryInstanceEqualsTheFormulas) {
    for (const tile::MarchInstance& instance : tile::march_instances())
        for (int variant = 0; variant < test::kVariants; ++variant)
            expect_equal_to_the_formulas(test::instance_problem(
                {instance.up, instance.down, instance.taps, instance.kind == tile::FirKind::plane_up,
                 instance.kind == tile::FirKind::plane_down, instance.channels > 1, instance.sign, instance.lead},
                variant));
}

TEST_F(OnDevice, TheGeneralVersionEqualsTheFormulas) {
    for (const Problem& problem : test::general_problems()) expect_equal_to_the_formulas(problem);
}

}  // namespace
}  // namespace afs::kernels
