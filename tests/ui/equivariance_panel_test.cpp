// The Equivariance mode: what its canvas, its panel and its measurements do.
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "app/gui/equivariance_lab.h"
#include "core/model/changed_filters.h"
#include "tests/ui/harness.h"

namespace afs::gui {
namespace {

using Shown = EquivarianceShown;

void show(test::AppHarness& h, Shown shown, EquivarianceOperation operation = EquivarianceOperation::follow) {
    h.app->edit([&](Scene& s) {
        s.canvas = CanvasMode::equivariance;
        s.equivariance.shown = shown;
        s.equivariance.operation = operation;
    });
    h.frames(4);
}

TEST(TransformPanel, UntransformsAndUndoes) {
    test::AppHarness h;
    h.open("/m/t.pkl");
    h.click("Transform/Untransform picture");
    EXPECT_TRUE(h.app->scene().untransform);
    EXPECT_TRUE(h.source.requests.back().scene.untransform);
    h.app->run(ActionId::reset_transform);
    EXPECT_TRUE(h.app->scene().untransform) << "it is no part of the transform";
    h.app->undo();
    EXPECT_FALSE(h.app->scene().untransform);
}

TEST(EquivarianceCanvas, ComesByItsTabAndItsKey) {
    test::AppHarness h;
    h.open("/m/t.pkl");
    h.click("Canvas/Equivariance");
    EXPECT_EQ(h.app->scene().canvas, CanvasMode::equivariance);
    h.key(ImGuiMod_Alt | ImGuiKey_1);
    EXPECT_EQ(h.app->scene().canvas, CanvasMode::picture);
    h.key(ImGuiMod_Alt | ImGuiKey_4);
    EXPECT_EQ(h.app->scene().canvas, CanvasMode::equivariance);
    h.click("Layers/L5_76_64");
    EXPECT_EQ(h.app->scene().canvas, CanvasMode::equivariance) << "the mode stays while layers are chosen";
    EXPECT_EQ(h.source.requests.back().scene.layer_view.layer, "L5_76_64");
}

TEST(EquivarianceCanvas, TheDividerOfAWipeFollowsTheHand) {
    test::AppHarness h;
    h.open("/m/t.pkl");
    show(h, Shown::wipe);
    const CanvasArea at = h.app->workspace().canvas.view.picture_on_screen();
    const auto middle = static_cast<float>(at.centre().x), y = static_cast<float>(at.centre().y) + 30;
    h.drag(ImVec2(middle + 2, y), {static_cast<float>(at.min.x + 0.8 * at.width()), y});
    EXPECT_NEAR(h.app->scene().equivariance.wipe, 0.8, 0.01);
    EXPECT_EQ(h.app->scene().transform, Transform{}) << "the picture stayed";
    // Beside the divider the picture is moved.
    h.drag(ImVec2(middle, y), {middle + static_cast<float>(at.width() / 10), y});
    EXPECT_NEAR(h.app->scene().equivariance.wipe, 0.8, 0.01);
    EXPECT_NEAR(h.app->scene().transform.translate_x, 0.1, 0.01);
    h.app->undo();
    EXPECT_EQ(h.app->scene().transform, Transform{});
    h.app->undo();
    EXPECT_EQ(h.app->scene().equivariance.wipe, 0.5) << "one drag is one entry";
    h.drag(ImVec2(middle + 2, y), {static_cast<float>(at.max.x) + 200, y});
    EXPECT_EQ(h.app->scene().equivariance.wipe, 1.0);
}

TEST(EquivarianceCanvas, AHandMovesWhatIsCompared) {
    test::AppHarness h;
    h.open("/m/t.pkl");
    show(h, Shown::difference, EquivarianceOperation::translation_frac);
    const CanvasArea at = h.app->workspace().canvas.view.picture_on_screen();
    const ImVec2 from(static_cast<float>(at.centre().x), static_cast<float>(at.centre().y) + 60);
    h.drag(from, {from.x, from.y + static_cast<float>(at.height() / 5)});
    EXPECT_NEAR(h.app->scene().equivariance.translate_y, 0.2, 0.01);
    EXPECT_EQ(h.app->scene().transform, Transform{});
    show(h, Shown::difference, EquivarianceOperation::rotation);
    const double before = h.app->scene().equivariance.rotate_deg;
    h.drag(from, {from.x + 60, from.y});  // from below to the right: a quarter of a right angle, and more
    EXPECT_NEAR(h.app->scene().equivariance.rotate_deg - before, 45, 3);
    show(h, Shown::strip);
    h.drag(from, {from.x + 60, from.y});
    EXPECT_EQ(h.app->scene().transform, Transform{}) << "a strip is not moved";
}

TEST(EquivarianceCanvas, FlickersBetweenTheTwoPicturesWithoutNewOnes) {
    test::AppHarness h;
    h.open("/m/t.pkl");
    show(h, Shown::flicker);
    const std::size_t requests = h.source.requests.size();
    const auto* first = h.app->picture().get();
    int changes = 0;
    const Image* last = first;
    for (int i = 0; i < 120; ++i) {  // two seconds
        h.frames(1);
        changes += h.app->picture().get() != last ? 1 : 0;
        last = h.app->picture().get();
        EXPECT_LE(h.app->seconds_to_next_frame(h.ui.now()), 0.5);
    }
    EXPECT_NEAR(changes, 4, 1);
    EXPECT_EQ(h.source.requests.size(), requests);
    show(h, Shown::output);
    EXPECT_EQ(h.app->picture(), h.app->info().shown->image);
}

TEST(EquivarianceCanvas, AClickOnOneOfTheFourShowsItAlone) {
    test::AppHarness h;
    h.open("/m/t.pkl");
    show(h, Shown::grid);
    const CanvasArea at = h.app->workspace().canvas.view.picture_on_screen();
    h.click_at({static_cast<float>(at.min.x + at.width() * 0.75), static_cast<float>(at.min.y + at.height() * 0.25)});
    EXPECT_EQ(h.app->scene().equivariance.shown, Shown::reference);
    EXPECT_EQ(h.app->scene().canvas, CanvasMode::equivariance);
}

// A measurement that waits for the test between two batches.
class FakeMeter {
  public:
    [[nodiscard]] MeasureEquivariance function() {
        return [this](const EquivarianceRun& run, const Progress& progress, const auto& on_batch) {
            return measure(run, progress, on_batch);
        };
    }
    // The next batch is there when this returns; false: none was wanted within a second.
    bool batch(test::AppHarness& h) {
        std::unique_lock lock(mutex_);
        const int before = done_;
        allowed_ = before + 1;
        changed_.notify_all();
        const bool came = changed_.wait_for(lock, std::chrono::seconds(1), [&] { return done_ > before; });
        lock.unlock();
        h.frames(2);
        return came;
    }
    void let_go() {
        const std::lock_guard lock(mutex_);
        allowed_ = 1 << 20;
        changed_.notify_all();
    }
    [[nodiscard]] std::vector<EquivarianceRun> runs() {
        const std::lock_guard lock(mutex_);
        return runs_;
    }
    std::optional<Error> fails;

  private:
    EquivarianceReport measure(const EquivarianceRun& run, const Progress& progress,
                               const std::function<void(const EquivarianceReport&)>& on_batch) {
        EquivarianceReport report;
        std::unique_lock lock(mutex_);
        runs_.push_back(run);
        if (fails) throw *fails;
        report.profile.wanted = run.layer_samples;
        if (!run.request.kinds.empty()) report.result.wanted = run.request.samples;
        const std::int64_t batches = report.result.wanted + report.profile.wanted;
        for (std::int64_t i = 1; i <= batches; ++i) {
            while (done_ >= allowed_ && !run.request.stop.stop_requested())
                changed_.wait_for(lock, std::chrono::milliseconds(5));
            if (run.request.stop.stop_requested()) {
                if (i == 1) throw Error(ErrorKind::cancelled, "Cancelled", "");
                return report;
            }
            if (run.layer_samples > 0) {
                report.profile.samples = static_cast<int>(i);
                report.profile.layers = {{"input", 90.0, 88.0}, {"L5_76_64", 62.0, 30.0}, {"L13_140_64", {}, {}}};
            } else {
                report.result.samples = i;
                report.result.figures = {{EquivarianceKind::rotation, 60.0 + static_cast<double>(i), Interval{58, 64}}};
            }
            progress.report(static_cast<double>(i) / static_cast<double>(batches), "fake");
            on_batch(report);
            ++done_;
            changed_.notify_all();
        }
        return report;
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    int done_ = 0, allowed_ = 0;
    std::vector<EquivarianceRun> runs_;
};

AppOptions with(FakeMeter& meter) {
    AppOptions options;
    options.measure_equivariance = meter.function();
    return options;
}

// The tabs before it hide it otherwise.
void bring_forward(test::AppHarness& h) {
    h.app->run(ActionId::toggle_panel, "Layers");
    h.app->run(ActionId::toggle_panel, "Spectrum");
    h.frames(4);
}

void wait_until_idle(test::AppHarness& h) {
    for (int i = 0; i < 2000 && h.app->lab().busy(); ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        h.frames(1);
    }
    EXPECT_FALSE(h.app->lab().busy());
}

TEST(EquivariancePanel, EditsWhatIsComparedAndHowItIsShown) {
    test::AppHarness h;
    h.open("/m/t.pkl");
    bring_forward(h);
    EXPECT_FALSE(h.control("Equivariance/Movement/Turn").enabled) << "the canvas shows something else";
    h.app->run(ActionId::show_equivariance);
    h.frames(4);
    h.click("Equivariance/Movement/Shift");
    EXPECT_EQ(h.app->scene().equivariance.operation, EquivarianceOperation::translation_frac);
    h.drag("Equivariance/Right", {40, 0});
    EXPECT_NE(h.app->scene().equivariance.translate_x, EquivarianceView{}.translate_x);
    h.click("Equivariance/Movement/Turn");
    h.drag("Equivariance/Angle", {40, 0});
    EXPECT_GT(h.app->scene().equivariance.rotate_deg, 30);
    const struct {
        const char *name, *field;
        Shown shown;
    } cases[] = {{"Output", "", Shown::output},
                 {"Reference", "", Shown::reference},
                 {"Magnitude", "Gain", Shown::absolute},
                 {"Blend", "Blend", Shown::blend},
                 {"Wipe", "Divider", Shown::wipe},
                 {"Flicker", "Rate", Shown::flicker},
                 {"All four", "Gain", Shown::grid},
                 {"Strip", "Column", Shown::strip},
                 {"Difference", "Gain", Shown::difference}};
    for (const auto& c : cases) {
        h.click(std::string("Equivariance/Show/") + c.name);
        EXPECT_EQ(h.app->scene().equivariance.shown, c.shown) << c.name;
        EXPECT_EQ(h.source.requests.back().scene.equivariance.shown, c.shown) << c.name;
        h.frames(3);
        if (c.field[0]) {
            EXPECT_TRUE(h.has(std::string("Equivariance/") + c.field)) << c.name;
        }
    }
    h.click("Equivariance/Dim what is not compared");
    EXPECT_FALSE(h.app->scene().equivariance.mask);
    h.app->undo();
    EXPECT_TRUE(h.app->scene().equivariance.mask);
}

TEST(EquivariancePanel, OfAConstantInputOffersTheStripOnly) {
    FakeMeter meter;
    test::AppHarness h(with(meter));
    h.open("/m/stylegan2.pkl");
    bring_forward(h);
    h.click("Equivariance/Show the strip");
    EXPECT_TRUE(shows_strip(h.app->scene()));
    h.frames(4);
    EXPECT_FALSE(h.control("Equivariance/Show/Difference").enabled);
    EXPECT_TRUE(h.control("Equivariance/Show/Strip").enabled);
    EXPECT_FALSE(h.has("Equivariance/Measure layers"));
    h.app->run(ActionId::measure_equivariance);
    h.frames(3);
    EXPECT_TRUE(meter.runs().empty());
}

TEST(EquivariancePanel, AStripThatGrowsCanBeEnded) {
    test::AppHarness h;
    h.open("/m/stylegan2.pkl");
    h.source.sheets_grow = true;
    bring_forward(h);
    show(h, Shown::strip);
    EXPECT_FALSE(h.app->steady());
    EXPECT_EQ(h.app->info().shown->grown, 0.25);
    h.click("Equivariance/Cancel strip");
    h.frames(3);
    EXPECT_TRUE(h.app->steady());
    EXPECT_FALSE(h.has("Equivariance/Cancel strip"));
}

TEST(EquivarianceLab, MeasuresWithTheChangedFiltersOfTheScene) {
    FakeMeter meter;
    test::AppHarness h(with(meter));
    h.open("/m/t.pkl");
    bring_forward(h);
    const LayerSpec* const row = h.app->info().network->schedule.find("L5_76_64");
    ASSERT_TRUE(row);
    FilterChange change = own_filter(*row, FilterSide::down);
    change.cutoff *= 0.5;
    h.app->edit([&](Scene& s) {
        set_filter(s, change);
        set_filter(s, {.layer = "of another network", .cutoff = 1, .half_width = 1, .taps = 2});
    });
    h.frames(4);
    h.app->run(ActionId::measure_layers);
    h.frames(3);
    ASSERT_TRUE(meter.batch(h));
    ASSERT_EQ(meter.runs().size(), 1u);
    EXPECT_EQ(meter.runs()[0].request.filters, std::vector{change}) << "as in pictures, what cannot be is left out";
    meter.let_go();
    wait_until_idle(h);
    // Live, other filters are another question.
    show(h, Shown::difference, EquivarianceOperation::rotation);
    h.click("Equivariance/Live");
    h.frames(40);
    wait_until_idle(h);
    ASSERT_EQ(meter.runs().size(), 2u);
    EXPECT_EQ(meter.runs()[1].request.filters, std::vector{change});
    h.app->run(ActionId::reset_filters);
    h.frames(40);
    wait_until_idle(h);
    ASSERT_EQ(meter.runs().size(), 3u);
    EXPECT_TRUE(meter.runs()[2].request.filters.empty());
}

TEST(EquivarianceLab, MeasuresTheMovementOfOtherSeedsWhileItRests) {
    FakeMeter meter;
    test::AppHarness h(with(meter));
    h.open("/m/t.pkl");
    bring_forward(h);
    show(h, Shown::difference, EquivarianceOperation::rotation);
    h.click("Equivariance/Live");
    h.frames(10);
    EXPECT_TRUE(meter.runs().empty()) << "it waits until the movement rests";
    EXPECT_LE(h.app->seconds_to_next_frame(h.ui.now()), EquivarianceLab::kRestS);
    h.frames(30);
    ASSERT_TRUE(meter.batch(h));
    ASSERT_EQ(meter.runs().size(), 1u);
    EXPECT_EQ(meter.runs()[0].request.samples, 32);
    EXPECT_EQ(meter.runs()[0].request.batch, 1);
    EXPECT_EQ(meter.runs()[0].request.movement, picture_matrix({.rotate_deg = 30}, 128));
    const Measured* measured = h.app->lab().find(Measurement::seeds, h.app->scene().model);
    ASSERT_TRUE(measured);
    EXPECT_TRUE(measured->running);
    EXPECT_EQ(measured->report.result.samples, 1);
    EXPECT_EQ(h.app->lab().find(Measurement::seeds, {"/m/other.pkl", "G_ema", ""}), nullptr);
    EXPECT_FALSE(h.app->steady());

    // Another movement: what was measured ends, and begins again when the hand rests.
    h.app->edit([](Scene& s) { s.equivariance.rotate_deg = 50; });
    h.frames(60);
    meter.let_go();
    wait_until_idle(h);
    ASSERT_EQ(meter.runs().size(), 2u);
    EXPECT_EQ(meter.runs()[1].request.movement, picture_matrix({.rotate_deg = 50}, 128));
    measured = h.app->lab().find(Measurement::seeds, h.app->scene().model);
    EXPECT_EQ(measured->report.result.samples, 32);
    EXPECT_EQ(measured->course.size(), 33u) << "every batch, and the whole";
    h.frames(100);
    EXPECT_EQ(meter.runs().size(), 2u) << "once is enough";
    EXPECT_EQ(h.app->history().undo_name().find("Turn by"), 0u) << "measuring is no edit";
}

TEST(EquivarianceLab, TheOfficialRunTellsHowFarItIsAndEndsWithWhatItHas) {
    FakeMeter meter;
    test::AppHarness h(with(meter));
    h.open("/m/t.pkl");
    bring_forward(h);
    h.click("Equivariance/Measure 50 000 pictures");
    h.frames(3);
    ASSERT_TRUE(meter.batch(h));
    ASSERT_TRUE(meter.batch(h));
    EXPECT_EQ(meter.runs()[0].request.samples, 50'000);
    EXPECT_EQ(meter.runs()[0].request.kinds.size(), 3u);
    EXPECT_FALSE(meter.runs()[0].request.movement);
    EXPECT_FALSE(h.has("Equivariance/Measure 50 000 pictures"));
    h.click("Equivariance/Cancel");
    wait_until_idle(h);
    const Measured* measured = h.app->lab().find(Measurement::official, h.app->scene().model);
    ASSERT_TRUE(measured);
    EXPECT_EQ(measured->report.result.samples, 2);
    EXPECT_FALSE(measured->report.complete());
    EXPECT_TRUE(h.has("Equivariance/Measure 50 000 pictures"));
    EXPECT_TRUE(h.app->notices().toasts().empty());
}

// 50,000 pictures are thousands of batches: what is shown of them is the whole way, not its end.
TEST(EquivarianceLab, TheCourseOfALongRunCoversAllOfIt) {
    constexpr std::int64_t kBatches = 5001;
    EquivarianceLab lab(
        [](const EquivarianceRun&, const Progress&, const std::function<void(const EquivarianceReport&)>& on_batch) {
            EquivarianceReport report;
            report.result.figures.resize(1);
            while (report.result.samples < kBatches) {
                ++report.result.samples;
                on_batch(report);
            }
            return report;
        },
        [] {});
    EquivarianceRun run;
    run.network = "/m/t.pkl";
    lab.measure(Measurement::official, run);
    const Measured* measured = nullptr;
    do {
        lab.update(0);
        measured = lab.find(Measurement::official, {"/m/t.pkl", "G_ema", ""});
    } while (measured == nullptr || measured->running);
    ASSERT_GE(measured->course.size(), EquivarianceLab::kMostCourse / 2);
    EXPECT_LE(measured->course.size(), EquivarianceLab::kMostCourse + 1);
    EXPECT_EQ(measured->course.back().samples, kBatches);
    for (std::size_t i = 0; i < measured->course.size(); ++i) {
        const std::int64_t before = i == 0 ? 0 : measured->course[i - 1].samples;
        EXPECT_LE(measured->course[i].samples - before,
                  2 * kBatches / static_cast<std::int64_t>(EquivarianceLab::kMostCourse));
    }
}

TEST(EquivarianceLab, CancelledBeforeTheFirstFigureItKnowsNothing) {
    FakeMeter meter;
    test::AppHarness h(with(meter));
    h.open("/m/t.pkl");
    h.app->run(ActionId::measure_layers);
    h.frames(3);
    h.app->run(ActionId::cancel_measurement);
    wait_until_idle(h);
    EXPECT_EQ(h.app->lab().find(Measurement::layers, h.app->scene().model), nullptr);
}

TEST(EquivarianceLab, WhatIsAskedForGoesBeforeWhatFollows) {
    FakeMeter meter;
    test::AppHarness h(with(meter));
    h.open("/m/t.pkl");
    show(h, Shown::difference);
    h.app->run(ActionId::live_equivariance);
    h.frames(40);
    ASSERT_TRUE(meter.batch(h));
    h.app->run(ActionId::measure_layers);
    meter.let_go();
    wait_until_idle(h);
    const auto runs = meter.runs();
    ASSERT_EQ(runs.size(), 3u) << "seeds, layers, and the seeds once more";
    EXPECT_EQ(runs[1].layer_samples, kLayerSamples);
    EXPECT_TRUE(runs[2].request.movement);
    EXPECT_TRUE(h.app->lab().find(Measurement::seeds, h.app->scene().model)->report.complete());
}

TEST(EquivariancePanel, ABarOfTheProfileOpensThatLayersDifference) {
    FakeMeter meter;
    meter.let_go();
    test::AppHarness h(with(meter));
    h.open("/m/t.pkl");
    bring_forward(h);
    h.click("Equivariance/Measure layers");
    wait_until_idle(h);
    h.frames(3);
    EXPECT_NE(h.control("Equivariance/Profile/L13_140_64").help.find("too small to tell"), std::string::npos);
    h.click("Equivariance/Profile/L5_76_64");
    EXPECT_EQ(h.app->scene().canvas, CanvasMode::equivariance);
    EXPECT_EQ(h.app->scene().layer_view.layer, "L5_76_64");
    EXPECT_EQ(h.app->scene().equivariance.shown, Shown::difference);
    h.app->undo();
    EXPECT_EQ(h.app->scene().canvas, CanvasMode::picture);
    EXPECT_EQ(h.app->scene().layer_view.layer, "output") << "one click is one entry";
}

TEST(EquivariancePanel, SaysWhyAMeasurementFailed) {
    FakeMeter meter;
    meter.fails = Error(ErrorKind::argument, "Could not measure equivariance", "pictures of 8 pixels are too small");
    test::AppHarness h(with(meter));
    h.open("/m/t.pkl");
    bring_forward(h);
    h.click("Equivariance/Measure 50 000 pictures");
    wait_until_idle(h);
    const Measured* measured = h.app->lab().find(Measurement::official, h.app->scene().model);
    ASSERT_TRUE(measured && measured->failure);
    EXPECT_NE(measured->failure->paragraph().find("too small"), std::string::npos);
    EXPECT_TRUE(h.has("Equivariance/Measure 50 000 pictures"));
}

TEST(EquivarianceLab, EndsWithTheWindow) {
    FakeMeter meter;
    {
        test::AppHarness h(with(meter));
        h.open("/m/t.pkl");
        h.app->run(ActionId::measure_equivariance);
        h.frames(3);
        ASSERT_TRUE(meter.batch(h));
    }
    EXPECT_EQ(meter.runs().size(), 1u);
}

}  // namespace
}  // namespace afs::gui
