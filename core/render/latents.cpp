#include "core/render/latents.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/base/random_state.h"
#include "core/scene/latent_file.h"
#include "core/scene/spherical.h"

namespace afs {
namespace {

constexpr std::size_t kCachedSeeds = 4096;

at::Device torch_device(Device device) {
    return device.kind == Device::Kind::cpu ? at::Device(at::kCPU)
                                            : at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(device.index));
}

Tensor row(std::span<const float> values, const Generator& generator) {
    const Tensor host = at::empty({1, static_cast<std::int64_t>(values.size())}, at::kFloat);
    std::copy(values.begin(), values.end(), host.data_ptr<float>());
    return host.to(torch_device(generator.device()));
}

// z: [z_dim]. Result: [1, w_dim].
Tensor map(const Generator& generator, std::span<const float> z, const Label& label) {
    Tensor c;
    if (!label.empty()) {
        std::vector<float> sum(static_cast<std::size_t>(generator.config().c_dim));
        for (const auto& [index, weight] : label)
            sum[static_cast<std::size_t>(index)] = static_cast<float>(sum[static_cast<std::size_t>(index)] + weight);
        c = row(sum, generator);
    }
    return generator.map(row(z, generator), c);
}

// Several seeds on the sphere: one z, and the mean of their labels.
Tensor spherical_w(const Latent& latent, const Generator& generator) {
    const auto& config = generator.config();
    const auto seeds = latent_seeds(latent);
    const auto z = latent_z(latent, config.z_dim);
    AFS_CHECK(z.has_value());
    double total = 0.0;
    for (const SeedWeight& s : seeds) total += s.weight;
    Label label;
    for (const SeedWeight& s : seeds)
        for (const auto& [index, weight] : label_of(latent, s.seed, config))
            label.emplace_back(index, weight * s.weight / total);
    return map(generator, *z, label);
}

Tensor w_of(const Latent& latent, const Generator& generator, LatentCache& cache) {
    const auto& config = generator.config();
    if (const auto* w = std::get_if<LatentW>(&latent.source)) {
        check_latent_width(*w, config.z_dim, config.w_dim, generator.num_ws());
        return row(w->values, generator).reshape({1, w->num_ws, w->w_dim});
    }
    if (const auto* z = std::get_if<LatentZ>(&latent.source)) {
        check_latent_width(*z, config.z_dim, config.w_dim, generator.num_ws());
        return map(generator, z->values, label_of(latent, std::nullopt, config)).unsqueeze(1);
    }
    const auto seeds = latent_seeds(latent);
    // One seed is exactly the mapping's result, without a detour through w_avg.
    if (seeds.size() == 1 && seeds[0].weight == 1.0)
        return cache.w(generator, seeds[0].seed, label_of(latent, seeds[0].seed, config)).unsqueeze(1);
    if (latent.interpolation == Interpolation::slerp && !seeds.empty())
        return spherical_w(latent, generator).unsqueeze(1);
    // Relative to w_avg, as the explorer blends: weights need not sum to 1.
    const Tensor w_avg = generator.w_avg();
    Tensor relative = at::zeros({1, config.w_dim}, w_avg.options());
    for (const SeedWeight& s : seeds)
        relative.add_(cache.w(generator, s.seed, label_of(latent, s.seed, config)) - w_avg, s.weight);
    return (relative + w_avg).unsqueeze(1);
}

// w: [1, 1 | num_ws, w_dim]. Result: a tensor of its own, [1, num_ws, w_dim].
Tensor truncated(const Tensor& w, const Tensor& w_avg, int num_ws, const Truncation& truncation) {
    const int cutoff = truncation.cutoff.value_or(-1);
    if (w.size(1) == 1) return truncate_and_broadcast(w.squeeze(1), w_avg, num_ws, truncation.psi, cutoff);
    Tensor ws = w.clone();
    const int copies = cutoff < 0 ? num_ws : std::min(cutoff, num_ws);
    if (truncation.psi != 1.0 && copies > 0) {
        Tensor pulled = ws.slice(1, 0, copies);
        pulled.copy_(w_avg + truncation.psi * (pulled - w_avg));
    }
    return ws;
}

double distance(const Tensor& ws, const Tensor& w_avg) {
    return std::sqrt((ws - w_avg).square().sum(-1).mean().item<double>());
}

}  // namespace

Label label_of(const Latent& latent, std::optional<std::uint32_t> seed, const GeneratorConfig& config) {
    if (config.c_dim == 0) return {};
    Label label;
    for (const ClassWeight& c : latent.class_weights) label.emplace_back(c.index, c.weight);
    if (label.empty())
        label.emplace_back(latent.class_index ? *latent.class_index
                           : seed             ? class_from_seed(*seed, config.z_dim, config.c_dim)
                                              : 0,
                           1.0);
    for (const auto& [index, weight] : label)
        if (index < 0 || index >= config.c_dim)
            throw Error(ErrorKind::argument, fmt::format("There is no class {}", index),
                        fmt::format("this network has the classes 0 to {}", config.c_dim - 1));
    return label;
}

const Tensor& LatentCache::w(const Generator& generator, std::uint32_t seed, const Label& label) {
    if (ws_.size() >= kCachedSeeds) ws_.clear();
    const auto [entry, missing] = ws_.try_emplace({seed, label});
    if (missing) {
        try {
            entry->second = map(generator, latent_from_seed(seed, generator.config().z_dim), label);
        } catch (...) {
            ws_.erase(entry);
            throw;
        }
    }
    return entry->second;
}

const ResolvedLatent* LatentCache::find(const Scene& scene) const {
    const bool same =
        last_ && last_->latent == scene.latent && last_->truncation == scene.truncation && last_->mix == scene.mix;
    return same ? &last_->resolved : nullptr;
}

ResolvedLatent resolve_latent(const Scene& scene, const Generator& generator, LatentCache& cache) {
    if (const ResolvedLatent* const known = cache.find(scene)) return *known;
    const int num_ws = generator.num_ws();
    const Tensor w_avg = generator.w_avg();
    ResolvedLatent latent;
    latent.w = w_of(scene.latent, generator, cache);
    latent.ws = truncated(latent.w, w_avg, num_ws, scene.truncation);
    latent.distance = {distance(latent.w, w_avg), distance(latent.ws, w_avg)};
    for (const StyleMix& mix : scene.mix) {
        if (mix.weight == 0.0 || !mix.enabled || mix.layers.empty()) continue;
        const Tensor w = cache.w(generator, mix.seed, label_of(scene.latent, mix.seed, generator.config()));
        const Tensor other = truncated(w.unsqueeze(1), w_avg, num_ws, scene.truncation);
        for (const int layer : mix.layers) {
            if (layer < 0 || layer >= num_ws) continue;
            Tensor copy = latent.ws.select(1, layer);
            if (mix.weight == 1.0)
                copy.copy_(other.select(1, layer));
            else
                copy.add_(other.select(1, layer) - copy, mix.weight);
        }
    }
    cache.keep(scene, latent);
    return latent;
}

}  // namespace afs
