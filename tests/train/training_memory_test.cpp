// Pins that a run knows its memory before it begins, and what it proposes where that does not suffice.
#include "core/train/training_memory.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <array>
#include <cstdio>

#include "core/base/error.h"

namespace afs {
namespace {

constexpr Device kCpu{};

TrainingConfig config_of(const std::string& cfg, int resolution, int batch, std::optional<int> batch_gpu = {},
                         int gpus = 1) {
    TrainingRequest request;
    request.cfg = cfg;
    request.batch = batch;
    request.batch_gpu = batch_gpu;
    request.gpus = gpus;
    request.gamma = 2;
    request.cbase = 4096;
    request.cmax = 64;
    return resolve_training(request, {"data", resolution, 3, 0});
}

Json measured(const std::string& words) {
    std::array<char, 4096> text{};
    FILE* const child = ::popen(fmt::format("{} {}", AFS_MEMORY_CHILD, words).c_str(), "r");
    const std::size_t size = std::fread(text.data(), 1, text.size(), child);
    EXPECT_EQ(::pclose(child), 0) << words;
    return Json::parse(std::string(text.data(), size), nullptr, /*allow_exceptions=*/false);
}

// Real steps in processes of their own. The bounds are those that docs/training.md tells.
TEST(TrainingMemory, IsForetoldNearWhatAStepTakes) {
    for (const char* words :
         {"stylegan3-t 64 4096 64 8 8 kept", "stylegan3-t 64 4096 64 8 8 recomputed", "stylegan3-t 64 4096 64 8 4 kept",
          "stylegan3-r 32 2048 64 8 8 kept", "stylegan2 128 4096 64 8 8 kept"}) {
        const Json json = measured(words);
        ASSERT_TRUE(json.is_object()) << words;
        const double ratio = json["estimate"].get<double>() / json["most"].get<double>();
        fmt::print("{}: {:.2f} of what it took\n", words, ratio);
        EXPECT_GT(ratio, 0.8) << words << ' ' << json;
        EXPECT_LT(ratio, 1.3) << words << ' ' << json;
    }
}

TEST(TrainingMemory, GrowsWithWhatIsAtOnceAndShrinksWhereThatIsComputedAgain) {
    for (const char* cfg : {"stylegan3-t", "stylegan3-r", "stylegan2"}) {
        const std::int64_t all = estimate_memory(config_of(cfg, 128, 32), kCpu).total();
        const std::int64_t quarter = estimate_memory(config_of(cfg, 128, 32, 8), kCpu).total();
        const std::int64_t other_half = estimate_memory(config_of(cfg, 128, 32, {}, 2), kCpu).total();
        EXPECT_LT(quarter, all / 2) << cfg;
        EXPECT_LT(other_half, all * 2 / 3) << cfg;
        if (std::string(cfg) == "stylegan2") continue;  // only its discriminator's layers are
        TrainingConfig again = config_of(cfg, 128, 32);
        again.trainer.loss.grad_checkpoint = true;
        EXPECT_LT(estimate_memory(again, kCpu).total(), all * 2 / 3) << cfg;
    }
}

std::string refusal(const TrainingConfig& config, std::int64_t available, int processes = 1) {
    try {
        check_memory(config, kCpu, processes, available);
    } catch (const Error& e) {
        return e.what();
    }
    return "it fits";
}

TEST(TrainingMemory, ThatSufficesIsNotRefused) {
    const TrainingConfig config = config_of("stylegan3-t", 64, 32);
    const std::int64_t needed = estimate_memory(config, kCpu).total();
    EXPECT_EQ(refusal(config, needed), "it fits");
    EXPECT_EQ(refusal(config, 2 * needed, 2), "it fits");
    EXPECT_THAT(refusal(config, 2 * needed - 2, 2), testing::HasSubstr("for each of 2 processes"));
}

TEST(TrainingMemory, ThatIsMissingIsToldWithTheLargestChunkThatFits) {
    const TrainingConfig config = config_of("stylegan3-t", 64, 48);
    TrainingConfig smaller = config;
    smaller.trainer.batch_gpu = 16;
    const std::int64_t enough = estimate_memory(smaller, kCpu).total();
    const auto fits = find_fitting_chunk(config, kCpu, enough);
    ASSERT_TRUE(fits);
    EXPECT_EQ(fits->batch_gpu, 16);  // 24 does not fit, 20 does not divide 48
    EXPECT_FALSE(fits->grad_checkpoint);
    const std::string text = refusal(config, enough);
    EXPECT_THAT(text, testing::HasSubstr("with 48 pictures at once"));
    EXPECT_THAT(text, testing::HasSubstr(memory_text(estimate_memory(config, kCpu).total())));
    EXPECT_THAT(text, testing::HasSubstr(memory_text(enough) + " free"));
    EXPECT_THAT(text, testing::HasSubstr("--batch-gpu 16"));
    EXPECT_THAT(text, testing::Not(testing::HasSubstr("--grad-checkpoint")));
}

TEST(TrainingMemory, KeepsTheDiscriminatorsGroupsWhole) {
    TrainingConfig config = config_of("stylegan3-t", 64, 24);
    config.d.mbstd_group_size = 6;
    TrainingConfig least = config;
    least.trainer.batch_gpu = 6;
    const auto fits = find_fitting_chunk(config, kCpu, estimate_memory(least, kCpu).total());
    ASSERT_TRUE(fits);
    EXPECT_EQ(fits->batch_gpu, 6);
    EXPECT_FALSE(fits->grad_checkpoint);
}

TEST(TrainingMemory, ThatNoChunkFindsIsFoundByRecomputing) {
    TrainingConfig least = config_of("stylegan3-t", 256, 32, 4), again = least;
    again.trainer.loss.grad_checkpoint = true;
    const std::int64_t enough = estimate_memory(again, kCpu).total();
    ASSERT_LT(enough, estimate_memory(least, kCpu).total());
    EXPECT_THAT(refusal(config_of("stylegan3-t", 256, 32), enough),
                testing::HasSubstr("--batch-gpu 4 --grad-checkpoint"));
    EXPECT_THAT(refusal(least, 1 << 20), testing::HasSubstr("smaller networks"));
}

TEST(TrainingMemory, IsToldInWords) {
    EXPECT_EQ(memory_text(1), "1 MB");
    EXPECT_EQ(memory_text(812'400'000), "813 MB");
    EXPECT_EQ(memory_text(3'240'000'000), "3.2 GB");
}

}  // namespace
}  // namespace afs
