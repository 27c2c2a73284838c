// Files whose bytes are well-formed and whose contents lie: what opening them as a network answers. Every case of
// nets/bad/index.json goes through NetworkFile::open; those that a reader already refuses are pinned word by word in
// tests/formats.
#include <c10/core/InferenceMode.h>
#include <gmock/gmock.h>

#include <chrono>
#include <filesystem>
#include <map>

#include "core/base/error.h"
#include "core/model/network_file.h"
#include "tests/model/tensors.h"
#include "tests/support/paths.h"

namespace afs {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

struct Answer {
    std::string error;                  // empty: it opened
    std::vector<std::string> warnings;  // of an opened one
    Tensor picture;                     // of mini's recorded ws
};

Answer answer_to(const std::string& file) {
    Answer answer;
    try {
        const Network network = NetworkFile::open(test::golden_path(file));
        answer.warnings = network.warnings;
        const c10::InferenceMode inference;
        const test::GoldenFile mini("nets/mini.safetensors");
        answer.picture = network.generator->synthesize(test::golden_tensor(mini, "img_seed0/input_ws"));
    } catch (const Error& e) {
        EXPECT_THAT(e.tried(), HasSubstr(std::filesystem::path(file).filename().string()));
        EXPECT_NE(e.kind(), ErrorKind::internal);
        answer.error = e.what();
    }
    return answer;
}

double difference_from_mini(const Answer& answer) {
    const test::GoldenFile mini("nets/mini.safetensors");
    return answer.picture.defined()
               ? test::max_difference(answer.picture, test::golden_tensor(mini, "img_seed0/expect_image"))
               : INFINITY;
}

TEST(HostileNetworks, ContentsThatLieAreNamedInTheError) {
    const std::map<std::string, std::string> expected = {
        {"missing_G_ema.pkl", "no network G_ema in it. It holds: G, D"},
        {"G_ema_none.pkl", "its G_ema is None"},
        {"wrong_weight_shape.pkl", "but its configuration asks for ["},
        {"wrong_rank.pkl",
         "mapping.fc0.weight has the shape [4], of rank 1, but its configuration asks for [4, 4], of"},
        {"missing_bias.pkl", "is missing"},
        {"missing_layer.pkl", "the layer synthesis."},
        {"huge_resolution.pkl", "img_resolution is 1073741824"},
        {"negative_config.pkl", "channel_base is -5"},
        {"string_resolution.pkl", "img_resolution should be a whole number but is \""},
        {"ok_state.pt", "(\"a\", \"n\") are not those of a StyleGAN2 or StyleGAN3 generator"},
        {"st_ok.safetensors", "(\"a\") are not those of a StyleGAN2 or StyleGAN3 generator"},
    };
    for (const auto& [file, message] : expected) {
        SCOPED_TRACE(file);
        EXPECT_THAT(answer_to("nets/bad/" + file).error, HasSubstr(message));
    }
}

TEST(HostileNetworks, DoubtfulNumbersOpenWithAWarningThatNamesThem) {
    const std::map<std::string, std::pair<std::string, std::string>> expected = {
        {"nan_weight.pkl", {"not finite", "synthesis."}},
        {"inf_w_avg.pkl", {"not finite", "mapping.w_avg"}},
        {"zero_magnitude_ema.pkl", {"must be positive", "magnitude_ema"}},
    };
    for (const auto& [file, words] : expected) {
        SCOPED_TRACE(file);
        const Answer answer = answer_to("nets/bad/" + file);
        EXPECT_EQ(answer.error, "");
        EXPECT_THAT(answer.warnings, Contains(testing::AllOf(HasSubstr(words.first), HasSubstr(words.second))));
    }
}

TEST(HostileNetworks, HarmlessVariantsDrawThePictureOfTheFileTheyWereMadeFrom) {
    // 1e-4: the tolerance of whole networks. float16 weights carry 11 bits, so their picture differs by about 1e-3.
    const std::map<std::string, double> tolerances = {
        {"nets/mini.pkl", 1e-4},
        {"nets/bad/module_src_is_code.pkl", 1e-4},
        {"nets/bad/ok_three_keys.pkl", 1e-4},
        {"nets/bad/double_weights.pkl", 1e-4},
        {"nets/bad/half_weights.pkl", 1e-2},
    };
    for (const auto& [file, tolerance] : tolerances) {
        SCOPED_TRACE(file);
        const Answer answer = answer_to(file);
        EXPECT_EQ(answer.error, "");
        EXPECT_THAT(answer.warnings, IsEmpty());
        EXPECT_LT(difference_from_mini(answer), tolerance);
    }
    EXPECT_EQ(answer_to("nets/bad/int_magnitude_ema.pkl").error, "");  // a whole number is a number
}

TEST(HostileNetworks, EveryOtherCaseIsAnErrorInWordsWithinTwoSeconds) {
    const Json index = parse_json(read_text_file(test::golden_path("nets/bad/index.json")), "index.json");
    int opened = 0, refused = 0;
    for (const Json& entry : index) {
        const auto file = entry["file"].get<std::string>();
        SCOPED_TRACE(file);
        const auto start = std::chrono::steady_clock::now();
        const Answer answer = answer_to(file);
        EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
        ++(answer.error.empty() ? opened : refused);
        const auto expect = entry["expect"].get<std::string>();
        const bool must_fail = expect.starts_with("refused") || expect.starts_with("error:");
        EXPECT_TRUE(!must_fail || !answer.error.empty());
    }
    EXPECT_GT(refused, 90);
    EXPECT_GE(opened, 8);
    EXPECT_FALSE(std::filesystem::exists("PWNED"));
}

TEST(HostileNetworks, AMemoryOfPixelsIsNeverAskedFor) {
    // A configuration within the legal range that disagrees with 28 kB of weights.
    NetworkArchive archive = read_network_archive(test::golden_path("nets/mini.pkl"));
    for (auto& [name, record] : archive.networks) {
        if (name != "G_ema") continue;
        record.init_kwargs["img_resolution"] = 16384;
        record.init_kwargs["channel_base"] = 16777216;
        record.init_kwargs["channel_max"] = 65536;
        std::vector<std::string> warnings;
        const GeneratorConfig config = find_config(record, {}, "Could not open x", warnings);
        EXPECT_THROW((void)build_generator(record, config, "Could not open x", warnings), Error);
    }
}

}  // namespace
}  // namespace afs
