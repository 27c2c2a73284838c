#include "core/analysis/layer_spectra.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace afs {

LayerSpectra::LayerSpectra(const Schedule& schedule, bool designed, const LayerSpectraOptions& options)
    : schedule_(schedule), designed_(designed), options_(options) {}

void LayerSpectra::add(const std::string& layer, const Tensor& activation) {
    if (activation.size(-1) < 2 || activation.size(-2) < 2) return;
    Tensor x = activation;
    const std::int64_t most = options_.most_channels;
    if (most > 0 && x.size(1) > most) x = x.slice(1, 0, x.size(1), (x.size(1) + most - 1) / most);
    add_power(layer, layer_power_sum(x, {}, options_.beta));
}

void LayerSpectra::add(const LayerSpectra& more) {
    for (const Sum& sum : more.sums_) add_power(sum.layer, sum.power);
    pictures_ += more.pictures_;
}

void LayerSpectra::add_power(const std::string& layer, const Tensor& power) {
    const auto known = std::ranges::find(sums_, layer, &Sum::layer);
    if (known == sums_.end())
        sums_.push_back({layer, power.clone()});
    else
        known->power.add_(power);
}

NetworkSpectra LayerSpectra::result() const {
    NetworkSpectra out;
    out.pictures = pictures_;
    for (const Sum& sum : sums_) {
        const SpectrumScale scale = spectrum_scale(schedule_, sum.layer, designed_, sum.power.size(1));
        LayerSpectrum layer{sum.layer, spectrum_figures(sum.power, scale, /*map=*/false), scale.limits.cutoff, 0};
        if (const LayerSpec* const row = designed_ ? schedule_.find(sum.layer) : nullptr)
            layer.stopband = row->out_stopband;
        out.layers.push_back(std::move(layer));
    }
    return out;
}

}  // namespace afs
