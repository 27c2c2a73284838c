// When a run cannot get better any more. One thread.
#pragma once

#include <optional>
#include <string>

#include "core/train/tick_statistics.h"
#include "core/train/trainer.h"

namespace afs {

// In words for status.json; nothing while training may go on. Only what is certain counts:
// - 16 reports in a row of G's or D's main loss were not finite numbers. One is none: a step replaces gradients that
// are
//   no numbers by zeros (SPEC 13), so a single bad batch passes.
// - A tensor of G, D or G_ema has values that are not finite: no step makes them finite again.
// A discriminator that is always right is no reason: with little data it is at times, the loss of the generator is made
// not to saturate there, and adaptive augmentation answers it. Neither is a generator whose pictures are all alike.
//
// Looks at every tensor: call it at the end of a tick, and before a state is saved, so that the last good one stays.
// What only the reports tell is cheap enough for every step: leave the trainer out.
[[nodiscard]] std::optional<std::string> reason_to_end(const TickStatistics& statistics,
                                                       const Trainer* trainer = nullptr);

}  // namespace afs
