// One training step after another (SPEC 13): phases, optimisers, averages and the strength of augmentations. Knows no
// files and no clocks. Everything that decides the next step can be taken out as plain values and put back: the steps
// that follow are then the same to the bit on a CPU. One thread; gradients are recorded as each phase needs them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/base/json.h"
#include "core/train/adam.h"
#include "core/train/loss.h"
#include "core/train/ranks.h"

namespace afs {

// A rank's share of one step, on the networks' device.
struct Minibatch {
    Tensor pictures;  // [n, C, R, R] uint8
    Tensor labels;    // [n, c_dim] float32, or undefined
    Tensor z;         // [phases * n, z_dim]; undefined: drawn
    Tensor c;         // [phases * n, c_dim]: labels of randomly chosen items; undefined without labels
};

struct StepObserver {
    std::function<void(Phase phase, std::string_view name, const Tensor& values)> report;  // see Report
    std::function<void(Phase phase, const Adam& network)> gradients;  // summed over chunks, before they are cleaned
};

// Plain values for a file.
struct TrainerState {
    Json numbers = Json::object();
    std::vector<std::pair<std::string, Tensor>> tensors;  // names are unique
};

class Trainer {
  public:
    struct ScheduledPhase {
        Phase phase;
        int interval;  // it runs when the number of steps done is a multiple of it, and counts that much
    };

    // g_ema: undefined: a copy of g. Throws Error{argument}: a batch that cannot be divided, networks for pictures of
    // different sizes. Of several ranks all begin with rank 0's networks, and draw different random numbers.
    Trainer(const TrainerOptions& options, std::shared_ptr<Generator> g, std::shared_ptr<Discriminator> d,
            std::shared_ptr<Generator> g_ema = nullptr, Ranks ranks = {});

    void step(const Minibatch& minibatch, const StepObserver& observer = {});

    [[nodiscard]] const std::vector<ScheduledPhase>& phases() const { return phases_; }
    [[nodiscard]] std::int64_t images() const { return images_; }  // seen so far, by all ranks
    [[nodiscard]] std::int64_t steps() const { return steps_; }
    [[nodiscard]] float p() const { return p_; }  // strength of augmentations
    void set_images(std::int64_t images) { images_ = images; }

    [[nodiscard]] const std::shared_ptr<Generator>& g() const { return g_; }
    [[nodiscard]] const std::shared_ptr<Discriminator>& d() const { return d_; }
    [[nodiscard]] const std::shared_ptr<Generator>& g_ema() const { return g_ema_; }
    [[nodiscard]] const Adam& g_optimiser() const { return g_adam_; }
    [[nodiscard]] const Adam& d_optimiser() const { return d_adam_; }

    // Tensors share storage with what they describe: write them before the next step.
    [[nodiscard]] TrainerState state() const;
    // Of a trainer with the same options and networks. Throws Error{network} naming what is missing or does not fit,
    // before anything is changed.
    void restore(const TrainerState& state);
    // What of state() is this rank's own: random numbers, signs that wait for the next adjustment, mean path length.
    // Of several ranks rank 0 keeps state() and everybody's rank_state(); all restore() the first, then their own part.
    [[nodiscard]] std::vector<std::byte> rank_state() const;
    void restore_rank(std::span<const std::byte> state);  // throws Error{network}: not what rank_state() gave

  private:
    void run_phase(const ScheduledPhase& scheduled, std::size_t index, const Minibatch& minibatch,
                   const Tensor& pictures, const StepObserver& observer);
    void clean_gradients(const Adam& network);
    void update_ema();
    void adjust_p();
    template <class Visit> void visit_tensors(Visit&& visit) const;

    TrainerOptions options_;
    Ranks ranks_;
    std::shared_ptr<Generator> g_, g_ema_;
    std::shared_ptr<Discriminator> d_;
    SeededRandom random_;
    Adam g_adam_, d_adam_;
    Loss loss_;
    std::vector<ScheduledPhase> phases_;
    int share_ = 0, chunk_ = 0;  // pictures of this rank a step, and at once
    std::int64_t images_ = 0, steps_ = 0;
    float p_ = 0;
    Moments signs_;  // of D(real) since p was adjusted
};

}  // namespace afs
