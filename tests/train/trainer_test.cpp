// Pins SPEC 13: whole training steps against the recorded trajectories, and exact continuation from plain values.
#include "core/train/trainer.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "core/base/error.h"
#include "tests/model/tensors.h"
#include "tests/train/recorded_networks.h"
#include "tests/train/small_setting.h"

namespace afs {
namespace {

using test::golden_tensor;
using test::GoldenFile;
using test::max_abs;
using test::max_difference;
using test::minibatch_of;
using test::Setting;
using test::small_setting;

const GoldenFile& losses() {
    static const GoldenFile file("loss.safetensors");
    return file;
}
const GoldenFile& nets() {
    static const GoldenFile file("nets/train-t-32.safetensors");
    return file;
}

class Trajectories : public testing::TestWithParam<const char*> {
  protected:
    Trajectories() {
        options_.batch = p_["batch"];
        options_.batch_gpu = p_["batch_gpu"];
        options_.loss.r1_gamma = p_["gamma"];
        options_.g_adam.lr = p_["glr"];
        options_.d_adam.lr = p_["dlr"];
        options_.d_reg_interval = p_["interval"];
        options_.ema_kimg = p_["ema_kimg"];
        options_.ema_rampup.reset();
        if (!p_["ema_rampup"].is_null()) options_.ema_rampup = p_["ema_rampup"].get<double>();
    }

    [[nodiscard]] std::string key(int step, const std::string& name) const {
        return fmt::format("{}/expect_{}_{}", GetParam(), step, name);
    }

    // The state of a network after a step. `lr`: the unit in which an Adam step is measured: its first one divides a
    // gradient by its own size, so that an element whose gradient is rounding noise may go either way.
    template <class Network> void compare(const std::string& name, const Network& network, int step, double lr) {
        const std::string of = name == "G_ema" ? "G" : name;
        const auto names = p_["tensor_names"][of].template get<std::vector<std::string>>();
        const std::vector<double> sums = file_.values(key(step, name + "_sum")),
                                  norms = file_.values(key(step, name + "_norm"));
        ASSERT_EQ(names.size(), sums.size());
        std::int64_t elements = 0, far = 0;
        for (std::size_t i = 0; i < names.size(); ++i) {
            SCOPED_TRACE(fmt::format("step {}: {}.{}", step, name, names[i]));
            const auto entry = std::ranges::find(network.state(), names[i], &Generator::State::name);
            ASSERT_NE(entry, network.state().end());
            const Tensor t = entry->tensor.detach().to(at::kDouble);
            const double slack = entry->parameter
                                     ? 0.05 * lr * static_cast<double>(t.numel()) + 1e-5 * std::abs(norms[i])
                                     : 1e-5 * norms[i] + 1e-12;
            EXPECT_NEAR(t.norm().item<double>(), norms[i], slack);
            EXPECT_NEAR(t.sum().item<double>(), sums[i],
                        slack + (entry->parameter ? 1e-5 * std::abs(sums[i]) : 1e-5 * t.abs().sum().item<double>()));
            const std::string full = key(step, name + "_" + names[i]);
            if (!file_.has(full)) continue;
            const Tensor want = golden_tensor(file_, full);
            if (entry->parameter) {
                const Tensor off = (t - want.to(at::kDouble)).abs();
                EXPECT_LE(off.max().item<double>(), 2 * lr * (step + 1));
                elements += off.numel();
                far += (off > 0.1 * lr).sum().item<std::int64_t>();
            } else {
                EXPECT_LE(max_difference(t, want), 1e-5 * max_abs(want));
            }
        }
        EXPECT_LE(static_cast<double>(far), std::max(1.0, 1e-3 * static_cast<double>(elements))) << "step " << step;
    }

    const GoldenFile& file_ = losses();
    const Json& p_ = file_.parameters(GetParam());
    TrainerOptions options_;
};

TEST_P(Trajectories, FollowTheRecordedSteps) {
    Trainer trainer(options_, test::recorded_generator(nets(), "G"), test::recorded_discriminator(nets(), "D"));
    trainer.set_images(p_["cur_nimg"]);
    const auto& adam_g = trainer.g_optimiser().options();
    const auto& adam_d = trainer.d_optimiser().options();
    EXPECT_DOUBLE_EQ(adam_g.lr, p_["adam"]["G"]["lr"].get<double>());
    EXPECT_DOUBLE_EQ(adam_g.beta2, p_["adam"]["G"]["betas"][1].get<double>());
    EXPECT_DOUBLE_EQ(adam_d.lr, p_["adam"]["D"]["lr"].get<double>());
    EXPECT_DOUBLE_EQ(adam_d.beta2, p_["adam"]["D"]["betas"][1].get<double>());
    EXPECT_EQ(adam_d.beta1, 0);

    for (int step = 0; step < p_["steps"].get<int>(); ++step) {
        SCOPED_TRACE(fmt::format("step {}", step));
        std::map<std::string, std::vector<Tensor>> reported;
        std::vector<double> norms;
        std::vector<std::string> phases;
        StepObserver observer;
        observer.report = [&](Phase phase, std::string_view name, const Tensor& values) {
            std::string spelled = fmt::format("{}.{}", phase_name(phase), name);
            std::ranges::replace(spelled, '/', '.');
            reported[spelled].push_back(values.flatten());
        };
        observer.gradients = [&](Phase phase, const Adam& network) {
            phases.emplace_back(phase_name(phase));
            double squares = 0;
            std::vector<std::string> absent;
            for (const Adam::Slot& slot : network.slots()) {
                const Tensor gradient = slot.parameter.grad();
                if (gradient.defined())
                    squares += gradient.to(at::kDouble).square().sum().item<double>();
                else
                    absent.push_back(slot.name);
            }
            norms.push_back(std::sqrt(squares));
            const auto want = p_["grad_absent"][static_cast<std::size_t>(step)][phases.back()];
            EXPECT_THAT(absent, testing::UnorderedElementsAreArray(want.get<std::vector<std::string>>()))
                << phases.back();
        };
        const auto input = [&](const char* name) {
            return golden_tensor(file_, fmt::format("{}/input_{}_{}", GetParam(), name, step));
        };
        trainer.step({input("real_u8"), {}, input("z"), {}}, observer);

        std::size_t expected = 0;
        for (const std::string& name : file_.tensor_names()) {
            if (!name.starts_with(key(step, "")) || name.find(".Loss.") == std::string::npos) continue;
            const std::string spelled = name.substr(key(step, "").size());
            SCOPED_TRACE(spelled);
            ASSERT_TRUE(reported.contains(spelled));
            EXPECT_LE(max_difference(at::cat(reported[spelled]), golden_tensor(file_, name)), 5e-5);
            ++expected;
        }
        EXPECT_EQ(expected, reported.size());
        std::vector<std::string> wanted_phases;
        for (const Json& phase : p_["phase_order"])
            if (p_["grad_absent"][static_cast<std::size_t>(step)].contains(phase.get<std::string>()))
                wanted_phases.push_back(phase);
        EXPECT_EQ(phases, wanted_phases);
        const std::vector<double> want_norms = file_.values(key(step, "flat_grad_norm"));
        ASSERT_EQ(norms.size(), want_norms.size());
        for (std::size_t i = 0; i < norms.size(); ++i)
            EXPECT_NEAR(norms[i], want_norms[i], 1e-4 * want_norms[i]) << phases[i];

        compare("G", *trainer.g(), step, adam_g.lr);
        compare("D", *trainer.d(), step, adam_d.lr);
        compare("G_ema", *trainer.g_ema(), step, adam_g.lr);
    }
    for (const Adam::Slot& slot : trainer.d_optimiser().slots()) {
        EXPECT_EQ(slot.steps, p_["adam_steps_D"][slot.name].get<int>()) << slot.name;
        const std::string moment = fmt::format("{}/expect_final_adam_v_D_{}", GetParam(), slot.name);
        if (!file_.has(moment)) continue;
        const Tensor want = golden_tensor(file_, moment);
        EXPECT_LE(max_difference(slot.second, want), 1e-4 * max_abs(want)) << slot.name;
    }
}

INSTANTIATE_TEST_SUITE_P(Training, Trajectories, testing::Values("traj", "traj_accum", "traj_resumed"),
                         [](const auto& recorded) { return std::string(recorded.param); });

class Continuation : public testing::TestWithParam<Family> {};

TEST_P(Continuation, FromPlainValuesIsExact) {
    const Setting s = small_setting(GetParam());
    const auto make = [&](std::uint64_t seed) {
        return Trainer(s.options, Generator::create(s.g, seed), Discriminator::create(s.d, seed + 1));
    };
    Trainer whole = make(1);
    for (int step = 0; step < 7; ++step) whole.step(minibatch_of(whole, step));
    EXPECT_NE(whole.p(), 0.3F);  // three adjustments of the same size cannot cancel

    Trainer first = make(1);
    for (int step = 0; step < 5; ++step) first.step(minibatch_of(first, step));  // off every interval
    TrainerState saved = first.state();
    for (auto& [name, tensor] : saved.tensors) tensor = tensor.clone();
    saved.numbers = parse_json(saved.numbers.dump(), "test");
    first.step(minibatch_of(first, 77));  // what is done afterwards does not matter

    Trainer second = make(9);  // nothing of the first but its state
    second.restore(saved);
    EXPECT_EQ(second.images(), 20);
    for (int step = 5; step < 7; ++step) second.step(minibatch_of(second, step));

    const TrainerState a = whole.state(), b = second.state();
    EXPECT_EQ(a.numbers, b.numbers);
    ASSERT_EQ(a.tensors.size(), b.tensors.size());
    for (std::size_t i = 0; i < a.tensors.size(); ++i) {
        EXPECT_EQ(a.tensors[i].first, b.tensors[i].first);
        EXPECT_TRUE(test::same_bits(a.tensors[i].second, b.tensors[i].second)) << a.tensors[i].first;
        EXPECT_TRUE(a.tensors[i].second.isfinite().all().item<bool>()) << a.tensors[i].first;
    }
}

INSTANTIATE_TEST_SUITE_P(Training, Continuation, testing::Values(Family::alias_free, Family::stylegan2),
                         [](const auto& family) {
                             return family.param == Family::alias_free ? "alias_free" : "stylegan2";
                         });

TEST(Trainer, RefusesAStateThatDoesNotFitAndStaysAsItWas) {
    const Setting s = small_setting(Family::alias_free);
    Trainer trainer(s.options, Generator::create(s.g, 1), Discriminator::create(s.d, 2));
    trainer.step(minibatch_of(trainer, 0));
    TrainerState broken = trainer.state();
    const Tensor weight = trainer.d()->tensor("b4.out.weight").clone();
    for (auto& [name, tensor] : broken.tensors) tensor = tensor.clone().zero_();
    broken.tensors.pop_back();
    EXPECT_THROW(trainer.restore(broken), Error);
    TrainerState numbers = trainer.state();
    numbers.numbers.erase("images");
    EXPECT_THROW(trainer.restore(numbers), Error);
    EXPECT_TRUE(at::equal(trainer.d()->tensor("b4.out.weight"), weight));
}

TEST(Trainer, RefusesBatchesThatCannotBeDivided) {
    Setting s = small_setting(Family::alias_free);
    const auto make = [&] { Trainer(s.options, Generator::create(s.g, 1), Discriminator::create(s.d, 2)); };
    EXPECT_NO_THROW(make());
    s.options.batch_gpu = 3;
    EXPECT_THROW(make(), Error);
    s.options.batch = 12;
    s.options.batch_gpu = 6;  // no multiple of the discriminator's groups of 4
    EXPECT_THROW(make(), Error);
    s = small_setting(Family::alias_free);
    s.d.img_resolution = 32;
    EXPECT_THROW(make(), Error);
}

}  // namespace
}  // namespace afs
