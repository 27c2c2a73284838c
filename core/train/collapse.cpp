#include "core/train/collapse.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

namespace afs {
namespace {

constexpr int kReports = 16;

template <class Network> std::optional<std::string> not_finite(const std::string& name, const Network& network) {
    std::vector<Tensor> sums;  // one wait for a device
    std::vector<std::string> names;
    for (const auto& entry : network.state()) {
        if (entry.tensor.numel() == 0) continue;
        sums.push_back(entry.tensor.detach().isfinite().all());
        names.push_back(entry.name);
    }
    if (sums.empty()) return {};
    const Tensor all = at::stack(sums).cpu();
    for (std::size_t i = 0; i < names.size(); ++i)
        if (!all.const_data_ptr<bool>()[i])
            return fmt::format("{}.{} has values that are not finite numbers", name, names[i]);
    return {};
}

}  // namespace

std::optional<std::string> reason_to_end(const TickStatistics& statistics, const Trainer* trainer) {
    for (const char* name : {"Loss/G/loss", "Loss/D/loss"})
        if (const int count = statistics.not_finite_in_a_row(name); count >= kReports)
            return fmt::format("{} was not a finite number {} times in a row", name, count);
    if (trainer == nullptr) return {};
    const c10::InferenceMode no_gradient;
    for (const auto& [name, g] : {std::pair("G", trainer->g()), std::pair("G_ema", trainer->g_ema())})
        if (auto reason = not_finite(name, *g)) return reason;
    return not_finite("D", *trainer->d());
}

}  // namespace afs
