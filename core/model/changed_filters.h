// The table of layers with some filters changed. Torch-free; any thread.
#pragma once

#include <span>
#include <string>

#include "core/base/filter_change.h"
#include "core/model/filters.h"

namespace afs {

// Why a row's filter cannot be changed to this; empty: it can. Rows that filter nothing (ToRGB) and networks whose
// filters are not designed (StyleGAN2) have nothing to change.
[[nodiscard]] std::string why_not(const LayerSpec& row, const FilterChange& change);

// The row with another filter: cutoff, half-width, taps, and the padding with which its output keeps its place. The
// resampling factors, and with them every size, stay. `change` must be possible.
[[nodiscard]] LayerSpec changed(LayerSpec row, const FilterChange& change);

// Throws Error{argument} for a layer that the table does not have, and where why_not() says so. Of two changes of one
// filter the later one counts.
[[nodiscard]] Schedule changed(Schedule schedule, std::span<const FilterChange> changes);

// The filter that a row has on one side, as a change that changes nothing.
[[nodiscard]] FilterChange own_filter(const LayerSpec& row, FilterSide side);
[[nodiscard]] LowpassSpec filter_spec(const LayerSpec& row, FilterSide side);
[[nodiscard]] bool has_filter(const LayerSpec& row, FilterSide side);

}  // namespace afs
