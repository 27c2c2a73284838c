#include "core/train/loss.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>

#include <array>
#include <cmath>

#include "core/model/arithmetic.h"
#include "core/model/recompute.h"
#include "core/train/blur.h"

namespace afs {
namespace {

// before + (1 - beta) of the way to `value`, in place.
void follow(Tensor average, const Tensor& value, double beta) { average.copy_(value.lerp(average, beta)); }

void differentiate(const Tensor& loss, double gain) { torch::autograd::backward({loss.mean() * gain}, {}); }

}  // namespace

std::string_view phase_name(Phase phase) {
    constexpr std::array<std::string_view, 6> kNames = {"Gmain", "Greg", "Gboth", "Dmain", "Dreg", "Dboth"};
    return kNames.at(static_cast<std::size_t>(phase));
}

bool trains_generator(Phase phase) { return phase == Phase::g_main || phase == Phase::g_reg || phase == Phase::g_both; }

Loss::Loss(const LossOptions& options, std::shared_ptr<Generator> generator,
           std::shared_ptr<Discriminator> discriminator, std::optional<AugmentOptions> augmentations,
           RandomSource& random, Average average)
    : options_(options),
      generator_(std::move(generator)),
      discriminator_(std::move(discriminator)),
      augmentations_(augmentations),
      random_(random),
      average_(std::move(average)),
      pl_mean_(at::zeros({}, generator_->w_avg().options())) {}

void Loss::update_w_avg(const Tensor& w) const {
    const at::NoGradGuard no_gradient;
    Tensor mean = w.mean(0);
    if (average_) average_(mean);
    follow(generator_->w_avg(), mean, generator_->config().w_avg_beta);
}

Tensor Loss::synthesize(const Tensor& ws, bool update_averages) const {
    SynthesisOptions synthesis;
    synthesis.precision = options_.precision;
    synthesis.noise_mode = NoiseMode::random;
    synthesis.draw_normal = [this](at::IntArrayRef shape) { return random_.normal(shape); };
    // A layer's output is what the next one takes: its magnitude moves before that layer runs.
    std::size_t next = 0;
    if (update_averages && generator_->config().family == Family::alias_free) {
        synthesis.on_layer_changes_network = true;
        synthesis.on_layer = [&](const std::string&, const Tensor& x) {
            const auto& layers = generator_->schedule().layers;
            if (next >= layers.size()) return;
            Tensor magnitude = x.to(at::kFloat).square().mean();
            if (average_) average_(magnitude);
            follow(generator_->tensor("synthesis." + layers[next++].name + ".magnitude_ema"), magnitude,
                   generator_->config().magnitude_ema_beta);
        };
    }
    return generator_->synthesize(ws, synthesis);
}

Loss::Generated Loss::generate(const Tensor& z, const Tensor& c, bool update_averages) {
    const int num_ws = generator_->num_ws();
    const Tensor w = generator_->map(z, c);
    if (update_averages) update_w_avg(w);
    Tensor ws = truncate_and_broadcast(w, generator_->w_avg(), num_ws, 1.0);
    if (options_.style_mixing_probability > 0) {
        const auto drawn = [this] { return static_cast<double>(random_.uniform({}).item<float>()); };
        const double gate = drawn(), place = drawn();
        if (gate < options_.style_mixing_probability) {
            const auto cutoff = 1 + static_cast<std::int64_t>(place * (num_ws - 1));
            const Tensor other = generator_->map(random_.normal(z.sizes()).to(z.device()), c);
            const Tensor mixed = other.unsqueeze(1).expand({-1, num_ws - cutoff, -1});
            ws = at::cat({ws.slice(1, 0, cutoff), mixed}, 1);
        }
    }
    return {synthesize(ws, update_averages), ws};
}

Tensor Loss::judge(const Tensor& pictures, const Tensor& c, double sigma, double p) {
    Tensor seen = blur_pictures(pictures, sigma);
    if (augmentations_) seen = augment(seen, *augmentations_, p, random_);
    return (*discriminator_)(seen, c, options_.precision);
}

void Loss::accumulate_gradients(Phase phase, const Chunk& chunk, double gain, double images, double p,
                                const Report& report) {
    const Float32Scope exact(generator_->device(), false);  // of the gradients' convolutions too
    const double sigma = blur_sigma(options_.blur_init_sigma, options_.blur_fade_kimg, images);
    const bool paths = options_.pl_weight > 0;
    if (phase == Phase::g_main || phase == Phase::g_both) train_generator(chunk, gain, sigma, p, report);
    if (paths && (phase == Phase::g_reg || phase == Phase::g_both)) regularise_paths(chunk, gain, report);
    if (!trains_generator(phase)) train_discriminator(phase, chunk, gain, sigma, p, report);
}

void Loss::train_generator(const Chunk& chunk, double gain, double sigma, double p, const Report& report) {
    const RecomputeScope recompute(options_.grad_checkpoint);
    const Tensor logits = judge(generate(chunk.z, chunk.c, false).pictures, chunk.c, sigma, p);
    const Tensor loss = at::softplus(-logits);  // -log of the probability to be taken for real
    report("Loss/scores/fake", logits);
    report("Loss/signs/fake", logits.sign());
    report("Loss/G/loss", loss);
    differentiate(loss, gain);
}

void Loss::regularise_paths(const Chunk& chunk, double gain, const Report& report) {
    const std::int64_t count = std::max<std::int64_t>(chunk.z.size(0) / options_.pl_batch_shrink, 1);
    const auto first = [&](const Tensor& t) { return t.defined() ? t.slice(0, 0, count) : t; };
    const Generated generated = generate(first(chunk.z), first(chunk.c), false);
    const Tensor& pictures = generated.pictures;
    // A random direction in picture space, of the same length on average whatever the resolution.
    const Tensor direction = random_.normal(pictures.sizes()).to(pictures.device()) /
                             std::sqrt(static_cast<double>(pictures.size(2) * pictures.size(3)));
    const Tensor slopes = torch::autograd::grad({(pictures * direction).sum()}, {generated.ws}, {},
                                                /*retain_graph=*/true, /*create_graph=*/true)[0];
    const Tensor lengths = slopes.square().sum(2).mean(1).sqrt();
    const Tensor mean = pl_mean_.lerp(lengths.mean(), options_.pl_decay);
    pl_mean_ = mean.detach();
    const Tensor penalty = (lengths - mean).square(), loss = penalty * options_.pl_weight;
    report("Loss/pl_penalty", penalty);
    report("Loss/G/reg", loss);
    differentiate(loss, gain);
}

void Loss::train_discriminator(Phase phase, const Chunk& chunk, double gain, double sigma, double p,
                               const Report& report) {
    const bool main = phase != Phase::d_reg;
    const bool penalise = phase != Phase::d_main && options_.r1_gamma != 0;
    if (!main && !penalise) return;

    Tensor fake_loss;
    if (main) {
        const Tensor pictures = [&] {
            const at::NoGradGuard no_gradient;
            return generate(chunk.z, chunk.c, true).pictures;
        }();
        const RecomputeScope recompute(options_.grad_checkpoint);
        const Tensor logits = judge(pictures, chunk.c, sigma, p);
        fake_loss = at::softplus(logits);
        report("Loss/scores/fake", logits);
        report("Loss/signs/fake", logits.sign());
        differentiate(fake_loss, gain);
        fake_loss = fake_loss.detach();
    }

    const Tensor pictures = chunk.pictures.detach().clone().requires_grad_(penalise);
    const RecomputeScope recompute(options_.grad_checkpoint && !penalise);
    const Tensor logits = judge(pictures, chunk.labels, sigma, p);
    report("Loss/scores/real", logits);
    report("Loss/signs/real", logits.sign());
    Tensor loss;
    if (main) {
        loss = at::softplus(-logits);
        report("Loss/D/loss", fake_loss + loss);
    }
    if (penalise) {
        const Tensor slopes = torch::autograd::grad({logits.sum()}, {pictures}, {}, /*retain_graph=*/true,
                                                    /*create_graph=*/true)[0];
        const Tensor penalty = slopes.square().sum({1, 2, 3});
        const Tensor regulariser = penalty * (options_.r1_gamma / 2);
        report("Loss/r1_penalty", penalty);
        report("Loss/D/reg", regulariser);
        loss = main ? loss + regulariser.unsqueeze(1) : regulariser;
    }
    differentiate(loss, gain);
}

}  // namespace afs
