// Pins that TensorBoard's own package reads what the program writes.
#include "core/train/event_file.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <bit>
#include <cstdlib>

#include "core/base/base64.h"
#include "core/base/error.h"
#include "core/base/json.h"
#include "tests/support/paths.h"

namespace afs {
namespace {

// tests/train/read_events.py with the package that scripts/bootstrap.sh --tests installs.
Json read_events(const std::filesystem::path& folder) {
    const test::TemporaryFolder out;
    const std::string command =
        fmt::format("'{}/bin/python' '{}' '{}' > '{}' 2> '{}'", AFS_TESTS_PYTHON, AFS_READ_EVENTS, folder.string(),
                    (out / "events.json").string(), (out / "errors").string());
    if (std::system(command.c_str()) != 0)
        throw Error(ErrorKind::internal, "Could not read the events", read_text_file(out / "errors"),
                    "scripts/bootstrap.sh --tests installs the reader.");
    return Json::parse(read_text_file(out / "events.json"));
}

Image some_picture() {
    Image image{7, 5, 3, {}};
    for (int i = 0; i < 7 * 5 * 3; ++i) image.pixels.push_back(static_cast<std::uint8_t>(i * 11));
    return image;
}

TEST(EventFile, ChecksumsAreThoseOfRfc3720) {
    EXPECT_EQ(crc32c("123456789"), 0xe3069283U);
    EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aaU);
    EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43U);
}

TEST(EventFile, TensorBoardReadsWhatWasWritten) {
    const test::TemporaryFolder folder;
    EventFile file(folder.path());
    const float values[] = {0.0F, -1.5F, 3.4e38F, 1e-30F, -0.0F, 0.1F};
    for (std::size_t i = 0; i < std::size(values); ++i)
        file.add_scalar("Loss/G/loss", static_cast<double>(values[i]), static_cast<std::int64_t>(i * 4),
                        0.25 + static_cast<double>(i) * 1000.5);
    file.add_scalar("Progress/p\xc3\xa4", 7, std::int64_t{1} << 40, 1e9);
    file.add_picture("fakes", some_picture(), 12, 99.5);
    file.flush();

    const Json read = read_events(folder.path());
    ASSERT_EQ(read["files"].size(), 1u);
    EXPECT_THAT(read["files"][0]["name"].get<std::string>(),
                testing::MatchesRegex("events\\.out\\.tfevents\\.[0-9]{10}\\..+\\.[0-9]+\\.[0-9]+"));
    const Json& events = read["files"][0]["events"];
    ASSERT_EQ(events.size(), std::size(values) + 3);
    EXPECT_EQ(events[0]["file_version"], "brain.Event:2");
    for (std::size_t i = 0; i < std::size(values); ++i) {
        const Json& event = events[i + 1];
        EXPECT_EQ(event["step"], i * 4);
        EXPECT_EQ(event["wall_time"], 0.25 + static_cast<double>(i) * 1000.5);
        ASSERT_EQ(event["values"].size(), 1u);
        EXPECT_EQ(event["values"][0]["tag"], "Loss/G/loss");
        EXPECT_EQ(std::bit_cast<std::uint32_t>(event["values"][0]["scalar"].get<float>()),
                  std::bit_cast<std::uint32_t>(values[i]));
    }
    const Json& large = events[std::size(values) + 1];
    EXPECT_EQ(large["step"], std::int64_t{1} << 40);
    EXPECT_EQ(large["values"][0]["tag"], "Progress/p\xc3\xa4");
    const Json& picture = events.back();
    EXPECT_EQ(picture["step"], 12);
    EXPECT_EQ(picture["wall_time"], 99.5);
    const Json& image = picture["values"][0];
    EXPECT_EQ(image["tag"], "fakes");
    EXPECT_EQ(image["width"], 7);
    EXPECT_EQ(image["height"], 5);
    EXPECT_EQ(image["colorspace"], 3);
    const auto png = from_base64(image["png"].get<std::string>());
    ASSERT_TRUE(png);
    EXPECT_EQ(decode_picture(*png, "the event"), some_picture());
}

TEST(EventFile, NotFinitesArriveAsTheyAre) {
    const test::TemporaryFolder folder;
    EventFile file(folder.path());
    file.add_scalar("a", std::numeric_limits<double>::quiet_NaN(), 1, 0);
    file.add_scalar("b", 1e300, 1, 0);  // beyond float32
    file.flush();
    const Json read = read_events(folder.path());
    EXPECT_EQ(read["files"][0]["events"][1]["values"][0]["scalar"], "nan");
    EXPECT_EQ(read["files"][0]["events"][2]["values"][0]["scalar"], "inf");
}

TEST(EventFile, CutInItsLastRecordStillGivesTheEarlierOnes) {
    const test::TemporaryFolder whole;
    std::filesystem::path path;
    {
        EventFile file(whole.path());
        for (int i = 0; i < 3; ++i) file.add_scalar("a", i, i, i);
        file.flush();
        path = file.path();
    }
    const std::string bytes = read_text_file(path);
    for (const std::size_t missing : {1u, 4u, 20u, 30u}) {
        const test::TemporaryFolder cut;
        write_file(cut / path.filename(), std::string_view(bytes).substr(0, bytes.size() - missing), Overwrite::no);
        const Json events = read_events(cut.path())["files"][0]["events"];
        ASSERT_EQ(events.size(), 3u) << missing;
        EXPECT_EQ(events[2]["values"][0]["scalar"], 1);
    }
}

TEST(EventFile, OfAContinuedRunReplacesWhatCameAfterItsState) {
    const test::TemporaryFolder folder;
    {
        EventFile first(folder.path());
        for (const int step : {0, 4, 8, 12}) first.add_scalar("a", step, step, step);
        first.flush();
    }
    EventFile second(folder.path(), 5);  // the state was saved after step 4
    for (const int step : {8, 12, 16}) second.add_scalar("a", step + 100, step, step);
    second.flush();
    const Json read = read_events(folder.path());
    ASSERT_EQ(read["files"].size(), 2u);
    EXPECT_EQ(read["files"][1]["events"][1]["start"], true);
    EXPECT_EQ(read["files"][1]["events"][1]["step"], 5);
    EXPECT_EQ(read["plots"]["a"], Json::parse("[[0,0],[4,4],[8,108],[12,112],[16,116]]"));
}

TEST(EventFile, SaysWhyItCannotBeMade) {
    const test::TemporaryFolder folder;
    try {
        const EventFile file(folder / "nowhere");
        FAIL();
    } catch (const Error& e) {
        EXPECT_EQ(e.kind(), ErrorKind::file);
        EXPECT_THAT(e.what(), testing::HasSubstr("nowhere"));
    }
}

}  // namespace
}  // namespace afs
