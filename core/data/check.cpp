#include "core/data/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <set>
#include <unordered_map>

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/base/ordered_work.h"
#include "core/data/picture_files.h"
#include "core/formats/picture.h"
#include "core/formats/utf8.h"

namespace afs {
namespace {

constexpr std::int64_t kMostPixels = std::int64_t{1} << 26;  // as the reader of data sets
constexpr const char* kLabels = "dataset.json";

// What was found out about one picture by itself.
struct Finding {
    int width = 0, height = 0, channels = 0;  // 0: not readable; transparency is left out
    std::vector<DataProblem> problems;
};

Finding examine(const PictureFiles& files, const std::string& name) {
    Finding finding;
    const auto problem = [&](const char* kind, std::string what) {
        finding.problems.push_back({name, kind, std::move(what)});
    };
    try {
        const auto member = files.read(name);
        if (!member) {
            problem("missing", "it is gone");
            return finding;
        }
        if (member->bytes.empty()) {
            problem("empty_file", "the file is empty");
            return finding;
        }
        const PictureInfo info = read_picture_info(member->bytes, "");
        finding.width = info.width;
        finding.height = info.height;
        finding.channels = info.gray ? 1 : 3;
        if (info.bits == 16) problem("sixteen_bit", "it has 16 bits a value; 8 are kept");
        if (info.alpha) problem("transparency", "it has transparency, which generators do not know");
        if (info.cmyk) {
            problem("cmyk", "it is a CMYK picture");
        } else {
            (void)decode_picture(member->bytes, "", kMostPixels, Damage::refuse);
        }
        if (info.width != info.height)
            problem("not_square", fmt::format("it is {} x {} pixels", info.width, info.height));
        else if (!std::has_single_bit(static_cast<unsigned>(info.width)))
            problem("not_power_of_two", fmt::format("its side of {} pixels is not a power of two", info.width));
    } catch (const Error& e) {
        finding.width = finding.height = finding.channels = 0;
        problem("damaged_picture", e.why());
    }
    return finding;
}

// The value that most pictures have; the first of those that are equally frequent.
template <class Key, class Of> std::optional<Key> most_frequent(const std::vector<Finding>& findings, const Of& of) {
    std::map<Key, std::int64_t> counts;
    for (const Finding& f : findings)
        if (f.channels != 0) ++counts[of(f)];
    std::optional<Key> best;
    for (const Finding& f : findings)
        if (f.channels != 0 && (!best || counts[of(f)] > counts[*best])) best = of(f);
    return best;
}

void compare_pictures(const std::vector<std::string>& names, std::vector<Finding>& findings, DataCheck& check) {
    using Size = std::pair<int, int>;
    const auto size = most_frequent<Size>(findings, [](const Finding& f) { return Size{f.width, f.height}; });
    const auto channels = most_frequent<int>(findings, [](const Finding& f) { return f.channels; });
    if (!size) return;
    check.resolution = size->first;
    check.channels = *channels;
    const auto kind = [](int of) { return of == 1 ? "gray" : "RGB"; };
    for (std::size_t i = 0; i < findings.size(); ++i) {
        Finding& f = findings[i];
        if (f.channels == 0) continue;
        if (Size{f.width, f.height} != *size)
            f.problems.push_back({names[i], "other_size",
                                  fmt::format("it is {} x {} pixels, most pictures are {} x {}", f.width, f.height,
                                              size->first, size->second)});
        if (f.channels != *channels)
            f.problems.push_back({names[i], "other_channels",
                                  fmt::format("it is {}, most pictures are {}", kind(f.channels), kind(*channels))});
    }
}

// -1: neither a class nor a vector; 0: a class; else the length of a vector.
int length_of(const Json& label) {
    constexpr std::int64_t kMostClasses = 1'000'000;
    if (label.is_number_integer())
        return label.get<std::int64_t>() >= 0 && label.get<std::int64_t>() < kMostClasses ? 0 : -1;
    if (!label.is_array() || label.empty() || label.size() > 1'000'000) return -1;
    for (const Json& element : label)
        if (!element.is_number() || !std::isfinite(element.get<double>())) return -1;
    return static_cast<int>(label.size());
}

void check_labels(std::string_view text, const std::vector<std::string>& names, DataCheck& check) {
    const auto problem = [&](std::string file, const char* kind, std::string what) {
        check.problems.push_back({std::move(file), kind, std::move(what)});
    };
    Json json;
    try {
        json = parse_json(text, "");
    } catch (const Error& e) {
        return problem(kLabels, "labels_damaged", e.why());
    }
    if (!json.is_object() || !json.contains("labels"))
        return problem(kLabels, "labels_damaged", "it has no \"labels\"");
    const Json& list = json["labels"];
    if (list.is_null()) return;
    if (!list.is_array()) return problem(kLabels, "labels_damaged", "its \"labels\" are neither a list nor null");

    std::unordered_map<std::string, const Json*> by_name;
    std::map<int, std::int64_t> lengths;
    for (const Json& row : list) {
        if (!row.is_array() || row.size() != 2 || !row[0].is_string()) {
            problem(kLabels, "labels_damaged", fmt::format("the entry {} is not [name, label]", printable(row.dump())));
            continue;
        }
        const auto& name = row[0].get_ref<const std::string&>();
        if (!by_name.emplace(name, &row[1]).second) problem(name, "label_twice", "it has two labels");
        if (!std::ranges::binary_search(names, name))
            problem(name, "label_without_picture", "it has a label, but there is no such picture");
        else if (const int length = length_of(row[1]); length >= 0)
            ++lengths[length];
    }
    const auto most =
        std::ranges::max_element(lengths, [](const auto& a, const auto& b) { return a.second < b.second; });
    const int usual = most == lengths.end() ? -1 : most->first;
    const auto describe = [](int length) {
        return length == 0 ? std::string("a class") : fmt::format("a vector of {} numbers", length);
    };
    check.label_dim = std::max(usual, 0);
    for (const std::string& name : names) {
        const auto found = by_name.find(name);
        if (found == by_name.end()) {
            problem(name, "label_missing", "it has no label, others have one");
            continue;
        }
        const int length = length_of(*found->second);
        if (length < 0)
            problem(name, "label_damaged",
                    fmt::format("its label {} is neither a class from 0 nor a list of numbers",
                                printable(found->second->dump())));
        else if (length != usual)
            problem(name, "other_label",
                    fmt::format("its label is {}, most are {}", describe(length), describe(usual)));
        else if (length == 0)
            check.label_dim = std::max(check.label_dim, found->second->get<int>() + 1);
    }
}

}  // namespace

DataCheck check_data_set(const std::filesystem::path& path, int threads, const Progress& progress) {
    DataCheck check;
    std::vector<std::string> twice;
    std::optional<PictureFiles> files;
    try {
        files.emplace(path, &twice);
    } catch (const Error& e) {
        std::error_code ignored;
        check.problems.push_back({"", std::filesystem::exists(path, ignored) ? "not_a_data_set" : "missing", e.why()});
        return check;
    }
    const std::vector<std::string>& names = files->names();
    check.pictures = static_cast<std::int64_t>(names.size());
    if (names.empty()) check.problems.push_back({"", "no_pictures", "it holds no PNG or JPEG pictures"});
    for (const std::string& name : twice)
        check.problems.push_back({name, "duplicate_name", "the archive has it twice"});
    for (const std::string& name : files->unreadable())
        check.problems.push_back({name, "unreadable_format", "it is neither PNG nor JPEG"});

    std::vector<Finding> findings(names.size());
    work_in_order(
        check.pictures, threads, [&](std::int64_t i) { return examine(*files, names[static_cast<std::size_t>(i)]); },
        [&](std::int64_t i, Finding finding) {
            progress.check_stop();
            progress.report(static_cast<double>(i) / static_cast<double>(check.pictures),
                            fmt::format("picture {} of {}", i + 1, check.pictures));
            findings[static_cast<std::size_t>(i)] = std::move(finding);
        });
    compare_pictures(names, findings, check);
    for (Finding& finding : findings)
        for (DataProblem& problem : finding.problems) check.problems.push_back(std::move(problem));
    try {
        if (const auto json = files->read(kLabels))
            check_labels({reinterpret_cast<const char*>(json->bytes.data()), json->bytes.size()}, names, check);
    } catch (const Error& e) {
        check.problems.push_back({kLabels, "labels_damaged", e.why()});
    }
    return check;
}

}  // namespace afs
