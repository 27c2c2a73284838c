// Pins SPEC 9: the metrics, for recorded latents and draws and in general.
#include "core/analysis/equivariance.h"

#include <gmock/gmock.h>

#include <cmath>
#include <set>

#include "core/analysis/equivariance_draws.h"
#include "core/analysis/equivariance_run.h"
#include "core/base/error.h"
#include "core/data/data_set.h"
#include "core/model/init_network.h"
#include "core/model/network_file.h"
#include "core/model/presets.h"
#include "tests/model/tensors.h"
#include "tests/support/paths.h"

namespace afs {
namespace {

using test::golden_tensor;

const std::vector<EquivarianceKind> kAll = EquivarianceRequest{}.kinds;

Network open(const std::string& name) { return NetworkFile::open(test::golden_path("nets/" + name + ".pkl")); }

class RecordedMetrics : public testing::TestWithParam<const char*> {};

TEST_P(RecordedMetrics, AreReproducedForTheRecordedDraws) {
    const std::string name = std::string("metric_") + GetParam();
    const test::GoldenFile golden("equivariance.safetensors");
    const Network network = open(std::string(GetParam()) + "-32");
    const Generator& g = *network.generator;
    const Tensor z = golden_tensor(golden, name + "/input_z");
    const auto u = golden.values(name + "/input_u"), num = golden.values(name + "/expect_num"),
               den = golden.values(name + "/expect_den"), db = golden.values(name + "/expect_db"),
               t_int = golden.values(name + "/input_t_int"), t_frac = golden.values(name + "/input_t_frac"),
               angle = golden.values(name + "/input_angle");
    std::array<SquaredError, 3> sums{};
    for (std::size_t batch = 0; batch < 4; ++batch) {
        std::array<double, 5> draws{};
        std::copy_n(u.begin() + static_cast<std::ptrdiff_t>(5 * batch), 5, draws.begin());
        const Movement whole = draw_movement(kAll[0], draws, 32), part = draw_movement(kAll[1], draws, 32);
        EXPECT_NEAR(whole.tx, t_int[2 * batch], 1e-6);
        EXPECT_NEAR(whole.ty, t_int[2 * batch + 1], 1e-6);
        EXPECT_NEAR(part.tx, t_frac[2 * batch], 1e-6);
        EXPECT_NEAR(part.ty, t_frac[2 * batch + 1], 1e-6);
        EXPECT_NEAR(draw_movement(kAll[2], draws, 32).angle, angle[batch], 1e-6);
        const Tensor ws = truncate_and_broadcast(g.map(z.narrow(0, static_cast<std::int64_t>(4 * batch), 4), {}),
                                                 g.w_avg(), g.num_ws(), 1.0);
        const auto errors = equivariance_batch(g, ws, draws, kAll);
        for (std::size_t k = 0; k < 3; ++k) {
            EXPECT_EQ(errors[k].count, den[3 * batch + k]);
            EXPECT_NEAR(errors[k].sum, num[3 * batch + k], 2e-3 * num[3 * batch + k]) << "kind " << k;
            sums[k].sum += errors[k].sum;
            sums[k].count += errors[k].count;
        }
    }
    for (std::size_t k = 0; k < 3; ++k) EXPECT_NEAR(equivariance_db(sums[k].sum / sums[k].count), db[k], 0.01);
}

INSTANTIATE_TEST_SUITE_P(Nets, RecordedMetrics, testing::Values("t", "r"));

TEST(EquivarianceDb, IsTheRangeOfPicturesOverTheRootMeanSquare) {
    EXPECT_NEAR(equivariance_db(4.0), 0.0, 1e-12);
    EXPECT_NEAR(equivariance_db(4e-6), 60.0, 1e-9);
    EXPECT_TRUE(std::isinf(equivariance_db(0.0)));
}

TEST(MeaningOfDb, NamesGreyLevelsAndWhatTheyDoToTexture) {
    EXPECT_EQ(meaning_of_db(63.0),
              "differences of less than one grey level in the mean: texture moves with the object");
    EXPECT_THAT(meaning_of_db(40.0), testing::HasSubstr("about 3 grey levels"));
    EXPECT_THAT(meaning_of_db(15.0), testing::HasSubstr("does not follow"));
    EXPECT_EQ(meaning_of_db(INFINITY), "not one value differs");
}

double db_of(const EquivarianceResult& r, EquivarianceKind kind) {
    for (const EquivarianceFigure& f : r.figures)
        if (f.kind == kind) return f.db;
    return NAN;
}

TEST(MeasureEquivariance, GivesTheSameFiguresForTheSameSeedWhicheverKindsAreAsked) {
    const Network network = open("t-32");
    const EquivarianceResult all = measure_equivariance(*network.generator, {.samples = 12, .seed = 5});
    EXPECT_EQ(all.samples, 12);
    EXPECT_TRUE(all.complete());
    for (const EquivarianceKind kind : kAll) {
        const EquivarianceResult one =
            measure_equivariance(*network.generator, {.kinds = {kind}, .samples = 12, .seed = 5});
        ASSERT_EQ(one.figures.size(), 1u);
        EXPECT_EQ(one.figures[0].db, db_of(all, kind));
        EXPECT_EQ(one.figures[0].ci95_db, all.figures[static_cast<std::size_t>(kind)].ci95_db);
    }
    const EquivarianceResult other = measure_equivariance(*network.generator, {.samples = 12, .seed = 6});
    EXPECT_NE(db_of(other, kAll[0]), db_of(all, kAll[0]));
}

// The recorded figures come from other latents and draws: of the same network, so they lie in a longer measurement's
// interval, widened by that of the recording itself (16 samples).
TEST(MeasureEquivariance, AgreesWithTheRecordedFiguresWithinTheIntervals) {
    const test::GoldenFile golden("equivariance.safetensors");
    for (const std::string name : {"t", "r"}) {
        SCOPED_TRACE(name);
        const auto db = golden.values("metric_" + name + "/expect_db");
        const Network network = open(name + "-32");
        const EquivarianceResult measured = measure_equivariance(*network.generator, {.samples = 64, .seed = 1});
        for (std::size_t k = 0; k < 3; ++k) {
            const EquivarianceFigure& f = measured.figures[k];
            ASSERT_TRUE(f.ci95_db);
            EXPECT_LE(f.ci95_db->low, f.db);
            EXPECT_GE(f.ci95_db->high, f.db);
            // 16 batches against 4: the recording's interval is twice as wide.
            const double width = f.ci95_db->high - f.ci95_db->low;
            EXPECT_NEAR(f.db, db[k], 0.5 * width + width) << "kind " << k;
        }
    }
}

TEST(MeasureEquivariance, StreamsEveryBatchAndTakesASmallerLastOne) {
    const Network network = open("t-32");
    std::vector<std::int64_t> seen;
    const EquivarianceResult result =
        measure_equivariance(*network.generator, {.kinds = {EquivarianceKind::translation_int}, .samples = 10},
                             [&](const EquivarianceResult& r) {
                                 seen.push_back(r.samples);
                                 EXPECT_EQ(r.wanted, 10);
                                 EXPECT_EQ(r.figures.at(0).ci95_db.has_value(), seen.size() >= 2);
                             });
    EXPECT_THAT(seen, testing::ElementsAre(4, 8, 10));
    EXPECT_TRUE(result.complete());
}

TEST(MeasureEquivariance, ReturnsWhatItHasWhenItIsStopped) {
    const Network network = open("t-32");
    std::stop_source source;
    const EquivarianceResult result = measure_equivariance(
        *network.generator, {.samples = 1000, .stop = source.get_token()}, [&](const EquivarianceResult& r) {
            if (r.samples == 8) source.request_stop();
        });
    EXPECT_EQ(result.samples, 8);
    EXPECT_FALSE(result.complete());
    EXPECT_EQ(result.figures.size(), 3u);
    try {
        (void)measure_equivariance(*network.generator, {.samples = 1000, .stop = source.get_token()});
        FAIL() << "nothing was measured, and nothing was said";
    } catch (const Error& e) {
        EXPECT_EQ(e.kind(), ErrorKind::cancelled);
    }
}

TEST(MeasureEquivariance, RefusesInWordsWhatItCannotMeasure) {
    const Network stylegan2 = open("sg2-32");
    try {
        (void)measure_equivariance(*stylegan2.generator, {.samples = 4});
        FAIL() << "a constant input was moved";
    } catch (const Error& e) {
        EXPECT_EQ(e.kind(), ErrorKind::network);
        EXPECT_THAT(e.why(), testing::HasSubstr("learned constant"));
    }
    const Network network = open("t-32");
    EXPECT_THROW((void)measure_equivariance(*network.generator, {.kinds = {}}), Error);
    EXPECT_THROW((void)measure_equivariance(*network.generator, {.samples = 0}), Error);
    EXPECT_THROW((void)measure_equivariance(*network.generator, {.samples = 4, .batch = 0}), Error);
}

// Networks beyond the recorded ones: conditional, other sizes, one channel.
TEST(MeasureEquivariance, SeesTheArchitectureOfFreshNetworks) {
    for (const int channels : {1, 3}) {
        GeneratorConfig t = preset_config("stylegan3-t", 64, 2048, 32), r = preset_config("stylegan3-r", 64, 1024, 16);
        t.img_channels = r.img_channels = channels;
        t.z_dim = t.w_dim = r.z_dim = r.w_dim = 32;
        t.c_dim = r.c_dim = channels == 1 ? 3 : 0;
        const auto measured_t = measure_equivariance(*init_network(t, 1), {.samples = 8});
        const auto measured_r = measure_equivariance(*init_network(r, 1), {.samples = 8});
        // Both translate; only R turns (paper, table 2).
        EXPECT_GT(db_of(measured_t, EquivarianceKind::translation_int), 40.0);
        EXPECT_GT(db_of(measured_r, EquivarianceKind::translation_int), 40.0);
        EXPECT_LT(db_of(measured_t, EquivarianceKind::rotation), 25.0);
        EXPECT_GT(db_of(measured_r, EquivarianceKind::rotation), 35.0);
    }
}

// The official metrics give each picture of a conditional network the label of a random picture of the data set.
TEST(EquivarianceDraws, TakeTheLabelsOfADataSetWhereThereIsOne) {
    const Network network = open("t-64-cond");
    const Generator& g = *network.generator;
    const int c_dim = g.config().c_dim;
    ASSERT_GT(c_dim, 1);
    std::vector<std::uint32_t> asked;
    DrawnLabels labels{1000, [&](std::uint32_t index) {
                           asked.push_back(index);
                           std::vector<float> label(static_cast<std::size_t>(c_dim), 0.0F);
                           label[1] = 1.0F;
                           return label;
                       }};
    const Tensor ws = EquivarianceDraws(g, 5, labels).ws(3);
    ASSERT_EQ(asked.size(), 3u);
    EXPECT_FALSE(asked[0] == asked[1] && asked[1] == asked[2]);
    for (const std::uint32_t index : asked) EXPECT_LT(index, 1000u);
    RandomState same(5);
    const Tensor z = at::empty({3, g.config().z_dim}), c = at::zeros({3, c_dim});
    for (std::int64_t i = 0; i < z.numel(); ++i) z.data_ptr<float>()[i] = static_cast<float>(same.normal());
    c.select(1, 1).fill_(1.0);
    EXPECT_TRUE(at::equal(ws, truncate_and_broadcast(g.map(z, c), g.w_avg(), g.num_ws(), 1.0)));
    // Without one, every class comes.
    std::set<std::uint32_t> classes;
    RandomState classes_of(5);
    const Tensor free = EquivarianceDraws(g, 5).ws(40);
    for (std::int64_t i = 0; i < 40 * g.config().z_dim; ++i) (void)classes_of.normal();
    for (int i = 0; i < 40; ++i) classes.insert(classes_of.integer(static_cast<std::uint32_t>(c_dim)));
    EXPECT_EQ(classes.size(), static_cast<std::size_t>(c_dim));
    EXPECT_FALSE(at::equal(free.narrow(0, 0, 3), ws));
}

TEST(LabelsOf, AreThoseOfEveryPictureAndMustFit) {
    const std::string classes = test::golden_path("data/datasets/classes.zip").string();
    const DataSet set(classes, {.use_labels = true});
    const DrawnLabels labels = labels_of(classes, set.label_dim());
    ASSERT_EQ(labels.count, static_cast<std::uint32_t>(set.size()));
    for (std::uint32_t i = 0; i < labels.count; ++i) EXPECT_EQ(labels.label(i), set.label(i));
    const auto why = [](const std::string& data, int c_dim) -> std::string {
        try {
            (void)labels_of(data, c_dim);
        } catch (const Error& e) {
            return e.what();
        }
        return "read";
    };
    EXPECT_THAT(why(classes, set.label_dim() + 1), testing::HasSubstr("labels have length"));
    EXPECT_THAT(why(test::golden_path("data/datasets/plain.zip").string(), 3), testing::HasSubstr("no labels"));
    EXPECT_THAT(why("/nowhere.zip", 3), testing::HasSubstr("/nowhere.zip"));
}

// The window's running mean: one movement, of seed after seed, and the network opened once.
TEST(EquivarianceMeter, MeasuresAGivenMovementInsteadOfDraws) {
    EquivarianceMeter meter;
    EquivarianceRun run{.network = test::golden_path("nets/r-32.pkl").string()};
    run.request.samples = 6;
    run.request.batch = 1;
    run.request.movement = rotation_matrix(0.5);
    const EquivarianceReport turned = meter.run(run);
    ASSERT_EQ(turned.result.figures.size(), 1u);
    EXPECT_TRUE(turned.result.figures[0].ci95_db);

    const Network network = open("r-32");
    EquivarianceDraws draws(*network.generator, 0);
    SquaredError sum;
    for (int i = 0; i < 6; ++i) {
        const Tensor ws = draws.ws(1);
        (void)draws.uniform();
        const auto error =
            equivariance_batch(*network.generator, ws, {Movement{EquivarianceKind::rotation, 0, 0, 0.5}}).front();
        sum.sum += error.sum;
        sum.count += error.count;
    }
    EXPECT_NEAR(turned.result.figures[0].db, equivariance_db(sum.sum / sum.count), 1e-3);

    run.request.movement = Matrix3{0, 0, 0, 0, 0, 0, 0, 0, 1};
    EXPECT_THROW((void)meter.run(run), Error);
    run.request.movement.reset();
    EXPECT_EQ(meter.run(run).result.figures.size(), 3u);
    run.network = "/nowhere.pkl";
    EXPECT_THROW((void)meter.run(run), Error);
}

TEST(Movement, IsWhatItsMatrixMakes) {
    EXPECT_EQ(movement_of({1, 0, 0.25, 0, 1, -0.5, 0, 0, 1}, false).kind, EquivarianceKind::translation_frac);
    EXPECT_EQ(movement_of({1, 0, 0.25, 0, 1, -0.5, 0, 0, 1}, true).kind, EquivarianceKind::translation_int);
    EXPECT_EQ(movement_of({1, 0, 0.25, 0, 1, -0.5, 0, 0, 1}, true).ty, -0.5);
    const Movement turn = movement_of(rotation_matrix(-1.2), false);
    EXPECT_EQ(turn.kind, EquivarianceKind::rotation);
    EXPECT_FALSE(turn.affine);
    EXPECT_NEAR(turn.angle, -1.2, 1e-12);
    for (const Matrix3& other : {Matrix3{1.1, 0, 0, 0, 1.1, 0, 0, 0, 1}, Matrix3{0, 1, 0.1, -1, 0, 0, 0, 0, 1},
                                 Matrix3{-1, 0, 0, 0, 1, 0, 0, 0, 1}, Matrix3{1, 0.2, 0, 0, 1, 0, 0, 0, 1}}) {
        ASSERT_TRUE(movement_of(other, false).affine);
        EXPECT_EQ(movement_of(other, false).matrix(), other);
    }
}

}  // namespace
}  // namespace afs
