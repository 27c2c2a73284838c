// Pins that activations which are computed again change no number, and that far fewer of them are kept.
#include "core/model/recompute.h"

#include <ATen/ATen.h>
#include <c10/core/CPUAllocator.h>
#include <c10/util/ThreadLocalDebugInfo.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <atomic>

#include "core/train/trainer.h"
#include "tests/model/tensors.h"

namespace afs {
namespace {

// Counts the bytes of tensors on the CPU while it lives, on threads that inherit this one's state.
class MemoryPeak : public c10::MemoryReportingInfoBase {
  public:
    void reportMemoryUsage(void*, std::int64_t bytes, std::size_t, std::size_t, c10::Device) override {
        const std::int64_t now = now_ += bytes;
        std::int64_t peak = peak_;
        while (now > peak && !peak_.compare_exchange_weak(peak, now)) {}
    }
    [[nodiscard]] bool memoryProfilingEnabled() const override { return true; }
    [[nodiscard]] std::int64_t peak() const { return peak_; }

  private:
    std::atomic<std::int64_t> now_{0}, peak_{0};
};

GeneratorConfig generator_config(Family family) {
    GeneratorConfig g = default_config(family);
    g.z_dim = g.w_dim = 16;
    g.img_resolution = 32;
    g.channel_base = 512;
    g.channel_max = 16;
    g.c_dim = 2;
    g.magnitude_ema_beta = 0.5;
    return g;
}
DiscriminatorConfig discriminator_config(SkipArchitecture architecture) {
    DiscriminatorConfig d;
    d.c_dim = 2;
    d.img_resolution = 32;
    d.channel_base = 512;
    d.channel_max = 16;
    d.architecture = architecture;
    return d;
}

TrainerState after_steps(bool recompute, Family family, SkipArchitecture architecture, int freeze) {
    TrainerOptions options;
    options.batch = 4;
    options.batch_gpu = 2;
    options.d_reg_interval = 2;
    options.ema_kimg = 0.05;
    options.seed = 5;
    options.augmentations = bgc_augmentations();
    options.initial_p = 0.3;
    options.loss.grad_checkpoint = recompute;
    if (family == Family::stylegan2) {
        options.g_reg_interval = 2;
        options.loss.style_mixing_probability = 0.9;
        options.loss.pl_weight = 2;
    } else {
        options.loss.blur_init_sigma = 2;
        options.loss.blur_fade_kimg = 0.02;
    }
    DiscriminatorConfig d = discriminator_config(architecture);
    d.freeze_layers = freeze;
    Trainer trainer(options, Generator::create(generator_config(family), 1), Discriminator::create(d, 2));
    SeededRandom random(7);
    for (int step = 0; step < 3; ++step) {
        const auto all = static_cast<std::int64_t>(trainer.phases().size()) * 4;
        Minibatch m;
        m.pictures = (random.uniform({4, 3, 32, 32}) * 256).to(at::kByte);
        m.labels = at::one_hot((random.uniform({4}) * 2).to(at::kLong), 2).to(at::kFloat);
        m.c = at::one_hot((random.uniform({all}) * 2).to(at::kLong), 2).to(at::kFloat);
        trainer.step(m);
    }
    return trainer.state();
}

TEST(Recomputation, LeavesTrainingTheSameToTheBit) {
    const std::tuple<Family, SkipArchitecture, int> cases[] = {{Family::alias_free, SkipArchitecture::resnet, 0},
                                                               {Family::alias_free, SkipArchitecture::skip, 0},
                                                               {Family::alias_free, SkipArchitecture::resnet, 3},
                                                               {Family::stylegan2, SkipArchitecture::resnet, 0}};
    for (const auto& [family, architecture, freeze] : cases) {
        const TrainerState kept = after_steps(false, family, architecture, freeze),
                           again = after_steps(true, family, architecture, freeze);
        ASSERT_EQ(kept.tensors.size(), again.tensors.size());
        for (std::size_t i = 0; i < kept.tensors.size(); ++i)
            EXPECT_TRUE(test::same_bits(kept.tensors[i].second, again.tensors[i].second)) << kept.tensors[i].first;
        EXPECT_EQ(kept.numbers, again.numbers);
    }
}

// Bytes at the most while G learns from D, beyond those before.
std::int64_t peak_of_generator_phase(bool recompute, std::vector<Tensor>* gradients) {
    GeneratorConfig config = generator_config(Family::alias_free);
    config.img_resolution = 64;
    DiscriminatorConfig judge = discriminator_config(SkipArchitecture::resnet);
    judge.img_resolution = 64;
    const auto g = Generator::create(config, 1);
    const auto d = Discriminator::create(judge, 2);
    for (const auto& entry : g->state())
        if (entry.parameter) Tensor(entry.tensor).requires_grad_(true);
    SeededRandom random(3);
    LossOptions options;
    options.grad_checkpoint = recompute;
    Loss loss(options, g, d, {}, random);
    const Chunk chunk{{}, {}, random.normal({4, 16}), at::eye(2).repeat({2, 1})};
    const auto peak = std::make_shared<MemoryPeak>();
    {
        const c10::DebugInfoGuard counting(c10::DebugInfoKind::PROFILER_STATE, peak);
        loss.accumulate_gradients(Phase::g_both, chunk, 1, 0, 0, [](std::string_view, const Tensor&) {});
    }
    for (const auto& entry : g->state())
        if (entry.parameter) gradients->push_back(entry.tensor.grad());
    return peak->peak();
}

TEST(Recomputation, KeepsLessThanTwoThirdsOfTheMemory) {
    std::vector<Tensor> kept, again;
    const std::int64_t all = peak_of_generator_phase(false, &kept), less = peak_of_generator_phase(true, &again);
    RecordProperty("kept_bytes", std::to_string(all));
    RecordProperty("recomputed_bytes", std::to_string(less));
    EXPECT_GT(less, 1 << 20);
    EXPECT_LT(less, all * 2 / 3) << all;  // measured: 57 %; what goes into the parts stays, and one part whole
    for (std::size_t i = 0; i < kept.size(); ++i) {
        ASSERT_EQ(kept[i].defined(), again[i].defined());
        if (!kept[i].defined()) continue;
        EXPECT_TRUE(test::same_bits(kept[i], again[i]));
    }
}

TEST(Recomputation, IsForFirstDerivativesOnly) {
    const Tensor x = at::ones({3}).requires_grad_(true);
    const Tensor y = recomputed([](const std::vector<Tensor>& in) { return in[0].square(); }, {x}, {});
    EXPECT_THROW((void)torch::autograd::grad({y.sum()}, {x}, {}, true, /*create_graph=*/true), std::exception);
}

}  // namespace
}  // namespace afs
