// The worker's promises (docs/architecture.md, Threads): newest wins, a failure keeps the old picture, loading goes on
// beside the old model, closing joins.
#include "core/render/render_service.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/render/waiter.h"
#include "tests/support/paths.h"

namespace afs {
namespace {

using test::Waiter;

FrameRequest request_for(const std::string& net, double x = 0.0) {
    FrameRequest request;
    request.scene.model.path = test::golden_path("nets/" + net).string();
    request.scene.latent.source = LatentPlane{x, 0.0};
    return request;
}

TEST(RenderService, LoadsAModelAndDrawsIt) {
    Waiter waiter;
    RenderService service(waiter.wake());
    const auto id = service.submit(request_for("t-32.pkl"));
    const FrameResult result = waiter.wait_for(service, [](const auto&) { return true; });
    EXPECT_EQ(result.id, id);
    ASSERT_FALSE(result.failure) << result.failure->paragraph();
    EXPECT_EQ(result.image->width, 32);
    EXPECT_EQ(result.network->layers.front().name, "input");
    EXPECT_EQ(result.network->layers.back().name, "output");
    EXPECT_EQ(service.poll(), std::nullopt);
}

TEST(RenderService, TheNewestOfManyRequestsIsDrawn) {
    Waiter waiter;
    RenderService service(waiter.wake());
    std::uint64_t last = 0;
    for (int i = 0; i < 200; ++i) last = service.submit(request_for("t-32.pkl", i * 0.1));
    int drawn = 0;
    const FrameResult result = waiter.wait_for(service, [&](const FrameResult& r) {
        ++drawn;
        return r.id == last;
    });
    EXPECT_TRUE(result.scene == request_for("t-32.pkl", 199 * 0.1).scene);
    EXPECT_LT(drawn, 200);
}

TEST(RenderService, AModelThatCannotBeOpenedFailsOnceAndTheOldOneGoesOn) {
    Waiter waiter;
    RenderService service(waiter.wake());
    service.submit(request_for("t-32.pkl"));
    (void)waiter.wait_for(service, [](const auto& r) { return static_cast<bool>(r.image); });
    service.submit(request_for("bad/os_system.pkl"));
    const FrameResult failed = waiter.wait_for(service, [](const auto& r) { return r.failure.has_value(); });
    EXPECT_NE(failed.failure->why.find("system"), std::string::npos) << failed.failure->paragraph();
    EXPECT_EQ(failed.network->title, "t-32.pkl");
    const auto id = service.submit(request_for("t-32.pkl", 3.0));
    const FrameResult next = waiter.wait_for(service, [&](const auto& r) { return r.id == id; });
    EXPECT_FALSE(next.failure);
}

TEST(RenderService, ReturnsToAModelWithoutLoadingItAgain) {
    Waiter waiter;
    RenderService service(waiter.wake());
    const auto title_is = [](const char* title) {
        return [title](const FrameResult& r) { return r.image && r.network->title == title; };
    };
    service.submit(request_for("t-32.pkl"));
    const auto first = waiter.wait_for(service, title_is("t-32.pkl"));
    service.submit(request_for("sg2-32.pkl"));
    (void)waiter.wait_for(service, title_is("sg2-32.pkl"));
    service.submit(request_for("t-32.pkl"));
    const auto again = waiter.wait_for(service, title_is("t-32.pkl"));
    EXPECT_EQ(again.network, first.network) << "the same opened network, not a second copy";
    EXPECT_EQ(*again.image, *first.image);
}

TEST(RenderService, ThumbnailsComeInOrderWhenThereIsTimeAndAreOfTheNewestScene) {
    Waiter waiter;
    RenderService service(waiter.wake());
    service.want_thumbnails({7, 3, 5}, 16);
    FrameRequest request = request_for("t-32.pkl");
    service.submit(request);
    (void)waiter.wait_for(service, [](const auto& r) { return static_cast<bool>(r.image); });
    const auto next = [&] { return waiter.wait_until<Thumbnail>([&] { return service.poll_thumbnail(); }); };
    for (const std::uint32_t seed : {7u, 3u, 5u}) {
        const Thumbnail thumbnail = next();
        EXPECT_EQ(thumbnail.seed, seed);
        EXPECT_EQ(thumbnail.image->width, 16);
    }
    // Another truncation begins them again; the same wish once more does not.
    service.want_thumbnails({7, 3, 5}, 16);
    request.scene.truncation.psi = 0.5;
    service.submit(request);
    const Thumbnail again = next();
    EXPECT_EQ(again.seed, 7u);
    EXPECT_EQ(again.scene.truncation.psi, 0.5);
    service.want_thumbnails({}, 16);
    service.submit(request_for("t-32.pkl", 9.0));
    (void)waiter.wait_for(service, [](const auto& r) { return static_cast<bool>(r.image); });
    EXPECT_EQ(service.poll_thumbnail(), std::nullopt);
}

TEST(RenderService, ASheetGrowsUnderOneIdAndEndsComplete) {
    Waiter waiter;
    RenderService service(waiter.wake());
    FrameRequest request = request_for("t-32.pkl");
    request.scene.canvas = CanvasMode::sheet;
    request.scene.sheet = {0, 16, 16};
    const auto id = service.submit(request);
    const FrameResult whole = waiter.wait_for(service, [&](const FrameResult& r) {
        EXPECT_EQ(r.id, id);
        EXPECT_TRUE(r.grid && r.image);
        return r.complete;
    });
    EXPECT_EQ(whole.grid->count, 256);
}

TEST(RenderService, ASheetThatIsEndedEarlyKeepsItsPicturesAndGoesOnLater) {
    Waiter waiter;
    RenderService service(waiter.wake());
    FrameRequest request = request_for("t-64-cond.pkl");
    request.scene.canvas = CanvasMode::sheet;
    request.scene.sheet = {0, 16, 16};
    service.end_sheet();  // nothing grows: nothing happens
    const auto id = service.submit(request);
    const FrameResult part = waiter.wait_for(service, [](const FrameResult& r) { return static_cast<bool>(r.image); });
    ASSERT_FALSE(part.complete) << "256 pictures were drawn before one part was taken";
    service.end_sheet();
    const FrameResult ended = waiter.wait_for(service, [](const FrameResult& r) { return r.complete; });
    EXPECT_EQ(ended.id, id);
    EXPECT_FALSE(ended.failure);
    ASSERT_FALSE(ended.notes.empty());
    EXPECT_NE(ended.notes.back().find("Ended early"), std::string::npos);
    const auto again = service.submit(request);
    const FrameResult whole =
        waiter.wait_for(service, [&](const FrameResult& r) { return r.id == again && r.complete; });
    EXPECT_NE(*whole.image, *ended.image) << "the pictures that were missing";
}

TEST(RenderService, ThreadsAreThoseOfTheRequest) {
    Waiter waiter;
    RenderService service(waiter.wake());
    FrameRequest request = request_for("t-32.pkl");
    for (const int threads : {1, 2, 0}) {
        request.threads = threads;
        const auto id = service.submit(request);
        const FrameResult result = waiter.wait_for(service, [&](const auto& r) { return r.id == id; });
        EXPECT_FALSE(result.failure);
        EXPECT_EQ(result.threads, threads > 0 ? threads : compute_threads());
    }
}

TEST(RenderService, ClosingDuringWorkJoins) {
    for (int i = 0; i < 5; ++i) {
        RenderService service;
        service.submit(request_for("t-64-cond.pkl"));
        service.submit(request_for("r-64.pkl"));
    }
}

}  // namespace
}  // namespace afs
