// The sheets of pictures that a training run leaves: real ones once, generated ones at every snapshot (SPEC 13).
#pragma once

#include <memory>

#include "core/base/progress.h"
#include "core/data/data_set.h"
#include "core/formats/picture.h"
#include "core/model/generator.h"

namespace afs {

// Columns and rows of pictures of that many pixels a side: about 7680 x 4320 pixels in all.
[[nodiscard]] std::pair<int, int> sheet_size(int resolution);

// Real pictures, [rows * side, columns * side]: see sample_grid.
[[nodiscard]] Image real_sheet(const DataSet& set);

// What a generator makes of the same latents every time: drawn from a run's seed; labels are those of the real sheet.
class SampleSheet {
  public:
    SampleSheet(const DataSet& set, const GeneratorConfig& config, std::uint64_t seed);

    // Truncation 1, constant noise; `batch` pictures at once, each time reported. Throws Error{cancelled}.
    [[nodiscard]] Image draw(const Generator& generator, int batch, const Progress& progress) const;
    [[nodiscard]] int pictures() const { return columns_ * rows_; }

  private:
    int columns_, rows_;
    Tensor z_, c_;
};

}  // namespace afs
