#include "core/scene/spherical.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/base/error.h"
#include "core/base/random_state.h"

namespace afs {
namespace {

using Vector = std::vector<double>;

constexpr double kTiny = 1e-12;
// The step shrinks the error at least by a constant factor for points that are less than a right angle from their
// mean, as random points of many dimensions are; the bound is for those that are not.
constexpr int kMostSteps = 1000;

double dot(const Vector& a, const Vector& b) { return std::inner_product(a.begin(), a.end(), b.begin(), 0.0); }

void add(Vector& sum, const Vector& x, double factor) {
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += factor * x[i];
}

// Returns the length it had.
double normalize(Vector& v) {
    const double length = std::sqrt(dot(v, v));
    if (length > kTiny)
        for (double& x : v) x /= length;
    return length;
}

Vector mean_direction(const std::vector<Vector>& directions, const Vector& shares) {
    Vector mean(directions.front().size());
    for (std::size_t i = 0; i < directions.size(); ++i) add(mean, directions[i], shares[i]);
    if (normalize(mean) < 1e-6)
        return directions[static_cast<std::size_t>(std::max_element(shares.begin(), shares.end()) - shares.begin())];
    for (int step = 0; step < kMostSteps; ++step) {
        // The gradient: every point as seen from the mean, in the plane that touches the sphere there.
        Vector gradient(mean.size());
        for (std::size_t i = 0; i < directions.size(); ++i) {
            Vector tangent = directions[i];
            const double cosine = dot(mean, directions[i]);
            add(tangent, mean, -cosine);
            const double sine = normalize(tangent);
            if (sine > kTiny) add(gradient, tangent, shares[i] * std::atan2(sine, cosine));
        }
        const double length = normalize(gradient);
        if (length < 1e-14) break;
        for (double& x : mean) x *= std::cos(length);
        add(mean, gradient, std::sin(length));
        normalize(mean);
    }
    return mean;
}

}  // namespace

std::vector<float> spherical_mean(const std::vector<std::vector<float>>& points, const std::vector<double>& weights) {
    AFS_CHECK(points.size() == weights.size());
    double sum = 0.0;
    for (const double weight : weights) {
        if (!(weight >= 0.0) || !std::isfinite(weight))
            throw Error(ErrorKind::argument, "Could not blend the seeds on the sphere",
                        "one of their weights is negative",
                        "On the sphere weights are shares. Blend in W (linear) to go beyond a seed.");
        sum += weight;
    }
    if (!(sum > 0.0))
        throw Error(ErrorKind::argument, "Could not blend the seeds on the sphere", "no seed has a weight",
                    "Give one of them a weight above 0.");
    std::vector<Vector> directions;
    Vector shares;
    double length = 0.0;
    const std::vector<float>* only = nullptr;
    for (std::size_t i = 0; i < points.size(); ++i) {
        AFS_CHECK(points[i].size() == points[0].size());
        if (weights[i] == 0.0) continue;
        only = &points[i];
        directions.emplace_back(points[i].begin(), points[i].end());
        shares.push_back(weights[i] / sum);
        length += shares.back() * normalize(directions.back());
    }
    if (directions.size() == 1) return *only;
    Vector mean = mean_direction(directions, shares);
    std::vector<float> result(mean.size());
    std::transform(mean.begin(), mean.end(), result.begin(), [&](double x) { return static_cast<float>(length * x); });
    return result;
}

std::vector<SeedWeight> latent_seeds(const Latent& latent) {
    if (const auto* plane = std::get_if<LatentPlane>(&latent.source)) return plane_seeds(*plane);
    if (const auto* list = std::get_if<LatentSeeds>(&latent.source)) return list->seeds;
    return {};
}

std::optional<std::vector<float>> latent_z(const Latent& latent, int z_dim) {
    if (const auto* z = std::get_if<LatentZ>(&latent.source)) return z->values;
    const auto seeds = latent_seeds(latent);
    const bool single = seeds.size() == 1 && seeds[0].weight == 1.0;
    if (!single && (seeds.empty() || latent.interpolation == Interpolation::linear)) return std::nullopt;
    std::vector<std::vector<float>> points;
    std::vector<double> weights;
    for (const SeedWeight& s : seeds) {
        points.push_back(latent_from_seed(s.seed, z_dim));
        weights.push_back(s.weight);
    }
    return spherical_mean(points, weights);
}

}  // namespace afs
