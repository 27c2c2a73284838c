// Every recorded broken or hostile file through the whole program: one paragraph, exit code 1, no time, no memory,
// nothing left behind.
#include <gtest/gtest.h>

#include <algorithm>

#include "core/base/file.h"
#include "core/base/json.h"
#include "tests/support/paths.h"
#include "tests/support/program.h"

namespace afs::test {
namespace {

// The promise is 2 s on a quiet machine; builds of other suites run beside this one. Sanitizers slow a start down to
// seconds.
#ifdef __SANITIZE_ADDRESS__
constexpr double kSecondsLimit = 60.0;
#else
constexpr double kSecondsLimit = 10.0;
#endif
constexpr std::uint64_t kMemoryLimit = 150ull << 20;

std::uint64_t idle_memory() {
    static const std::uint64_t idle = run_program({"info", "--json"}).max_rss_bytes;
    return idle;
}

Json index_of_bad_files() { return Json::parse(read_text_file(golden_path("nets/bad/index.json"))); }

std::vector<std::string> names() {
    std::vector<std::string> names;
    for (const Json& entry : index_of_bad_files()) names.push_back(entry["file"].get<std::string>());
    return names;
}

std::string expectation(const std::string& name) {
    for (const Json& entry : index_of_bad_files())
        if (entry["file"] == name) return entry["expect"].get<std::string>();
    return {};
}

std::string base_name(const std::string& name) { return std::filesystem::path(name).filename().string(); }

// What must open as a network and draw; the other entries must be refused by `images`, or may be (a warning is as good,
// a flipped bit may be harmless).
bool must_load(const std::string& name, const std::string& expect) {
    return (expect.starts_with("GOOD") && name != "ok_state.pt" && name != "st_ok.safetensors") ||
           expect.starts_with("loads like");
}
bool may_load(const std::string& name) {
    return name.starts_with("bitflip") || name == "nan_weight.pkl" || name == "inf_w_avg.pkl" ||
           name == "zero_magnitude_ema.pkl" || name == "int_magnitude_ema.pkl";
}

class HostileFile : public testing::TestWithParam<std::string> {};

TEST_P(HostileFile, CostsOneParagraph) {
    const std::string name = base_name(GetParam());
    const TemporaryFolder folder;
    const auto path = golden_path(GetParam());
    const auto result = run_program({"images", "--network", path.string(), "--seeds", "0", "--format", "npy"},
                                    {.folder = folder.path()});
    const std::string expect = expectation(GetParam());
    if (must_load(name, expect)) {
        EXPECT_EQ(result.exit_code, 0) << expect << "\n" << result.err;
        EXPECT_TRUE(std::filesystem::exists(folder / "out/images.npy"));
    } else if (may_load(name) && result.exit_code == 0) {
        EXPECT_TRUE(name.starts_with("bitflip") || name == "int_magnitude_ema.pkl" ||
                    result.err.find("warning") != std::string::npos)
            << "no warning: " << expect;
    } else {
        EXPECT_EQ(result.exit_code, 1) << expect << "\n" << result.err;
        EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
        EXPECT_EQ(result.err.find("internal"), std::string::npos) << result.err;
        EXPECT_EQ(result.err.find("defect of the program"), std::string::npos) << result.err;
        EXPECT_TRUE(std::filesystem::is_empty(folder.path())) << "something was written";
    }
    EXPECT_LT(result.seconds, kSecondsLimit);
    EXPECT_LT(result.max_rss_bytes, idle_memory() + kMemoryLimit);
    for (const auto& place :
         {folder.path(), std::filesystem::current_path(), std::filesystem::temp_directory_path(), path.parent_path()})
        EXPECT_FALSE(std::filesystem::exists(place / "PWNED")) << "code was executed";
}

INSTANTIATE_TEST_SUITE_P(Recorded, HostileFile, testing::ValuesIn(names()), [](const auto& test) {
    std::string word = base_name(test.param);
    std::replace_if(
        word.begin(), word.end(), [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); }, '_');
    return word;
});

}  // namespace
}  // namespace afs::test
