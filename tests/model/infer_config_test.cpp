// Bare state dictionaries: the configuration is found from names and shapes, and the picture is the same.
#include <c10/core/InferenceMode.h>
#include <gmock/gmock.h>

#include "core/base/error.h"
#include "core/model/init_network.h"
#include "core/model/network_file.h"
#include "core/model/presets.h"
#include "tests/model/tensors.h"
#include "tests/support/paths.h"

namespace afs {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

NetworkRecord bare(const Generator& generator) {
    NetworkRecord record;
    record.tensors = saved_network("G_ema", generator).tensors;
    return record;
}

// The schedule is what must be right: options of different values can mean the same network.
void expect_inferred(const NetworkRecord& record, const GeneratorConfig& want) {
    std::vector<std::string> warnings;
    const GeneratorConfig got = find_config(record, {}, "Could not open x", warnings);
    EXPECT_THAT(warnings, ElementsAre(HasSubstr("does not say how its network is configured")));
    EXPECT_EQ(got.family, want.family);
    const Schedule a = make_schedule(got), b = make_schedule(want);
    EXPECT_EQ(a.num_ws, b.num_ws);
    EXPECT_EQ(a.input_channels, b.input_channels);
    EXPECT_EQ(a.input_size, b.input_size);
    EXPECT_EQ(a.layers, b.layers);
    for (const auto member :
         {&GeneratorConfig::z_dim, &GeneratorConfig::c_dim, &GeneratorConfig::w_dim, &GeneratorConfig::mapping_layers,
          &GeneratorConfig::mapping_layer_features, &GeneratorConfig::mapping_embed_features})
        EXPECT_EQ(got.*member, want.*member);
    EXPECT_EQ(got.architecture, want.architecture);
    EXPECT_EQ(got.use_noise, want.use_noise);
}

class InferConfig : public testing::TestWithParam<const char*> {};

TEST_P(InferConfig, FindsTheConfigurationOfARecordedNetwork) {
    const Network network = NetworkFile::open(test::golden_path(std::string("nets/") + GetParam() + ".pkl"));
    const NetworkRecord record = bare(*network.generator);
    expect_inferred(record, network.config);

    std::vector<std::string> warnings;
    const auto generator = build_generator(record, find_config(record, {}, "x", warnings), "x", warnings);
    const c10::InferenceMode inference;
    const test::GoldenFile numbers(std::string("nets/") + GetParam() + ".safetensors");
    const Tensor ws = test::golden_tensor(numbers, "img_seed0/input_ws");
    EXPECT_TRUE(at::equal(generator->synthesize(ws), network.generator->synthesize(ws)));
}

INSTANTIATE_TEST_SUITE_P(Golden, InferConfig,
                         testing::Values("t-32", "t-64-cond", "r-32", "r-64", "sg2-32", "sg2-64-cond", "sg2-16-resnet",
                                         "sg2-16-orig", "mini"));

// Shapes without memory: one zero stands for every value.
NetworkRecord shapes_only(const GeneratorConfig& config) {
    NetworkRecord record;
    static const std::vector<std::byte> nothing;
    for (const TensorPlan& plan : plan_tensors(config, make_schedule(config))) {
        TensorData tensor;
        tensor.shape = plan.shape;
        if (plan.name == "synthesis.b4.resample_filter" || plan.name.ends_with("freqs")) {
            std::vector<float> values(static_cast<std::size_t>(plan.numel()), 0.1f);
            std::ranges::transform(plan.filter, values.begin(), [](double tap) { return static_cast<float>(tap); });
            tensor = make_tensor_data(plan.shape, values);
        }
        record.tensors.push_back({plan.name, tensor, plan.parameter});
    }
    return record;
}

TEST(InferConfig, FindsEveryPresetAtEveryResolution) {
    for (const char* cfg : {"stylegan3-t", "stylegan3-r", "stylegan2"})
        for (int resolution = 16; resolution <= 1024; resolution *= 2)
            for (const int cbase : {32768, 16384, 2048}) {
                SCOPED_TRACE(testing::Message() << cfg << " " << resolution << " " << cbase);
                GeneratorConfig config = preset_config(cfg, resolution, cbase);
                config.c_dim = resolution == 64 ? 10 : 0;
                expect_inferred(shapes_only(config), config);
            }
}

TEST(InferConfig, FindsUnusualOptionsThatLeaveATrace) {
    GeneratorConfig config;
    config.img_resolution = 64;
    config.num_layers = 10;
    config.num_critical = 3;
    config.margin_size = 6;
    config.filter_size = 4;
    config.channel_base = 2048;
    config.channel_max = 48;
    config.z_dim = 100;
    config.mapping_layers = 3;
    expect_inferred(shapes_only(config), config);

    GeneratorConfig s = default_config(Family::stylegan2);
    s.img_resolution = 32;
    s.channel_base = 1000;
    s.channel_max = 77;
    s.mapping_layer_features = 24;
    s.mapping_embed_features = 12;
    s.c_dim = 3;
    s.use_noise = false;
    s.resample_filter = {1, 2, 1};
    expect_inferred(shapes_only(s), s);
}

TEST(InferConfig, SaysInWordsWhatCannotBeInferred) {
    GeneratorConfig config = preset_config("stylegan3-t", 32, 2048, 32);
    const auto message = [](const NetworkRecord& record) -> std::string {
        std::vector<std::string> warnings;
        try {
            (void)find_config(record, {}, "Could not open x.pt", warnings);
        } catch (const Error& e) {
            EXPECT_EQ(e.kind(), ErrorKind::network);
            return e.what();
        }
        return {};
    };
    NetworkRecord renamed = shapes_only(config);
    for (NamedTensor& t : renamed.tensors)
        if (const auto at = t.name.find("L5_"); at != std::string::npos) t.name.replace(at, 3, "L5_1");
    EXPECT_THAT(message(renamed), HasSubstr("no usual combination"));

    NetworkRecord gap = shapes_only(config);
    std::erase_if(gap.tensors, [](const NamedTensor& t) { return t.name.find("L5_") != std::string::npos; });
    EXPECT_THAT(message(gap), HasSubstr("no layer 5"));

    NetworkRecord mapless = shapes_only(config);
    std::erase_if(mapless.tensors, [](const NamedTensor& t) { return t.name.starts_with("mapping."); });
    EXPECT_THAT(message(mapless), HasSubstr("mapping.fc0.weight is missing"));

    NetworkRecord huge = shapes_only(config);
    for (NamedTensor& t : huge.tensors)
        if (t.name == "mapping.fc0.weight") t.tensor.shape = {std::int64_t{1} << 40, 2};
    EXPECT_THAT(message(huge), HasSubstr("mapping.fc0.weight has the shape"));

    config.first_cutoff = 3;
    EXPECT_THAT(message(bare(*Generator::create(config))), HasSubstr("cannot be inferred"));
}

TEST(BuildGenerator, SparesFilesTheFiltersAndTellsSo) {
    const Network network = NetworkFile::open(test::golden_path("nets/r-32.pkl"));
    NetworkRecord record = bare(*network.generator);
    std::erase_if(record.tensors, [](const NamedTensor& t) {
        return t.name.ends_with("_filter") || t.name == "synthesis.input.transform";
    });
    std::vector<std::string> warnings;
    const auto generator = build_generator(record, network.config, "x", warnings);
    EXPECT_THAT(warnings, ElementsAre(HasSubstr("designed anew")));
    const c10::InferenceMode inference;
    const test::GoldenFile numbers("nets/r-32.safetensors");
    EXPECT_LT(test::max_difference(generator->synthesize(test::golden_tensor(numbers, "img_seed0/input_ws")),
                                   test::golden_tensor(numbers, "img_seed0/expect_image")),
              1e-4 * 4);  // of the picture's range, which is up to 4
}

TEST(BuildGenerator, NamesTensorsThatNothingUsesAndRefusesStrayFilters) {
    const Network network = NetworkFile::open(test::golden_path("nets/mini.pkl"));
    NetworkRecord record = bare(*network.generator);
    record.tensors.push_back({"synthesis.b4.surplus", make_tensor_data({1}, std::vector<float>{1}), true});
    std::vector<std::string> warnings;
    (void)build_generator(record, network.config, "x", warnings);
    EXPECT_THAT(warnings, ElementsAre(HasSubstr("synthesis.b4.surplus")));
    record.tensors.push_back({"synthesis.L2_16_3.up_filter", make_tensor_data({1}, std::vector<float>{2}), false});
    EXPECT_THROW((void)build_generator(record, network.config, "x", warnings), Error);
}

}  // namespace
}  // namespace afs
