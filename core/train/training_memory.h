// How much memory a run needs, told before it begins from the tables of layers (SPEC 4, 11, 12): what each phase of a
// step keeps for its gradients, and what does not depend on the chunk. Torch-free.
//
// docs/training.md says how near this comes to what runs took.
#pragma once

#include <cstdint>
#include <optional>

#include "core/ops/device.h"
#include "core/train/training_config.h"

namespace afs {

// Bytes of one process at its peak: of the machine's memory on a CPU, of the GPU's otherwise.
struct TrainingMemory {
    std::int64_t program = 0;   // libraries and what they keep; nothing on a GPU, where it is taken before
    std::int64_t networks = 0;  // weights, averages, moments, and the larger network's gradients
    std::int64_t pictures = 0;  // of a step
    std::int64_t chunk = 0;     // activations and what is in use beside them, in the phase that needs most

    [[nodiscard]] std::int64_t total() const { return program + networks + pictures + chunk; }
};
[[nodiscard]] TrainingMemory estimate_memory(const TrainingConfig& config, Device device);

// What fits where the configuration does not: the largest chunk (--batch-gpu) that does, or --grad-checkpoint with the
// largest chunk that fits then. Nothing: no chunk fits.
struct FittingChunk {
    int batch_gpu = 0;
    bool grad_checkpoint = false;
    std::int64_t bytes = 0;
};
[[nodiscard]] std::optional<FittingChunk> find_fitting_chunk(const TrainingConfig& config, Device device,
                                                             std::int64_t available_bytes);

// Throws Error{device} with numbers and a proposal where `processes` of this machine, which share `available_bytes` (on
// GPUs each has its own: 1), cannot train with it.
void check_memory(const TrainingConfig& config, Device device, int processes, std::int64_t available_bytes);

// "3.2 GB"
[[nodiscard]] std::string memory_text(std::int64_t bytes);

}  // namespace afs
