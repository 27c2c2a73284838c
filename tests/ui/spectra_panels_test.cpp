// Pins what the Spectrum, Layers, Filters and Average spectra panels make of spectra: waterfall, comparisons, averages
// over seeds, sparklines, other filters, data sets.
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>

#include "app/gui/layout.h"
#include "core/model/changed_filters.h"
#include "tests/ui/harness.h"

namespace afs::gui {
namespace {

void only(test::AppHarness& h, std::initializer_list<const char*> panels) {
    for (const char* title : dock::kOptional) {
        const bool wanted = std::ranges::any_of(panels, [&](const char* p) { return std::string(p) == title; });
        if (wanted != h.app->panel_visible(title)) h.app->run(ActionId::toggle_panel, title);
    }
    h.frames();
}

void open_spectrum_panel(test::AppHarness& h) {
    h.open("/m/t.pkl");
    h.app->run(ActionId::show_spectrum);
    only(h, {"Spectrum"});
}

TEST(SpectrumPanel, ShowsAllLayersAsAWaterfallAndGoesToOne) {
    test::AppHarness h;
    h.open("/m/t.pkl");
    h.app->run(ActionId::show_waterfall);
    only(h, {"Spectrum"});
    const Scene& asked = h.source.requests.back().scene;
    EXPECT_EQ(asked.canvas, CanvasMode::spectrum);
    EXPECT_EQ(asked.spectrum.shown, SpectrumShown::waterfall);
    EXPECT_FALSE(h.has("Spectrum/Logarithmic")) << "the curves are of one layer";
    h.click("Spectrum/L5_76_64");
    EXPECT_EQ(h.app->scene().spectrum.shown, SpectrumShown::map);
    EXPECT_EQ(h.app->scene().layer_view.layer, "L5_76_64");
    EXPECT_EQ(h.app->history().undo_name(), "Show layer L5_76_64, Spectrum of one layer");
}

TEST(SpectrumPanel, ComparesWithALayerThatCtrlClickChooses) {
    test::AppHarness h;
    h.open("/m/t.pkl");
    only(h, {"Layers"});
    h.click("Layers/L5_76_64");
    h.hold(ImGuiMod_Ctrl, true);
    h.click("Layers/L9_108_64");
    h.hold(ImGuiMod_Ctrl, false);
    EXPECT_EQ(h.app->scene().canvas, CanvasMode::spectrum);
    EXPECT_EQ(h.app->scene().layer_view.layer, "L5_76_64") << "the first one stays";
    EXPECT_EQ(h.app->scene().spectrum.compare, SpectrumCompare::layer);
    EXPECT_EQ(h.app->scene().spectrum.compare_layer, "L9_108_64");
    only(h, {"Spectrum"});
    h.click("Spectrum/Swap");
    EXPECT_EQ(h.app->scene().layer_view.layer, "L9_108_64");
    EXPECT_EQ(h.app->scene().spectrum.compare_layer, "L5_76_64");
    h.click("Spectrum/Beside it/Unmoved");
    EXPECT_EQ(h.source.requests.back().scene.spectrum.compare, SpectrumCompare::unmoved);
    only(h, {"Layers"});
    h.hold(ImGuiMod_Ctrl, true);
    h.click("Layers/L3_60_64");
    h.click("Layers/L3_60_64");
    h.hold(ImGuiMod_Ctrl, false);
    EXPECT_EQ(h.app->scene().spectrum.compare, SpectrumCompare::nothing) << "once more takes it away";
}

TEST(SpectrumPanel, AveragesOverSeedsAndKeepsTheCurves) {
    test::AppHarness h;
    open_spectrum_panel(h);
    h.app->workspace().spectrum.pictures = 6;
    h.app->workspace().spectrum.first_seed = 40;
    h.click("Spectrum/Average");
    ASSERT_TRUE(h.source.average_wish);
    EXPECT_EQ(h.source.average_wish->first_seed, 40u);
    EXPECT_EQ(h.source.average_wish->pictures, 6);
    EXPECT_TRUE(h.has("Spectrum/Cancel average"));
    EXPECT_FALSE(h.app->steady()) << "it is being averaged";
    h.frames(8);
    const SpectraResult* result = h.app->spectra().averaged(h.app->scene().model);
    ASSERT_NE(result, nullptr);
    EXPECT_EQ(result->spectra->pictures, 6);
    EXPECT_FALSE(h.app->spectra().averaging());
    EXPECT_FALSE(h.has("Spectrum/Mean waterfall/L3_60_64")) << "one layer is shown: its curve";
    h.click("Spectrum/Show/All layers");
    h.frames(2);
    h.click("Spectrum/Mean waterfall/L3_60_64");
    EXPECT_EQ(h.app->scene().layer_view.layer, "L3_60_64");
    EXPECT_EQ(h.app->scene().spectrum.shown, SpectrumShown::map);
    h.click("Spectrum/Forget");
    EXPECT_FALSE(h.has("Spectrum/Mean waterfall/L3_60_64"));
    EXPECT_EQ(h.app->spectra().averaged(h.app->scene().model), nullptr);
}

TEST(SpectrumPanel, AnAverageThatIsEndedKeepsWhatThereIs) {
    test::AppHarness h;
    open_spectrum_panel(h);
    h.app->workspace().spectrum.pictures = 1000;
    h.click("Spectrum/Average");
    h.frames(4);
    h.click("Spectrum/Cancel average");
    h.frames(3);
    EXPECT_FALSE(h.app->spectra().averaging());
    const SpectraResult* result = h.app->spectra().averaged(h.app->scene().model);
    ASSERT_NE(result, nullptr);
    EXPECT_GT(result->spectra->pictures, 1);
    EXPECT_LT(result->spectra->pictures, 1000);
    h.open("/m/other.pkl");
    EXPECT_EQ(h.app->spectra().averaged(h.app->scene().model), nullptr) << "it is of the other network";
}

TEST(LayersPanel, AsksForAGlanceOnlyWhileItIsSeen) {
    test::AppHarness h;
    h.open("/m/t.pkl");
    only(h, {"Layers"});
    EXPECT_TRUE(h.source.glance_wanted);
    ASSERT_NE(h.app->spectra().glance(h.app->scene().model), nullptr);
    EXPECT_NE(h.app->spectra().glance(h.app->scene().model)->spectra->find("L5_76_64"), nullptr);
    only(h, {"Log"});
    EXPECT_FALSE(h.source.glance_wanted);
}

TEST(FilterPanel, DesignsBesideTheNetworkUntilItIsApplied) {
    test::AppHarness h;
    h.open("/m/t.pkl");
    h.click("Layers/L5_76_64");
    only(h, {"Filters"});
    const std::size_t pictures = h.source.requests.size();
    h.drag("Filters/Cutoff", {-60, 0});
    ASSERT_TRUE(h.app->workspace().filters.draft);
    EXPECT_EQ(h.app->workspace().filters.draft->layer, "L5_76_64");
    EXPECT_TRUE(h.app->scene().filters.empty());
    EXPECT_EQ(h.source.requests.size(), pictures) << "nothing is drawn anew for a design";
    const FilterChange draft = *h.app->workspace().filters.draft;
    h.click("Filters/In the network");
    ASSERT_EQ(h.app->scene().filters.size(), 1u);
    EXPECT_EQ(filter_changes(h.app->scene()).front(), draft);
    EXPECT_EQ(h.app->history().undo_name(), "Replace the down filter of L5_76_64");
    EXPECT_EQ(h.source.requests.back().scene.filters, h.app->scene().filters);
    // From here it is live, and one drag is one entry.
    h.drag("Filters/Taps", {40, 0});
    EXPECT_NE(h.app->scene().filters.front().taps, draft.taps);
    EXPECT_EQ(h.app->scene().filters.front().cutoff, draft.cutoff);
    h.app->undo();
    EXPECT_EQ(filter_changes(h.app->scene()).front(), draft);
    // The status bar says it, and takes it back.
    h.frames();
    h.click("Status/Filters changed");
    EXPECT_TRUE(h.app->scene().filters.empty());
    h.frames();
    EXPECT_FALSE(h.has("Status/Filters changed"));
    h.app->undo();
    EXPECT_EQ(h.app->scene().filters.size(), 1u);
}

TEST(FilterPanel, TheOtherSideAndOtherLayersAreFiltersOfTheirOwn) {
    test::AppHarness h;
    h.open("/m/t.pkl");
    h.click("Layers/L5_76_64");
    only(h, {"Filters"});
    h.click("Filters/Filter/Up");
    h.drag("Filters/Cutoff", {-60, 0});
    h.click("Filters/In the network");
    h.click("Filters/Filter/Down");
    h.drag("Filters/Half width", {60, 0});
    h.click("Filters/In the network");
    ASSERT_EQ(h.app->scene().filters.size(), 2u);
    EXPECT_NE(h.app->scene().filters[0].id, h.app->scene().filters[1].id) << "timelines name them";
    h.click("Filters/Reset");
    ASSERT_EQ(h.app->scene().filters.size(), 1u);
    EXPECT_EQ(h.app->scene().filters[0].side, FilterSide::up);
    h.click("Filters/Reset all");
    EXPECT_TRUE(h.app->scene().filters.empty());
}

TEST(FilterPanel, SaysThatStyleGan2HasNoneToDesign) {
    test::AppHarness h;
    h.open("/m/stylegan2.pkl");
    only(h, {"Filters"});
    EXPECT_FALSE(h.has("Filters/Cutoff"));
}

// Compares for real where a thread of its own would: answers when it is told to.
struct FakeComparison {
    std::mutex mutex;
    std::condition_variable changed;
    bool go_on = false;
    std::vector<AverageRun> runs;

    AverageReport run(const AverageRun& asked, const Progress& progress,
                      const std::function<void(const AverageReport&)>& on_curve) {
        AverageReport report;
        {
            std::unique_lock lock(mutex);
            runs.push_back(asked);
        }
        for (const std::string& path : asked.sources) {
            progress.check_stop();
            if (path.find("broken") != std::string::npos)
                throw Error(ErrorKind::format, "Could not read " + path, "it is broken");
            AverageCurve curve{.path = path, .name = path, .spectrum = {.image_size = 64, .side = 256, .spectrum = {}}};
            for (int k = 0; k <= 128; ++k) {
                curve.slices.frequency0.push_back(k * 0.25);
                curve.slices.db0.push_back(20 - k * 0.3);
                curve.slices.frequency45.push_back(k * 0.35);
                curve.slices.db45.push_back(18 - k * 0.3);
            }
            curve.map.assign(static_cast<std::size_t>(asked.map_side) * static_cast<std::size_t>(asked.map_side),
                             -10.0f);
            report.curves.push_back(std::move(curve));
            on_curve(report);
        }
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return go_on || progress.stop_requested(); });
        progress.check_stop();
        return report;
    }
    void answer() {
        const std::lock_guard lock(mutex);
        go_on = true;
        changed.notify_all();
    }
};

test::AppHarness with(FakeComparison& comparison) {
    AppOptions options;
    options.average_spectra = [&](const AverageRun& run, const Progress& progress, const auto& on_curve) {
        return comparison.run(run, progress, on_curve);
    };
    return test::AppHarness(std::move(options));
}

void wait_for_job(test::AppHarness& h) {
    while (h.app->spectra().compared().running) h.frames(1);  // bounded by the test runner's limit
}

TEST(AveragePanel, ComparesDataSetsWithNetworks) {
    FakeComparison comparison;
    comparison.go_on = true;
    auto h = with(comparison);
    h.open("/m/t.pkl");
    only(h, {"Average spectra"});
    EXPECT_FALSE(h.control("Average spectra/Compare").enabled);
    h.click("Average spectra/Add this model");
    h.app->run(ActionId::compare_with, "/data/set.zip");
    h.app->run(ActionId::compare_with, "/data/folder/one.png");
    h.frames();
    EXPECT_EQ(h.app->workspace().averages.sources,
              (std::vector<std::string>{"/m/t.pkl", "/data/set.zip", "/data/folder"}));
    EXPECT_FALSE(h.control("Average spectra/Add this model").enabled);
    h.app->workspace().averages.pictures = 10;
    h.click("Average spectra/Compare");
    wait_for_job(h);
    h.frames();
    ASSERT_EQ(comparison.runs.size(), 1u);
    EXPECT_EQ(comparison.runs[0].sources.size(), 3u);
    EXPECT_EQ(comparison.runs[0].pictures.num, 10);
    ASSERT_TRUE(h.app->spectra().compared().report);
    EXPECT_EQ(h.app->spectra().compared().report->curves.size(), 3u);
    h.click("Average spectra/Map//data/set.zip");
    EXPECT_EQ(h.app->workspace().averages.map, 1);
    h.click("Average spectra/Slices");
    EXPECT_EQ(h.app->workspace().averages.map, -1);
    h.click("Average spectra/Source 2/Remove");
    EXPECT_EQ(h.app->workspace().averages.sources.size(), 2u);
}

TEST(AveragePanel, SaysWhatCannotBeReadAndKeepsTheCurvesBefore) {
    FakeComparison comparison;
    comparison.go_on = true;
    auto h = with(comparison);
    h.open("/m/t.pkl");
    only(h, {"Average spectra"});
    h.app->workspace().averages.sources = {"/data/good.zip", "/data/broken.zip"};
    h.frames();
    h.click("Average spectra/Compare");
    wait_for_job(h);
    h.frames();
    ASSERT_TRUE(h.app->spectra().compared().failure);
    EXPECT_EQ(h.app->spectra().compared().failure->why, "it is broken");
    EXPECT_EQ(h.app->spectra().compared().report->curves.size(), 1u);
}

TEST(AveragePanel, CanBeEndedWithTheCurvesUntilThen) {
    FakeComparison comparison;
    auto h = with(comparison);
    h.open("/m/t.pkl");
    only(h, {"Average spectra"});
    h.app->workspace().averages.sources = {"/data/good.zip"};
    h.frames();
    h.click("Average spectra/Compare");
    while (!h.app->spectra().compared().report) h.frames(1);
    EXPECT_TRUE(h.app->spectra().compared().running);
    h.frames();
    h.click("Average spectra/Cancel comparison");
    comparison.answer();
    wait_for_job(h);
    EXPECT_FALSE(h.app->spectra().compared().failure) << "who ends it knows";
    EXPECT_EQ(h.app->spectra().compared().report->curves.size(), 1u);
}

}  // namespace
}  // namespace afs::gui
