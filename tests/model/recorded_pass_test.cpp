// Passes that are recorded and replayed, with a recorder that needs no GPU: it calls the work again. What it cannot
// show is that CUDA takes the work; what it shows is that pictures follow their inputs and that nothing stale is drawn.
#include "core/model/recorded_pass.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

#include "core/base/error.h"
#include "core/base/log.h"
#include "core/model/generator.h"
#include "core/model/init_network.h"
#include "core/model/presets.h"
#include "core/ops/plain_operators.h"
#include "tests/model/tensors.h"

namespace afs {
namespace {

struct Counts {
    int recorded = 0, replayed = 0;
};

class CalledAgain final : public RecordedWork {
  public:
    CalledAgain(std::function<void()> work, Counts& counts) : work_(std::move(work)), counts_(counts) {}
    void replay() override {
        ++counts_.replayed;
        work_();
    }

  private:
    std::function<void()> work_;
    Counts& counts_;
};

WorkRecorder counting(Counts& counts) {
    return [&counts](const std::function<void()>& work) {
        ++counts.recorded;
        work();
        return std::make_unique<CalledAgain>(work, counts);
    };
}

std::shared_ptr<Generator> small(const char* cfg) {
    GeneratorConfig config = preset_config(cfg, 32, 512, 12);
    config.z_dim = config.w_dim = 16;
    return init_network(config, 5);
}

Tensor some_ws(const Generator& generator, int count, std::uint64_t seed) {
    at::manual_seed(seed);
    const Tensor w = generator.map(at::randn({count, generator.config().z_dim}), {});
    return truncate_and_broadcast(w, generator.w_avg(), generator.num_ws(), 1.0);
}

class RecordedGenerators : public testing::TestWithParam<const char*> {};

TEST_P(RecordedGenerators, DrawTheSamePicturesFromTheSecondOfAKindOn) {
    const auto g = small(GetParam()), plain = small(GetParam());
    Counts counts;
    g->record_with(counting(counts));
    const at::NoGradGuard no_grad;
    SynthesisOptions options;
    for (int i = 0; i < 5; ++i) {
        const Tensor ws = some_ws(*g, 1, static_cast<std::uint64_t>(i));
        if (g->input_transformable() && i % 2 == 1)
            options.network_transform = {0.8, -0.6, 0.1 * i, 0.6, 0.8, 0, 0, 0, 1};
        const Tensor picture = g->synthesize(ws, options);
        EXPECT_TRUE(at::equal(picture, plain->synthesize(ws, options))) << i;
        EXPECT_EQ(g->replayed(), i > 0);
    }
    EXPECT_EQ(counts.recorded, 1);
    EXPECT_EQ(counts.replayed, 4);
    EXPECT_FALSE(plain->replayed());
}

TEST_P(RecordedGenerators, HandOutPicturesThatLaterOnesDoNotChange) {
    const auto g = small(GetParam());
    Counts counts;
    g->record_with(counting(counts));
    const at::NoGradGuard no_grad;
    const Tensor one = some_ws(*g, 1, 1), other = some_ws(*g, 1, 2);
    (void)g->synthesize(one);
    const Tensor picture = g->synthesize(one), kept = picture.clone();
    (void)g->synthesize(other);
    EXPECT_TRUE(at::equal(picture, kept));
    EXPECT_EQ(counts.replayed, 2);
}

TEST_P(RecordedGenerators, RecordAnewForAnotherShapeOrPrecisionAndKeepTheLastTwo) {
    const auto g = small(GetParam());
    Counts counts;
    g->record_with(counting(counts));
    const at::NoGradGuard no_grad;
    const Tensor one = some_ws(*g, 1, 1), two = some_ws(*g, 2, 1);
    SynthesisOptions half;
    half.precision = Precision::bf16;
    for (int i = 0; i < 3; ++i) (void)g->synthesize(one);
    EXPECT_EQ(counts.recorded, 1);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(g->synthesize(two).size(0), 2);
    EXPECT_EQ(counts.recorded, 2);
    (void)g->synthesize(one);
    EXPECT_EQ(counts.recorded, 2);
    EXPECT_TRUE(g->replayed());
    for (int i = 0; i < 3; ++i) (void)g->synthesize(one, half);  // in the place of `two`
    EXPECT_EQ(counts.recorded, 3);
    (void)g->synthesize(one);
    EXPECT_TRUE(g->replayed());
    (void)g->synthesize(two);
    EXPECT_FALSE(g->replayed());
    const PlainOperators yardstick;  // other operators are other work
    (void)g->synthesize(one);
    EXPECT_FALSE(g->replayed());
}

TEST_P(RecordedGenerators, FollowTheirWeights) {
    const auto g = small(GetParam());
    Counts counts;
    g->record_with(counting(counts));
    const at::NoGradGuard no_grad;
    const Tensor ws = some_ws(*g, 1, 1);
    (void)g->synthesize(ws);
    (void)g->synthesize(ws);
    ASSERT_EQ(counts.recorded, 1);
    for (const Generator::State& entry : g->state())
        if (entry.name.ends_with(".weight") && entry.name.starts_with("synthesis.")) entry.tensor.mul_(1.5);
    const Tensor changed = g->synthesize(ws);
    EXPECT_FALSE(g->replayed());
    EXPECT_TRUE(at::equal(g->synthesize(ws), changed));
    EXPECT_EQ(counts.recorded, 2);
}

TEST_P(RecordedGenerators, DoNotReplayForThoseWhoLookAtLayersRecordGradientsOrStop) {
    const auto g = small(GetParam());
    Counts counts;
    g->record_with(counting(counts));
    const Tensor ws = some_ws(*g, 1, 1).detach();
    (void)g->synthesize(ws);
    (void)g->synthesize(ws);
    EXPECT_EQ(counts.recorded, 0);  // gradients may be recorded here
    const at::NoGradGuard no_grad;
    SynthesisOptions looked_at, random;
    int seen = 0;
    looked_at.on_layer = [&](const std::string&, const Tensor&) { ++seen; };
    (void)g->synthesize(ws, looked_at);
    (void)g->synthesize(ws, looked_at);
    EXPECT_GT(seen, 4);
    EXPECT_EQ(counts.recorded, 0);
    random.noise_mode = NoiseMode::random;
    for (int i = 0; i < 2; ++i) {
        random.noise_seed = static_cast<std::uint64_t>(i);
        (void)g->synthesize(ws, random);
    }
    EXPECT_EQ(counts.recorded, g->has_noise() ? 0 : 1);
    std::stop_source stop;
    stop.request_stop();
    SynthesisOptions stopped;
    stopped.stop = stop.get_token();
    (void)g->synthesize(ws);
    EXPECT_THROW((void)g->synthesize(ws, stopped), Error);
}

TEST_P(RecordedGenerators, DrawWithoutRecordingWhereThatFailsAndSayWhy) {
    const auto g = small(GetParam()), plain = small(GetParam());
    int asked = 0;
    g->record_with([&](const std::function<void()>&) -> std::unique_ptr<RecordedWork> {
        ++asked;
        throw std::runtime_error(fmt::format("no recording of {}", GetParam()));
    });
    const at::NoGradGuard no_grad;
    const Tensor ws = some_ws(*g, 1, 1);
    set_log_level(LogLevel::error);
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(at::equal(g->synthesize(ws), plain->synthesize(ws)));
    set_log_level(LogLevel::warning);
    EXPECT_FALSE(g->replayed());
    EXPECT_EQ(asked, 1);
    const auto log = recent_log();
    EXPECT_EQ(std::ranges::count_if(log,
                                    [&](const LogEntry& line) {
                                        return line.text.find(fmt::format("no recording of {}", GetParam())) !=
                                               std::string::npos;
                                    }),
              1);
}

INSTANTIATE_TEST_SUITE_P(Of, RecordedGenerators, testing::Values("stylegan3-t", "stylegan2"), [](const auto& test) {
    return std::string(test.param) == "stylegan2" ? "StyleGan2" : "AliasFree";
});

// The tolerance is half precision's, whose convolutions may be other ones while they are recorded.
TEST(CudaGraphRecorder, DrawsOnAGpuWhatIsDrawnThereWithoutIt) {
    if (cuda_devices().empty()) {
        const char* const required = std::getenv("AFS_REQUIRE_GPU");
        if (required != nullptr && std::string(required) == "1") FAIL() << "AFS_REQUIRE_GPU=1, but no GPU can be used";
        GTEST_SKIP() << "no GPU";
    }
    const Device gpu = cuda_devices().front().device;
    const at::NoGradGuard no_grad;
    for (const char* const cfg : {"stylegan3-t", "stylegan2"}) {
        const auto g = small(cfg)->clone_to(gpu), eager = small(cfg)->clone_to(gpu);
        eager->record_with({});
        SynthesisOptions options;
        for (int i = 0; i < 4; ++i) {
            at::manual_seed(static_cast<std::uint64_t>(i));
            const Tensor w = g->map(at::randn({1, g->config().z_dim}).to(at::Device(device_name(gpu))), {});
            const Tensor ws = truncate_and_broadcast(w, g->w_avg(), g->num_ws(), 1.0);
            if (g->input_transformable()) options.network_transform[2] = 0.1 * i;
            const Tensor picture = g->synthesize(ws, options);
            EXPECT_EQ(g->replayed(), i > 0) << cfg;
            EXPECT_LT(test::max_difference(picture.cpu(), eager->synthesize(ws, options).cpu()), 2e-2) << cfg << i;
        }
    }
}

TEST(CudaGraphRecorder, IsNoneOnACpu) { EXPECT_FALSE(cuda_graph_recorder({})); }

}  // namespace
}  // namespace afs
