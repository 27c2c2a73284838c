// Z, W and W+ in files: exact round trips, clear refusals.
#include "core/scene/latent_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/base/error.h"
#include "core/formats/npy.h"
#include "tests/support/paths.h"

namespace afs {
namespace {

using test::TemporaryFolder;
using ::testing::HasSubstr;

std::string why_refused(const std::filesystem::path& path, LatentKind kind) {
    try {
        (void)read_latents(path, kind);
    } catch (const Error& e) {
        return e.what();
    }
    return "accepted";
}

TensorData ramp(std::vector<std::int64_t> shape) {
    std::int64_t count = 1;
    for (const std::int64_t size : shape) count *= size;
    std::vector<float> values;
    for (std::int64_t i = 0; i < count; ++i) values.push_back(static_cast<float>(i) / 3.0f);
    return make_tensor_data(std::move(shape), values);
}

TEST(LatentFile, WhatIsSavedComesBackBitForBit) {
    const TemporaryFolder folder;
    const LatentW w{1, 3, {0.1f, -2.0f, 1e-20f}}, w_plus{2, 2, {1, 2, 3, 4}};
    const LatentZ z{{0.5f, -0.25f}};
    for (const std::string ending : {".npy", ".npz"}) {
        for (const FileLatent& latent : {FileLatent(w), FileLatent(w_plus), FileLatent(z)}) {
            const auto path = folder / ("latent" + ending);
            write_latent(path, latent, Overwrite::yes);
            const LatentKind kind = std::holds_alternative<LatentZ>(latent) ? LatentKind::z : LatentKind::w;
            const auto loaded = read_latents(path, kind);
            ASSERT_EQ(loaded.size(), 1u);
            EXPECT_TRUE(loaded[0] == latent);
            if (ending == ".npz") {
                EXPECT_EQ(guess_latent_kind(path), kind);
            }
        }
        EXPECT_THROW(write_latent(folder / ("latent" + ending), z, Overwrite::no), Error);
    }
}

TEST(LatentFile, TakesEveryShapeThatPeopleHave) {
    const TemporaryFolder folder;
    const auto read = [&](std::vector<std::int64_t> shape, LatentKind kind) {
        write_npy(folder / "x.npy", ramp(std::move(shape)), Overwrite::yes);
        return read_latents(folder / "x.npy", kind);
    };
    EXPECT_EQ(read({8}, LatentKind::z).size(), 1u);
    EXPECT_EQ(read({5, 8}, LatentKind::z).size(), 5u);
    EXPECT_EQ(std::get<LatentZ>(read({5, 8}, LatentKind::z)[1]).values.front(), 8.0f / 3.0f);
    EXPECT_EQ(std::get<LatentW>(read({8}, LatentKind::w)[0]).num_ws, 1);
    EXPECT_EQ(std::get<LatentW>(read({4, 8}, LatentKind::w)[0]).num_ws, 4);
    const auto many = read({3, 4, 8}, LatentKind::w);
    ASSERT_EQ(many.size(), 3u);
    EXPECT_EQ(std::get<LatentW>(many[2]).values.front(), 64.0f / 3.0f);
    EXPECT_EQ(std::get<LatentW>(many[2]).w_dim, 8);
}

TEST(LatentFile, RefusesInWordsWhatIsNoLatent) {
    const TemporaryFolder folder;
    const auto why = [&](const TensorData& array, LatentKind kind) {
        write_npy(folder / "x.npy", array, Overwrite::yes);
        return why_refused(folder / "x.npy", kind);
    };
    EXPECT_THAT(why(make_tensor_data(DType::i64, {1}, std::vector<std::byte>(8)), LatentKind::w), HasSubstr("int64"));
    EXPECT_THAT(why(ramp({2, 3, 4}), LatentKind::z), HasSubstr("[2, 3, 4]"));
    EXPECT_THAT(why(ramp({1, 2, 3, 4}), LatentKind::w), HasSubstr("[1, 2, 3, 4]"));
    EXPECT_THAT(why(ramp({0, 4}), LatentKind::z), HasSubstr("[0, 4]"));
    EXPECT_THAT(why(ramp({2000, 2}), LatentKind::w), HasSubstr("No network"));
    const float bad[] = {1.0f, std::numeric_limits<float>::infinity()};
    EXPECT_THAT(why(make_tensor_data({2}, bad), LatentKind::z), HasSubstr("not finite"));
    EXPECT_THAT(why_refused(folder / "none.npy", LatentKind::w), HasSubstr("none.npy"));
    write_npz(folder / "x.npz", {{"w", ramp({4})}}, Overwrite::yes);
    EXPECT_THAT(why_refused(folder / "x.npz", LatentKind::z), HasSubstr("no array called z"));
    write_npz(folder / "x.npz", {{"a", ramp({4})}, {"b", ramp({4})}}, Overwrite::yes);
    EXPECT_THAT(why_refused(folder / "x.npz", LatentKind::w), HasSubstr("no array called w"));
    write_npz(folder / "x.npz", {{"projected", ramp({4})}}, Overwrite::yes);
    EXPECT_EQ(why_refused(folder / "x.npz", LatentKind::w), "accepted");
    write_file(folder / "x.npz", std::string_view("no archive"), Overwrite::yes);
    EXPECT_NE(why_refused(folder / "x.npz", LatentKind::w), "accepted");
}

TEST(LatentFile, AnotherWidthIsSaidWithBothWidths) {
    const auto why = [](const FileLatent& latent) -> std::string {
        try {
            check_latent_width(latent, 512, 512, 16);
        } catch (const Error& e) {
            return e.what();
        }
        return "accepted";
    };
    EXPECT_EQ(why(LatentW{1, 512, std::vector<float>(512)}), "accepted");
    EXPECT_EQ(why(LatentW{16, 512, std::vector<float>(16 * 512)}), "accepted");
    EXPECT_EQ(why(LatentZ{std::vector<float>(512)}), "accepted");
    EXPECT_THAT(why(LatentW{1, 256, std::vector<float>(256)}), ::testing::AllOf(HasSubstr("256"), HasSubstr("512")));
    EXPECT_THAT(why(LatentW{18, 512, std::vector<float>(18 * 512)}),
                ::testing::AllOf(HasSubstr("18"), HasSubstr("16")));
    EXPECT_THAT(why(LatentZ{std::vector<float>(64)}), ::testing::AllOf(HasSubstr("64"), HasSubstr("512")));
}

}  // namespace
}  // namespace afs
