// Pins SPEC 4 and 11: what a configuration may be and how it is written down.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.h"
#include "core/model/generator_config.h"
#include "core/model/layer_schedule.h"

namespace afs {
namespace {

std::string refusal(const GeneratorConfig& config) {
    try {
        (void)make_schedule(config);
    } catch (const Error& e) {
        EXPECT_EQ(e.kind(), ErrorKind::network);
        return e.what();
    }
    return {};
}

TEST(GeneratorConfig, SurvivesJsonExactly) {
    GeneratorConfig t;
    t.conv_clamp.reset();
    t.first_stopband = 4.1234567890123456;
    t.c_dim = 7;
    EXPECT_EQ(generator_config_from_json(to_json(t)), t);

    GeneratorConfig s = default_config(Family::stylegan2);
    s.architecture = SkipArchitecture::resnet;
    s.resample_filter = {1, 2, 1};
    s.use_noise = false;
    EXPECT_EQ(generator_config_from_json(Json::parse(to_json(s).dump())), s);
}

TEST(GeneratorConfig, AbsentOptionsHaveTheDefaultOfTheirFamily) {
    EXPECT_EQ(generator_config_from_json({{"family", "stylegan2"}}).mapping_layers, 8);
    EXPECT_EQ(generator_config_from_json({{"family", "alias_free"}}).mapping_layers, 2);
}

TEST(GeneratorConfig, JsonThatLiesIsRefusedByName) {
    const auto message = [](const Json& json) -> std::string {
        try {
            (void)generator_config_from_json(json);
        } catch (const Error& e) {
            return e.what();
        }
        return {};
    };
    EXPECT_THAT(message({{"family", "alias_free"}, {"img_resolution", "huge"}}), testing::HasSubstr("img_resolution"));
    EXPECT_THAT(message({{"family", "alias_free"}, {"z_dim", 12.5}}), testing::HasSubstr("z_dim"));
    EXPECT_THAT(message({{"family", "alias_free"}, {"z_dim", 1e300}}), testing::HasSubstr("z_dim"));
    EXPECT_THAT(message({{"family", "alias_free"}, {"use_radial_filters", 1}}), testing::HasSubstr("use_radial"));
    EXPECT_THAT(message({{"family", "alias_free"}, {"wavelets", true}}), testing::HasSubstr("wavelets"));
    EXPECT_THAT(message({{"family", "alias_free"}, {"architecture", "skip"}}), testing::HasSubstr("architecture"));
    EXPECT_THAT(message({{"family", "gan4"}}), testing::HasSubstr("family"));
    EXPECT_THAT(message({{"family", "stylegan2"}, {"architecture", "dense"}}), testing::HasSubstr("architecture"));
    EXPECT_THAT(message({{"family", "stylegan2"}, {"resample_filter", Json::array()}}),
                testing::HasSubstr("resample_filter"));
    EXPECT_THAT(message(Json::array()), testing::HasSubstr("object"));
    EXPECT_THAT(message(Json::object()), testing::HasSubstr("family"));
}

TEST(GeneratorConfig, ValuesBeyondWhatCanExistAreRefusedBeforeAnythingIsAllocated) {
    const auto with = [](auto member, auto value) {
        GeneratorConfig config;
        config.*member = value;
        return refusal(config);
    };
    using C = GeneratorConfig;
    EXPECT_THAT(with(&C::img_resolution, 1 << 30), testing::HasSubstr("img_resolution"));
    EXPECT_THAT(with(&C::img_resolution, 100), testing::HasSubstr("power of two"));
    EXPECT_THAT(with(&C::img_resolution, -256), testing::HasSubstr("img_resolution"));
    EXPECT_THAT(with(&C::num_layers, -3), testing::HasSubstr("num_layers"));
    EXPECT_THAT(with(&C::num_layers, 1000000), testing::HasSubstr("num_layers"));
    EXPECT_THAT(with(&C::num_critical, 14), testing::HasSubstr("num_critical"));
    EXPECT_THAT(with(&C::channel_base, 0), testing::HasSubstr("channel_base"));
    EXPECT_THAT(with(&C::channel_base, 16), testing::HasSubstr("no channels"));
    EXPECT_THAT(with(&C::first_cutoff, 0.0), testing::HasSubstr("first_cutoff"));
    EXPECT_THAT(with(&C::first_cutoff, std::nan("")), testing::HasSubstr("first_cutoff"));
    EXPECT_THAT(with(&C::first_cutoff, 9.0), testing::HasSubstr("cutoff"));
    EXPECT_THAT(with(&C::last_stopband_rel, 0.5), testing::HasSubstr("stopband"));
    EXPECT_THAT(with(&C::filter_size, 0), testing::HasSubstr("filter_size"));
    EXPECT_THAT(with(&C::conv_clamp, std::optional(-1.0)), testing::HasSubstr("conv_clamp"));

    GeneratorConfig s = default_config(Family::stylegan2);
    s.channel_base = 128;
    EXPECT_THAT(refusal(s), testing::HasSubstr("no channels"));
}

TEST(GeneratorConfig, IsNamedAfterThePresetItIs) {
    GeneratorConfig config;
    EXPECT_EQ(config_name(config), "stylegan3-t");
    config.channel_base = 1024;
    config.img_resolution = 32;
    EXPECT_EQ(config_name(config), "stylegan3-t");
    config.conv_kernel = 1;
    EXPECT_EQ(config_name(config), "custom");
    config.use_radial_filters = true;
    EXPECT_EQ(config_name(config), "stylegan3-r");
    EXPECT_EQ(config_name(default_config(Family::stylegan2)), "stylegan2");
}

}  // namespace
}  // namespace afs
