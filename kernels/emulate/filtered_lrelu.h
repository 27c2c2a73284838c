// Runs the CUDA kernels of filtered_lrelu on the host (emulated_machine.h says what is checked). For tests.
#pragma once

#include "kernels/cuda/filtered_lrelu_plan.h"
#include "kernels/emulate/emulated_machine.h"

namespace afs::kernels::emulate {

// fault: runs an instance that is wrong in that way; only for the general version and the instances of 6 taps a phase
// and one channel.
void filtered_lrelu(const tile::FilteredLreluPlan& plan, unsigned seed, Allocations& allocations, Report& report,
                    tile::Fault fault = tile::Fault::none);

}  // namespace afs::kernels::emulate
