// filtered_lrelu for the combinations of factors and filters that the generators' layers produce.
//
// A block makes a strip of outputs of one channel (kGroup channels where they lie side by side in memory) and marches
// down the picture. Each thread owns two neighbouring columns of the upsampled picture; what its columns need of the
// rows above stays in its registers, so no vertical overlap is ever loaded or computed twice, and upsampled samples
// exist in registers only (a filter that is not separable needs its neighbours' columns: those pass through shared
// memory). One step makes 2 * kTaps upsampled rows:
//   phase A   the step's rows of x to shared memory, as floats, scaled and biased;
//             the previous step's rows of sums: filter along x, to y
//   barrier
//   phase B   each column: filter along x, then along y (polyphase, kTaps multiply-adds a sample), activation, sums
//             along y of the kTaps output rows under way; finished rows to shared memory
//   barrier
// All register arrays are indexed by constants once the loops over a step are unrolled. That fixes, per instance, how
// far the first upsampled row computed lies above the first one needed (kLead); the host makes other distances fit by
// zeros in front of the filter (filtered_lrelu_plan.cpp).
#pragma once

#include "kernels/cuda/filtered_lrelu_march_columns.h"
#include "kernels/cuda/filtered_lrelu_march_load.h"
#include "kernels/cuda/filtered_lrelu_march_store.h"

namespace afs::kernels::tile {

template <int kUp, int kDown, int kTaps, FirKind kKind, SignUse kSign, int kGroup, Fault kFault = Fault::none>
struct March : MarchShape<kUp, kDown, kTaps, kKind, kSign, kGroup, kFault> {
    using Shape = MarchShape<kUp, kDown, kTaps, kKind, kSign, kGroup, kFault>;
    using Loads = MarchLoads<Shape>;
    using Marching = MarchColumns<Shape>;
    using Stores = MarchStores<Shape>;
    using Params = MarchParams;
    using Tile = typename Shape::Tile;
    using State = typename Shape::State;

    template <class Machine>
    AFS_TILE static void begin(Machine& machine, const MarchParams& p, unsigned block, const Tile& tile, int thread) {
        const auto memory = machine.memory();
        const auto shared = machine.shared();
        if (thread == 0) shared.put_struct(Shape::kTile, tile);
        if (thread >= kGroup) return;
        const OutputTile out(p, block, kGroup);
        const int channel = out.channel + thread;
        const std::int64_t picture = static_cast<std::int64_t>(out.sample) * p.channels + channel;
        const bool exists = channel < p.channels;
        shared.put(thread, exists && p.load_scale != nullptr ? memory.read_float(p.load_scale + picture) : 1.0F);
        shared.put(kGroup + thread, exists && p.bias != nullptr ? memory.read_float(p.bias + channel) : 0.0F);
        shared.put(2 * kGroup + thread,
                   exists && p.store_scale != nullptr ? memory.read_float(p.store_scale + picture) : 1.0F);
    }

    template <class Machine> AFS_TILE static void run(Machine& machine, const MarchParams& p, unsigned block) {
        const Tile tile(p, block);
        machine.phase([&](int thread, State& state) {
            state.signs = 0;
            begin(machine, p, block, tile, thread);
        });
        machine.phase([&](int thread, State&) {
            Loads::load(machine, p, thread, -Shape::kPrologueSteps);
        });  // whose signs nobody needs
        // Read anew each time: a register less.
        const auto steps = [&machine] { return machine.shared().template get_struct<Tile>(Shape::kTile).steps; };
        AFS_NO_UNROLL for (int step = -Shape::kPrologueSteps; step < steps(); ++step) {
            const auto phase_b = [&](int thread, State& state) {
                if (step < 0)
                    Marching::template columns<true>(machine, p, thread, state);
                else
                    Marching::template columns<false>(machine, p, thread, state);
            };
            const auto phase_a = [&](int thread, State& state) {
                if (step + 1 < steps()) {
                    Loads::load(machine, p, thread, step + 1);
                    if constexpr (kSign == SignUse::read) Loads::load_signs(machine, p, thread, step + 1);
                }
                if (step >= 0) {
                    if constexpr (kSign == SignUse::write) Stores::store_signs(machine, p, thread, state, step);
                    Stores::store(machine, p, thread, state, step);
                }
            };
            if constexpr (kFault == Fault::barrier) {
                machine.phase([&](int thread, State& state) {
                    phase_b(thread, state);
                    phase_a(thread, state);
                });
            } else {
                machine.phase(phase_b);
                machine.phase(phase_a);
            }
        }
    }
};

}  // namespace afs::kernels::tile
