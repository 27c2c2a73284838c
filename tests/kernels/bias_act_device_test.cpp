// The problems of the emulated suite on a GPU.
#include "tests/kernels/bias_act_cases.h"
#include "tests/kernels/on_device.h"

namespace afs::kernels {
namespace {

using test::copy_of;
using test::DeviceCopy;
using test::OnDevice;

TEST_F(OnDevice, BiasActEqualsTheFormulas) {
    for (const test::BiasActProblem& problem : test::bias_act_problems()) {
        SCOPED_TRACE(problem.describe());
        test::BiasActMemory memory(problem);
        BiasActParams params = memory.params();
        // A problem may begin within its memory, at an address that is not aligned.
        const auto moved = [](const void* host, const auto& block, const DeviceCopy& copy) -> const void* {
            if (host == nullptr) return nullptr;
            return copy.as<std::byte>() + (static_cast<const std::byte*>(host) - block.data());
        };
        const DeviceCopy x = copy_of(memory.x), y = copy_of(memory.y), result = copy_of(memory.result);
        const DeviceCopy bias = copy_of(memory.bias), scale = copy_of(memory.scale), noise = copy_of(memory.noise);
        params.x = moved(params.x, memory.x, x);
        params.y = const_cast<void*>(moved(params.y, memory.y, y));
        params.result = moved(params.result, memory.result, result);
        if (params.bias != nullptr) params.bias = bias.as<float>();
        if (params.scale != nullptr) params.scale = scale.as<float>();
        if (params.noise != nullptr) params.noise = noise.as<float>();
        test::expect_done([&](void* stream) { return cuda::bias_act(params, stream); });
        y.copy_back(memory.y.data());
        EXPECT_EQ(test::difference(memory), "");
    }
}

}  // namespace
}  // namespace afs::kernels
