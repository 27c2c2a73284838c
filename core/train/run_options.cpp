#include "core/train/run_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/base/error.h"

namespace afs {
namespace {

constexpr std::array<std::pair<AugmentMode, const char*>, 3> kAugmentModes = {
    {{AugmentMode::none, "noaug"}, {AugmentMode::adaptive, "ada"}, {AugmentMode::fixed, "fixed"}}};

// Every option once: its key, and where it lies. `Options` is const where they are written.
template <class Options, class Visit> void each_option(Options& o, Visit&& visit) {
    auto& r = o.request;
    visit("cfg", r.cfg);
    visit("data", o.data);
    visit("gpus", r.gpus);
    visit("batch", r.batch);
    visit("batch-gpu", r.batch_gpu);
    visit("gamma", r.gamma);
    visit("cbase", r.cbase);
    visit("cmax", r.cmax);
    visit("glr", r.glr);
    visit("dlr", r.dlr);
    visit("map-depth", r.map_depth);
    visit("mbstd-group", r.mbstd_group);
    visit("mirror", r.mirror);
    visit("cond", r.cond);
    visit("aug", r.aug);
    visit("p", r.p);
    visit("target", r.target);
    visit("freezed", r.freezed);
    visit("kimg", r.kimg);
    visit("tick", r.tick);
    visit("snap", r.snap);
    visit("metrics", r.metrics);
    visit("detector", o.detectors);
    visit("seed", r.seed);
    visit("fp32", r.fp32);
    visit("precision", o.precision);
    visit("desc", r.desc);
    visit("from", o.from);
    visit("workers", o.workers);
    visit("state-every", o.state_every_minutes);
    visit("keep", o.keep);
    visit("grad-checkpoint", o.grad_checkpoint);
}

template <class T> Json value_json(const T& value) { return value; }
template <class T> Json value_json(const std::optional<T>& value) { return value ? Json(*value) : Json(); }
Json value_json(Precision value) { return precision_name(value); }
Json value_json(AugmentMode value) {
    return std::ranges::find(kAugmentModes, value, [](const auto& m) { return m.first; })->second;
}

template <class T> void read_value(const Json& json, T& value) { json.get_to(value); }
template <class T> void read_value(const Json& json, std::optional<T>& value) {
    if (json.is_null())
        value.reset();
    else
        value = json.get<T>();
}
void read_value(const Json& json, Precision& value) { value = parse_precision(json.get<std::string>()); }
void read_value(const Json& json, AugmentMode& value) {
    const auto name = json.get<std::string>();
    const auto found = std::ranges::find(kAugmentModes, name, [](const auto& m) { return std::string(m.second); });
    if (found == kAugmentModes.end())
        throw Error(ErrorKind::format, "Could not read an option",
                    fmt::format("\"{}\" is no kind of augmentation", name));
    value = found->first;
}

}  // namespace

Json to_json(const RunOptions& options) {
    Json json = Json::object();
    each_option(options, [&](const char* key, const auto& value) { json[key] = value_json(value); });
    return json;
}

RunOptions run_options_from_json(const Json& json, const std::string& tried) {
    RunOptions options;
    each_option(options, [&](const char* key, auto& value) {
        try {
            read_value(json.at(key), value);
        } catch (const Json::exception&) {
            throw Error(ErrorKind::format, tried, fmt::format("its option \"{}\" is missing or of another type", key),
                        "Start a run of its own.");
        }
    });
    options.request.from_network_file = !options.from.empty();
    return options;
}

bool may_change(std::string_view key) {
    constexpr std::array kFree = {"data",     "kimg",    "tick",        "snap", "metrics",
                                  "detector", "workers", "state-every", "keep", "grad-checkpoint"};
    return std::ranges::find(kFree, key) != kFree.end();
}

std::vector<std::string> differences(const Json& there, const Json& now) {
    std::vector<std::string> lines;
    for (const auto& [key, value] : now.items()) {
        if (may_change(key)) continue;
        const Json before = there.contains(key) ? there[key] : Json();
        const auto text = [](const Json& v) { return v.is_null() ? std::string("its default") : v.dump(); };
        if (before != value) lines.push_back(fmt::format("--{}: {} there, {} now", key, text(before), text(value)));
    }
    return lines;
}

}  // namespace afs
