#include "core/scene/timeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>

#include "core/scene/document.h"
#include "core/scene/field_path.h"
#include "core/scene/spherical.h"

namespace afs {
namespace {

// The two keys around a moment, and where between them it lies. Times of a loop go on beyond its ends.
struct Segment {
    std::size_t from = 0, to = 0;
    double from_s = 0.0, to_s = 0.0, u = 0.0;
};

double time_in(const Timeline& timeline, double time_s) {
    if (!timeline.loop) return time_s;
    const double into = std::fmod(time_s, timeline.duration_s);
    return into < 0 ? into + timeline.duration_s : into;
}

Segment segment_at(const Timeline& timeline, const std::vector<TimelineKey>& keys, double time_s) {
    const double t = time_in(timeline, time_s);
    const std::size_t last = keys.size() - 1;
    const auto later =
        std::upper_bound(keys.begin(), keys.end(), t, [](double time, const auto& key) { return time < key.time_s; });
    const auto next = static_cast<std::size_t>(later - keys.begin());
    Segment s;
    if (next > 0 && next <= last) {
        s = {next - 1, next, keys[next - 1].time_s, keys[next].time_s, 0.0};
    } else if (timeline.loop && last > 0) {
        // Over the seam, from the last key to the first of the next round.
        const double round = next == 0 ? 0.0 : timeline.duration_s;
        s = {last, 0, keys[last].time_s + round - timeline.duration_s, keys[0].time_s + round, 0.0};
    } else {
        const std::size_t only = next == 0 ? 0 : last;
        return {only, only, t, t, 0.0};
    }
    s.u = s.to_s > s.from_s ? std::clamp((t - s.from_s) / (s.to_s - s.from_s), 0.0, 1.0) : 0.0;
    return s;
}

using Shares = std::map<std::size_t, double>;

// A key as a sum of keys, and when it is: beyond the ends of a loop the round before or after goes on.
struct Neighbour {
    Shares shares;
    double time_s = 0.0;
};

// A loop whose last key lies on its end has that moment twice. What lies before the first key is then what lies before
// the last one, shifted by what a round adds, so that a full turn stays even.
bool is_closed(const Timeline& timeline, const std::vector<TimelineKey>& keys) {
    return timeline.loop && keys.size() > 2 && keys.front().time_s <= 0.0 && keys.back().time_s >= timeline.duration_s;
}

Neighbour before(const Timeline& timeline, const std::vector<TimelineKey>& keys, const Segment& s) {
    const std::size_t last = keys.size() - 1;
    if (s.from > 0) return {{{s.from - 1, 1.0}}, s.from_s - (keys[s.from].time_s - keys[s.from - 1].time_s)};
    if (is_closed(timeline, keys)) {
        Shares shares = {{last - 1, 1.0}};
        shares[0] += 1.0;
        shares[last] -= 1.0;
        return {shares, s.from_s - (keys[last].time_s - keys[last - 1].time_s)};
    }
    if (timeline.loop) return {{{last, 1.0}}, s.from_s - (keys[0].time_s + timeline.duration_s - keys[last].time_s)};
    return {{{s.from, 1.0}}, s.from_s};
}

Neighbour after(const Timeline& timeline, const std::vector<TimelineKey>& keys, const Segment& s) {
    const std::size_t last = keys.size() - 1;
    if (s.to < last) return {{{s.to + 1, 1.0}}, s.to_s + (keys[s.to + 1].time_s - keys[s.to].time_s)};
    if (is_closed(timeline, keys)) {
        Shares shares = {{1, 1.0}};
        shares[last] += 1.0;
        shares[0] -= 1.0;
        return {shares, s.to_s + (keys[1].time_s - keys[0].time_s)};
    }
    if (timeline.loop) return {{{0, 1.0}}, s.to_s + (keys[0].time_s + timeline.duration_s - keys[last].time_s)};
    return {{{s.to, 1.0}}, s.to_s};
}

void add(Shares& shares, const Shares& more, double factor) {
    for (const auto& [key, share] : more) shares[key] += factor * share;
}

// Hermite's cubic whose slope at each key is that of the line through the keys beside it.
Shares cubic_shares(const Timeline& timeline, const std::vector<TimelineKey>& keys, const Segment& s) {
    const double u = s.u, width = s.to_s - s.from_s;
    const double h00 = (1 + 2 * u) * (1 - u) * (1 - u), h10 = u * (1 - u) * (1 - u), h01 = u * u * (3 - 2 * u),
                 h11 = u * u * (u - 1);
    Shares shares;
    add(shares, {{s.from, 1.0}}, h00);
    add(shares, {{s.to, 1.0}}, h01);
    const Neighbour early = before(timeline, keys, s), late = after(timeline, keys, s);
    const auto slope = [&](double factor, const Shares& from, double from_s, const Shares& to, double to_s) {
        if (to_s <= from_s) return;
        add(shares, to, factor * width / (to_s - from_s));
        add(shares, from, -factor * width / (to_s - from_s));
    };
    slope(h10, early.shares, early.time_s, {{s.to, 1.0}}, s.to_s);
    slope(h11, {{s.from, 1.0}}, s.from_s, late.shares, late.time_s);
    return shares;
}

double eased(Easing easing, double u) {
    switch (easing) {
        case Easing::hold: return 0.0;
        case Easing::linear: return u;
        case Easing::smooth:
        case Easing::cubic: return u * u * (3 - 2 * u);
        case Easing::circular: return (1 - std::cos(std::numbers::pi * u)) / 2;
    }
    return u;
}

double number_of(const FieldValue& value) {
    if (const auto* whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
    return std::get<double>(value);
}

bool is_number(const FieldValue& value) {
    return std::holds_alternative<double>(value) || std::holds_alternative<std::int64_t>(value);
}

// --- Latents --------------------------------------------------------------------------------------------------------

// Seeds and their weights, whichever way they were written.
std::vector<SeedWeight> seeds_of(const Latent& latent) { return latent_seeds(latent); }

template <class T> void add_weight(std::vector<T>& list, T more, double share, auto same) {
    more.weight *= share;
    for (T& known : list)
        if (same(known, more)) {
            known.weight += more.weight;
            return;
        }
    list.push_back(more);
}

Latent blend_latents(const std::vector<TimelineKey>& keys, const std::vector<KeyShare>& shares, std::size_t from) {
    const auto latent_of = [&](std::size_t key) -> const Latent& { return std::get<Latent>(keys[key].value); };
    Latent blended = latent_of(from);
    if (shares.size() == 1 && shares[0].share == 1.0) return latent_of(shares[0].key);
    LatentSeeds seeds{{}};
    std::vector<ClassWeight> classes;
    bool every_class_weighed = true;
    for (const auto& [key, share] : shares) {
        const Latent& latent = latent_of(key);
        for (const SeedWeight& seed : seeds_of(latent))
            add_weight(seeds.seeds, seed, share, [](const auto& a, const auto& b) { return a.seed == b.seed; });
        for (const ClassWeight& weight : latent.class_weights)
            add_weight(classes, weight, share, [](const auto& a, const auto& b) { return a.index == b.index; });
        every_class_weighed = every_class_weighed && !latent.class_weights.empty();
    }
    if (every_class_weighed) blended.class_weights = classes;
    if (!seeds.seeds.empty()) {
        // A seed that has cancelled out takes no part; its mapping would cost time.
        std::erase_if(seeds.seeds, [](const SeedWeight& s) { return std::abs(s.weight) < 1e-12; });
        if (seeds.seeds.empty()) seeds.seeds.push_back(seeds_of(latent_of(from)).front());
        blended.source = std::move(seeds);
        return blended;
    }
    if (auto* w = std::get_if<LatentW>(&blended.source)) {
        std::fill(w->values.begin(), w->values.end(), 0.0f);
        for (const auto& [key, share] : shares) {
            const auto& values = std::get<LatentW>(latent_of(key).source).values;
            for (std::size_t i = 0; i < values.size(); ++i) w->values[i] += static_cast<float>(share) * values[i];
        }
    } else if (auto* z = std::get_if<LatentZ>(&blended.source)) {
        std::vector<std::vector<float>> points;
        std::vector<double> weights;
        for (const auto& [key, share] : shares) {
            points.push_back(std::get<LatentZ>(latent_of(key).source).values);
            weights.push_back(share);
        }
        z->values = spherical_mean(points, weights);
    }
    return blended;
}

// On the sphere shares are never negative: a cubic there is as smooth as `smooth`.
bool on_sphere(const Latent& latent) {
    return std::holds_alternative<LatentZ>(latent.source) || latent.interpolation == Interpolation::slerp;
}

// Whether something lies between the two: seeds in one space, or as many numbers.
bool blendable(const Latent& a, const Latent& b) {
    const auto *w = std::get_if<LatentW>(&a.source), *other_w = std::get_if<LatentW>(&b.source);
    if (w && other_w) return w->num_ws == other_w->num_ws && w->values.size() == other_w->values.size();
    const auto *z = std::get_if<LatentZ>(&a.source), *other_z = std::get_if<LatentZ>(&b.source);
    if (z && other_z) return z->values.size() == other_z->values.size();
    return !w && !other_w && !z && !other_z && a.interpolation == b.interpolation;
}

std::vector<KeyShare> as_list(const Shares& shares) {
    std::vector<KeyShare> list;
    for (const auto& [key, share] : shares)
        if (share != 0.0) list.push_back({key, share});
    return list;
}

std::vector<KeyShare> shares_of(const Timeline& timeline, const Track& track, const Segment& s, Easing easing) {
    if (s.from == s.to) return {{s.from, 1.0}};
    if (easing == Easing::cubic) return as_list(cubic_shares(timeline, track.keys, s));
    const double e = eased(easing, s.u);
    Shares shares;
    shares[s.from] += 1 - e;
    shares[s.to] += e;
    return as_list(shares);
}

}  // namespace

FieldValue value_at(const Timeline& timeline, const Track& track, const SceneField& field, double time_s) {
    const std::vector<TimelineKey>& keys = track.keys;
    const Segment s = segment_at(timeline, keys, time_s);
    const FieldValue &from = keys[s.from].value, &to = keys[s.to].value;
    Easing easing = keys[s.from].easing;
    if (s.u == 0.0 || !field.blends || easing == Easing::hold) return from;
    if (field.kind == FieldKind::latent) {
        if (easing == Easing::cubic && on_sphere(std::get<Latent>(from))) easing = Easing::smooth;
        const std::vector<KeyShare> shares = shares_of(timeline, track, s, easing);
        for (const auto& [key, share] : shares)  // timeline_problem tells of it
            if (!blendable(std::get<Latent>(from), std::get<Latent>(keys[key].value))) return from;
        return blend_latents(keys, shares, s.from);
    }
    if (field.kind == FieldKind::matrix) {
        if (!std::holds_alternative<Matrix3>(from) || !std::holds_alternative<Matrix3>(to)) return from;
        Matrix3 sum{};
        if (easing == Easing::cubic) easing = Easing::smooth;  // its neighbours may be nothing
        for (const auto& [key, share] : shares_of(timeline, track, s, easing))
            for (std::size_t i = 0; i < 9; ++i) sum[i] += share * std::get<Matrix3>(keys[key].value)[i];
        return sum;
    }
    if (!is_number(from) || !is_number(to)) return from;  // one of them is nothing
    if (easing == Easing::circular && is_angle(track.path)) {
        const double a = number_of(from);
        return a + std::remainder(number_of(to) - a, 360.0) * s.u;
    }
    double sum = 0.0;
    for (const auto& [key, share] : shares_of(timeline, track, s, easing)) {
        if (!is_number(keys[key].value)) return from;
        sum += share * number_of(keys[key].value);
    }
    return sum;
}

std::int64_t Timeline::frame_count() const {
    return std::max<std::int64_t>(std::llround(duration_s * frame_rate()), 1);
}

std::vector<KeyShare> key_shares(const Timeline& timeline, const Track& track, double time_s) {
    if (track.keys.empty()) return {};
    const Segment s = segment_at(timeline, track.keys, time_s);
    return shares_of(timeline, track, s, track.keys[s.from].easing);
}

Scene evaluate(const Document& document, double time_s) {
    Scene scene = document.base;
    for (const Track& track : document.timeline.tracks) {
        if (!track.enabled || track.keys.empty()) continue;
        if (const auto field = find_field(document.base, track.path))
            set_field(scene, track.path, value_at(document.timeline, track, *field, time_s));
    }
    return scene;
}

// --- Checks ---------------------------------------------------------------------------------------------------------

namespace {

// The nearest word that there is, for whoever mistyped one.
std::string nearest_path(const Scene& scene, const std::string& wrong) {
    const auto distance = [](const std::string& a, const std::string& b) {
        std::vector<std::size_t> row(b.size() + 1);
        for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
        for (std::size_t i = 1; i <= a.size(); ++i) {
            std::size_t corner = row[0];
            row[0] = i;
            for (std::size_t j = 1; j <= b.size(); ++j) {
                const std::size_t kept = row[j];
                row[j] = std::min({row[j] + 1, row[j - 1] + 1, corner + (a[i - 1] == b[j - 1] ? 0 : 1)});
                corner = kept;
            }
        }
        return row[b.size()];
    };
    std::string best;
    std::size_t least = wrong.size() + 100;
    for (const SceneField& field : fields_of(scene))
        if (const std::size_t d = distance(wrong.substr(0, 200), field.path); d < least) {
            least = d;
            best = field.path;
        }
    return best;
}

// What a latent is made of, as far as blending asks: two of one kind can be blended.
std::string latent_kind(const Latent& latent) {
    if (const auto* w = std::get_if<LatentW>(&latent.source))
        return fmt::format("a W of {} x {} numbers", w->num_ws, w->w_dim);
    if (const auto* z = std::get_if<LatentZ>(&latent.source)) return fmt::format("a Z of {} numbers", z->values.size());
    return latent.interpolation == Interpolation::slerp ? "seeds on the sphere of Z" : "seeds in W";
}

std::optional<TimelineProblem> track_problem(const Document& document, const Track& track, const std::string& at) {
    const auto field = find_field(document.base, track.path);
    if (!field)
        return TimelineProblem{at + ".path", fmt::format("is \"{}\", which this scene does not have; the nearest is {}",
                                                         track.path, nearest_path(document.base, track.path))};
    double previous = -1.0;
    for (std::size_t i = 0; i < track.keys.size(); ++i) {
        const TimelineKey& key = track.keys[i];
        const std::string here = fmt::format("{}.keys[{}]", at, i);
        if (key.time_s > document.timeline.duration_s)
            return TimelineProblem{here + ".time", fmt::format("is {} s, outside of the film, which takes {} s",
                                                               key.time_s, document.timeline.duration_s)};
        if (key.time_s <= previous)
            return TimelineProblem{here + ".time", fmt::format("is {} s, not later than the key before", key.time_s)};
        previous = key.time_s;
        if (const std::string why = why_not(*field, key.value); !why.empty())
            return TimelineProblem{here + ".value", why};
        if (field->kind != FieldKind::latent || i == 0) continue;
        const std::string first = latent_kind(std::get<Latent>(track.keys[0].value)),
                          now = latent_kind(std::get<Latent>(key.value));
        if (first != now)
            return TimelineProblem{here + ".value",
                                   fmt::format("is {}, and the first key {}: they cannot be blended", now, first)};
    }
    return std::nullopt;
}

}  // namespace

std::optional<TimelineProblem> timeline_problem(const Document& document) {
    const std::vector<Track>& tracks = document.timeline.tracks;
    for (std::size_t i = 0; i < tracks.size(); ++i) {
        const std::string at = fmt::format("timeline.tracks[{}]", i);
        if (auto problem = track_problem(document, tracks[i], at)) return problem;
        for (std::size_t other = 0; other < i; ++other) {
            const std::string &a = tracks[other].path, &b = tracks[i].path;
            if (a == b || a.starts_with(b + ".") || b.starts_with(a + "."))
                return TimelineProblem{at + ".path",
                                       fmt::format("is \"{}\", which the track of \"{}\" moves already", b, a)};
        }
    }
    return std::nullopt;
}

}  // namespace afs
