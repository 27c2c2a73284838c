#include "core/analysis/ratio_bootstrap.h"

#include <algorithm>
#include <cmath>

namespace afs {
namespace {

constexpr std::size_t kReplicates = 1000;

int poisson1(RandomState& random) {
    // Inverse of the distribution function: adds up 1/(e k!).
    const double u = random.uniform();
    double term = std::exp(-1.0), sum = term;
    int k = 0;
    while (u >= sum && k < 20) {
        term /= ++k;
        sum += term;
    }
    return k;
}

}  // namespace

RatioBootstrap::RatioBootstrap() : replicates_(kReplicates), random_(1) {}

void RatioBootstrap::add(double numerator, double denominator) {
    numerator_ += numerator;
    denominator_ += denominator;
    ++batches_;
    for (Replicate& replicate : replicates_) {
        const int times = poisson1(random_);
        replicate.numerator += times * numerator;
        replicate.denominator += times * denominator;
    }
}

std::optional<Interval> RatioBootstrap::interval95() const {
    if (batches_ < 2) return std::nullopt;
    std::vector<double> ratios;
    for (const Replicate& replicate : replicates_)
        if (replicate.denominator > 0.0) ratios.push_back(replicate.numerator / replicate.denominator);
    if (ratios.size() < 2) return std::nullopt;
    std::ranges::sort(ratios);
    const auto quantile = [&](double q) {
        const double at = q * static_cast<double>(ratios.size() - 1);
        const auto below = static_cast<std::size_t>(at);
        const std::size_t above = std::min(below + 1, ratios.size() - 1);
        return ratios[below] + (ratios[above] - ratios[below]) * (at - static_cast<double>(below));
    };
    return Interval{quantile(0.025), quantile(0.975)};
}

}  // namespace afs
