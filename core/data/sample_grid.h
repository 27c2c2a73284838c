// Which items a sheet of a data set shows: `reals.png` of a training run, the same for the same set (SPEC 15).
#pragma once

#include "core/data/data_set.h"

namespace afs {

// [rows, columns] indices of items. With labels, each row shows one label.
[[nodiscard]] std::vector<std::int64_t> sample_grid(const DataSet& set, int columns, int rows);

}  // namespace afs
