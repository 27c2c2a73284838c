#include "core/model/replaced_filters.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>

namespace afs {
namespace {

Tensor designed(const LowpassSpec& spec) {
    const std::vector<double> taps = design_lowpass(spec);
    if (taps.empty()) return {};
    const Tensor filter = at::tensor(at::ArrayRef<double>(taps), at::kDouble).to(at::kFloat);
    return spec.radial ? filter.view({spec.taps, spec.taps}) : filter;
}

}  // namespace

ReplacedFilters::ReplacedFilters(const Schedule& schedule, const std::vector<FilterChange>& changes)
    : schedule_(changed(schedule, changes)) {
    const c10::InferenceMode ordinary(false);
    const at::NoGradGuard no_grad;
    for (const LayerSpec& row : schedule_.layers) {
        Layer layer;
        for (const FilterChange& change : changes) {
            if (change.layer != row.name) continue;
            (change.side == FilterSide::up ? layer.up : layer.down) = true;
        }
        if (!layer.up && !layer.down) continue;
        layer.spec = row;
        if (layer.up) layer.up_filter = designed(up_filter_spec(row));
        if (layer.down) layer.down_filter = designed(down_filter_spec(row));
        layers_.push_back(std::move(layer));
    }
}

const ReplacedFilters::Layer* ReplacedFilters::find(const LayerSpec& row) const {
    const auto found = std::ranges::find(layers_, row.name, [](const Layer& layer) { return layer.spec.name; });
    return found == layers_.end() ? nullptr : &*found;
}

}  // namespace afs
