// Pins what the Spectrum mode shows beside one map: the waterfall, two maps, other filters; and what is made between
// frames.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "core/analysis/spectrum.h"
#include "core/model/replaced_filters.h"
#include "core/render/render_service.h"
#include "core/render/renderer.h"
#include "core/render/spectrum_picture.h"
#include "tests/render/waiter.h"
#include "tests/support/paths.h"

namespace afs {
namespace {

using ::testing::HasSubstr;

std::string path_of(const std::string& name) { return test::golden_path("nets/" + name).string(); }

OpenNetwork& network(const std::string& name = "t-32.pkl") {
    static std::map<std::string, std::shared_ptr<OpenNetwork>> open;
    auto& known = open[name];
    if (!known) known = open_network({path_of(name), "G_ema", {}}, {});
    return *known;
}

FrameResult frame_of(const Scene& scene, const std::string& name = "t-32.pkl") {
    FrameRequest request;
    request.scene = scene;
    return render_frame(request, network(name));
}

Scene spectrum_scene(const std::string& layer) {
    Scene scene;
    scene.canvas = CanvasMode::spectrum;
    scene.layer_view.layer = layer;
    return scene;
}

void expect_same(const SpectrumFigures& a, const SpectrumFigures& b) {
    EXPECT_EQ(a.nyquist, b.nyquist);
    EXPECT_EQ(a.radial_db, b.radial_db);
    EXPECT_EQ(a.cut0_db, b.cut0_db);
    EXPECT_EQ(a.beyond_cutoff, b.beyond_cutoff);
}

// A row of the waterfall is what the map of its layer gives.
TEST(Waterfall, HasTheSpectrumOfEveryLayer) {
    for (const std::string name : {"t-32.pkl", "sg2-32.pkl"}) {
        SCOPED_TRACE(name);
        Scene scene = spectrum_scene("output");
        scene.spectrum.shown = SpectrumShown::waterfall;
        const FrameResult all = frame_of(scene, name);
        ASSERT_FALSE(all.failure) << all.failure->paragraph();
        ASSERT_TRUE(all.waterfall && all.image && !all.spectrum);
        ASSERT_EQ(all.waterfall->layers.size(), network(name).info->layers.size());
        for (std::size_t i = 0; i < all.waterfall->layers.size(); ++i) {
            const LayerSpectrum& layer = all.waterfall->layers[i];
            SCOPED_TRACE(layer.name);
            EXPECT_EQ(layer.name, network(name).info->layers[i].name);
            const FrameResult one = frame_of(spectrum_scene(layer.name), name);
            ASSERT_TRUE(one.spectrum);
            expect_same(layer.figures, *one.spectrum);
            EXPECT_EQ(layer.stopband, network(name).info->layers[i].stopband);
        }
    }
}

TEST(Waterfall, ShowsALayersLinesInItsRow) {
    Scene scene = spectrum_scene("output");
    scene.spectrum.shown = SpectrumShown::waterfall;
    const FrameResult wide = frame_of(scene);
    scene.spectrum.range_db = 10;
    const FrameResult narrow = frame_of(scene);
    EXPECT_NE(*wide.image, *narrow.image);
    EXPECT_EQ(wide.image->channels, 4);
    EXPECT_EQ(wide.image->width, narrow.image->width);
}

TEST(TwoSpectra, AreThoseOfTheLayersAlone) {
    Scene scene = spectrum_scene("L9_52_13");
    const FrameResult a = frame_of(scene);
    scene.spectrum.compare = SpectrumCompare::layer;
    scene.spectrum.compare_layer = network().info->layers[4].name;
    const FrameResult both = frame_of(scene);
    ASSERT_FALSE(both.failure) << both.failure->paragraph();
    ASSERT_TRUE(both.compared);
    expect_same(*both.spectrum, *a.spectrum);
    expect_same(*both.compared, *frame_of(spectrum_scene(scene.spectrum.compare_layer)).spectrum);
    const int side = std::max(both.spectrum->height, both.compared->height);
    EXPECT_EQ(both.image->width, 2 * side + kSpectraGap);
    EXPECT_EQ(both.image->height, side);
    // The left half is the map alone.
    for (int y = 0; y < a.image->height; ++y)
        for (int x = 0; x < a.image->width * 4; ++x)
            ASSERT_EQ(both.image->pixels[static_cast<std::size_t>(y * both.image->width * 4 + x)],
                      a.image->pixels[static_cast<std::size_t>(y * a.image->width * 4 + x)]);
}

TEST(TwoSpectra, WithAndWithoutTheTransform) {
    Scene scene = spectrum_scene("L9_52_13");
    scene.transform.rotate_deg = 40;
    scene.spectrum.compare = SpectrumCompare::unmoved;
    const FrameResult both = frame_of(scene);
    ASSERT_TRUE(both.compared);
    expect_same(*both.compared, *frame_of(spectrum_scene("L9_52_13")).spectrum);
    EXPECT_NE(both.compared->radial_db, both.spectrum->radial_db);
}

TEST(TwoSpectra, ALayerThatIsNotThereIsSaid) {
    Scene scene = spectrum_scene("L9_52_13");
    scene.spectrum.compare = SpectrumCompare::layer;
    scene.spectrum.compare_layer = "nowhere";
    const FrameResult frame = frame_of(scene);
    ASSERT_FALSE(frame.failure);
    EXPECT_FALSE(frame.compared);
    ASSERT_EQ(frame.notes.size(), 1u);
    EXPECT_THAT(frame.notes[0], HasSubstr("nowhere"));
}

// --- Other filters --------------------------------------------------------------------------------------------------

Scene with_filter(const FilterChange& change) {
    Scene scene;
    set_filter(scene, change);
    return scene;
}

const LayerSpec& row(const std::string& layer, const std::string& name = "t-32.pkl") {
    return *network(name).generator->schedule().find(layer);
}

// Pins that the design and the padding of a replaced filter are those that the network was made with.
TEST(FilterOverride, TheNetworksOwnFilterGivesTheNetworksOwnPicture) {
    for (const std::string name : {"t-32.pkl", "r-32.pkl"}) {
        const FrameResult own = frame_of({}, name);
        Scene scene;
        for (const LayerSpec& layer : network(name).generator->schedule().layers)
            for (const FilterSide side : {FilterSide::up, FilterSide::down})
                if (has_filter(layer, side)) set_filter(scene, own_filter(layer, side));
        EXPECT_GT(scene.filters.size(), 20u);
        const FrameResult same = frame_of(scene, name);
        ASSERT_FALSE(same.failure) << same.failure->paragraph();
        EXPECT_TRUE(same.notes.empty());
        int differing = 0;
        for (std::size_t i = 0; i < own.image->pixels.size(); ++i)
            differing += std::abs(own.image->pixels[i] - same.image->pixels[i]) > 1;
        // The file's taps were rounded to float32 by another library: a last bit of a picture may differ, no more.
        EXPECT_EQ(differing, 0) << name;
    }
}

TEST(FilterOverride, ChangesThePictureAndLeavesTheNetworkAsItWas) {
    const FrameResult before = frame_of({});
    FilterChange change = own_filter(row("L5_52_13"), FilterSide::down);
    for (const int taps : {1, 7, 12, 25, 64}) {
        change.taps = taps;
        change.cutoff = 3.0;
        const FrameResult other = frame_of(with_filter(change));
        ASSERT_FALSE(other.failure) << other.failure->paragraph();
        EXPECT_EQ(other.image->width, before.image->width) << "every size stays";
        EXPECT_NE(*other.image, *before.image) << taps;
    }
    EXPECT_EQ(*frame_of({}).image, *before.image) << "to the bit";
}

// A lower cutoff leaves less energy above it: the filter does what its curve says.
TEST(FilterOverride, TakesAwayWhatItsResponseSays) {
    const std::string layer = "L9_52_13";
    FilterChange change = own_filter(row(layer), FilterSide::down);
    change.cutoff /= 4;
    change.half_width = change.cutoff;
    change.taps = 48;
    Scene scene = spectrum_scene(layer);
    const FrameResult own = frame_of(scene);
    set_filter(scene, change);
    const FrameResult low = frame_of(scene);
    ASSERT_TRUE(low.spectrum);
    const auto share = [&](const SpectrumFigures& f, double from) {
        double most = -1e9;
        for (std::size_t k = 0; k < f.frequency.size(); ++k)
            if (f.frequency[k] > from && f.frequency[k] < f.nyquist * 0.9) most = std::max(most, f.radial_db[k]);
        return most;
    };
    EXPECT_LT(share(*low.spectrum, change.cutoff * 2.5), share(*own.spectrum, change.cutoff * 2.5) - 20);
    // What the panel draws over it is the filter that runs.
    EXPECT_NE(low.spectrum->down_filter_db, own.spectrum->down_filter_db);
    EXPECT_EQ(low.spectrum->up_filter_db, own.spectrum->up_filter_db);
}

TEST(FilterOverride, WhatANetworkCannotHaveIsSaidAndLeftOut) {
    Scene scene;
    set_filter(scene, {"L99_1_1", FilterSide::down, 2, 1, 12});
    set_filter(scene, {"L5_52_13", FilterSide::down, 1e5, 1, 12});
    set_filter(scene, {"L14_32_3", FilterSide::down, 2, 1, 12});  // ToRGB filters nothing
    const FrameResult frame = frame_of(scene);
    ASSERT_FALSE(frame.failure) << frame.failure->paragraph();
    EXPECT_EQ(*frame.image, *frame_of({}).image);
    ASSERT_EQ(frame.notes.size(), 3u);
    EXPECT_THAT(frame.notes[0], HasSubstr("L99_1_1"));
    EXPECT_THAT(frame.notes[1], HasSubstr("half the rate"));
    EXPECT_THAT(frame.notes[2], HasSubstr("no down filter"));
    const FrameResult stylegan2 = frame_of(with_filter({"b8.conv0", FilterSide::up, 2, 1, 4}), "sg2-32.pkl");
    ASSERT_FALSE(stylegan2.failure);
    EXPECT_EQ(stylegan2.notes.size(), 1u);
    EXPECT_THROW((void)changed(network().info->schedule, filter_changes(scene)), Error);
}

// --- Between frames
// ---------------------------------------------------------------------------------------------------

using test::Waiter;

FrameRequest request_for(const std::string& name, double x = 0.0) {
    FrameRequest request;
    request.scene.model.path = path_of(name);
    request.scene.latent.source = LatentPlane{x, 0.0};
    return request;
}

TEST(RenderServiceSpectra, AGlanceFollowsTheSceneOnceItRests) {
    Waiter waiter;
    RenderService service(waiter.wake());
    service.want_glance(true);
    const auto glance = [&](double x) {
        return waiter.wait_until<SpectraResult>([&]() -> std::optional<SpectraResult> {
            (void)service.poll();
            auto result = service.poll_glance();
            if (!result || std::get<LatentPlane>(result->scene.latent.source).x != x) return std::nullopt;
            return result;
        });
    };
    service.submit(request_for("t-32.pkl"));
    const SpectraResult first = glance(0.0);
    EXPECT_EQ(first.spectra->layers.size(), network().info->layers.size());
    service.submit(request_for("t-32.pkl", 9.0));
    EXPECT_NE(glance(9.0).spectra->layers[5].figures.radial_db, first.spectra->layers[5].figures.radial_db);
}

TEST(RenderServiceSpectra, AnAverageIsTheMeanPowerOfItsSeeds) {
    Waiter waiter;
    RenderService service(waiter.wake());
    service.submit(request_for("t-32.pkl"));
    service.average_spectra(SpectraWish{7, 4, 3});
    int told = 0;
    const auto result = waiter.wait_until<SpectraResult>([&]() -> std::optional<SpectraResult> {
        (void)service.poll();
        auto now = service.poll_average();
        if (now) ++told;
        return now && now->ended ? now : std::nullopt;
    });
    EXPECT_EQ(result.id, 7u);
    EXPECT_FALSE(result.failure);
    ASSERT_EQ(result.spectra->pictures, 3);
    Tensor sum;
    for (const std::uint32_t seed : {4u, 5u, 6u}) {
        Scene scene;
        scene.latent.source = LatentSeeds{{{seed, 1.0}}};
        const Tensor power = layer_power_sum(render_tensors(scene, network(), {}, "L9_52_13").shown, {}, 8.0);
        sum = sum.defined() ? sum + power : power;
    }
    const SpectrumFigures want =
        spectrum_figures(sum, spectrum_scale(network().generator->schedule(), "L9_52_13", true, sum.size(1)), false);
    const LayerSpectrum* got = result.spectra->find("L9_52_13");
    ASSERT_NE(got, nullptr);
    for (std::size_t k = 0; k < want.radial_db.size(); ++k)
        EXPECT_NEAR(got->figures.radial_db[k], want.radial_db[k], 1e-3) << k;  // sums of float32 in another order
    EXPECT_NEAR(*got->figures.beyond_cutoff, *want.beyond_cutoff, 1e-6);
}

TEST(RenderServiceSpectra, AnAverageGivesWayToPicturesAndCanBeEnded) {
    Waiter waiter;
    RenderService service(waiter.wake());
    service.submit(request_for("t-32.pkl"));
    service.average_spectra(SpectraWish{1, 0, 100'000});
    const auto some = waiter.wait_until<SpectraResult>([&]() -> std::optional<SpectraResult> {
        (void)service.poll();
        auto now = service.poll_average();
        return now && now->spectra && now->spectra->pictures >= 2 ? now : std::nullopt;
    });
    EXPECT_FALSE(some.ended);
    const auto id = service.submit(request_for("t-32.pkl", 3.0));
    const auto frame = waiter.wait_until<FrameResult>([&]() -> std::optional<FrameResult> {
        auto now = service.poll();
        return now && now->id == id ? now : std::nullopt;
    });
    EXPECT_TRUE(frame.image);
    service.average_spectra(std::nullopt);
    const auto ended = waiter.wait_until<SpectraResult>([&]() -> std::optional<SpectraResult> {
        auto now = service.poll_average();
        return now && now->ended ? now : std::nullopt;
    });
    EXPECT_GE(ended.spectra->pictures, some.spectra->pictures);
    EXPECT_LT(ended.spectra->pictures, 100'000);
}

}  // namespace
}  // namespace afs
