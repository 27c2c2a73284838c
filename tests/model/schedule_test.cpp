// Pins SPEC 4 and 11 against the recorded tables (tests/golden/layers.json) and the published parameter counts.
#include <gtest/gtest.h>

#include "core/base/file.h"
#include "core/model/layer_schedule.h"
#include "core/model/tensor_plan.h"
#include "tests/support/paths.h"

namespace afs {
namespace {

Json recorded_tables() { return parse_json(read_text_file(test::golden_path("layers.json")), "layers.json"); }

GeneratorConfig config_of(const Json& table) {
    Json json = {{"family", "alias_free"}};
    for (const char* name : {"img_resolution", "img_channels", "w_dim", "channel_base", "channel_max", "num_layers",
                             "num_critical", "margin_size", "filter_size", "conv_kernel", "use_radial_filters"})
        if (table.contains(name)) json[name] = table[name];
    return generator_config_from_json(json);
}

TEST(AliasFreeSchedule, MatchesEveryRecordedTable) {
    const Json tables = recorded_tables();
    ASSERT_EQ(tables.size(), 22u);
    for (const Json& table : tables) {
        const GeneratorConfig config = config_of(table);
        SCOPED_TRACE(to_json(config).dump());
        const Schedule schedule = make_schedule(config);
        EXPECT_EQ(schedule.num_ws, table["num_ws"]);
        EXPECT_EQ(schedule.input_channels, table["input"]["channels"]);
        EXPECT_EQ(schedule.input_size, table["input"]["size"]);
        EXPECT_EQ(schedule.input_rate, table["input"]["sampling_rate"].get<double>());
        EXPECT_EQ(schedule.input_bandwidth, table["input"]["bandwidth"].get<double>());
        EXPECT_EQ(count_parameters(config), table["params_total"].get<std::int64_t>());
        ASSERT_EQ(schedule.layers.size(), table["layers"].size());
        for (std::size_t i = 0; i < schedule.layers.size(); ++i) {
            const LayerSpec& got = schedule.layers[i];
            const Json& want = table["layers"][i];
            SCOPED_TRACE(want["name"].get<std::string>());
            EXPECT_EQ(got.name, want["name"]);
            EXPECT_EQ(got.w_index, static_cast<int>(i) + 1);
            EXPECT_EQ(got.is_torgb, want["is_torgb"]);
            EXPECT_EQ(got.critical, want["critical"]);
            EXPECT_EQ(got.half_precision, want["fp16"]);
            EXPECT_EQ(got.radial, want["down_radial"]);
            for (const auto& [value, name] :
                 {std::pair(got.channels_in, "in_channels"), std::pair(got.channels_out, "out_channels"),
                  std::pair(got.in_size, "in_size"), std::pair(got.out_size, "out_size"),
                  std::pair(got.kernel, "kernel"), std::pair(got.up, "up"), std::pair(got.down, "down"),
                  std::pair(got.up_taps, "up_taps"), std::pair(got.down_taps, "down_taps")})
                EXPECT_EQ(value, want[name]) << name;
            EXPECT_EQ(Json(got.padding), want["padding_x0_x1_y0_y1"]);
            // float64 on both sides; pow may differ in the last bits between C libraries.
            for (const auto& [value, name] :
                 {std::pair(got.in_rate, "in_rate"), std::pair(got.out_rate, "out_rate"),
                  std::pair(got.tmp_rate, "tmp_rate"), std::pair(got.in_cutoff, "in_cutoff"),
                  std::pair(got.out_cutoff, "out_cutoff"), std::pair(got.in_half_width, "in_half_width"),
                  std::pair(got.out_half_width, "out_half_width")})
                EXPECT_NEAR(value, want[name].get<double>(), 1e-12 * value) << name;
        }
    }
}

// Pins SPEC 4's f_t: the half-width follows from it only where the rate is not clamped; in between a layer's filter
// ends at s/2, in the critically sampled layers f_t lies beyond s/2.
TEST(AliasFreeSchedule, KeepsTheMinimumStopbandOfEveryFilteredLayer) {
    GeneratorConfig config;
    config.img_resolution = 256;
    const Schedule schedule = make_schedule(config);
    EXPECT_DOUBLE_EQ(schedule.layers.front().out_stopband, config.first_stopband);
    int ends_at_nyquist = 0;
    for (const LayerSpec& layer : schedule.layers) {
        SCOPED_TRACE(layer.name);
        if (layer.is_torgb) {
            EXPECT_EQ(layer.out_stopband, 0.0) << "nothing filters it";
            continue;
        }
        // Rounding of one subtraction.
        EXPECT_NEAR(layer.out_half_width, std::max(layer.out_stopband, layer.out_rate / 2) - layer.out_cutoff, 1e-12);
        if (layer.out_stopband < layer.out_rate / 2) ++ends_at_nyquist;
        if (layer.critical) {
            EXPECT_NEAR(layer.out_stopband, 128 * std::exp2(0.3), 1e-9);
        }
    }
    EXPECT_GT(ends_at_nyquist, 5);
}

TEST(AliasFreeSchedule, CountsTheParametersOfThePublishedNetworks) {
    const auto count = [](bool r, int resolution, int base, int max) {
        GeneratorConfig config;
        config.img_resolution = resolution;
        config.channel_base = base;
        config.channel_max = max;
        config.conv_kernel = r ? 1 : 3;
        config.use_radial_filters = r;
        return count_parameters(config);
    };
    EXPECT_EQ(count(false, 1024, 32768, 512), 22313167);
    EXPECT_EQ(count(false, 512, 32768, 512), 24873519);
    EXPECT_EQ(count(false, 256, 16384, 512), 23320443);
    EXPECT_EQ(count(true, 1024, 65536, 1024), 15093151);
    EXPECT_EQ(count(true, 256, 32768, 1024), 15779565);
}

TEST(StyleGan2Schedule, HasTwoConvolutionsABlockAndSharesStyles) {
    GeneratorConfig config = default_config(Family::stylegan2);
    config.img_resolution = 1024;
    const Schedule schedule = make_schedule(config);
    EXPECT_EQ(schedule.num_ws, 18);
    EXPECT_EQ(schedule.layers.size(), 9u + 17u);
    EXPECT_EQ(schedule.layers.front().name, "b4.conv1");
    EXPECT_EQ(schedule.find("b4.torgb")->w_index, 1);
    EXPECT_EQ(schedule.find("b8.conv0")->w_index, 1);
    EXPECT_EQ(schedule.find("b8.torgb")->w_index, schedule.find("b16.conv0")->w_index);
    EXPECT_EQ(schedule.find("b1024.torgb")->w_index, 17);
    EXPECT_EQ(schedule.find("b1024.conv0")->channels_in, 64);
    EXPECT_EQ(schedule.find("b1024.conv0")->channels_out, 32);
    EXPECT_EQ(schedule.find("b9.conv0"), nullptr);
    EXPECT_FALSE(schedule.find("b64.conv1")->half_precision);  // half from 2^(10 + 1 - 4)
    EXPECT_TRUE(schedule.find("b128.conv1")->half_precision);
    EXPECT_EQ(count_parameters(config), 30370060);  // the published 1024x1024 generator, mapping included
}

TEST(StyleGan2Schedule, OtherArchitecturesDrawOnlyInTheLastBlock) {
    for (const SkipArchitecture architecture : {SkipArchitecture::orig, SkipArchitecture::resnet}) {
        GeneratorConfig config = default_config(Family::stylegan2);
        config.architecture = architecture;
        const Schedule schedule = make_schedule(config);
        EXPECT_EQ(schedule.num_ws, 14);
        EXPECT_EQ(schedule.find("b128.torgb"), nullptr);
        ASSERT_NE(schedule.find("b256.torgb"), nullptr);
        EXPECT_EQ(schedule.find("b256.torgb")->w_index, 13);
    }
}

}  // namespace
}  // namespace afs
