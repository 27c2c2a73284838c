// Pins the atlas of small pictures and the pictures of seeds: names, room, reduction, and what is wished for.
#include "app/gui/picture_atlas.h"

#include <gtest/gtest.h>

#include "app/gui/seed_pictures.h"
#include "tests/ui/harness.h"

namespace afs::gui {
namespace {

Image plain(int side, std::uint8_t level) {
    Image image{.width = side, .height = side, .channels = 3, .pixels = {}};
    image.pixels.assign(static_cast<std::size_t>(side) * static_cast<std::size_t>(side) * 3, level);
    return image;
}

TEST(PictureAtlas, FindsByNameAndReplaces) {
    test::UiHarness ui;
    PictureAtlas atlas;
    EXPECT_FALSE(atlas.find("a"));
    atlas.put("a", plain(300, 10));
    atlas.put("b", plain(8, 20));
    ASSERT_TRUE(atlas.find("a"));
    const auto before = atlas.find("a")->uv_min;
    atlas.put("a", plain(300, 30));
    EXPECT_EQ(atlas.size(), 2u);
    EXPECT_EQ(atlas.find("a")->uv_min.x, before.x);  // in its old place
    // A picture smaller than a cell keeps its size.
    const auto small = *atlas.find("b");
    constexpr float kSide = PictureAtlas::kColumns * PictureAtlas::kCell;
    EXPECT_NEAR((small.uv_max.x - small.uv_min.x) * kSide, 7.0f, 1e-3f);
}

TEST(PictureAtlas, ReducesByTheMean) {
    test::UiHarness ui;
    PictureAtlas atlas;
    Image stripes = plain(PictureAtlas::kCell * 2, 0);
    for (std::size_t i = 0; i < stripes.pixels.size(); i += 6)
        stripes.pixels[i] = stripes.pixels[i + 1] = stripes.pixels[i + 2] = 200;  // every other pixel
    atlas.put("stripes", stripes);
    const auto picture = *atlas.find("stripes");
    const ImTextureData* texture = picture.texture._TexData;
    ASSERT_TRUE(texture);
    const auto* pixel = static_cast<const std::uint8_t*>(const_cast<ImTextureData*>(texture)->GetPixelsAt(5, 5));
    EXPECT_EQ(pixel[0], 100);
    EXPECT_EQ(pixel[3], 255);
}

TEST(PictureAtlas, TheOneUnusedForLongestMakesRoom) {
    test::UiHarness ui;
    PictureAtlas atlas;
    for (int i = 0; i < PictureAtlas::kCapacity; ++i) atlas.put(std::to_string(i), plain(2, 1));
    ASSERT_TRUE(atlas.find("0"));  // used now: "1" is the oldest
    atlas.put("new", plain(2, 1));
    EXPECT_TRUE(atlas.find("0"));
    EXPECT_FALSE(atlas.find("1"));
    EXPECT_TRUE(atlas.find("new"));
    EXPECT_EQ(atlas.size(), static_cast<std::size_t>(PictureAtlas::kCapacity));
}

TEST(SeedPictures, AreMadeForWhatThePlaneShowsTheNearestFirst) {
    test::AppHarness h;
    h.source.makes_thumbnails = false;
    h.open("/m/t.pkl");
    ASSERT_GT(h.source.wanted_seeds.size(), 8u);
    EXPECT_EQ(h.source.wanted_seeds.front(), 0u);
    EXPECT_GE(h.source.thumbnail_side_px, 44);
    const int wishes = h.source.thumbnail_wishes;
    h.frames(20);
    EXPECT_EQ(h.source.thumbnail_wishes, wishes);  // the same wish is not sent twice
    const std::size_t count = h.source.wanted_seeds.size();
    h.source.makes_thumbnails = true;
    h.frames(static_cast<int>(count) + 5);
    EXPECT_EQ(h.source.thumbnails_made, static_cast<int>(count));
    EXPECT_TRUE(h.source.wanted_seeds.empty());
}

TEST(SeedPictures, FollowTheClassAndTruncationButNotTheTransform) {
    test::AppHarness h;
    h.open("/m/conditional.pkl");
    h.frames(60);
    const int made = h.source.thumbnails_made;
    ASSERT_GT(made, 0);
    h.app->edit([](Scene& s) { s.transform.rotate_deg = 30; });
    h.frames(60);
    EXPECT_EQ(h.source.thumbnails_made, made);
    SeedPictures& pictures = *h.app->info().seed_pictures;
    EXPECT_TRUE(pictures.find(0, h.app->scene())->current);

    h.source.makes_thumbnails = false;
    h.app->edit([](Scene& s) { s.truncation.psi = 0.5; });
    h.frames(3);
    EXPECT_FALSE(pictures.find(0, h.app->scene())->current);  // the old one stands in
    h.app->edit([](Scene& s) { s.latent.class_index = 3; });
    h.frames(3);
    EXPECT_FALSE(pictures.find(0, h.app->scene()));  // another class is another picture
    h.source.makes_thumbnails = true;
    h.frames(60);
    EXPECT_EQ(h.source.thumbnails_made, 2 * made);
    EXPECT_TRUE(pictures.find(0, h.app->scene())->current);
}

TEST(SeedPictures, NobodyWishesWhileTheLatentIsOutOfSight) {
    test::AppHarness h;
    h.source.makes_thumbnails = false;
    h.open("/m/t.pkl");
    ASSERT_FALSE(h.source.wanted_seeds.empty());
    h.click("Latent");  // closed
    h.frames(3);
    EXPECT_TRUE(h.source.wanted_seeds.empty());
}

}  // namespace
}  // namespace afs::gui
