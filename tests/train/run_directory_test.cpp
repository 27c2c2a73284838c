// Pins what docs/file-formats.md says of a run's directory: names, states, who may write, and that a save that is cut
// short anywhere leaves a state to go on from.
#include "core/train/run_directory.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/json.h"
#include "core/train/checkpoint.h"
#include "core/train/run_status.h"
#include "tests/support/paths.h"

namespace afs {
namespace {

namespace fs = std::filesystem;

void touch(const fs::path& path) { std::ofstream(path) << "x"; }
double now() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

class RunDirectory : public testing::Test {
  protected:
    test::TemporaryFolder folder_;
    fs::path run_ = folder_.path();

    void write_lock(const std::string& host, std::int64_t pid, double start_time) const {
        const Json json = {{"host", host}, {"pid", pid}, {"start_time", start_time}};
        std::ofstream(run_ / "run.lock") << json.dump();
    }
    void write_status(const std::string& phase, double heartbeat) const {
        const Json json = {{"version", 1}, {"phase", phase}, {"kimg", 1}, {"heartbeat_unix", heartbeat}};
        std::ofstream(run_ / "status.json") << json.dump();
    }
    [[nodiscard]] bool may_train() const {
        try {
            const RunLock lock(run_);
            return true;
        } catch (const Error&) {
            return false;
        }
    }
};

TEST_F(RunDirectory, HasTheNumberAfterTheLargest) {
    EXPECT_EQ(make_run_directory(run_ / "runs", "a").filename(), "00000-a");
    EXPECT_EQ(make_run_directory(run_ / "runs", "b").filename(), "00001-b");
    fs::create_directory(run_ / "runs/00041");
    fs::create_directory(run_ / "runs/notes");
    touch(run_ / "runs/00099-a-file");
    EXPECT_EQ(make_run_directory(run_ / "runs", "c").filename(), "00042-c");
    const std::vector<fs::path> runs = runs_under(run_ / "runs");
    ASSERT_EQ(runs.size(), 4u);
    EXPECT_EQ(runs.front().filename(), "00042-c");
    touch(run_ / "file");
    EXPECT_THROW((void)make_run_directory(run_ / "file", "d"), Error);
}

TEST_F(RunDirectory, ListsStatesByTheirPicturesAndKeepsTheNewest) {
    for (const std::int64_t images : {400, 12000, 8}) touch(run_ / state_file_name(images));
    touch(run_ / "state-.ckpt");
    touch(run_ / "state-12.ckpt");  // another program's
    touch(run_ / "state-0000099999.ckpt.tmp");
    const std::vector<fs::path> states = states_in(run_);
    ASSERT_EQ(states.size(), 3u);
    EXPECT_EQ(states[0].filename(), "state-0000012000.ckpt");
    EXPECT_EQ(states[2].filename(), "state-0000000008.ckpt");
    remove_old_states(run_, 2);
    EXPECT_EQ(states_in(run_).size(), 2u);
    EXPECT_EQ(states_in(run_)[1].filename(), "state-0000000400.ckpt");
    EXPECT_TRUE(fs::exists(run_ / "state-12.ckpt"));
}

TEST_F(RunDirectory, IsLockedByOneTrainer) {
    {
        const RunLock lock(run_);
        const Json json = Json::parse(read_text_file(run_ / "run.lock"));
        EXPECT_EQ(json["pid"], ::getpid());
        EXPECT_NEAR(json["start_time"].get<double>(), now(), 3600);
        EXPECT_FALSE(may_train());
    }
    EXPECT_FALSE(fs::exists(run_ / "run.lock"));
    EXPECT_TRUE(may_train());
}

TEST_F(RunDirectory, OfAnotherMachineIsLockedWhileItsHeartBeats) {
    write_lock("another-machine", 17, now());
    write_status("training", now());
    EXPECT_FALSE(may_train());
    write_status("training", now() - 2 * kHeartbeatLives_s);
    EXPECT_TRUE(may_train());
    write_lock("another-machine", 17, now());
    write_status("stopped", now());
    EXPECT_TRUE(may_train());
}

TEST_F(RunDirectory, OfAProcessThatIsGoneIsFree) {
    const pid_t child = ::fork();
    if (child == 0) _exit(0);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    std::array<char, 256> host{};
    ASSERT_EQ(::gethostname(host.data(), host.size()), 0);
    write_lock(host.data(), child, now());
    write_status("training", now());
    EXPECT_TRUE(may_train());
    // The same number, but of a process that began at another time.
    write_lock(host.data(), ::getppid(), 12345);
    EXPECT_TRUE(may_train());
    // What is no lock at all does not lock.
    std::ofstream(run_ / "run.lock") << "{\"host\": 3";
    EXPECT_TRUE(may_train());
}

TEST_F(RunDirectory, TakesAStopRequestOnce) {
    EXPECT_FALSE(take_stop_request(run_));
    touch(run_ / "stop.request");
    EXPECT_TRUE(take_stop_request(run_));
    EXPECT_FALSE(take_stop_request(run_));
}

TEST_F(RunDirectory, TellsItsStatusEverySecondAndAtTheEnd) {
    EXPECT_FALSE(read_run_status(run_));
    {
        RunStatus status;
        status.total_kimg = 10;
        RunHeartbeat heart(run_, status);
        const std::optional<RunStatus> first = read_run_status(run_);
        ASSERT_TRUE(first);
        EXPECT_EQ(first->phase, RunPhase::starting);
        EXPECT_FALSE(first->eta_s);
        status.phase = RunPhase::training;
        status.kimg = 2.5;
        status.eta_s = 7;
        heart.update(status);
        EXPECT_EQ(read_run_status(run_)->phase, RunPhase::training);  // at once
        EXPECT_EQ(read_run_status(run_)->eta_s, 7);
        EXPECT_GT(read_run_status(run_)->memory_bytes, 1u << 20);
        const double before = read_run_status(run_)->heartbeat_unix;
        const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (read_run_status(run_)->heartbeat_unix == before && std::chrono::steady_clock::now() < limit) {}
        EXPECT_GT(read_run_status(run_)->heartbeat_unix, before);
        status.phase = RunPhase::failed;
        status.reason = "the disk is full";
        heart.update(status);
    }
    EXPECT_EQ(read_run_status(run_)->reason, "the disk is full");
    std::ofstream(run_ / "status.json") << "{\"phase\": \"dancing\", \"kimg\": 1, \"heartbeat_unix\": 1}";
    EXPECT_FALSE(read_run_status(run_));
}

Checkpoint small_checkpoint(float value) {
    Checkpoint checkpoint;
    checkpoint.options = {{"cfg", "stylegan3-t"}};
    checkpoint.run = {{"tick", 3}, {"total_s", 0.1}};
    checkpoint.trainer.numbers = {{"p", value}};
    checkpoint.trainer.tensors = {
        {"random", at::arange(5, at::kByte)}, {"pl_mean", at::full({}, value)}, {"G.weight", at::full({3, 2}, value)}};
    checkpoint.ranks = {{std::byte{1}, std::byte{2}}, {}};
    return checkpoint;
}

TEST_F(RunDirectory, HoldsStatesThatComeBackWhole) {
    save_checkpoint(run_ / state_file_name(1), small_checkpoint(0.1f));
    const Checkpoint back = load_checkpoint(run_ / state_file_name(1));
    EXPECT_EQ(back.options["cfg"], "stylegan3-t");
    EXPECT_EQ(back.run["total_s"], 0.1);
    ASSERT_EQ(back.ranks.size(), 2u);
    EXPECT_EQ(back.ranks[0].size(), 2u);
    ASSERT_EQ(back.trainer.tensors.size(), 3u);
    for (const auto& [name, tensor] : small_checkpoint(0.1f).trainer.tensors) {
        const auto found = std::ranges::find(back.trainer.tensors, name, [](const auto& t) { return t.first; });
        ASSERT_NE(found, back.trainer.tensors.end()) << name;
        EXPECT_TRUE(found->second.equal(tensor)) << name;
    }
}

TEST_F(RunDirectory, RefusesWhatIsNoState) {
    const fs::path path = run_ / state_file_name(1);
    save_checkpoint(path, small_checkpoint(1));
    const std::string whole = read_text_file(path);
    for (std::size_t size = 0; size < whole.size(); size += 41) {
        std::ofstream(path, std::ios::binary) << whole.substr(0, size);
        EXPECT_THROW((void)load_checkpoint(path), Error) << size;
    }
    EXPECT_THROW((void)load_checkpoint(run_ / "nothing"), Error);
}

// The child saves a second state and a third over the first; at its n-th system call it is killed.
TEST_F(RunDirectory, AKillAtAnySystemCallOfASaveLeavesAStateToGoOnFrom) {
    const fs::path older = run_ / state_file_name(4), newer = run_ / state_file_name(8);
    const Checkpoint first = small_checkpoint(1), second = small_checkpoint(2);
    int killed = 0, whole = 0;
    for (int n = 1;; ++n) {
        fs::remove(newer);
        save_checkpoint(older, first);
        const pid_t child = ::fork();
        if (child == 0) {
            ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
            ::raise(SIGSTOP);
            save_checkpoint(newer, second);
            remove_old_states(run_, 1);
            _exit(0);
        }
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        if (!WIFSTOPPED(status)) GTEST_SKIP() << "this system does not let processes be traced";
        bool ended = false;
        for (int stops = 0; stops < n && !ended; ++stops) {
            ASSERT_EQ(::ptrace(PTRACE_SYSCALL, child, nullptr, nullptr), 0);
            ASSERT_EQ(::waitpid(child, &status, 0), child);
            ended = WIFEXITED(status);
        }
        if (!ended) {
            ::kill(child, SIGKILL);
            ASSERT_EQ(::waitpid(child, &status, 0), child);
            ++killed;
        }
        const std::vector<fs::path> states = states_in(run_);
        ASSERT_FALSE(states.empty()) << "after system call " << n;
        const Checkpoint newest = load_checkpoint(states.front());
        EXPECT_EQ(newest.trainer.numbers["p"], states.front() == newer ? 2.0 : 1.0);
        if (states.front() == newer) ++whole;
        remove_unfinished_files(run_);
        for (const fs::directory_entry& entry : fs::directory_iterator(run_))
            EXPECT_TRUE(entry.path().filename().string().starts_with("state-")) << entry.path();
        if (ended) break;
        ASSERT_LT(n, 10'000);
    }
    EXPECT_GT(killed, 10);
    EXPECT_GE(whole, 2);  // also between the rename and the removal of the older one
}

}  // namespace
}  // namespace afs
