// Packing pixels on a GPU gives the bytes that the host's version gives.
#include <limits>
#include <random>

#include "kernels/rgba8.h"
#include "tests/kernels/on_device.h"

namespace afs::kernels {
namespace {

using test::copy_of;
using test::OnDevice;

TEST_F(OnDevice, PixelsEqualTheHosts) {
    constexpr int kHeight = 37, kWidth = 70;
    std::mt19937 random(3);
    std::normal_distribution<float> normal(0.0F, 1.5F);
    for (const int channels : {1, 3})
        for (const bool channels_last : {false, true}) {
            std::vector<float> x(static_cast<std::size_t>(channels * kHeight * kWidth));
            for (float& value : x) value = normal(random);
            x[5] = std::numeric_limits<float>::quiet_NaN();
            x[6] = std::numeric_limits<float>::infinity();
            x[7] = -x[6];
            std::vector<std::uint8_t> expected(std::size_t{kHeight} * kWidth * 4), got(expected.size());
            Rgba8Params p;
            p.x = x.data();
            p.channel_stride = channels_last ? 1 : kHeight * kWidth;
            p.column_stride = channels_last ? channels : 1;
            p.row_stride = p.column_stride * kWidth;
            p.channels = channels;
            p.height = kHeight;
            p.width = kWidth;
            p.scale = 0.7F;
            p.channel_scale[1] = 2.0F;
            p.rgba = expected.data();
            rgba8_cpu(p);
            const test::DeviceCopy device_x = copy_of(x), device_rgba = copy_of(got);
            p.x = device_x.as<float>();
            p.rgba = device_rgba.as<std::uint8_t>();
            test::expect_done([&](void* stream) { return rgba8_cuda(p, stream); });
            device_rgba.copy_back(got.data());
            EXPECT_EQ(got, expected) << channels << (channels_last ? " channels last" : "");
        }
}

}  // namespace
}  // namespace afs::kernels
