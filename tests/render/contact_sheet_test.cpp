#include "core/render/contact_sheet.h"

#include <gtest/gtest.h>

namespace afs {
namespace {

Image filled(int width, int height, std::uint8_t value) {
    return {width, height, 4, std::vector<std::uint8_t>(static_cast<std::size_t>(width * height * 4), value)};
}

TEST(ContactSheet, PlacesPicturesRowByRowWithGaps) {
    const Image sheet = contact_sheet({filled(2, 1, 10), filled(2, 1, 20), filled(2, 1, 30)}, 2, 1);
    EXPECT_EQ(sheet.width, 5);
    EXPECT_EQ(sheet.height, 3);
    const auto at = [&](int x, int y) { return sheet.pixels[static_cast<std::size_t>((y * sheet.width + x) * 4)]; };
    EXPECT_EQ(at(0, 0), 10);
    EXPECT_EQ(at(2, 0), 0) << "the gap";
    EXPECT_EQ(at(3, 0), 20);
    EXPECT_EQ(at(1, 2), 30);
    EXPECT_EQ(at(4, 2), 0) << "an empty place";
}

TEST(WithoutAlpha, KeepsColours) {
    const Image rgb = without_alpha({1, 2, 4, {1, 2, 3, 255, 4, 5, 6, 255}});
    EXPECT_EQ(rgb, (Image{1, 2, 3, {1, 2, 3, 4, 5, 6}}));
}

}  // namespace
}  // namespace afs
