// Pins what a run writes at the end of a tick (SPEC 13, the recorded formats), and when it ends for good.
#include "core/train/tick_statistics.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "core/base/error.h"
#include "core/train/collapse.h"
#include "tests/support/paths.h"

namespace afs {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

TickFigures some_figures() {
    TickFigures f;
    f.tick = 12;
    f.kimg = 48.016;
    f.total_s = 7509.4;
    f.tick_s = 120.5;
    f.sec_per_kimg = 30.125;
    f.maintenance_s = 0.25;
    f.cpu_memory_gb = 3.5;
    f.peak_gpu_gb = 10;
    f.peak_gpu_reserved_gb = 11;
    f.augment_p = 0.0625;
    f.phase_ms = {{"Gboth", 12.5}, {"Dmain", 20}};
    return f;
}

Tensor values(const std::vector<double>& list) { return at::tensor(list, at::kFloat); }

TEST(TickStatistics, LineHasTheOfficialNamesAndMoments) {
    TickStatistics statistics;
    statistics.report("Loss/G/loss", values({1, 2}));
    statistics.report("Loss/G/loss", values({6}));
    statistics.report("Loss/r1_penalty", values({5}));
    const Json line = Json::parse(statistics_line(statistics.finish_tick(), some_figures(), 1234.5));
    EXPECT_EQ(line["Loss/G/loss"]["num"], 3);
    EXPECT_DOUBLE_EQ(line["Loss/G/loss"]["mean"], 3);
    EXPECT_NEAR(line["Loss/G/loss"]["std"].get<double>(), std::sqrt(14.0 / 3), 1e-6);
    EXPECT_EQ(line["timestamp"], 1234.5);
    std::vector<std::string> names;
    for (const auto& [name, value] : line.items()) names.push_back(name);
    EXPECT_THAT(names,
                testing::ElementsAre("Loss/G/loss", "Loss/r1_penalty", "Progress/tick", "Progress/kimg",
                                     "Timing/total_sec", "Timing/sec_per_tick", "Timing/sec_per_kimg",
                                     "Timing/maintenance_sec", "Resources/cpu_mem_gb", "Resources/peak_gpu_mem_gb",
                                     "Resources/peak_gpu_mem_reserved_gb", "Progress/augment", "Timing/total_hours",
                                     "Timing/total_days", "Timing/Gboth", "Timing/Dmain", "timestamp"));
    EXPECT_EQ(line["Progress/kimg"], Json::parse(R"({"num": 1, "mean": 48.016, "std": 0})"));
    EXPECT_DOUBLE_EQ(line["Timing/total_hours"]["mean"], 7509.4 / 3600);
    EXPECT_DOUBLE_EQ(line["Timing/total_days"]["mean"], 7509.4 / 86400);

    // A tick without new values of a name has its last ones.
    statistics.report("Loss/G/loss", values({7}));
    const Json next = Json::parse(statistics_line(statistics.finish_tick(), some_figures(), 0));
    EXPECT_EQ(next["Loss/G/loss"]["mean"], 7);
    EXPECT_EQ(next["Loss/r1_penalty"], line["Loss/r1_penalty"]);
}

TEST(TickStatistics, NotFiniteNumbersAreNullInTheLine) {
    TickStatistics statistics;
    statistics.report("Loss/G/loss", values({1, kNan}));
    statistics.report("Loss/D/loss", values({std::numeric_limits<double>::infinity()}));
    TickFigures figures = some_figures();
    figures.sec_per_kimg = kNan;
    const Json line = Json::parse(statistics_line(statistics.finish_tick(), figures, 0));
    EXPECT_EQ(line["Loss/G/loss"]["num"], 2);
    EXPECT_TRUE(line["Loss/G/loss"]["mean"].is_null());
    EXPECT_TRUE(line["Loss/D/loss"]["std"].is_null());
    EXPECT_TRUE(line["Timing/sec_per_kimg"]["mean"].is_null());
}

TEST(TickStatistics, AreTheSameAfterTheirStateWasWrittenAndRead) {
    TickStatistics a;
    a.report("Loss/G/loss", values({0.1, 0.7}));
    (void)a.finish_tick();
    a.report("Loss/G/loss", values({1e-20, 3}));
    a.report("Loss/D/loss", values({kNan}));
    a.report("Loss/D/reg", values({-std::numeric_limits<double>::infinity()}));
    TickStatistics b;
    b.restore(parse_json(a.state().dump(), "test"));
    EXPECT_EQ(b.not_finite_in_a_row("Loss/D/loss"), 1);
    for (TickStatistics* s : {&a, &b}) s->report("Loss/G/loss", values({5}));
    const Statistics of_a = a.finish_tick(), of_b = b.finish_tick();
    EXPECT_EQ(statistics_line(of_a, {}, 0), statistics_line(of_b, {}, 0));
    EXPECT_EQ(of_a.at("Loss/G/loss"), of_b.at("Loss/G/loss"));
    EXPECT_EQ(of_a.at("Loss/D/reg"), of_b.at("Loss/D/reg"));
    EXPECT_THROW(b.restore(Json::object()), Error);
    EXPECT_EQ(statistics_line(b.finish_tick(), {}, 0), statistics_line(of_a, {}, 0)) << "refused, yet changed";
}

TEST(TickStatistics, OfSeveralRanksAreThoseOfAllTheirPictures) {
    TickStatistics one, two, all;
    one.report("a", values({1, 2}));
    two.report("a", values({3, 5}));
    one.report("b", values({7}));
    two.report("b", values({9}));
    for (const double x : {1, 2, 3, 5}) all.report("a", values({x}));
    for (const double x : {7, 9}) all.report("b", values({x}));
    Tensor of_two;
    two.sum_over([&](Tensor& t) { of_two = t.clone(); });
    one.sum_over([&](Tensor& t) { t.add_(of_two); });
    EXPECT_EQ(one.finish_tick(), all.finish_tick());
}

TEST(TickStatistics, ReachTensorBoardUnderTheirNames) {
    const test::TemporaryFolder folder;
    EventFile events(folder.path());
    TickStatistics statistics;
    statistics.report("Loss/G/loss", values({1, 2}));
    add_statistics(events, statistics.finish_tick(), some_figures());
    events.flush();
    const std::string bytes = read_text_file(events.path());
    for (const char* name : {"Loss/G/loss", "Progress/augment", "Timing/Dmain"})
        EXPECT_THAT(bytes, testing::HasSubstr(name));
}

TEST(TickText, IsTheOfficialLine) {
    EXPECT_EQ(tick_text(some_figures()),
              "tick 12    kimg 48.0     time 2h 05m 09s   sec/tick 120.5   sec/kimg 30.12   maintenance 0.2    cpumem "
              "3.50   gpumem 10.00  reserved 11.00  augment 0.062");
    EXPECT_EQ(duration_text(26.6), "27s");
    EXPECT_EQ(duration_text(97), "1m 37s");
    EXPECT_EQ(duration_text(59.6), "1m 00s");
    EXPECT_EQ(duration_text(3 * 86400 + 4 * 3600 + 5 * 60 + 59), "3d 04h 05m");
}

TEST(MetricLines, HaveTheOfficialKeys) {
    const Json line = Json::parse(metric_line({"pr50k3_full",
                                               {{"pr50k3_full_precision", 0.5}, {"pr50k3_full_recall", kNan}},
                                               97,
                                               2,
                                               "network-snapshot-000200.safetensors"},
                                              5.5));
    EXPECT_EQ(line, Json::parse(R"({"results": {"pr50k3_full_precision": 0.5, "pr50k3_full_recall": null},
        "metric": "pr50k3_full", "total_time": 97, "total_time_str": "1m 37s", "num_gpus": 2,
        "snapshot_pkl": "network-snapshot-000200.safetensors", "timestamp": 5.5})"));
}

TEST(RewoundFiles, HaveNoTickAndNoMetricTwice) {
    const test::TemporaryFolder folder;
    const auto stats = folder / "stats.jsonl", metric = folder / "metric-fid50k_full.jsonl";
    std::string lines, metrics, kept, kept_metrics;
    for (int tick = 0; tick < 5; ++tick) {
        TickFigures figures;
        figures.tick = tick;
        figures.kimg = tick * 4;
        lines += statistics_line({}, figures, tick) + "\n";
        metrics +=
            metric_line({"fid50k_full", {}, 1, 1, fmt::format("network-snapshot-{:06}.safetensors", tick * 4)}, 0) +
            "\n";
        if (tick == 2) kept = lines, kept_metrics = metrics;
    }
    write_file(stats, lines + "{\"Loss/G/lo", Overwrite::no);
    write_file(metric, metrics, Overwrite::no);
    rewind_statistics(stats, 3);
    rewind_metrics(metric, 8);
    EXPECT_EQ(read_text_file(stats), kept);
    EXPECT_EQ(read_text_file(metric), kept_metrics);
    rewind_metrics(folder / "missing.jsonl", 8);
    // Lines that are nobody's stay.
    write_file(stats, std::string_view("# a note\n[1]\n{\"Progress/tick\": 7}\n"), Overwrite::yes);
    rewind_statistics(stats, 0);
    EXPECT_EQ(read_text_file(stats), "# a note\n[1]\n{\"Progress/tick\": 7}\n");
}

Trainer small_trainer() {
    GeneratorConfig g = default_config(Family::alias_free);
    g.z_dim = g.w_dim = 8;
    g.img_resolution = 16;
    g.channel_base = 64;
    g.channel_max = 4;
    DiscriminatorConfig d;
    d.img_resolution = 16;
    d.channel_base = 64;
    d.channel_max = 4;
    TrainerOptions options;
    options.batch = 4;
    return {options, Generator::create(g, 1), Discriminator::create(d, 2)};
}

TEST(ReasonToEnd, IsALossThatStaysNotFinite) {
    TickStatistics statistics;
    for (int i = 0; i < 15; ++i) {
        statistics.report("Loss/G/loss", values({1, kNan}));
        EXPECT_FALSE(reason_to_end(statistics));
    }
    statistics.report("Loss/G/loss", values({1, 2}));
    for (int i = 0; i < 15; ++i) statistics.report("Loss/G/loss", values({kNan}));
    (void)statistics.finish_tick();
    EXPECT_FALSE(reason_to_end(statistics));
    statistics.report("Loss/G/loss", values({-std::numeric_limits<double>::infinity()}));
    EXPECT_EQ(reason_to_end(statistics), "Loss/G/loss was not a finite number 16 times in a row");
}

TEST(ReasonToEnd, IsATensorThatIsNotFinite) {
    const TickStatistics statistics;
    const Trainer trainer = small_trainer();
    EXPECT_FALSE(reason_to_end(statistics, &trainer));
    trainer.d()->tensor("b4.out.weight").view(-1)[3] = kNan;
    EXPECT_FALSE(reason_to_end(statistics));
    EXPECT_EQ(reason_to_end(statistics, &trainer), "D.b4.out.weight has values that are not finite numbers");
    trainer.g()->w_avg()[0] = std::numeric_limits<double>::infinity();
    EXPECT_EQ(reason_to_end(statistics, &trainer), "G.mapping.w_avg has values that are not finite numbers");
}

}  // namespace
}  // namespace afs
