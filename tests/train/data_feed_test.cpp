#include "core/train/data_feed.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/base/error.h"
#include "tests/model/tensors.h"
#include "tests/support/gpu.h"
#include "tests/support/paths.h"

namespace afs {
namespace {

DataSet classes() {
    return DataSet(test::golden_path("data/datasets/classes.zip"), {.xflip = true, .use_labels = true});
}

TEST(DataFeed, GivesPicturesAndLabelsInTheSamplersOrder) {
    const DataSet set = classes();
    DataFeed feed(set, {.batch = 4, .phases = 3, .workers = 2, .seed = 5});
    InfiniteSampler sampler(set.size(), {.seed = 5});
    for (int step = 0; step < 10; ++step) {
        const Minibatch minibatch = feed.next();
        ASSERT_EQ(minibatch.pictures.sizes(), (at::IntArrayRef{4, 3, 8, 8}));
        ASSERT_EQ(minibatch.pictures.scalar_type(), at::kByte);
        EXPECT_FALSE(minibatch.z.defined());
        for (std::int64_t n = 0; n < 4; ++n) {
            const std::int64_t item = sampler.next();
            const Image image = set.read(item);
            const Tensor want = at::tensor(image.pixels, at::kByte).view({8, 8, 3}).permute({2, 0, 1});
            EXPECT_TRUE(at::equal(minibatch.pictures[n], want));
            EXPECT_TRUE(at::equal(minibatch.labels[n], at::tensor(set.label(item))));
        }
        // Each row is the label of some item: one-hot.
        ASSERT_EQ(minibatch.c.sizes(), (at::IntArrayRef{12, set.label_dim()}));
        EXPECT_TRUE(at::equal(minibatch.c.sum(1), at::ones({12})));
    }
    EXPECT_EQ(feed.position(), 40);
}

TEST(DataFeed, AFeedThatStartsFromAPositionGoesOnToTheBit) {
    const DataSet set = classes();
    DataFeedOptions options{.batch = 6, .seed = 1, .rank = 1, .world = 2};
    DataFeed whole(set, options);
    for (int i = 0; i < 5; ++i) (void)whole.next();
    options.position = whole.position();
    DataFeed resumed(set, options);
    for (int i = 0; i < 10; ++i) {
        const Minibatch a = whole.next(), b = resumed.next();
        EXPECT_TRUE(at::equal(a.pictures, b.pictures));
        EXPECT_TRUE(at::equal(a.labels, b.labels));
        EXPECT_TRUE(at::equal(a.c, b.c));
    }
}

// Labels for the generator differ from step to step and from rank to rank.
TEST(DataFeed, GeneratorLabelsAreDrawnAnew) {
    const DataSet set = classes();
    DataFeed one(set, {.batch = 32, .rank = 0, .world = 2}), other(set, {.batch = 32, .rank = 1, .world = 2});
    const Tensor first = one.next().c;
    EXPECT_FALSE(at::equal(first, other.next().c));
    EXPECT_FALSE(at::equal(first, one.next().c));
}

TEST(DataFeed, WithoutLabelsThereAreNone) {
    const DataSet set(test::golden_path("data/datasets/plain.zip"));
    const Minibatch minibatch = DataFeed(set, {.batch = 2}).next();
    EXPECT_FALSE(minibatch.labels.defined());
    EXPECT_FALSE(minibatch.c.defined());
    EXPECT_THROW(DataFeed(set, {.batch = 5, .world = 2}), Error);
}

TEST(DataFeed, PinnedMemoryGoesToAGpu) {
    AFS_NEEDS_GPU();
    const DataSet set = classes();
    DataFeed feed(set, {.batch = 4, .device = at::kCUDA}), plain(set, {.batch = 4});
    for (int i = 0; i < 20; ++i) EXPECT_TRUE(at::equal(feed.next().pictures.cpu(), plain.next().pictures));
}

}  // namespace
}  // namespace afs
