// The emulator must see what it is there to see: each fault below is one that a GPU may hide.
#include "kernels/emulate/emulated_machine.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

namespace afs::kernels::emulate {
namespace {

// A kernel of 32 threads from a function of (machine, thread); `second` runs after a barrier.
template <class First, class Second>
Report run(const First& first, const Second& second, Allocations allocations = {}) {
    struct State {
        float kept;
    };
    Report report;
    Block block(64, 32, 7, allocations, report);
    EmulatedMachine<State> machine(block, 32);
    machine.phase([&](int thread, State& state) { first(machine, thread, state); });
    machine.phase([&](int thread, State& state) { second(machine, thread, state); });
    return report;
}
const auto nothing = [](auto&, int, auto&) {};

TEST(Emulator, FindsNothingWhereABarrierSeparatesWritersFromReaders) {
    float sum = 0.0F;
    const Report report = run([](auto& machine, int thread, auto&) { machine.shared().put(thread, 1.0F); },
                              [&](auto& machine, int thread, auto&) { sum += machine.shared().get(31 - thread); });
    EXPECT_EQ(report.count(), 0U) << report.text();
    EXPECT_EQ(sum, 32.0F);
}

TEST(Emulator, FindsAReadOfWhatAnotherThreadWritesInThePhase) {
    const Report report = run(
        [](auto& machine, int thread, auto&) {
            machine.shared().put(thread, 1.0F);
            (void)machine.shared().get((thread + 1) % 32);  // a barrier is missing before this
        },
        nothing);
    EXPECT_GT(report.count(), 0U);
    // Seen from whichever side came second: the order of threads is random.
    EXPECT_TRUE(report.mentions("is read in the phase in which") ||
                report.mentions("is written in the phase in which"));
}

TEST(Emulator, FindsTwoThreadsThatWriteOneCell) {
    const Report report =
        run([](auto& machine, int thread, auto&) { machine.shared().put(thread / 2, 1.0F); }, nothing);
    EXPECT_EQ(report.count(), 16U) << report.text();
    EXPECT_TRUE(report.mentions("is written in the phase in which"));
}

TEST(Emulator, FindsAWriteOfWhatOthersReadInThePhase) {
    const Report report = run([](auto& machine, int thread, auto&) { machine.shared().put(thread, 1.0F); },
                              [](auto& machine, int thread, auto&) {
                                  (void)machine.shared().get(0);
                                  if (thread == 5) machine.shared().put(0, 2.0F);
                              });
    EXPECT_GT(report.count(), 0U);
}

TEST(Emulator, FindsUninitialisedOutOfBoundsAndMisalignedCells) {
    EXPECT_TRUE(run([](auto& machine, int, auto&) { (void)machine.shared().get(3); }, nothing)
                    .mentions("is read uninitialised"));
    EXPECT_TRUE(run([](auto& machine, int thread, auto&) { machine.shared().put(thread + 40, 0.0F); }, nothing)
                    .mentions("is accessed, but there are 64"));
    EXPECT_TRUE(run([](auto& machine, int, auto&) { (void)machine.shared().get(-1); }, nothing)
                    .mentions("is accessed, but there are 64"));
    const float four[4] = {};
    EXPECT_TRUE(run(
                    [&](auto& machine, int thread, auto&) {
                        if (thread == 0) machine.shared().put4(2, four);
                    },
                    nothing)
                    .mentions("not aligned"));
}

TEST(Emulator, RegistersStartAsNaN) {
    int numbers = 0;
    (void)run([&](auto&, int, auto& state) { numbers += std::isnan(state.kept) ? 0 : 1; }, nothing);
    EXPECT_EQ(numbers, 0);
}

TEST(Emulator, FindsWhatDeviceMemoryDoesNotAllow) {
    alignas(16) float memory_of_the_device[32] = {};
    float *const x = memory_of_the_device + 4, *const y = memory_of_the_device + 20;  // with room around them
    const auto with = [&](const auto& access) {
        Allocations allocations;
        allocations.add("x", x, 8 * sizeof(float), false);
        allocations.add("y", y, 8 * sizeof(float), true);
        return run(
            [&](auto& machine, int thread, auto&) {
                if (thread == 9) access(machine.memory());
            },
            nothing, allocations);
    };
    float four[4];
    EXPECT_EQ(with([&](const auto& memory) { memory.template load4<Storage::f32>(x, 4, four); }).count(), 0U);
    EXPECT_TRUE(
        with([&](const auto& memory) { memory.template load4<Storage::f32>(x, 2, four); }).mentions("not aligned"));
    EXPECT_TRUE(with([&](const auto& memory) { (void)memory.template load<Storage::f32>(x, 8); }).mentions("outside"));
    EXPECT_TRUE(with([&](const auto& memory) { (void)memory.template load<Storage::f16>(x, -1); }).mentions("outside"));
    EXPECT_TRUE(
        with([&](const auto& memory) { memory.template store<Storage::f32>(x, 0, 1.0F); }).mentions("read-only"));
    EXPECT_TRUE(with([&](const auto& memory) {
                    memory.template store<Storage::f32>(y, 0, 1.0F);
                    memory.template store<Storage::f32>(y, 0, 1.0F);
                }).mentions("written twice"));
}

// Every half, and what lies between neighbours.
TEST(HalfBits, RoundsToTheNearestAndTiesToEven) {
    for (unsigned bits = 0; bits < 0x10000U; ++bits) {
        const auto half = static_cast<std::uint16_t>(bits);
        const float f16 = f16_to_float(half), bf16 = bf16_to_float(half);
        if (std::isnan(f16))
            EXPECT_TRUE(std::isnan(f16_to_float(float_to_f16(f16)))) << bits;
        else
            EXPECT_EQ(float_to_f16(f16), half);
        if (std::isnan(bf16))
            EXPECT_TRUE(std::isnan(bf16_to_float(float_to_bf16(bf16)))) << bits;
        else
            EXPECT_EQ(float_to_bf16(bf16), half);
        if ((bits & 0x7FFFU) >= 0x7BFFU) continue;  // no finite number further out
        const auto next = static_cast<std::uint16_t>(half + 1);
        const double low = f16, high = f16_to_float(next);
        const auto middle = static_cast<float>((low + high) / 2);  // exact: a bit more than a half has
        EXPECT_EQ(float_to_f16(middle), (bits & 1U) == 0 ? half : next) << bits;
        EXPECT_EQ(float_to_f16(std::nextafter(middle, static_cast<float>(low))), half) << bits;
        EXPECT_EQ(float_to_f16(std::nextafter(middle, static_cast<float>(high))), next) << bits;
    }
    EXPECT_EQ(f16_to_float(float_to_f16(65519.0F)), 65504.0F);
    EXPECT_TRUE(std::isinf(f16_to_float(float_to_f16(65520.0F))));
    EXPECT_TRUE(std::isinf(bf16_to_float(float_to_bf16(std::numeric_limits<float>::max()))));
}

}  // namespace
}  // namespace afs::kernels::emulate
