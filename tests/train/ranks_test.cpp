// Pins SPEC 13 and docs/training.md: processes that train together, over Gloo. What each of them does is in
// rank_child.cpp.
#include "core/train/ranks.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <map>
#include <sstream>
#include <utility>

#include "tests/support/paths.h"

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

class RanksOfTwo : public testing::Test {
  protected:
    ~RanksOfTwo() override {
        for (const pid_t child : children_)
            if (child > 0) {
                ::kill(child, SIGKILL);
                ::waitpid(child, nullptr, 0);
            }
    }

    void start(const std::string& role, const std::string& how = {}) {
        for (int rank = 0; rank < 2; ++rank) {
            std::vector<std::string> words = {AFS_RANK_CHILD, role, how};
            std::vector<std::string> variables;
            for (char** v = environ; *v != nullptr; ++v) variables.emplace_back(*v);
            for (const auto& [name, value] : Variables{{"RANK", std::to_string(rank)},
                                                       {"LOCAL_RANK", std::to_string(rank)},
                                                       {"WORLD_SIZE", "2"},
                                                       {"LOCAL_WORLD_SIZE", "2"},
                                                       {"MASTER_ADDR", "127.0.0.1"},
                                                       {"MASTER_PORT", std::to_string(store_->port())},
                                                       {"TORCHELASTIC_USE_AGENT_STORE", "True"},
                                                       {"OMP_NUM_THREADS", "1"}})
                variables.push_back(name + "=" + value);
            std::vector<char*> argv, envp;
            for (std::string& w : words) argv.push_back(w.data());
            for (std::string& v : variables) envp.push_back(v.data());
            argv.push_back(nullptr);
            envp.push_back(nullptr);
            const std::string stream = said(static_cast<std::size_t>(rank));
            const pid_t child = ::fork();
            ASSERT_GE(child, 0);
            if (child == 0) {
                const int out = ::open(stream.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
                ::dup2(out, STDOUT_FILENO);
                ::dup2(out, STDERR_FILENO);
                ::execve(argv[0], argv.data(), envp.data());
                ::_exit(127);
            }
            children_.push_back(child);
        }
    }

    // The wait status of a rank.
    int end_of(std::size_t rank) {
        int status = -1;
        ::waitpid(std::exchange(children_[rank], 0), &status, 0);
        return status;
    }

    void expect_success(const std::string& role, const std::string& how = {}) {
        start(role, how);
        for (const std::size_t rank : {0U, 1U}) EXPECT_EQ(end_of(rank), 0) << "rank " << rank << ": " << text(rank);
    }

    [[nodiscard]] std::string said(std::size_t rank) const { return (folder_ / fmt::format("said{}", rank)).string(); }
    [[nodiscard]] std::string text(std::size_t rank) const {
        std::ostringstream out;
        out << std::ifstream(said(rank)).rdbuf();
        return out.str();
    }

    // What the rank that stays says, and that it said it soon.
    std::string last_word(const std::string& how) {
        const auto begin = std::chrono::steady_clock::now();
        start("loses", how);
        end_of(0);
        EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(30));
        return text(0);
    }

    test::TemporaryFolder folder_;
    std::unique_ptr<RankStore> store_ = host_rank_store();
    std::vector<pid_t> children_;
};

TEST_F(RanksOfTwo, SumGatherAndBroadcast) { expect_success("sums"); }
TEST_F(RanksOfTwo, WaitForOneThatWorksAloneAndSaysSo) { expect_success("busy"); }

TEST_F(RanksOfTwo, TrainTheSameAliasFreeNetworksAndContinueExactly) { expect_success("trains", "alias_free"); }
TEST_F(RanksOfTwo, TrainTheSameStyleGan2NetworksAndContinueExactly) { expect_success("trains", "stylegan2"); }

// One process takes in two chunks what two ranks take at once.
TEST_F(RanksOfTwo, LearnAliasFreeNetworksWithHalfTheGradientsOfTwoChunks) { expect_success("gradients", "alias_free"); }
TEST_F(RanksOfTwo, LearnStyleGan2NetworksWithHalfTheGradientsOfTwoChunks) { expect_success("gradients", "stylegan2"); }

TEST_F(RanksOfTwo, AverageWhatAliasFreeNetworksFollow) { expect_success("averages", "alias_free"); }
TEST_F(RanksOfTwo, AverageWhatStyleGan2NetworksFollow) { expect_success("averages", "stylegan2"); }

TEST_F(RanksOfTwo, EndWithinThirtySecondsWhenOneIsKilled) {
    EXPECT_THAT(last_word("killed"), testing::HasSubstr("rank 1 has not been heard of"));
}

TEST_F(RanksOfTwo, EndWithinThirtySecondsWhenOneIsSilentWithItsConnectionsOpen) {
    EXPECT_THAT(last_word("stopped"), testing::HasSubstr("rank 1 has not been heard of"));
}

TEST_F(RanksOfTwo, EndWhenOneHangsWhileItsThreadsLive) {
    EXPECT_THAT(last_word("hangs"), testing::HasSubstr("rank 1 has not got on for 4 s"));
}

TEST_F(RanksOfTwo, TellWhyOneOfThemFailed) {
    EXPECT_THAT(last_word("failed"), testing::HasSubstr("rank 1 failed: Could not write: the disk is full"));
}

TEST_F(RanksOfTwo, EndEvenOneThatCannotThrowAndItHasALastWord) {
    const auto begin = std::chrono::steady_clock::now();
    start("loses", "fails while the other cannot throw");
    const int status = end_of(0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 1);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(30));
    EXPECT_THAT(text(0), testing::HasSubstr("last: Training with several processes ended: rank 1 failed"));
}

TEST_F(RanksOfTwo, SayOnceWhatBothFind) {
    expect_success("alike");
    EXPECT_EQ((text(0).empty() ? 0 : 1) + (text(1).empty() ? 0 : 1), 1) << text(0) << text(1);
    EXPECT_THAT(text(0) + text(1), testing::HasSubstr("Could not read the data set: it is gone"));
}

TEST_F(RanksOfTwo, EndWhenTheirLauncherSaysThatOneDied) {
    start("loses", "hangs");
    EXPECT_TRUE(store_->fail("rank 1 was ended by signal 9"));
    EXPECT_FALSE(store_->fail("rank 0 was ended by signal 9"));  // the first word counts
    end_of(0);
    EXPECT_THAT(text(0), testing::HasSubstr("rank 1 was ended by signal 9"));
}

}  // namespace
}  // namespace afs
