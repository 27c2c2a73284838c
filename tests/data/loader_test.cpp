#include "core/data/loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.h"
#include "core/data/demo.h"
#include "tests/support/paths.h"

namespace afs {
namespace {

using testing::HasSubstr;

class Loader : public testing::Test {
  protected:
    void SetUp() override { make_demo_set(folder_ / "set.zip", {.pictures = 11, .resolution = 16, .threads = 2}); }

    void expect_items(const DataSet& set, const DataBatch& batch) const {
        const auto pixels = static_cast<std::size_t>(set.resolution()) * static_cast<std::size_t>(set.resolution());
        const auto channels = static_cast<std::size_t>(set.channels());
        for (std::size_t n = 0; n < batch.items.size(); ++n) {
            const Image image = set.read(batch.items[n]);
            for (std::size_t c = 0; c < channels; ++c)
                for (std::size_t i = 0; i < pixels; ++i)
                    ASSERT_EQ(batch.pixels.get()[(n * channels + c) * pixels + i], image.pixels[i * channels + c]) << n;
        }
    }

    test::TemporaryFolder folder_;
};

TEST_F(Loader, GivesTheSamplersItemsWithAnyNumberOfThreads) {
    const DataSet set(folder_ / "set.zip", {.xflip = true});
    for (const int workers : {1, 2, 6}) {
        DataLoader loader(set, {.batch = 5, .workers = workers, .ahead = 3, .sampler = {.seed = 9}});
        InfiniteSampler sampler(set.size(), {.seed = 9});
        for (int round = 0; round < 20; ++round) {
            const DataBatch batch = loader.next();
            ASSERT_EQ(batch.items.size(), 5u);
            for (const std::int64_t item : batch.items) ASSERT_EQ(item, sampler.next());
            EXPECT_EQ(batch.position, sampler.position());
            EXPECT_TRUE(batch.labels.empty());
            expect_items(set, batch);
        }
    }
}

TEST_F(Loader, ALoaderThatStartsFromAPositionGoesOnExactlyThere) {
    const DataSet set(folder_ / "set.zip");
    LoaderOptions options{.batch = 4, .workers = 2, .sampler = {.seed = 3, .rank = 1, .world = 2}};
    DataLoader whole(set, options);
    for (int i = 0; i < 7; ++i) options.position = whole.next().position;
    DataLoader resumed(set, options);
    for (int i = 0; i < 20; ++i) EXPECT_EQ(resumed.next().items, whole.next().items);
}

TEST_F(Loader, RanksShareTheOrderOfOneProcess) {
    const DataSet set(folder_ / "set.zip");
    DataLoader one(set, {.batch = 6}), even(set, {.batch = 3, .sampler = {.rank = 0, .world = 2}}),
        odd(set, {.batch = 3, .sampler = {.rank = 1, .world = 2}});
    for (int round = 0; round < 10; ++round) {
        const auto all = one.next().items, left = even.next().items, right = odd.next().items;
        EXPECT_EQ(all, (std::vector{left[0], right[0], left[1], right[1], left[2], right[2]}));
    }
}

TEST_F(Loader, LabelsComeWithTheItems) {
    const DataSet set(test::golden_path("data/datasets/classes.zip"), {.use_labels = true});
    DataLoader loader(set, {.batch = 4});
    const DataBatch batch = loader.next();
    ASSERT_EQ(batch.labels.size(), 4u * static_cast<std::size_t>(set.label_dim()));
    for (std::size_t n = 0; n < 4; ++n) {
        const auto first = batch.labels.begin() + static_cast<std::ptrdiff_t>(n) * set.label_dim();
        EXPECT_EQ(std::vector<float>(first, first + set.label_dim()), set.label(batch.items[n]));
    }
}

TEST_F(Loader, APictureThatCannotBeReadIsNamedWhereItIsNeeded) {
    make_demo_set(folder_ / "open", {.pictures = 8, .resolution = 16, .threads = 1});
    write_file(folder_ / "open/00000/img00000003.png", std::string_view("\x89PNG no more"), Overwrite::yes);
    const DataSet set(folder_ / "open");
    DataLoader loader(set, {.batch = 1, .workers = 2, .sampler = {.shuffle = false}});
    for (int i = 0; i < 3; ++i) EXPECT_EQ(loader.next().items[0], i);
    try {
        (void)loader.next();
        FAIL() << "read";
    } catch (const Error& e) {
        EXPECT_THAT(e.what(), HasSubstr("img00000003.png"));
    }
}

TEST_F(Loader, TakesMemoryFromWhoeverGivesIt) {
    const DataSet set(folder_ / "set.zip");
    std::vector<std::size_t> asked;
    std::weak_ptr<std::uint8_t> given;
    DataLoader loader(set, {.batch = 2, .allocate = [&](std::size_t bytes) {
                                asked.push_back(bytes);
                                std::shared_ptr<std::uint8_t> memory(new std::uint8_t[bytes],
                                                                     std::default_delete<std::uint8_t[]>());
                                if (asked.size() == 1) given = memory;
                                return memory;
                            }});
    {
        const DataBatch batch = loader.next();
        EXPECT_EQ(batch.pixels, given.lock());
        expect_items(set, batch);
    }
    EXPECT_TRUE(given.expired()) << "kept";
    EXPECT_EQ(asked, std::vector<std::size_t>(asked.size(), 2u * 3 * 16 * 16));
}

TEST_F(Loader, EndsWhileItsThreadsWork) {
    const DataSet set(folder_ / "set.zip");
    for (int i = 0; i < 20; ++i) {
        DataLoader loader(set, {.batch = 32, .workers = 4, .ahead = 4});
        if (i % 2) (void)loader.next();
    }
}

TEST_F(Loader, RefusesBatchesThatAreNone) {
    const DataSet set(folder_ / "set.zip");
    EXPECT_THROW(DataLoader(set, {.batch = 0}), Error);
}

}  // namespace
}  // namespace afs
