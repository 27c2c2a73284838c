// `afstudio train` as a user runs it: a run that was stopped or killed anywhere and went on is, to the bit, the run
// that was left alone.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <csignal>
#include <fstream>
#include <sstream>
#include <thread>

#include "core/base/file.h"
#include "core/base/json.h"
#include "core/formats/safetensors.h"
#include "core/train/run_directory.h"
#include "core/train/run_status.h"
#include "tests/support/paths.h"
#include "tests/support/program.h"

namespace afs {
namespace {

namespace fs = std::filesystem;
using test::ProgramOptions;
using test::ProgramResult;
using testing::HasSubstr;

class Train : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        folder_ = new test::TemporaryFolder;
        ASSERT_EQ(test::run_program({"dataset", "demo", data(), "--num", "40", "--resolution", "16"}).exit_code, 0);
        const ProgramResult left_alone = test::run_program(arguments("alone", kKimg));
        ASSERT_EQ(left_alone.exit_code, 0) << left_alone.err;
    }
    static void TearDownTestSuite() {
        delete folder_;
        folder_ = nullptr;
    }

    static constexpr const char* kKimg = "0.08";  // 20 steps
    static std::string data() { return (folder_->path() / "demo.zip").string(); }
    static fs::path outdir(const std::string& name) { return folder_->path() / name; }
    // The only run there.
    static fs::path run(const std::string& name) {
        const std::vector<fs::path> runs = runs_under(outdir(name));
        return runs.size() == 1 ? runs.front() : fs::path("there is not exactly one run");
    }
    static std::vector<std::string> arguments(const std::string& name, const std::string& kimg,
                                              const std::vector<std::string>& more = {}) {
        std::vector<std::string> all = {"train",     "--outdir",    outdir(name).string(),
                                        "--cfg",     "stylegan3-t", "--data",
                                        data(),      "--batch",     "4",
                                        "--gamma",   "1",           "--cbase",
                                        "128",       "--cmax",      "8",
                                        "--metrics", "none",        "--mirror",
                                        "--aug",     "fixed",       "--p",
                                        "0.5",       "--tick",      "0.024",
                                        "--kimg",    kimg};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }
    // As far as a run says it is: in its status, which is at most a second old, or at its last tick, said at once.
    static double kimg_of(const std::string& name) {
        const std::optional<RunStatus> status = read_run_status(run(name));
        double kimg = status ? status->kimg : 0;
        std::ifstream ticks(run(name) / "stats.jsonl");
        for (std::string line; std::getline(ticks, line);)
            if (const Json tick = Json::parse(line, nullptr, /*allow_exceptions=*/false); tick.is_object())
                kimg = std::max(kimg, tick.at("Progress/kimg").at("mean").get<double>());
        return kimg;
    }

    // All that is learnt, and what the statistics say about it.
    static void expect_same_run(const fs::path& one, const fs::path& other) {
        const std::vector<fs::path> a = states_in(one), b = states_in(other);
        ASSERT_FALSE(a.empty());
        ASSERT_FALSE(b.empty());
        ASSERT_EQ(a.front().filename(), b.front().filename());
        const SafetensorsFile want = read_safetensors(a.front()), got = read_safetensors(b.front());
        ASSERT_EQ(want.tensors.size(), got.tensors.size());
        for (const auto& [name, tensor] : want.tensors) {
            const TensorData* there = got.find(name);
            ASSERT_NE(there, nullptr) << name;
            EXPECT_TRUE(std::ranges::equal(tensor.bytes, there->bytes)) << name;
        }
        const auto numbers = [](const SafetensorsFile& file) {
            Json json = Json::parse(*file.metadata_value("afs.state"));
            Json run = json["run"];
            return Json{json["trainer"], run["tick"], run["tick_begin"]};
        };
        EXPECT_EQ(numbers(want), numbers(got));
        EXPECT_EQ(losses(one), losses(other));
        const auto snapshot = [](const fs::path& of) {
            return read_text_file(of / "network-snapshot-000000.safetensors").size();
        };
        EXPECT_EQ(snapshot(one), snapshot(other));
        EXPECT_TRUE(read_text_file(one / "fakes000000.png") == read_text_file(other / "fakes000000.png"));
    }
    // stats.jsonl without what clocks and memory say.
    static std::vector<Json> losses(const fs::path& of) {
        std::vector<Json> lines;
        std::ifstream file(of / "stats.jsonl");
        for (std::string line; std::getline(file, line);) {
            Json kept = Json::object();
            const Json json = Json::parse(line);
            for (const auto& [name, value] : json.items())
                if (name.starts_with("Loss/") || name.starts_with("Progress/")) kept[name] = value;
            lines.push_back(std::move(kept));
        }
        return lines;
    }

    static inline test::TemporaryFolder* folder_ = nullptr;
};

TEST_F(Train, LeavesTheRunsFiles) {
    const fs::path run = Train::run("alone");
    EXPECT_EQ(run.filename(), "00000-stylegan3-t-demo-gpus1-batch4-gamma1");
    for (const char* name : {"options.json", "log.txt", "stats.jsonl", "reals.png", "fakes_init.png", "fakes000000.png",
                             "network-snapshot-000000.safetensors", "status.json", "state-0000000080.ckpt"})
        EXPECT_TRUE(fs::exists(run / name)) << name;
    EXPECT_FALSE(fs::exists(run / "run.lock"));
    EXPECT_EQ(read_run_status(run)->phase, RunPhase::finished);
    EXPECT_EQ(read_run_status(run)->kimg, 0.08);
    const std::vector<Json> ticks = losses(run);  // after 4, 28, 52, 76 and 80 pictures
    ASSERT_EQ(ticks.size(), 5u);
    EXPECT_EQ(ticks[0]["Progress/kimg"]["mean"], 0.004);
    EXPECT_EQ(ticks[4]["Progress/kimg"]["mean"], 0.08);
    EXPECT_EQ(ticks[1]["Loss/scores/real"]["num"], 24);
    for (const char* name : {"Loss/scores/fake", "Loss/G/loss", "Loss/D/loss", "Loss/r1_penalty", "Loss/signs/real"})
        EXPECT_TRUE(std::isfinite(ticks[4][name]["mean"].get<double>())) << name;
    const ProgramResult network =
        test::run_program({"inspect", (run / "network-snapshot-000000.safetensors").string(), "--json"});
    ASSERT_EQ(network.exit_code, 0) << network.err;
    EXPECT_EQ(Json::parse(network.out)["img_resolution"], 16);
}

TEST_F(Train, InterruptedAnywhereGoesOnExactly) {
    ProgramOptions interrupted;
    interrupted.interrupt_when = [] { return kimg_of("stopped") >= 0.012; };
    const ProgramResult first = test::run_program(arguments("stopped", kKimg), interrupted);
    EXPECT_EQ(first.exit_code, 0) << first.err;
    EXPECT_THAT(first.out, HasSubstr("Stopped"));
    const std::optional<RunStatus> status = read_run_status(run("stopped"));
    ASSERT_TRUE(status);
    ASSERT_EQ(status->phase, RunPhase::stopped);
    EXPECT_LT(status->kimg, 0.08);
    EXPECT_EQ(states_in(run("stopped")).front().filename(),
              state_file_name(static_cast<std::int64_t>(std::lround(status->kimg * 1000))));
    const ProgramResult second = test::run_program({"train", "--resume", run("stopped").string()});
    ASSERT_EQ(second.exit_code, 0) << second.err;
    expect_same_run(run("alone"), run("stopped"));
}

TEST_F(Train, AskedByAFileStopsAndGoesOnExactly) {
    std::jthread asks([](const std::stop_token& stop) {
        while (!stop.stop_requested() && kimg_of("asked") < 0.03) std::this_thread::yield();
        if (!stop.stop_requested()) std::ofstream(run("asked") / "stop.request") << "";
    });
    const ProgramResult first = test::run_program(arguments("asked", kKimg));
    asks.request_stop();
    EXPECT_EQ(first.exit_code, 0) << first.err;
    ASSERT_EQ(read_run_status(run("asked"))->phase, RunPhase::stopped);
    EXPECT_FALSE(fs::exists(run("asked") / "stop.request"));
    const ProgramResult second = test::run_program(arguments("asked", kKimg, {"--auto-resume"}));
    ASSERT_EQ(second.exit_code, 0) << second.err;
    expect_same_run(run("alone"), run("asked"));
}

// States are written all the time, so that some of these kills hit a save.
TEST_F(Train, KilledAgainAndAgainGoesOnExactly) {
    std::vector<std::string> command = arguments("killed", kKimg, {"--state-every", "0", "--auto-resume"});
    for (const double when : {0.008, 0.02, 0.032, 0.048, 0.06}) {
        ProgramOptions killed;
        killed.kill_when = [when] { return fs::exists(outdir("killed")) && kimg_of("killed") >= when; };
        const ProgramResult result = test::run_program(command, killed);
        ASSERT_EQ(result.exit_code, 128 + 9) << result.err;
    }
    EXPECT_TRUE(fs::exists(run("killed") / "run.lock"));
    const ProgramResult last = test::run_program(command);
    ASSERT_EQ(last.exit_code, 0) << last.err;
    EXPECT_EQ(states_in(run("killed")).size(), 2u);  // --keep
    expect_same_run(run("alone"), run("killed"));
    for (const fs::directory_entry& entry : fs::directory_iterator(run("killed")))
        EXPECT_FALSE(entry.path().filename().string().starts_with(".")) << entry.path();
}

TEST_F(Train, ASecondTrainerIsRefusedWhileTheFirstLives) {
    ProgramResult second;
    ProgramOptions first;
    first.interrupt_when = [&] {
        if (kimg_of("twice") < 0.004) return false;
        second = test::run_program({"train", "--resume", run("twice").string()});
        return true;
    };
    EXPECT_EQ(test::run_program(arguments("twice", "100"), first).exit_code, 0);
    EXPECT_EQ(second.exit_code, 1);
    EXPECT_THAT(second.err, HasSubstr("is training there"));
    EXPECT_EQ(read_run_status(run("twice"))->phase, RunPhase::stopped);
}

TEST_F(Train, ListsTheOptionsThatDiffer) {
    const std::string state = read_text_file(states_in(run("alone")).front());
    const ProgramResult result =
        test::run_program({"train", "--resume", run("alone").string(), "--gamma", "8", "--batch", "8", "--kimg", "1"});
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_THAT(result.err, HasSubstr("--gamma: 1.0 there, 8.0 now"));
    EXPECT_THAT(result.err, HasSubstr("--batch: 4 there, 8 now"));
    EXPECT_THAT(result.err, testing::Not(HasSubstr("kimg:")));
    const std::string other = (folder_->path() / "other.zip").string();
    ASSERT_EQ(test::run_program({"dataset", "demo", other, "--num", "41", "--resolution", "16"}).exit_code, 0);
    const ProgramResult data = test::run_program({"train", "--resume", run("alone").string(), "--data", other});
    EXPECT_EQ(data.exit_code, 1);
    EXPECT_THAT(data.err, HasSubstr("pictures: 80 there, 82 now"));
    EXPECT_EQ(read_run_status(run("alone"))->phase, RunPhase::finished);
    EXPECT_EQ(read_text_file(states_in(run("alone")).front()), state);
}

TEST_F(Train, SaysBeforeItBeginsWhatCannotBe) {
    const auto refused = [](std::vector<std::string> command) {
        const ProgramResult result = test::run_program(command);
        EXPECT_NE(result.exit_code, 0);
        EXPECT_EQ(std::ranges::count(result.err, '\n'), 1) << result.err;
        EXPECT_FALSE(fs::exists(outdir("refused"))) << result.err;
        return result.err;
    };
    EXPECT_THAT(refused({"train", "--resume", "nowhere"}), HasSubstr("no such file"));
    EXPECT_THAT(refused({"train", "--resume", folder_->path().string()}), HasSubstr("not the folder of a run"));
    std::vector<std::string> command = arguments("refused", "1");
    const auto with = [&](const std::string& option, const std::string& value) {
        std::vector<std::string> changed = command;
        *(std::ranges::find(changed, option) + 1) = value;
        return changed;
    };
    EXPECT_THAT(refused(with("--data", "nowhere.zip")), HasSubstr("nowhere.zip"));
    EXPECT_THAT(refused(with("--cfg", "f")), HasSubstr("ladder"));
    EXPECT_THAT(refused(with("--batch", "6")), HasSubstr("--mbstd-group"));
    EXPECT_THAT(refused(with("--metrics", "fid")), HasSubstr("fid50k_full"));
    EXPECT_THAT(refused(arguments("refused", "1", {"--cond"})), HasSubstr("labels"));
    EXPECT_THAT(refused(arguments("refused", "1", {"--resume", data()})), HasSubstr("demo.zip"));
    // A picture in the middle that cannot be read: found before the first step.
    const fs::path folder = folder_->path() / "pictures";
    ASSERT_EQ(test::run_program({"dataset", "demo", folder.string(), "--num", "9", "--resolution", "16"}).exit_code, 0);
    std::ofstream(folder / "00000/img00000005.png") << "no picture";
    EXPECT_THAT(refused(with("--data", folder.string())), HasSubstr("img00000005.png"));
    // A folder that cannot be written.
    std::ofstream(folder_->path() / "file") << "";
    EXPECT_THAT(refused(with("--outdir", (folder_->path() / "file/runs").string())), HasSubstr("run directory"));
}

TEST_F(Train, KeepsTheLastStateWhenTheDataSetGoesAway) {
    const fs::path folder = folder_->path() / "fleeting";
    ASSERT_EQ(test::run_program({"dataset", "demo", folder.string(), "--num", "40", "--resolution", "16"}).exit_code,
              0);
    std::vector<std::string> command = arguments("fleeting-runs", "100");
    *(std::ranges::find(command, "--data") + 1) = folder.string();
    ProgramOptions removed;
    removed.interrupt_when = [&] {
        if (kimg_of("fleeting-runs") >= 0.008) fs::remove_all(folder);
        return false;
    };
    const ProgramResult result = test::run_program(command, removed);
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_THAT(result.err, HasSubstr("img000000"));
    const std::optional<RunStatus> status = read_run_status(run("fleeting-runs"));
    EXPECT_EQ(status->phase, RunPhase::failed);
    EXPECT_THAT(status->reason.value_or(""), HasSubstr("img000000"));
    EXPECT_EQ(states_in(run("fleeting-runs")).front().filename(),
              state_file_name(static_cast<std::int64_t>(std::lround(status->kimg * 1000))));
}

TEST_F(Train, KeepsTheLastStateWhenTheDiskIsFull) {
    // The limit stands for a full disk: a state is larger, the network's file is not.
    const auto bytes = fs::file_size(states_in(run("alone")).front());
    ProgramOptions limited;
    limited.program = "/bin/bash";
    std::string line = fmt::format("ulimit -f {}; exec {}", bytes / 1024 - 10, test::program_path().string());
    for (const std::string& word : arguments("full", kKimg)) line += " " + word;
    const ProgramResult result = test::run_program({"-c", line}, limited);
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_THAT(result.err, HasSubstr(".ckpt"));
    EXPECT_EQ(read_run_status(run("full"))->phase, RunPhase::failed);
    EXPECT_THAT(read_run_status(run("full"))->reason.value_or(""), HasSubstr(".ckpt"));
    EXPECT_TRUE(states_in(run("full")).empty());
    for (const fs::directory_entry& entry : fs::directory_iterator(run("full")))
        EXPECT_FALSE(entry.path().filename().string().starts_with(".")) << entry.path();
}

TEST_F(Train, EndsWhenLossesAreNoNumbersAndKeepsTheLastGoodState) {
    const ProgramResult result =
        test::run_program(arguments("wild", "1", {"--glr", "1e30", "--dlr", "1e30", "--state-every", "0"}));
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_THAT(result.err, HasSubstr("--gamma"));
    EXPECT_EQ(read_run_status(run("wild"))->phase, RunPhase::failed);
    EXPECT_TRUE(read_run_status(run("wild"))->reason.has_value());
    for (const fs::path& state : states_in(run("wild")))
        for (const auto& [name, tensor] : read_safetensors(state).tensors) {
            if (tensor.dtype != DType::f32) continue;
            for (const double value : to_doubles(tensor)) ASSERT_TRUE(std::isfinite(value)) << name;
        }
}

TEST_F(Train, BeginsWithTheNetworksOfASnapshot) {
    const ProgramResult result = test::run_program(
        arguments("transfer", "0.004", {"--resume", (run("alone") / "network-snapshot-000000.safetensors").string()}));
    ASSERT_EQ(result.exit_code, 0) << result.err;
    EXPECT_TRUE(read_text_file(run("transfer") / "fakes_init.png") == read_text_file(run("alone") / "fakes000000.png"));
}

TEST_F(Train, SaysWithoutTrainingWhatItWouldTrain) {
    const ProgramResult result = test::run_program(arguments("dry", "1", {"--dry-run", "--json"}));
    ASSERT_EQ(result.exit_code, 0) << result.err;
    const Json json = Json::parse(result.out);
    EXPECT_EQ(json["options"]["batch"], 4);
    EXPECT_EQ(json["options"]["augment_p"], 0.5);
    EXPECT_GT(json["params"]["G"].get<std::int64_t>(), json["params"]["D"].get<std::int64_t>());
    EXPECT_GT(json["memory_estimate_bytes"].get<std::int64_t>(), std::int64_t{180} << 20);  // the program's own
    EXPECT_LT(json["memory_estimate_bytes"].get<std::int64_t>(), std::int64_t{350} << 20);
    EXPECT_GT(json["sec_per_kimg_estimate"].get<double>(), 0);
    EXPECT_FALSE(fs::exists(outdir("dry")));
}

// A quarter of a million pictures at once need more than a machine has.
TEST_F(Train, RefusesWithNumbersWhatDoesNotFit) {
    std::vector<std::string> command = arguments("large", "1");
    *(std::ranges::find(command, "--batch") + 1) = "262144";
    const ProgramResult refused = test::run_program(command);
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_THAT(refused.err, HasSubstr("with 262144 pictures at once it needs about"));
    EXPECT_THAT(refused.err, HasSubstr("--batch-gpu"));
    EXPECT_EQ(std::ranges::count(refused.err, '\n'), 1) << refused.err;
    EXPECT_FALSE(fs::exists(outdir("large")));
    command.insert(command.end(), {"--dry-run", "--json"});
    const ProgramResult dry = test::run_program(command);
    EXPECT_EQ(dry.exit_code, 1);
    EXPECT_THAT(dry.err, HasSubstr("--batch-gpu"));
    const Json json = Json::parse(dry.out);  // told in any case
    EXPECT_GT(json["memory_estimate_bytes"].get<std::int64_t>(), std::int64_t{1} << 39);
    EXPECT_FALSE(json.contains("sec_per_kimg_estimate"));
}

// Children of a process, by /proc.
std::vector<pid_t> children_of(pid_t parent) {
    std::vector<pid_t> found;
    for (const fs::directory_entry& entry : fs::directory_iterator("/proc")) {
        const std::string name = entry.path().filename().string();
        if (name.find_first_not_of("0123456789") != std::string::npos) continue;
        std::ifstream file(entry.path() / "stat");
        std::string line;
        if (!std::getline(file, line)) continue;
        std::istringstream rest(line.substr(std::min(line.rfind(')') + 1, line.size())));
        std::string state;
        pid_t of = 0;
        rest >> state >> of;
        if (of == parent) found.push_back(static_cast<pid_t>(std::stol(name)));
    }
    return found;
}

// Two processes on the CPU, started by --gpus.
class TrainTwoRanks : public Train {
  protected:
    static std::vector<std::string> of_two(const std::string& name, const std::string& kimg) {
        std::vector<std::string> command = arguments(name, kimg, {"--gpus", "2", "--device", "cpu"});
        *(std::ranges::find(command, "--batch") + 1) = "8";
        return command;
    }
    // Of the rank that writes.
    static pid_t first_rank(const std::string& name) {
        return Json::parse(read_text_file(run(name) / "run.lock")).at("pid").get<pid_t>();
    }
    static pid_t parent_of(pid_t process) {
        std::ifstream status(fmt::format("/proc/{}/status", process));
        for (std::string line; std::getline(status, line);)
            if (line.starts_with("PPid:")) return static_cast<pid_t>(std::stol(line.substr(5)));
        return 0;
    }
};

TEST_F(TrainTwoRanks, InterruptedAnywhereGoesOnExactly) {
    const ProgramResult alone = test::run_program(of_two("two", kKimg));
    ASSERT_EQ(alone.exit_code, 0) << alone.err;
    EXPECT_EQ(run("two").filename(), "00000-stylegan3-t-demo-gpus2-batch8-gamma1");
    EXPECT_EQ(losses(run("two")).back()["Loss/scores/real"]["num"], 24);  // of both ranks
    ProgramOptions interrupted;
    interrupted.interrupt_when = [] { return kimg_of("two-stopped") >= 0.016; };
    const ProgramResult first = test::run_program(of_two("two-stopped", kKimg), interrupted);
    EXPECT_EQ(first.exit_code, 0) << first.err;
    ASSERT_EQ(read_run_status(run("two-stopped"))->phase, RunPhase::stopped);
    const ProgramResult second =
        test::run_program({"train", "--resume", run("two-stopped").string(), "--device", "cpu"});
    ASSERT_EQ(second.exit_code, 0) << second.err;
    expect_same_run(run("two"), run("two-stopped"));
}

// States are written all the time; a kill of the process that started them kills all.
TEST_F(TrainTwoRanks, KilledAnywhereGoOnExactly) {
    if (runs_under(outdir("two")).empty()) {
        const ProgramResult alone = test::run_program(of_two("two", kKimg));
        ASSERT_EQ(alone.exit_code, 0) << alone.err;
    }
    std::vector<std::string> command = of_two("two-killed", kKimg);
    command.insert(command.end(), {"--state-every", "0", "--auto-resume"});
    for (const double when : {0.016, 0.04}) {
        pid_t first = 0;
        ProgramOptions killed;
        killed.kill_when = [&] {
            if (!fs::exists(outdir("two-killed")) || kimg_of("two-killed") < when) return false;
            first = first_rank("two-killed");
            return true;
        };
        const ProgramResult result = test::run_program(command, killed);
        ASSERT_EQ(result.exit_code, 128 + 9) << result.err;
        while (first != 0 && ::kill(first, 0) == 0) std::this_thread::yield();  // until the lock is free
    }
    const ProgramResult last = test::run_program(command);
    ASSERT_EQ(last.exit_code, 0) << last.err;
    expect_same_run(run("two"), run("two-killed"));
}

TEST_F(TrainTwoRanks, TheDeathOfOneEndsTheOther) {
    ProgramOptions options;
    bool killed = false;
    options.interrupt_when = [&] {
        if (killed || kimg_of("orphaned") < 0.016) return false;
        const pid_t first = first_rank("orphaned");
        for (const pid_t rank : children_of(parent_of(first)))
            if (rank != first) ::kill(rank, SIGKILL);
        killed = true;
        return false;
    };
    const ProgramResult result = test::run_program(of_two("orphaned", "100"), options);
    EXPECT_TRUE(killed);
    EXPECT_NE(result.exit_code, 0);
    EXPECT_THAT(result.err, HasSubstr("Rank 1 was ended by signal 9"));
    EXPECT_EQ(std::ranges::count(result.err, '\n'), 1) << result.err;  // the other one leaves it to the launcher
    const std::optional<RunStatus> status = read_run_status(run("orphaned"));
    EXPECT_EQ(status->phase, RunPhase::failed);
    EXPECT_THAT(status->reason.value_or(""), HasSubstr("rank 1"));
}

TEST_F(TrainTwoRanks, SaveTheStateOfTheirStepWhenTheDataSetGoesAway) {
    const fs::path folder = folder_->path() / "shared";
    ASSERT_EQ(test::run_program({"dataset", "demo", folder.string(), "--num", "40", "--resolution", "16"}).exit_code,
              0);
    std::vector<std::string> command = of_two("shared-runs", "100");
    *(std::ranges::find(command, "--data") + 1) = folder.string();
    ProgramOptions removed;
    removed.interrupt_when = [&] {
        if (kimg_of("shared-runs") >= 0.016) fs::remove_all(folder);
        return false;
    };
    const ProgramResult result = test::run_program(command, removed);
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_THAT(result.err, HasSubstr("img000000"));
    EXPECT_EQ(std::ranges::count(result.err, '\n'), 1) << result.err;  // said by one of them
    const std::optional<RunStatus> status = read_run_status(run("shared-runs"));
    EXPECT_EQ(status->phase, RunPhase::failed);
    EXPECT_THAT(status->reason.value_or(""), HasSubstr("img000000"));
    EXPECT_EQ(states_in(run("shared-runs")).front().filename(),
              state_file_name(static_cast<std::int64_t>(std::lround(status->kimg * 1000))));
}

TEST_F(TrainTwoRanks, SayOnceWhatIsWrongBeforeTheyBegin) {
    const auto refused = [](const std::vector<std::string>& command) {
        const ProgramResult result = test::run_program(command);
        EXPECT_EQ(result.exit_code, 1);
        EXPECT_EQ(std::ranges::count(result.err, '\n'), 1) << result.err;
        return result.err;
    };
    std::vector<std::string> command = of_two("refused-two", "1");
    const auto data = std::ranges::find(command, "--data") + 1;
    *data = "nowhere.zip";
    EXPECT_THAT(refused(command), HasSubstr("nowhere.zip"));
    // As many GPUs as no machine has.
    EXPECT_THAT(refused(arguments("refused-two", "1", {"--gpus", "1000"})), HasSubstr("GPU"));
    // What only the first looks at, when the other waits for it already.
    const fs::path folder = folder_->path() / "broken";
    ASSERT_EQ(test::run_program({"dataset", "demo", folder.string(), "--num", "9", "--resolution", "16"}).exit_code, 0);
    std::ofstream(folder / "00000/img00000005.png") << "no picture";
    *data = folder.string();
    EXPECT_THAT(refused(command), HasSubstr("img00000005.png"));
    EXPECT_FALSE(fs::exists(outdir("refused-two")));
}

TEST_F(TrainTwoRanks, EndWithTheProcessThatStartedThem) {
    pid_t first = 0;
    ProgramOptions options;
    options.kill_when = [&] {
        if (kimg_of("left-behind") < 0.008) return false;
        first = first_rank("left-behind");
        return true;
    };
    EXPECT_EQ(test::run_program(of_two("left-behind", "100"), options).exit_code, 128 + 9);
    ASSERT_GT(first, 0);
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (::kill(first, 0) == 0 && std::chrono::steady_clock::now() < limit) std::this_thread::yield();
    EXPECT_NE(::kill(first, 0), 0);
}

}  // namespace
}  // namespace afs
