// Runs the CUDA kernel of bias_act on the host (emulated_machine.h says what is checked). For tests.
#pragma once

#include "kernels/cuda/bias_act_tile.h"
#include "kernels/emulate/emulated_machine.h"

namespace afs::kernels::emulate {

inline void bias_act(const tile::BiasActPlan& plan, Storage storage, unsigned seed, Allocations& allocations,
                     Report& report) {
    const auto run = [&]<Storage kStorage>() {
        run_blocks<tile::BiasAct<kStorage>>(plan.params, plan.blocks, tile::BiasActPlan::kThreads, 0, seed, allocations,
                                            report);
    };
    switch (storage) {
        case Storage::f32: return run.template operator()<Storage::f32>();
        case Storage::f16: return run.template operator()<Storage::f16>();
        case Storage::bf16: return run.template operator()<Storage::bf16>();
    }
}

}  // namespace afs::kernels::emulate
