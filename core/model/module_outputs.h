// What a network's modules put out, told from its table of layers: what SynthesisOptions::on_layer would be shown,
// without drawing a picture. Torch-free.
#pragma once

#include <string>
#include <vector>

#include "core/model/layer_schedule.h"

namespace afs {

struct ModuleOutput {
    std::string name;  // as on_layer's
    int channels = 0, size = 0;
    const LayerSpec* layer = nullptr;  // the schedule's row whose output it is, "output" too; null: no row's alone

    bool operator==(const ModuleOutput&) const = default;
};

// In the order in which they come. Refers to `schedule`, which is `config`'s.
[[nodiscard]] std::vector<ModuleOutput> module_outputs(const GeneratorConfig& config, const Schedule& schedule);

}  // namespace afs
