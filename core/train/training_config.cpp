#include "core/train/training_config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "core/base/error.h"
#include "core/model/presets.h"
#include "core/train/augment.h"

namespace afs {
namespace {

[[noreturn]] void refuse(const std::string& why, const std::string& what_to_do = "") {
    throw Error(ErrorKind::argument, "Training cannot begin", why, what_to_do);
}

std::string preset_of(const std::string& cfg) {
    if (cfg == "a") return "stylegan2";
    if (cfg.size() == 1 && cfg[0] >= 'b' && cfg[0] <= 'h')
        refuse(fmt::format("configuration {} of the ladder cannot be trained by this version", cfg),
               "Choose stylegan2 (the ladder's a), stylegan3-t or stylegan3-r.");
    if (cfg != "stylegan2" && cfg != "stylegan3-t" && cfg != "stylegan3-r")
        refuse(fmt::format("\"{}\" is not a configuration", cfg), "Choose stylegan2, stylegan3-t or stylegan3-r.");
    return cfg;
}

void check(const TrainingRequest& r, const DataSetFacts& data) {
    const auto in_range = [](const char* option, double value, double low, double high) {
        if (!(value >= low && value <= high))
            refuse(std::isinf(high) ? fmt::format("--{} is {} but must be at least {}", option, value, low)
                                    : fmt::format("--{} is {} but must be within {} to {}", option, value, low, high));
    };
    const auto positive = [](const char* option, double value) {
        if (!(value > 0) || !std::isfinite(value))
            refuse(fmt::format("--{} is {} but must be more than 0", option, value));
    };
    constexpr double kAny = INFINITY;
    if (data.resolution < 8 || !std::has_single_bit(static_cast<unsigned>(data.resolution)))
        refuse(
            fmt::format("the pictures of {0} are {1} x {1} pixels, but networks are made for powers of two from 8 on",
                        data.name, data.resolution),
            "`afstudio dataset import --resolution` makes a data set of another size of them.");
    if (!r.gamma)
        refuse("--gamma, the weight of R1, was not given and has no value that suits all pictures",
               fmt::format("For {0} x {0} pictures and a batch of 32 start with --gamma {1:g}; try several, up to ten "
                           "times smaller and larger.",
                           data.resolution, suggested_gamma(data.resolution)));
    in_range("gamma", *r.gamma, 0, kAny);
    positive("batch", r.batch);
    positive("gpus", r.gpus);
    if (r.batch_gpu) positive("batch-gpu", *r.batch_gpu);
    if (r.glr) positive("glr", *r.glr);
    if (r.dlr) positive("dlr", *r.dlr);
    if (r.cbase) positive("cbase", *r.cbase);
    if (r.cmax) positive("cmax", *r.cmax);
    if (r.map_depth) positive("map-depth", *r.map_depth);
    positive("mbstd-group", r.mbstd_group);
    in_range("freezed", r.freezed, 0, kAny);
    in_range("p", r.p, 0, 1);
    in_range("target", r.target, 0, 1);
    positive("kimg", r.kimg);
    positive("tick", r.tick);
    positive("snap", r.snap);

    if (r.batch % r.gpus != 0)
        refuse(fmt::format("--batch {} is not a multiple of --gpus {}", r.batch, r.gpus),
               fmt::format("Choose a batch of {}, for example.", (r.batch / r.gpus + 1) * r.gpus));
    const int share = r.batch / r.gpus, chunk = r.batch_gpu.value_or(share);
    if (share % chunk != 0)
        refuse(fmt::format("--batch {} is not a multiple of --gpus {} times --batch-gpu {}", r.batch, r.gpus, chunk),
               fmt::format("--batch-gpu must divide {}.", share));
    if (chunk < r.mbstd_group || chunk % r.mbstd_group != 0)
        refuse(fmt::format("{} pictures at once on a GPU cannot be divided into the discriminator's groups of {}",
                           chunk, r.mbstd_group),
               "Change --batch, --batch-gpu or --mbstd-group.");
    if (r.cond && data.label_dim == 0)
        refuse(fmt::format("--cond asks for labels, but {} has none", data.name),
               "Leave --cond out, or add labels to the data set's dataset.json.");
    if (r.desc.find('/') != std::string::npos)
        refuse(fmt::format("--desc is \"{}\", but it ends the name of a folder, which cannot hold a /", r.desc));
    for (const std::string& metric : r.metrics)
        if (std::ranges::find(known_metrics(), metric) == known_metrics().end())
            refuse(fmt::format("\"{}\" is not a metric", metric),
                   fmt::format("Metrics are {}, or none.", fmt::join(known_metrics(), ", ")));
}

Json to_json(const AdamOptions& o) { return {{"lr", o.lr}, {"betas", {o.beta1, o.beta2}}, {"eps", o.eps}}; }

}  // namespace

double suggested_gamma(int resolution) { return 0.5 * std::pow(resolution / 128.0, 2); }

const std::vector<std::string>& known_metrics() {
    static const std::vector<std::string> kMetrics = {"fid50k_full", "kid50k_full", "pr50k3_full", "ppl2_wend",
                                                      "is50k",       "eqt50k_int",  "eqt50k_frac", "eqr50k"};
    return kMetrics;
}

TrainingConfig resolve_training(const TrainingRequest& r, const DataSetFacts& data) {
    const std::string preset = preset_of(r.cfg);
    check(r, data);
    const bool stylegan2 = preset == "stylegan2";
    TrainingConfig config;

    config.g = preset_config(preset, data.resolution, r.cbase, r.cmax);
    config.g.img_channels = data.channels;
    config.g.c_dim = r.cond ? data.label_dim : 0;
    config.g.mapping_layers = r.map_depth.value_or(config.g.mapping_layers);
    // Half of what a layer's magnitude was is forgotten within 20,000 pictures.
    if (!stylegan2) config.g.magnitude_ema_beta = std::pow(0.5, r.batch / 20e3);

    config.d.img_resolution = data.resolution;
    config.d.img_channels = data.channels;
    config.d.c_dim = config.g.c_dim;
    config.d.channel_base = r.cbase.value_or(config.d.channel_base);
    config.d.channel_max = r.cmax.value_or(config.d.channel_max);
    config.d.freeze_layers = r.freezed;
    config.d.mbstd_group_size = r.mbstd_group;
    if (r.fp32) {
        config.g.num_fp16_res = config.d.num_fp16_res = 0;
        config.g.conv_clamp.reset();
        config.d.conv_clamp.reset();
    }
    validate(config.g, "Training cannot begin");
    validate(config.d, "Training cannot begin");

    TrainerOptions& t = config.trainer;
    t.batch = r.batch;
    t.batch_gpu = r.batch_gpu.value_or(r.batch / r.gpus);
    t.seed = r.seed;
    t.g_adam.lr = r.glr.value_or(stylegan2 ? 0.002 : 0.0025);
    t.d_adam.lr = r.dlr.value_or(0.002);
    t.ema_kimg = r.batch * 10 / 32.0;
    t.loss.r1_gamma = *r.gamma;
    if (r.fp32) t.loss.precision = Precision::fp32;
    if (stylegan2) {
        t.g_reg_interval = 4;
        t.loss.pl_weight = 2;
        t.loss.style_mixing_probability = 0.9;
    } else if (config.g.use_radial_filters) {
        t.loss.blur_init_sigma = 10;  // pixels
        t.loss.blur_fade_kimg = r.batch * 200 / 32.0;
    }
    if (r.aug != AugmentMode::none) t.augmentations = bgc_augmentations();
    if (r.aug == AugmentMode::adaptive) t.ada = AdaController{.target = r.target};
    if (r.aug == AugmentMode::fixed) t.initial_p = r.p;
    if (r.from_network_file) {
        t.ema_rampup.reset();
        t.loss.blur_init_sigma = 0;
        if (t.ada) t.ada->kimg = 100;
    }

    config.gpus = r.gpus;
    config.mirror = r.mirror;
    config.total_kimg = r.kimg;
    config.kimg_per_tick = r.tick;
    config.snapshot_ticks = r.snap;
    config.metrics = r.metrics;
    config.run_name = fmt::format("{}-{}-gpus{}-batch{}-gamma{:g}", r.cfg, data.name, r.gpus, r.batch, *r.gamma);
    if (!r.desc.empty()) config.run_name += "-" + r.desc;
    return config;
}

Json to_json(const TrainingConfig& c) {
    const TrainerOptions& t = c.trainer;
    Json augment = Json();
    if (t.augmentations) {
        const AugmentOptions& o = *t.augmentations;
        augment = {{"xflip", o.xflip},
                   {"rotate90", o.rotate90},
                   {"xint", o.integer_shift},
                   {"scale", o.scale},
                   {"rotate", o.rotate},
                   {"aniso", o.aniso},
                   {"xfrac", o.fractional_shift},
                   {"brightness", o.brightness},
                   {"contrast", o.contrast},
                   {"lumaflip", o.luma_flip},
                   {"hue", o.hue},
                   {"saturation", o.saturation},
                   {"imgfilter", o.image_filter},
                   {"noise", o.noise},
                   {"cutout", o.cutout}};
    }
    return {{"run_name", c.run_name},
            {"gpus", c.gpus},
            {"batch", t.batch},
            {"batch_gpu", t.batch_gpu},
            {"seed", t.seed},
            {"mirror", c.mirror},
            {"total_kimg", c.total_kimg},
            {"kimg_per_tick", c.kimg_per_tick},
            {"snapshot_ticks", c.snapshot_ticks},
            {"metrics", c.metrics},
            {"G", to_json(c.g)},
            {"D", to_json(c.d)},
            {"G_adam", to_json(t.g_adam)},
            {"D_adam", to_json(t.d_adam)},
            {"G_reg_interval", t.g_reg_interval > 0 ? Json(t.g_reg_interval) : Json()},
            {"D_reg_interval", t.d_reg_interval > 0 ? Json(t.d_reg_interval) : Json()},
            {"ema_kimg", t.ema_kimg},
            {"ema_rampup", t.ema_rampup ? Json(*t.ema_rampup) : Json()},
            {"loss",
             {{"r1_gamma", t.loss.r1_gamma},
              {"style_mixing_prob", t.loss.style_mixing_probability},
              {"pl_weight", t.loss.pl_weight},
              {"pl_batch_shrink", t.loss.pl_batch_shrink},
              {"pl_decay", t.loss.pl_decay},
              {"blur_init_sigma", t.loss.blur_init_sigma},
              {"blur_fade_kimg", t.loss.blur_fade_kimg},
              {"precision", precision_name(t.loss.precision)}}},
            {"augment", augment},
            {"augment_p", t.initial_p},
            {"ada_target", t.ada ? Json(t.ada->target) : Json()},
            {"ada_interval", t.ada ? Json(t.ada->interval) : Json()},
            {"ada_kimg", t.ada ? Json(t.ada->kimg) : Json()}};
}

}  // namespace afs
