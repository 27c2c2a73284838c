#include "core/data/data_labels.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/formats/utf8.h"

namespace afs {
namespace {

constexpr std::int64_t kMostClasses = 1'000'000;
constexpr std::size_t kMostElements = std::size_t{1} << 28;  // of all vectors together

}  // namespace

DataLabels read_labels(std::string_view text, const std::vector<std::string>& pictures, const std::string& display) {
    const std::string tried = "Could not read the labels of " + display;
    const auto refuse = [&](std::string why) { return Error(ErrorKind::format, tried, std::move(why)); };
    const Json json = parse_json(text, tried);
    if (!json.is_object() || !json.contains("labels")) throw refuse("its dataset.json has no \"labels\"");
    const Json& list = json["labels"];
    if (list.is_null()) return {};
    if (!list.is_array()) throw refuse("the \"labels\" of its dataset.json are neither a list nor null");

    std::unordered_map<std::string_view, const Json*> by_name;
    by_name.reserve(list.size());
    for (const Json& row : list) {
        if (!row.is_array() || row.size() != 2 || !row[0].is_string())
            throw refuse(fmt::format("an entry of its dataset.json is {}, not [name, label]", printable(row.dump())));
        by_name[row[0].get_ref<const std::string&>()] = &row[1];
    }
    DataLabels labels;
    for (const std::string& name : pictures) {
        const auto found = by_name.find(name);
        if (found == by_name.end())
            throw Error(ErrorKind::format, tried,
                        fmt::format("its dataset.json has no label for the picture \"{}\"", printable(name)),
                        "Give every picture a label, or take its dataset.json away.");
        const Json& label = *found->second;
        const auto wrong = [&](std::string_view what) {
            return refuse(fmt::format("the label of the picture \"{}\" {}", printable(name), what));
        };
        const bool first = &name == &pictures.front();
        if (label.is_number_integer()) {
            const auto value = label.get<std::int64_t>();
            if (value < 0 || value >= kMostClasses) throw wrong(fmt::format("is {}, but classes count from 0", value));
            if (!first && labels.classes.empty()) throw wrong("is a class, others are vectors");
            labels.classes.push_back(static_cast<int>(value));
            labels.dim = std::max(labels.dim, static_cast<int>(value) + 1);
        } else if (label.is_array() && !label.empty()) {
            if (!first && labels.vectors.empty()) throw wrong("is a vector, others are classes");
            if (!first && static_cast<int>(label.size()) != labels.dim)
                throw wrong(fmt::format("has {} numbers, the first one has {}", label.size(), labels.dim));
            if (label.size() > kMostElements / pictures.size()) throw wrong("is too long");
            labels.dim = static_cast<int>(label.size());
            for (const Json& element : label) {
                const double value = element.is_number() ? element.get<double>() : std::nan("");
                if (!std::isfinite(value)) throw wrong("holds something that is not a number");
                labels.vectors.push_back(static_cast<float>(value));
            }
        } else {
            throw wrong("is neither a class nor a list of numbers");
        }
    }
    return labels;
}

}  // namespace afs
