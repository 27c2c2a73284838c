#include "core/data/sampler.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/data/sample_grid.h"
#include "core/data/shuffle.h"
#include "tests/support/golden.h"
#include "tests/support/paths.h"

namespace afs {
namespace {

// The values are those of numpy.random.RandomState(seed).shuffle.
TEST(Shuffle, IsNumPys) {
    const auto order = [](std::uint32_t seed, std::int64_t count) {
        RandomState random(seed);
        return shuffled_indices(count, random);
    };
    EXPECT_EQ(order(0, 8), (std::vector<std::int64_t>{6, 2, 1, 7, 3, 0, 5, 4}));
    EXPECT_EQ(order(7, 10), (std::vector<std::int64_t>{8, 5, 0, 2, 1, 9, 7, 3, 6, 4}));
    EXPECT_EQ(order(123456789, 5), (std::vector<std::int64_t>{3, 1, 2, 4, 0}));
}

class RecordedOrder : public testing::TestWithParam<std::string> {};

TEST_P(RecordedOrder, IsThatOfTheOfficialSampler) {
    const test::GoldenFile golden("data.safetensors");
    const Json& p = golden.parameters(GetParam());
    InfiniteSampler sampler(p["length"].get<std::int64_t>(), {.seed = p["seed"].get<std::uint32_t>(),
                                                              .rank = p["rank"].get<int>(),
                                                              .world = p["world"].get<int>(),
                                                              .shuffle = p["shuffle"].get<bool>(),
                                                              .window = p["window"].get<double>()});
    for (const double expected : golden.values(GetParam() + "/expect_indices"))
        ASSERT_EQ(static_cast<double>(sampler.next()), expected);
}
INSTANTIATE_TEST_SUITE_P(Golden, RecordedOrder,
                         testing::ValuesIn(test::GoldenFile("data.safetensors").case_names("sampler_")),
                         [](const auto& c) {
                             std::string name = c.param;
                             std::ranges::replace(name, '.', '_');
                             return name;
                         });

TEST(Sampler, GoesOnExactlyWhereItsPositionWasTaken) {
    const SamplerOptions options{.seed = 5, .rank = 1, .world = 3};
    InfiniteSampler one(97, options);
    for (int i = 0; i < 250; ++i) (void)one.next();
    InfiniteSampler other(97, options);
    other.seek(one.position());
    for (int i = 0; i < 500; ++i) ASSERT_EQ(other.next(), one.next());
    // Backwards too.
    InfiniteSampler fresh(97, options);
    other.seek(0);
    for (int i = 0; i < 100; ++i) ASSERT_EQ(other.next(), fresh.next());
}

TEST(Sampler, RefusesWhatIsNoOrder) {
    EXPECT_THROW(InfiniteSampler(0, {}), Error);
    EXPECT_THROW(InfiniteSampler(5, {.rank = 2, .world = 2}), Error);
    EXPECT_THROW(InfiniteSampler(5, {.window = 1.5}), Error);
    EXPECT_THROW(InfiniteSampler(5, {}).seek(-1), Error);
}

class RecordedGrid : public testing::TestWithParam<std::string> {};

TEST_P(RecordedGrid, ShowsTheOfficialItems) {
    const test::GoldenFile golden("data.safetensors");
    const Json& p = golden.parameters(GetParam());
    if (!p.contains("grid")) return;  // a set that cannot be opened
    DataSetOptions options;
    if (p["options"].contains("max_size")) options.max_size = p["options"]["max_size"].get<std::int64_t>();
    options.random_seed = p["options"].value("random_seed", 0u);
    options.xflip = p["options"].value("xflip", false);
    options.use_labels = p["options"].value("use_labels", false);
    const DataSet set(test::golden_path("data") / p["file"].get<std::string>(), options);
    const auto grid = sample_grid(set, p["grid"][0].get<int>(), p["grid"][1].get<int>());
    const auto expected = golden.values(GetParam() + "/expect_grid_indices");
    ASSERT_EQ(grid.size(), expected.size());
    for (std::size_t i = 0; i < grid.size(); ++i) ASSERT_EQ(static_cast<double>(grid[i]), expected[i]) << i;
}
INSTANTIATE_TEST_SUITE_P(Golden, RecordedGrid,
                         testing::ValuesIn(test::GoldenFile("data.safetensors").case_names("ds_")),
                         [](const auto& c) { return c.param; });

}  // namespace
}  // namespace afs
