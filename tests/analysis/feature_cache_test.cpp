// Pins that features come back as they were kept, or not at all.
#include "core/analysis/feature_cache.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include "core/data/demo.h"
#include "tests/model/tensors.h"
#include "tests/support/paths.h"

namespace afs {
namespace {

FeatureStatistics some_features(const FeatureStatistics::Keep& keep) {
    FeatureStatistics features(keep);
    for (int batch = 0; batch < 3; ++batch)
        features.append(at::arange(12, at::kFloat).view({4, 3}).sin() * (batch + 0.3));
    return features;
}

const FeatureKey kKey = {"pictures", "detector", {}, 12};

TEST(FeatureCache, GivesBackWhatWasKeptToTheBit) {
    const test::TemporaryFolder folder;
    const FeatureCache cache(folder / "new" / "features");
    const FeatureStatistics::Keep both = {.all = true, .moments = true};
    EXPECT_FALSE(cache.find(kKey, both));
    const FeatureStatistics features = some_features(both);
    cache.store(kKey, features);
    for (const FeatureStatistics::Keep& keep : {both, {.all = true}, {.moments = true}}) {
        const auto found = cache.find(kKey, keep);
        ASSERT_TRUE(found);
        EXPECT_EQ(found->items(), 12);
        if (keep.all) {
            EXPECT_TRUE(test::same_bits(found->all(), features.all()));
        }
        if (!keep.moments) continue;
        EXPECT_TRUE(test::same_bits(found->moments().mean, features.moments().mean));
        EXPECT_TRUE(test::same_bits(found->moments().covariance, features.moments().covariance));
    }
}

TEST(FeatureCache, HasOtherFeaturesForAnythingElse) {
    const test::TemporaryFolder folder;
    const FeatureCache cache(folder.path());
    const FeatureStatistics::Keep keep = {.moments = true};
    cache.store(kKey, some_features(keep));
    EXPECT_TRUE(cache.find(kKey, keep));
    EXPECT_FALSE(cache.find(kKey, {.all = true}));
    FeatureKey other = kKey;
    other.pictures = "pictures2";
    EXPECT_FALSE(cache.find(other, keep));
    other = kKey;
    other.detector = "detector2";
    EXPECT_FALSE(cache.find(other, keep));
    other = kKey;
    other.device = {Device::Kind::cuda, 0};
    EXPECT_FALSE(cache.find(other, keep));
    other = kKey;
    other.items = 11;
    EXPECT_FALSE(cache.find(other, keep));
    const FeatureCache off({});
    off.store(kKey, some_features(keep));
    EXPECT_FALSE(off.find(kKey, keep));
}

TEST(FeatureCache, IgnoresAndReplacesWhatIsDamaged) {
    const test::TemporaryFolder folder;
    const FeatureCache cache(folder.path());
    const FeatureStatistics::Keep keep = {.all = true};
    const FeatureStatistics features = some_features(keep);
    cache.store(kKey, features);
    const auto path = std::filesystem::directory_iterator(folder.path())->path();
    const std::string good = read_text_file(path);
    for (const std::size_t at : {std::size_t{3}, std::size_t{30}, good.size() - 1}) {
        std::string bad = good;
        bad[at] = static_cast<char>(bad[at] ^ 1);
        write_file(path, bad, Overwrite::yes);
        EXPECT_FALSE(cache.find(kKey, keep)) << at;
        write_file(path, std::string_view(good).substr(0, at), Overwrite::yes);
        EXPECT_FALSE(cache.find(kKey, keep)) << at;
    }
    cache.store(kKey, features);
    const auto found = cache.find(kKey, keep);
    ASSERT_TRUE(found);
    EXPECT_TRUE(test::same_bits(found->all(), features.all()));
}

TEST(ContentHash, IsOfThePicturesWhereverTheyAre) {
    const test::TemporaryFolder folder;
    make_demo_set(folder / "a.zip", {.pictures = 5, .resolution = 16});
    make_demo_set(folder / "b", {.pictures = 5, .resolution = 16});
    const std::string whole = content_hash(DataSet(folder / "a.zip"));
    EXPECT_EQ(content_hash(DataSet(folder / "b")), whole);
    const auto picture = folder / "b" / DataSet(folder / "b").picture_name(3);
    Image changed = DataSet(folder / "b").read(3);
    changed.pixels[0] ^= 1;
    write_file(picture, encode_stored_png(changed), Overwrite::yes);
    EXPECT_NE(content_hash(DataSet(folder / "b")), whole);
    EXPECT_NE(content_hash(DataSet(folder / "a.zip", {.xflip = true})), whole);
}

}  // namespace
}  // namespace afs
