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

struct Picture {
    Image image{2, 3, 4, std::vector<std::uint8_t>(24, 7)};
    std::shared_ptr<std::vector<std::uint8_t>> memory =
        std::make_shared<std::vector<std::uint8_t>>(24, std::uint8_t{7});
    DevicePicture on_device{0, 2, 3, memory->data(), memory};
};

TEST(DirectUpload, FillsTheBufferFromTheDeviceWhereItCan) {
    Buffers buffers;
    const Picture picture;
    {
        UploadChoice choice(std::make_unique<FakeUpload>(buffers, std::nullopt));
        ASSERT_TRUE(choice.offers(&picture.on_device, picture.image));
        EXPECT_TRUE(choice.write(11, picture.on_device));
        EXPECT_TRUE(choice.write(11, picture.on_device));
        choice.let_go_of(11);
        EXPECT_FALSE(buffers.destroyed);
    }
    EXPECT_EQ(buffers.bytes, picture.image.pixels);
    EXPECT_THAT(buffers.written, testing::ElementsAre(11, 11));
    EXPECT_THAT(buffers.let_go, testing::ElementsAre(11));
}

TEST(DirectUpload, IsNotOfferedForPicturesOfTheHostNorForOthersThanTheDeviceHolds) {
    Buffers buffers;
    const Picture picture;
    UploadChoice choice(std::make_unique<FakeUpload>(buffers, std::nullopt)), none(nullptr);
    EXPECT_FALSE(choice.offers(nullptr, picture.image));
    EXPECT_FALSE(none.offers(&picture.on_device, picture.image));
    EXPECT_FALSE(none.write(11, picture.on_device));
    DevicePicture other = picture.on_device;
    other.width = 3;
    EXPECT_FALSE(choice.offers(&other, picture.image));
}

TEST(DirectUpload, GivesUpAfterAProblemAndSaysItOnce) {
    set_log_level(LogLevel::off);
    Buffers buffers;
    const Picture picture;
    UploadChoice choice(std::make_unique<FakeUpload>(buffers, "the moon draws the window"));
    ASSERT_TRUE(choice.offers(&picture.on_device, picture.image));
    EXPECT_FALSE(choice.write(11, picture.on_device));
    EXPECT_TRUE(buffers.destroyed);
    EXPECT_THAT(buffers.let_go, testing::ElementsAre(11));
    EXPECT_FALSE(choice.offers(&picture.on_device, picture.image));
    EXPECT_FALSE(choice.write(11, picture.on_device));
    const auto log = recent_log();
    EXPECT_EQ(std::ranges::count_if(
                  log, [](const LogEntry& line) { return line.text.find("the moon draws") != std::string::npos; }),
              1);
    set_log_level(LogLevel::warning);
}

TEST(DirectUpload, TheAppHandsOutTheDevicesPictureWithTheHosts) {
    test::AppHarness h;
    h.open("/m/t.pkl");
    EXPECT_EQ(h.app->picture_on_device(), nullptr);
    EXPECT_FALSE(h.app->info().performance->upload_direct);
    h.app->note_upload(0.25, true);
    EXPECT_TRUE(h.app->info().performance->upload_direct);
    EXPECT_EQ(h.app->info().performance->upload_ms, 0.25);
}

}  // namespace
}  // namespace afs::gui
