// Pins SPEC 13: command lines of the official trainer and what they resolve to, or are refused for
// (tests/golden/training_config.json).
#include "core/train/training_config.h"

#include <gmock/gmock.h>

#include <sstream>

#include "core/base/error.h"
#include "core/base/file.h"
#include "tests/support/paths.h"

namespace afs {
namespace {

const Json& recorded() {
    static const Json list =
        parse_json(read_text_file(test::golden_path("training_config.json")), "training_config.json");
    return list;
}

// The data sets of the recording, by name.
DataSetFacts data_of(const std::string& path) {
    if (path.find("plain-128x128") != std::string::npos) return {"plain-128x128", 128, 3, 0};
    if (path.find("nolabel") != std::string::npos) return {"nolabel", 64, 3, 0};
    return {"pets-64x64", 64, 3, 5};
}

struct Given {
    TrainingRequest request;
    DataSetFacts data;
};

Given parse(const Json& arguments) {
    Given given;
    TrainingRequest& r = given.request;
    for (const std::string argument : arguments) {
        const auto equals = argument.find('=');
        const std::string name = argument.substr(2, equals - 2), value = argument.substr(equals + 1);
        const auto number = [&] { return std::stod(value); };
        const auto whole = [&] { return std::stoi(value); };
        if (name == "cfg") r.cfg = value;
        if (name == "data") given.data = data_of(value);
        if (name == "gpus") r.gpus = whole();
        if (name == "batch") r.batch = whole();
        if (name == "batch-gpu") r.batch_gpu = whole();
        if (name == "gamma") r.gamma = number();
        if (name == "cbase") r.cbase = whole();
        if (name == "cmax") r.cmax = whole();
        if (name == "glr") r.glr = number();
        if (name == "dlr") r.dlr = number();
        if (name == "map-depth") r.map_depth = whole();
        if (name == "mbstd-group") r.mbstd_group = whole();
        if (name == "mirror") r.mirror = whole() != 0;
        if (name == "cond") r.cond = whole() != 0;
        if (name == "aug")
            r.aug = value == "noaug" ? AugmentMode::none : value == "ada" ? AugmentMode::adaptive : AugmentMode::fixed;
        if (name == "p") r.p = number();
        if (name == "target") r.target = number();
        if (name == "freezed") r.freezed = whole();
        if (name == "kimg") r.kimg = number();
        if (name == "tick") r.tick = number();
        if (name == "snap") r.snap = whole();
        if (name == "seed") r.seed = static_cast<std::uint32_t>(whole());
        if (name == "fp32") r.fp32 = whole() != 0;
        if (name == "resume") r.from_network_file = true;
        if (name == "desc") r.desc = value;
        if (name == "metrics") {
            r.metrics.clear();
            std::istringstream list(value == "none" ? "" : value);
            for (std::string metric; std::getline(list, metric, ',');) r.metrics.push_back(metric);
        }
    }
    return given;
}

TEST(TrainingConfig, ResolvesCommandLinesAsRecorded) {
    const Json& silent = recorded().back()["resolved"];  // the loop's own defaults
    int compared = 0;
    for (const Json& entry : recorded()) {
        if (!entry.contains("args") || !entry.contains("resolved")) continue;
        SCOPED_TRACE(entry["name"].get<std::string>());
        const Json& want = entry["resolved"];
        const auto or_default = [&](const char* key) { return want.contains(key) ? want[key] : silent[key]; };
        const Given given = parse(entry["args"]);
        const TrainingConfig got = resolve_training(given.request, given.data);
        const TrainerOptions& t = got.trainer;

        const Json& g = want["G_kwargs"];
        const bool alias_free = g["class_name"].get<std::string>().find("stylegan3") != std::string::npos;
        EXPECT_EQ(got.g.family, alias_free ? Family::alias_free : Family::stylegan2);
        EXPECT_EQ(got.g.z_dim, g["z_dim"]);
        EXPECT_EQ(got.g.w_dim, g["w_dim"]);
        EXPECT_EQ(got.g.mapping_layers, g["mapping_kwargs"]["num_layers"]);
        EXPECT_EQ(got.g.channel_base, g["channel_base"]);
        EXPECT_EQ(got.g.channel_max, g["channel_max"]);
        EXPECT_EQ(got.g.conv_kernel, g.value("conv_kernel", 3));
        EXPECT_EQ(got.g.use_radial_filters, g.value("use_radial_filters", false));
        EXPECT_EQ(got.g.num_fp16_res, g.value("num_fp16_res", 4));
        EXPECT_EQ(got.g.conv_clamp.has_value(), !g.contains("conv_clamp"));
        EXPECT_EQ(got.g.img_resolution, want["training_set_kwargs"]["resolution"]);
        EXPECT_EQ(got.g.c_dim > 0, want["training_set_kwargs"]["use_labels"].get<bool>());
        if (alias_free) {
            EXPECT_DOUBLE_EQ(got.g.magnitude_ema_beta, g["magnitude_ema_beta"].get<double>());
        }

        const Json& d = want["D_kwargs"];
        EXPECT_EQ(got.d.channel_base, d["channel_base"]);
        EXPECT_EQ(got.d.channel_max, d["channel_max"]);
        EXPECT_EQ(got.d.freeze_layers, d["block_kwargs"]["freeze_layers"]);
        EXPECT_EQ(got.d.mbstd_group_size, d["epilogue_kwargs"]["mbstd_group_size"]);
        EXPECT_EQ(got.d.num_fp16_res, d.value("num_fp16_res", 4));
        EXPECT_EQ(got.d.conv_clamp.has_value(), !d.contains("conv_clamp"));
        EXPECT_EQ(got.d.c_dim, got.g.c_dim);

        for (const auto& [key, adam] : {std::pair("G_opt_kwargs", &t.g_adam), std::pair("D_opt_kwargs", &t.d_adam)}) {
            EXPECT_EQ(adam->lr, want[key]["lr"].get<double>());
            EXPECT_EQ(adam->beta1, want[key]["betas"][0].get<double>());
            EXPECT_EQ(adam->beta2, want[key]["betas"][1].get<double>());
            EXPECT_EQ(adam->eps, want[key]["eps"].get<double>());
        }
        const Json& loss = want["loss_kwargs"];
        EXPECT_EQ(t.loss.r1_gamma, loss["r1_gamma"].get<double>());
        EXPECT_EQ(t.loss.pl_weight, loss.value("pl_weight", 0.0));
        EXPECT_EQ(t.loss.style_mixing_probability, loss.value("style_mixing_prob", 0.0));
        EXPECT_EQ(t.loss.blur_init_sigma, loss.value("blur_init_sigma", 0.0));
        EXPECT_EQ(t.loss.blur_fade_kimg, loss.value("blur_fade_kimg", 0.0));

        EXPECT_EQ(got.gpus, want["num_gpus"]);
        EXPECT_EQ(t.batch, want["batch_size"]);
        EXPECT_EQ(t.batch_gpu, want["batch_gpu"]);
        EXPECT_EQ(Json(got.metrics), want["metrics"]);
        EXPECT_EQ(got.total_kimg, want["total_kimg"].get<double>());
        EXPECT_EQ(got.kimg_per_tick, want["kimg_per_tick"].get<double>());
        EXPECT_EQ(got.snapshot_ticks, want["network_snapshot_ticks"]);
        EXPECT_EQ(t.seed, want["random_seed"].get<std::uint64_t>());
        EXPECT_EQ(got.mirror, want["training_set_kwargs"]["xflip"].get<bool>());
        EXPECT_EQ(t.ema_kimg, want["ema_kimg"].get<double>());
        EXPECT_EQ(t.ema_rampup ? Json(*t.ema_rampup) : Json(), or_default("ema_rampup"));
        EXPECT_EQ(t.g_reg_interval > 0 ? Json(t.g_reg_interval) : Json(), or_default("G_reg_interval"));
        EXPECT_EQ(Json(t.d_reg_interval), or_default("D_reg_interval"));
        EXPECT_EQ(t.initial_p, or_default("augment_p").get<double>());
        EXPECT_EQ(t.ada ? Json(t.ada->target) : Json(), or_default("ada_target"));
        EXPECT_EQ(t.augmentations.has_value(), want.contains("augment_kwargs"));
        if (t.ada) {
            EXPECT_EQ(t.ada->interval, or_default("ada_interval"));
            EXPECT_EQ(t.ada->kimg, or_default("ada_kimg").get<double>());
        }
        if (t.augmentations) {
            Json multipliers = to_json(got)["augment"];
            for (const auto& [name, value] : want["augment_kwargs"].items()) {
                if (name == "class_name") continue;
                EXPECT_EQ(multipliers[name].get<double>(), value.get<double>()) << name;
                multipliers.erase(name);
            }
            for (const auto& [name, value] : multipliers.items()) EXPECT_EQ(value, 0.0) << name;
        }
        EXPECT_EQ(got.run_name, entry["run_dir_suffix"]);
        ++compared;
    }
    EXPECT_EQ(compared, 20);
}

TEST(TrainingConfig, RefusesWhatTheRecordedTrainerRefuses) {
    int refused = 0;
    for (const Json& entry : recorded()) {
        // Whether a data set can be opened is known before, where it is read.
        if (!entry.contains("error") || entry["error"] == "data set cannot be opened") continue;
        SCOPED_TRACE(entry["name"].get<std::string>());
        const Given given = parse(entry["args"]);
        EXPECT_THROW((void)resolve_training(given.request, given.data), Error);
        ++refused;
    }
    EXPECT_EQ(refused, 9);
}

TrainingRequest good() {
    TrainingRequest r;
    r.cfg = "stylegan3-t";
    r.batch = 32;
    r.gamma = 2;
    return r;
}
constexpr const char* kName = "pets";

TEST(TrainingConfig, SaysWhatToDoInsteadOfRefusingAlone) {
    const auto message = [](const TrainingRequest& r, int resolution = 256) {
        try {
            (void)resolve_training(r, {kName, resolution, 3, 0});
        } catch (const Error& e) {
            return std::string(e.what());
        }
        return std::string("nothing was refused");
    };
    TrainingRequest r = good();
    r.gamma.reset();
    EXPECT_THAT(message(r), testing::HasSubstr("--gamma 2"));  // SPEC's guide at 256
    EXPECT_THAT(message(r, 1024), testing::HasSubstr("--gamma 32"));
    r = good();
    r.cfg = "f";
    EXPECT_THAT(message(r), testing::HasSubstr("ladder"));
    r = good();
    r.metrics = {"fid"};
    EXPECT_THAT(message(r), testing::HasSubstr("fid50k_full"));
    r = good();
    r.batch = 30;
    r.gpus = 4;
    EXPECT_THAT(message(r), testing::HasSubstr("32"));
    r = good();
    r.cond = true;
    EXPECT_THAT(message(r), testing::HasSubstr(kName));
    r = good();
    r.desc = "../elsewhere";
    EXPECT_THAT(message(r), testing::HasSubstr("--desc"));
    r = good();
    EXPECT_THAT(message(r, 24), testing::HasSubstr("24 x 24 pixels"));
    EXPECT_THAT(message(r, 24), testing::HasSubstr("dataset import --resolution"));
    EXPECT_THAT(message(r, 4), testing::HasSubstr("4 x 4 pixels"));
    EXPECT_THAT(message(r), testing::HasSubstr("nothing was refused"));
}

TEST(TrainingConfig, KnowsTheFirstRungOfTheLadder) {
    TrainingRequest r = good();
    r.cfg = "a";
    const TrainingConfig a = resolve_training(r, {kName, 64, 3, 0});
    EXPECT_EQ(a.g.family, Family::stylegan2);
    EXPECT_TRUE(a.run_name.starts_with("a-"));
}

}  // namespace
}  // namespace afs
