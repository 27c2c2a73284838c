// Pins DESIGN 6: processes that train together, over Gloo; what each of them does is a disabled test of this program.
#include "core/train/ranks.h"

#include <ATen/ATen.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <thread>

#include "core/train/trainer.h"

namespace afs {
namespace {

using Variables = std::map<std::string, std::string>;

std::optional<RankPlace> place_of(const Variables& variables) {
    return rank_place([&](const std::string& name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        return found == variables.end() ? std::nullopt : std::optional(found->second);
    });
}

const Variables kWhole = {{"RANK", "3"},        {"WORLD_SIZE", "4"},     {"LOCAL_RANK", "1"}, {"LOCAL_WORLD_SIZE", "2"},
                          {"MASTER_ADDR", "h"}, {"MASTER_PORT", "29500"}};

TEST(RankPlace, IsReadFromWhatLaunchersSet) {
    EXPECT_EQ(place_of({}), std::nullopt);
    EXPECT_EQ(place_of(kWhole), (RankPlace{3, 4, 1, 2, "h", 29500, false, "0"}));
    Variables agent = kWhole;
    agent["TORCHELASTIC_USE_AGENT_STORE"] = "True";
    agent["TORCHELASTIC_RESTART_COUNT"] = "2";
    EXPECT_EQ(place_of(agent), (RankPlace{3, 4, 1, 2, "h", 29500, true, "2"}));
    agent["TORCHELASTIC_USE_AGENT_STORE"] = "False";
    EXPECT_FALSE(place_of(agent)->hosted);
}

TEST(RankPlace, OfAWrongEnvironmentIsRefusedInWordsThatNameTheVariable) {
    const auto refusal = [](const std::string& name, const std::optional<std::string>& value) -> std::string {
        Variables variables = kWhole;
        variables.erase(name);
        if (value) variables[name] = *value;
        try {
            (void)place_of(variables);
        } catch (const Error& error) {
            return error.what();
        }
        return "no error";
    };
    using testing::HasSubstr;
    EXPECT_THAT(refusal("RANK", "4"), HasSubstr("RANK is \"4\", not a whole number from 0 to 3"));
    EXPECT_THAT(refusal("RANK", "x"), HasSubstr("RANK is \"x\""));
    EXPECT_THAT(refusal("RANK", std::nullopt), HasSubstr("names WORLD_SIZE but not RANK"));
    EXPECT_THAT(refusal("WORLD_SIZE", "0"), HasSubstr("WORLD_SIZE is \"0\""));
    EXPECT_THAT(refusal("WORLD_SIZE", std::nullopt), HasSubstr("names RANK but not WORLD_SIZE"));
    EXPECT_THAT(refusal("MASTER_PORT", "70000"), HasSubstr("MASTER_PORT is \"70000\""));
    EXPECT_THAT(refusal("MASTER_PORT", "29500 "), HasSubstr("MASTER_PORT"));
    EXPECT_THAT(refusal("MASTER_ADDR", std::nullopt), HasSubstr("but not MASTER_ADDR"));
    EXPECT_THAT(refusal("LOCAL_RANK", "2"), HasSubstr("LOCAL_RANK is \"2\", not a whole number from 0 to 1"));
    EXPECT_THAT(refusal("LOCAL_WORLD_SIZE", "5"), HasSubstr("LOCAL_WORLD_SIZE"));
}

// --- Two processes ---

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
}

void write_text(const std::string& name, const std::string& text) {
    std::ofstream(std::filesystem::path(environment("AFS_TEST_FOLDER")) / name) << text;
}

TEST(RankChild, DISABLED_SumsGathersAndBroadcasts) {
    const RankPlace place = *rank_place();
    const auto group = join_ranks(place, {});
    const Ranks ranks = group->ranks();
    ASSERT_EQ(ranks.count, 2);
    ASSERT_EQ(ranks.index, place.rank);
    at::Tensor x = at::arange(6, at::kFloat).view({2, 3}).t() * (place.rank + 1);  // not contiguous
    ranks.sum(x);
    EXPECT_TRUE(at::equal(x, at::arange(6, at::kFloat).view({2, 3}).t() * 3));
    at::Tensor d = at::full({1}, 0.1 * (place.rank + 1), at::kDouble);
    ranks.sum(d);
    EXPECT_EQ(d.item<double>(), 0.1 + 0.2);
    at::Tensor b = at::full({2, 2}, place.rank + 7, at::kLong);
    ranks.broadcast(b);
    EXPECT_EQ(b.sum().item<std::int64_t>(), 28);
    std::vector<std::byte> own(static_cast<std::size_t>(place.rank) * 3, std::byte{9});
    const auto all = ranks.gather(own);
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].size(), 0U);
    EXPECT_EQ(all[1], std::vector<std::byte>(3, std::byte{9}));
    if (place.rank == 0) std::this_thread::sleep_for(std::chrono::seconds(17));  // alone, longer than a silence counts
    group->leave();
    write_text(fmt::format("done{}", place.rank), "done");
}

GeneratorConfig small_generator() {
    GeneratorConfig config = default_config(Family::stylegan2);
    config.z_dim = config.w_dim = 16;
    config.img_resolution = 16;
    config.channel_base = 128;
    config.channel_max = 8;
    return config;
}

TEST(RankChild, DISABLED_Trains) {
    const RankPlace place = *rank_place();
    const auto group = join_ranks(place, {});
    DiscriminatorConfig d;
    d.img_resolution = 16;
    d.channel_base = 128;
    d.channel_max = 8;
    TrainerOptions options;
    options.batch = 4;
    options.batch_gpu = 2;
    options.d_reg_interval = 2;
    options.g_reg_interval = 2;
    options.loss.pl_weight = 2;
    options.augmentations = bgc_augmentations();
    options.initial_p = 0.3;
    options.ada = AdaController{0.6, 2, 0.1};
    const auto seed = static_cast<std::uint64_t>(1 + 10 * place.rank);  // other networks on each
    const auto make = [&] {
        return Trainer(options, Generator::create(small_generator(), seed), Discriminator::create(d, seed + 1), nullptr,
                       group->ranks());
    };
    const auto pictures = [&](std::uint64_t step) {
        SeededRandom random(100 + 2 * step + static_cast<std::uint64_t>(place.rank));
        return Minibatch{(random.uniform({2, 3, 16, 16}) * 256).to(at::kByte), {}, {}, {}};
    };
    Trainer whole = make();
    for (std::uint64_t step = 0; step < 5; ++step) whole.step(pictures(step));

    Trainer first = make();
    for (std::uint64_t step = 0; step < 3; ++step) first.step(pictures(step));
    TrainerState common = first.state();
    for (auto& [name, tensor] : common.tensors) {
        tensor = tensor.clone();
        group->ranks().broadcast(tensor);  // as a file of rank 0's gives it
    }
    const auto parts = group->ranks().gather(first.rank_state());
    EXPECT_NE(parts[0], parts[1]);
    Trainer second = make();
    second.restore(common);
    second.restore_rank(parts[static_cast<std::size_t>(place.rank)]);
    for (std::uint64_t step = 3; step < 5; ++step) second.step(pictures(step));
    EXPECT_EQ(second.rank_state(), whole.rank_state());
    const TrainerState a = whole.state(), b = second.state();
    for (std::size_t i = 0; i < a.tensors.size(); ++i)
        EXPECT_TRUE(at::equal(a.tensors[i].second, b.tensors[i].second)) << a.tensors[i].first;
    for (const auto& [name, tensor] : a.tensors) {
        if (name == "random" || name == "pl_mean") continue;
        at::Tensor common_value = tensor.clone();
        group->ranks().broadcast(common_value);
        EXPECT_TRUE(at::equal(common_value, tensor)) << name;
    }
    EXPECT_THROW(second.restore_rank(std::vector<std::byte>(3)), Error);
    group->leave();
    if (!testing::Test::HasFailure()) write_text(fmt::format("done{}", place.rank), "done");
}

TEST(RankChild, DISABLED_LosesTheOther) {
    const RankPlace place = *rank_place();
    const auto group = join_ranks(place, {});
    at::Tensor x = at::ones({4});
    group->ranks().sum(x);
    if (place.rank == 1) {
        const std::string how = environment("AFS_TEST_HOW");
        if (how == "killed") ::raise(SIGKILL);
        if (how == "stopped") ::raise(SIGSTOP);
        group->fail("the disk is full");
        return;
    }
    try {
        group->ranks().sum(x);
        write_text("error", "none");
    } catch (const Error& error) {
        write_text("error", error.what());
    }
}

class RanksOfTwo : public testing::Test {
  protected:
    RanksOfTwo() {
        std::string name = (std::filesystem::temp_directory_path() / "afs-ranks-XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
        c10d::TCPStoreOptions options;
        options.port = 0;
        options.isServer = true;
        options.waitWorkers = false;
        store_ = c10::make_intrusive<c10d::TCPStore>("127.0.0.1", options);
    }
    ~RanksOfTwo() override {
        for (const pid_t child : children_) {
            ::kill(child, SIGKILL);
            ::waitpid(child, nullptr, 0);
        }
        std::filesystem::remove_all(folder_);
    }

    void start(const std::string& job, const std::string& how = {}) {
        for (int rank = 0; rank < 2; ++rank) {
            std::vector<std::string> words = {"/proc/self/exe", "--gtest_also_run_disabled_tests",
                                              "--gtest_filter=RankChild.DISABLED_" + job};
            std::vector<std::string> variables;
            for (char** v = environ; *v != nullptr; ++v) variables.emplace_back(*v);
            for (const auto& [name, value] : Variables{{"RANK", std::to_string(rank)},
                                                       {"LOCAL_RANK", std::to_string(rank)},
                                                       {"WORLD_SIZE", "2"},
                                                       {"LOCAL_WORLD_SIZE", "2"},
                                                       {"MASTER_ADDR", "127.0.0.1"},
                                                       {"MASTER_PORT", std::to_string(store_->getPort())},
                                                       {"TORCHELASTIC_USE_AGENT_STORE", "True"},
                                                       {"OMP_NUM_THREADS", "1"},
                                                       {"AFS_TEST_FOLDER", folder_.string()},
                                                       {"AFS_TEST_HOW", how}})
                variables.push_back(name + "=" + value);
            std::vector<char*> argv, envp;
            for (std::string& w : words) argv.push_back(w.data());
            for (std::string& v : variables) envp.push_back(v.data());
            argv.push_back(nullptr);
            envp.push_back(nullptr);
            const pid_t child = ::fork();
            ASSERT_GE(child, 0);
            if (child == 0) {
                ::prctl(PR_SET_PDEATHSIG, SIGKILL);
                ::execve(argv[0], argv.data(), envp.data());
                ::_exit(127);
            }
            children_.push_back(child);
        }
    }

    // The wait status of a rank.
    int end_of(std::size_t rank) {
        int status = -1;
        ::waitpid(children_[rank], &status, 0);
        children_.erase(children_.begin() + static_cast<std::ptrdiff_t>(rank));
        return status;
    }

    [[nodiscard]] std::string text(const std::string& name) const {
        std::ostringstream out;
        out << std::ifstream(folder_ / name).rdbuf();
        return out.str();
    }

    // What the rank that stays says, and that it said it soon.
    std::string last_word(const std::string& how) {
        const auto begin = std::chrono::steady_clock::now();
        start("LosesTheOther", how);
        end_of(0);
        EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(30));
        return text("error");
    }

    std::filesystem::path folder_;
    c10::intrusive_ptr<c10d::TCPStore> store_;
    std::vector<pid_t> children_;
};

TEST_F(RanksOfTwo, SumGatherAndBroadcastAndWaitForOneThatWorksAlone) {
    start("SumsGathersAndBroadcasts");
    EXPECT_EQ(end_of(1), 0);
    EXPECT_EQ(end_of(0), 0);
    EXPECT_EQ(text("done0") + text("done1"), "donedone");
}

TEST_F(RanksOfTwo, TrainTheSameNetworksAndContinueExactly) {
    start("Trains");
    EXPECT_EQ(end_of(1), 0);
    EXPECT_EQ(end_of(0), 0);
    EXPECT_EQ(text("done0") + text("done1"), "donedone");
}

TEST_F(RanksOfTwo, EndWithinThirtySecondsWhenOneIsKilled) {
    EXPECT_THAT(last_word("killed"), testing::HasSubstr("rank 1 has not been heard of"));
}

TEST_F(RanksOfTwo, EndWithinThirtySecondsWhenOneIsSilentWithItsConnectionsOpen) {
    EXPECT_THAT(last_word("stopped"), testing::HasSubstr("rank 1 has not been heard of"));
}

TEST_F(RanksOfTwo, TellWhyOneOfThemFailed) {
    EXPECT_THAT(last_word("failed"), testing::HasSubstr("rank 1 failed: the disk is full"));
}

}  // namespace
}  // namespace afs
