// Passes that are recorded and replayed, with a recorder that needs no GPU: it calls the work again. What it cannot
// show is that CUDA takes the work; what it shows is that pictures follow their inputs and that nothing stale is drawn.
#include "core/model/recorded_pass.h"

#include <ATen/ATen.h>
#include <ATen/record_function.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <stdexcept>

#include "core/base/error.h"
#include "core/base/log.h"
#include "core/model/generator.h"
#include "core/model/init_network.h"
#include "core/model/presets.h"
#include "core/ops/plain_operators.h"
#include "tests/model/tensors.h"
#include "tests/support/gpu.h"

namespace afs {
namespace {

// How often each recorded work was replayed. A kind of pass is two works: its styles, then its picture.
struct Counts {
    std::vector<int> replays;

    [[nodiscard]] std::size_t kinds() const { return replays.size() / 2; }
    [[nodiscard]] int styles(std::size_t kind = 0) const { return replays.at(2 * kind); }
    [[nodiscard]] int pictures(std::size_t kind = 0) const { return replays.at(2 * kind + 1); }
};

// Memory that work reads and has not made itself: what it reads at the same place in two runs. But for the styles,
// small tensors, which the recorder here makes anew at each of their replays, as CUDA does not.
class OutsideMemory {
  public:
    explicit OutsideMemory(const std::function<void()>& work) {
        places_ = read_by(work);
        const Places again = read_by(work);
        std::erase_if(places_,
                      [&](const auto& place) { return place.second.expired() || !again.contains(place.first); });
    }
    [[nodiscard]] std::size_t count() const { return places_.size(); }
    [[nodiscard]] bool stays() const {
        return std::ranges::none_of(places_, [](const auto& place) { return place.second.expired(); });
    }

  private:
    using Places = std::map<const c10::StorageImpl*, c10::weak_intrusive_ptr<c10::StorageImpl>>;

    static Places read_by(const std::function<void()>& work) {
        static Places read;  // callbacks are plain functions
        read.clear();
        const auto begin = [](const at::RecordFunction& call) -> std::unique_ptr<at::ObserverContext> {
            constexpr std::size_t kStyleBytes = 256;
            for (const c10::IValue& value : call.inputs()) {
                if (!value.isTensor() || !value.toTensor().defined() || !value.toTensor().has_storage()) continue;
                const c10::Storage& storage = value.toTensor().storage();
                if (storage.nbytes() > kStyleBytes)
                    read.emplace(storage.unsafeGetStorageImpl(), storage.getWeakStorageImpl());
            }
            return nullptr;
        };
        const auto handle = at::addThreadLocalCallback(
            at::RecordFunctionCallback(begin).needsInputs(true).scopes({at::RecordScope::FUNCTION}));
        work();
        at::removeCallback(handle);
        return std::move(read);
    }

    Places places_;
};

// As a CUDA graph does: what it read when it was recorded it reads at the same place ever after.
class CalledAgain final : public RecordedWork {
  public:
    CalledAgain(std::function<void()> work, Counts& counts)
        : work_(std::move(work)), outside_(work_), counts_(counts), number_(counts.replays.size()) {
        EXPECT_GT(outside_.count(), 2u);
        counts.replays.push_back(0);
    }
    void replay() override {
        EXPECT_TRUE(outside_.stays()) << "work " << number_ << " reads memory that is no more";
        ++counts_.replays[number_];
        work_();
    }

  private:
    std::function<void()> work_;
    OutsideMemory outside_;
    Counts& counts_;
    std::size_t number_;
};

WorkRecorder counting(Counts& counts) {
    return [&counts](const std::function<void()>& work) {
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
    EXPECT_EQ(counts.kinds(), 1u);
    EXPECT_EQ(counts.pictures(), 4);
    EXPECT_EQ(counts.styles(), 4);
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
    EXPECT_EQ(counts.pictures(), 2);
}

// Who drags a picture moves the input alone: its styles are computed once.
TEST_P(RecordedGenerators, ComputeStylesAnewOnlyForAnotherW) {
    const auto g = small(GetParam()), plain = small(GetParam());
    Counts counts;
    g->record_with(counting(counts));
    const at::NoGradGuard no_grad;
    const Tensor ws = some_ws(*g, 1, 1), other = some_ws(*g, 1, 2);
    SynthesisOptions options;
    const auto expect_same_picture = [&](const Tensor& w) {
        if (g->input_transformable()) options.network_transform[2] += 0.07;
        EXPECT_TRUE(at::equal(g->synthesize(w, options), plain->synthesize(w.clone(), options)));
    };
    for (int i = 0; i < 4; ++i) expect_same_picture(ws);
    EXPECT_EQ(counts.pictures(), 3);
    EXPECT_EQ(counts.styles(), 1);
    expect_same_picture(other);
    expect_same_picture(other);
    EXPECT_EQ(counts.styles(), 2);
    ws.mul_(0.5);  // the same tensor with other values
    expect_same_picture(ws);
    EXPECT_EQ(counts.styles(), 3);
    ws.mul_(2.0);
    expect_same_picture(ws);
    EXPECT_EQ(counts.styles(), 4);
    {
        const c10::InferenceMode inference;  // whose tensors do not say when they are written to
        const Tensor unversioned = other.clone();
        expect_same_picture(unversioned);
        unversioned.mul_(0.5);
        expect_same_picture(unversioned);
    }
    EXPECT_EQ(counts.styles(), 6);
    EXPECT_EQ(counts.kinds(), 1u);
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
    EXPECT_EQ(counts.kinds(), 1u);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(g->synthesize(two).size(0), 2);
    EXPECT_EQ(counts.kinds(), 2u);
    (void)g->synthesize(one);
    EXPECT_EQ(counts.kinds(), 2u);
    EXPECT_TRUE(g->replayed());
    for (int i = 0; i < 3; ++i) (void)g->synthesize(one, half);  // in the place of `two`
    EXPECT_EQ(counts.kinds(), 3u);
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
    ASSERT_EQ(counts.kinds(), 1u);
    for (const Generator::State& entry : g->state())
        if (entry.name.ends_with(".weight") && entry.name.starts_with("synthesis.")) entry.tensor.mul_(1.5);
    const Tensor changed = g->synthesize(ws);
    EXPECT_FALSE(g->replayed());
    EXPECT_TRUE(at::equal(g->synthesize(ws), changed));
    EXPECT_EQ(counts.kinds(), 2u);
}

TEST_P(RecordedGenerators, DoNotReplayForThoseWhoLookAtLayersRecordGradientsOrStop) {
    const auto g = small(GetParam());
    Counts counts;
    g->record_with(counting(counts));
    const Tensor ws = some_ws(*g, 1, 1).detach();
    (void)g->synthesize(ws);
    (void)g->synthesize(ws);
    EXPECT_EQ(counts.kinds(), 0u);  // gradients may be recorded here
    const at::NoGradGuard no_grad;
    SynthesisOptions looked_at, random;
    int seen = 0;
    looked_at.on_layer = [&](const std::string&, const Tensor&) { ++seen; };
    (void)g->synthesize(ws, looked_at);
    (void)g->synthesize(ws, looked_at);
    EXPECT_GT(seen, 4);
    EXPECT_EQ(counts.kinds(), 0u);
    random.noise_mode = NoiseMode::random;
    for (int i = 0; i < 2; ++i) {
        random.noise_seed = static_cast<std::uint64_t>(i);
        (void)g->synthesize(ws, random);
    }
    EXPECT_EQ(counts.kinds(), g->has_noise() ? 0u : 1u);
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
    AFS_NEEDS_GPU();
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
