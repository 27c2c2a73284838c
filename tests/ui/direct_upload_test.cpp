// Pins the choice between a picture's two ways into the window. What CUDA does with a buffer of OpenGL only a machine
// with a GPU and a display of its own shows; that pictures arrive whatever it answers is shown here.
#include "app/gui/gl/direct_upload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "core/base/log.h"
#include "tests/ui/harness.h"

namespace afs::gui {
namespace {

// Buffers of a GL that there is not.
struct Buffers {
    std::vector<std::uint8_t> bytes;
    std::vector<unsigned> written, let_go;
    bool destroyed = false;
};

class FakeUpload final : public DirectUpload {
  public:
    FakeUpload(Buffers& buffers, std::optional<std::string> problem)
        : buffers_(buffers), problem_(std::move(problem)) {}
    ~FakeUpload() override { buffers_.destroyed = true; }

    std::optional<std::string> write(unsigned buffer, const DevicePicture& picture) override {
        if (problem_) return problem_;
        buffers_.bytes.resize(static_cast<std::size_t>(picture.width * picture.height * 4));
        std::memcpy(buffers_.bytes.data(), picture.rgba, buffers_.bytes.size());
        buffers_.written.push_back(buffer);
        return std::nullopt;
    }
    void let_go_of(unsigned buffer) override { buffers_.let_go.push_back(buffer); }

  private:
    Buffers& buffers_;
    std::optional<std::string> problem_;
};

// In the memory of a GPU that there is not, which counts what is read of it.
struct Picture {
    std::vector<std::uint8_t> memory;
    std::size_t bytes_read = 0;
    FramePicture frame;

    Picture() {
        for (std::uint8_t value = 0; value < 24; ++value) memory.push_back(value);
        frame = FramePicture(
            DevicePicture{0, 2, 3, memory.data(), {}, [this](std::size_t first, std::size_t bytes, std::uint8_t* to) {
                              std::copy_n(memory.begin() + static_cast<std::ptrdiff_t>(first), bytes, to);
                              bytes_read += bytes;
                          }});
    }
    Picture(const Picture&) = delete;
    Picture& operator=(const Picture&) = delete;
};

TEST(DirectUpload, FillsTheBufferFromTheDeviceWhereItCan) {
    Buffers buffers;
    const Picture picture;
    {
        UploadChoice choice(std::make_unique<FakeUpload>(buffers, std::nullopt));
        ASSERT_TRUE(choice.offers(picture.frame));
        EXPECT_TRUE(choice.write(11, *picture.frame.on_device()));
        EXPECT_TRUE(choice.write(11, *picture.frame.on_device()));
        choice.let_go_of(11);
        EXPECT_FALSE(buffers.destroyed);
    }
    EXPECT_EQ(buffers.bytes, picture.memory);
    EXPECT_THAT(buffers.written, testing::ElementsAre(11, 11));
    EXPECT_THAT(buffers.let_go, testing::ElementsAre(11));
    EXPECT_EQ(picture.bytes_read, 0u) << "nothing goes by way of the host";
}

TEST(DirectUpload, IsNotOfferedForPicturesOfTheHost) {
    Buffers buffers;
    const Picture picture;
    UploadChoice choice(std::make_unique<FakeUpload>(buffers, std::nullopt)), none(nullptr);
    EXPECT_FALSE(choice.offers(picture.frame.host()));
    EXPECT_FALSE(choice.offers({}));
    EXPECT_FALSE(none.offers(picture.frame));
    EXPECT_FALSE(none.write(11, *picture.frame.on_device()));
}

TEST(DirectUpload, GivesUpAfterAProblemAndSaysItOnce) {
    set_log_level(LogLevel::off);
    Buffers buffers;
    const Picture picture;
    UploadChoice choice(std::make_unique<FakeUpload>(buffers, "the moon draws the window"));
    ASSERT_TRUE(choice.offers(picture.frame));
    EXPECT_FALSE(choice.write(11, *picture.frame.on_device()));
    EXPECT_TRUE(buffers.destroyed);
    EXPECT_THAT(buffers.let_go, testing::ElementsAre(11));
    EXPECT_FALSE(choice.offers(picture.frame));
    EXPECT_FALSE(choice.write(11, *picture.frame.on_device()));
    const auto log = recent_log();
    EXPECT_EQ(std::ranges::count_if(
                  log, [](const LogEntry& line) { return line.text.find("the moon draws") != std::string::npos; }),
              1);
    set_log_level(LogLevel::warning);
}

// Of the pictures that the window draws straight from the device, the host reads what somebody looks at: the pixel
// under the pointer, or all of it to save it.
TEST(DirectUpload, TheHostReadsOnlyWhatIsLookedAt) {
    test::AppHarness h;
    h.source.on_device = true;
    h.open("/m/t.pkl");
    h.move_to({0, 0});
    h.frames();
    EXPECT_FALSE(h.source.requests.back().may_stay_on_device) << "not before a picture was drawn that way";
    h.app->note_upload(0.25, true);
    EXPECT_EQ(h.app->info().performance->upload_ms, 0.25);
    EXPECT_TRUE(h.app->info().performance->upload_direct);
    h.source.bytes_read = 0;
    h.app->run(ActionId::random_latent);
    h.frames();
    ASSERT_TRUE(h.source.requests.back().may_stay_on_device);
    ASSERT_TRUE(h.app->picture().on_device());
    EXPECT_EQ(h.source.bytes_read, 0u);
    h.move_to(h.control("Canvas/Picture area").centre());
    EXPECT_GE(h.source.bytes_read, 4u) << "the pixel under the pointer";
    EXPECT_LE(h.source.bytes_read, 16u) << "nothing else, in a few frames";
    EXPECT_FALSE(h.app->picture().on_host());
    const Image whole = *h.app->picture();
    EXPECT_EQ(whole, test::fake_picture(h.app->scene(), h.source.resolution));
    const std::size_t read = h.source.bytes_read;
    h.frames();
    EXPECT_EQ(*h.app->picture(), whole);
    EXPECT_EQ(h.source.bytes_read, read) << "from then on it is the host's copy";
    h.app->note_upload(0.25, false);
    h.app->run(ActionId::random_latent);
    h.frames();
    EXPECT_FALSE(h.source.requests.back().may_stay_on_device);
    EXPECT_TRUE(h.app->picture().on_host());
}

}  // namespace
}  // namespace afs::gui
