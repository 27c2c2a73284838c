#include "kernels/emulate/filtered_lrelu.h"

#include <array>
#include <stdexcept>

namespace afs::kernels::emulate {
namespace {

using tile::Fault;

using Run = void (*)(const tile::FilteredLreluPlan&, unsigned seed, Allocations&, Report&);

template <class Instance>
void run_march(const tile::FilteredLreluPlan& plan, unsigned seed, Allocations& allocations, Report& report) {
    run_blocks<Instance>(plan.march_params, plan.blocks, plan.threads, plan.shared_bytes, seed, allocations, report);
}

template <Fault kFault>
void run_general(const tile::FilteredLreluPlan& plan, unsigned seed, Allocations& allocations, Report& report) {
    run_blocks<tile::General<kFault>>(plan.general_params, plan.blocks, plan.threads, plan.shared_bytes, seed,
                                      allocations, report);
}

template <int kTaps, int kGroup, Fault kFault> Run march_run(int row) {
#define AFS_RUN(up, down, kind, sign) \
    &run_march<tile::March<up, down, kTaps, tile::FirKind::kind, SignUse::sign, kGroup, kFault>>,
    static constexpr std::array kRuns{AFS_MARCH_ROWS(AFS_RUN)};
#undef AFS_RUN
    return kRuns.at(static_cast<std::size_t>(row));
}

Run find(const tile::FilteredLreluPlan& plan, Fault fault) {
    const tile::MarchInstance* const march = plan.march;
    if (march == nullptr) {
        switch (fault) {
            case Fault::none: return &run_general<Fault::none>;
            case Fault::tap: return &run_general<Fault::tap>;
            case Fault::barrier: return &run_general<Fault::barrier>;
        }
    }
    if (fault != Fault::none) {
        if (march->taps != 6 || march->channels != 1) throw std::invalid_argument("no such faulty instance");
        return fault == Fault::tap ? march_run<6, 1, Fault::tap>(march->row)
                                   : march_run<6, 1, Fault::barrier>(march->row);
    }
    const bool one = march->channels == 1;
    switch (march->taps) {
        case 4: return one ? march_run<4, 1, Fault::none>(march->row) : march_run<4, 8, Fault::none>(march->row);
        case 6: return one ? march_run<6, 1, Fault::none>(march->row) : march_run<6, 8, Fault::none>(march->row);
        default: return one ? march_run<8, 1, Fault::none>(march->row) : march_run<8, 8, Fault::none>(march->row);
    }
}

}  // namespace

void filtered_lrelu(const tile::FilteredLreluPlan& plan, unsigned seed, Allocations& allocations, Report& report,
                    Fault fault) {
    if (plan.blocks != 0) find(plan, fault)(plan, seed, allocations, report);
}

}  // namespace afs::kernels::emulate
