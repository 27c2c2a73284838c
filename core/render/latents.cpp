#include "core/render/latents.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "core/base/error.h"
#include "core/base/random_state.h"

namespace afs {
namespace {

constexpr std::size_t kCachedSeeds = 4096;

at::Device torch_device(Device device) {
    return device.kind == Device::Kind::cpu ? at::Device(at::kCPU)
                                            : at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(device.index));
}

Tensor inline_ws(const LatentW& latent, const Generator& generator) {
    const auto& config = generator.config();
    if (latent.w_dim != config.w_dim || (latent.num_ws != 1 && latent.num_ws != generator.num_ws()) ||
        latent.values.size() != static_cast<std::size_t>(latent.num_ws) * static_cast<std::size_t>(latent.w_dim))
        throw Error(ErrorKind::argument, "Could not use this W",
                    fmt::format("it has shape [{}, {}]; the network takes [1, {}] or [{}, {}]", latent.num_ws,
                                latent.w_dim, config.w_dim, generator.num_ws(), config.w_dim));
    const Tensor w = at::empty({1, latent.num_ws, latent.w_dim}, at::kFloat);
    std::copy(latent.values.begin(), latent.values.end(), w.data_ptr<float>());
    return w.to(torch_device(generator.device())).expand({1, generator.num_ws(), config.w_dim}).contiguous();
}

}  // namespace

const Tensor& LatentCache::w(const Generator& generator, std::uint32_t seed, std::optional<int> class_index) {
    const auto& config = generator.config();
    int picked = -1;
    if (config.c_dim > 0) {
        picked = class_index.value_or(-1);
        if (!class_index) picked = class_from_seed(seed, config.z_dim, config.c_dim);
        if (picked < 0 || picked >= config.c_dim)
            throw Error(ErrorKind::argument, fmt::format("There is no class {}", picked),
                        fmt::format("this network has the classes 0 to {}", config.c_dim - 1));
    }
    const auto [entry, missing] = ws_.try_emplace({seed, picked});
    if (!missing) return entry->second;
    if (ws_.size() > kCachedSeeds) {
        ws_.clear();
        return w(generator, seed, class_index);
    }
    const auto z = latent_from_seed(seed, config.z_dim);
    const at::Device device = torch_device(generator.device());
    Tensor c;
    if (picked >= 0) {
        c = at::zeros({1, config.c_dim}, at::kFloat);
        c.data_ptr<float>()[picked] = 1.0f;
        c = c.to(device);
    }
    const Tensor z_tensor =
        at::from_blob(const_cast<float*>(z.data()), {1, config.z_dim}, at::kFloat).clone().to(device);
    entry->second = generator.map(z_tensor, c);
    return entry->second;
}

Tensor resolve_ws(const Scene& scene, const Generator& generator, LatentCache& cache) {
    const int num_ws = generator.num_ws();
    const double psi = scene.truncation.psi;
    const int cutoff = scene.truncation.cutoff.value_or(-1);
    const Tensor w_avg = generator.w_avg();
    const auto truncated = [&](std::uint32_t seed) {
        return truncate_and_broadcast(cache.w(generator, seed, scene.latent.class_index), w_avg, num_ws, psi, cutoff);
    };

    // Relative to w_avg, as the explorer blends: weights need not sum to 1.
    Tensor relative;
    if (const auto* inline_w = std::get_if<LatentW>(&scene.latent.source)) {
        const Tensor ws = inline_ws(*inline_w, generator);
        const int truncated_copies = cutoff < 0 ? num_ws : std::min(cutoff, num_ws);
        relative = ws - w_avg;
        if (psi != 1.0 && truncated_copies > 0) relative.slice(1, 0, truncated_copies).mul_(psi);
    } else {
        const auto* plane = std::get_if<LatentPlane>(&scene.latent.source);
        const auto seeds = plane ? plane_seeds(*plane) : std::get<LatentSeeds>(scene.latent.source).seeds;
        // One unmixed seed is exactly the mapping's result, without a detour through w_avg.
        if (seeds.size() == 1 && seeds[0].weight == 1.0 && scene.mix.empty()) return truncated(seeds[0].seed);
        relative = at::zeros({1, num_ws, generator.config().w_dim}, w_avg.options());
        for (const SeedWeight& s : seeds) relative.add_(truncated(s.seed) - w_avg, s.weight);
    }
    for (const StyleMix& mix : scene.mix) {
        if (mix.weight == 0.0 || !mix.enabled) continue;
        const Tensor other = truncated(mix.seed) - w_avg;
        for (const int layer : mix.layers) {
            if (layer < 0 || layer >= num_ws) continue;
            Tensor copy = relative.select(1, layer);
            if (mix.weight == 1.0)
                copy.copy_(other.select(1, layer));
            else
                copy.add_(other.select(1, layer) - copy, mix.weight);
        }
    }
    return relative + w_avg;
}

}  // namespace afs
