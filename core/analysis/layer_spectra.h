// Spectra of every module of a network, of one picture or averaged over several: the waterfall, sparklines, averages
// over seeds. One thread an object.
#pragma once

#include <string>
#include <vector>

#include "core/analysis/spectrum.h"

namespace afs {

struct LayerSpectraOptions {
    double beta = kSpectrumBeta;
    int most_channels = 0;  // of each module, evenly spread; 0: all
};

class LayerSpectra {
  public:
    // `schedule`: of the network as it runs. `designed` as spectrum_scale says.
    LayerSpectra(const Schedule& schedule, bool designed, const LayerSpectraOptions& options);

    // A module's output, [1, C, H, W]: what SynthesisOptions::on_layer is given, module after module in each picture.
    // Modules too small to have frequencies are left out.
    void add(const std::string& layer, const Tensor& activation);
    void end_picture() { ++pictures_; }

    // The same without any picture; and what such a one has gathered since.
    [[nodiscard]] LayerSpectra fresh() const { return {schedule_, designed_, options_}; }
    void add(const LayerSpectra& more);

    [[nodiscard]] NetworkSpectra result() const;

  private:
    void add_power(const std::string& layer, const Tensor& power);
    struct Sum {
        std::string layer;
        Tensor power;
    };
    Schedule schedule_;
    bool designed_;
    LayerSpectraOptions options_;
    std::vector<Sum> sums_;
    int pictures_ = 0;
};

}  // namespace afs
