#include "tests/train/small_setting.h"

#include <ATen/ATen.h>

namespace afs::test {

Setting small_setting(Family family) {
    Setting s;
    s.g = default_config(family);
    s.g.z_dim = s.g.w_dim = 16;
    s.g.img_resolution = 16;
    s.g.channel_base = 128;
    s.g.channel_max = 8;
    s.g.c_dim = 2;
    s.g.magnitude_ema_beta = 0.5;
    s.d.c_dim = 2;
    s.d.img_resolution = 16;
    s.d.channel_base = 128;
    s.d.channel_max = 8;
    s.options.batch = 4;
    s.options.batch_gpu = 2;
    s.options.d_reg_interval = 3;
    s.options.augmentations = bgc_augmentations();
    s.options.initial_p = 0.3;
    s.options.ada = AdaController{0.6, 2, 0.1};
    s.options.ema_kimg = 0.05;
    s.options.seed = 5;
    if (family == Family::stylegan2) {
        s.options.g_reg_interval = 2;
        s.options.loss.style_mixing_probability = 0.9;
        s.options.loss.pl_weight = 2;
        s.options.g_adam.beta1 = 0.3;  // with a first moment, which official training does not use
    } else {
        s.options.loss.blur_init_sigma = 2;
        s.options.loss.blur_fade_kimg = 0.02;
    }
    return s;
}

Minibatch minibatch_of(const Trainer& trainer, int seed, std::int64_t share) {
    SeededRandom random(static_cast<std::uint64_t>(100 + seed));
    const auto all = static_cast<std::int64_t>(trainer.phases().size()) * share;
    Minibatch m;
    m.pictures = (random.uniform({share, 3, 16, 16}) * 256).to(at::kByte);
    m.labels = at::one_hot((random.uniform({share}) * 2).to(at::kLong), 2).to(at::kFloat);
    m.c = at::one_hot((random.uniform({all}) * 2).to(at::kLong), 2).to(at::kFloat);
    return m;
}

}  // namespace afs::test
