#include "app/cli/detectors.h"

#include <fmt/format.h>

#include <CLI/Error.hpp>
#include <algorithm>

#include "core/analysis/feature_run.h"

namespace afs::cli {

std::map<std::string, std::filesystem::path> parse_detectors(const std::vector<std::string>& texts) {
    std::map<std::string, std::filesystem::path> detectors;
    for (const std::string& text : texts) {
        const auto equals = text.find('=');
        const std::string role = text.substr(0, equals);
        if (equals == std::string::npos || equals + 1 == text.size() ||
            std::ranges::none_of(feature_metrics(), [&](FeatureMetric m) { return role == detector_role(m); }))
            throw CLI::ValidationError(
                fmt::format("--detector: \"{}\" is not ROLE=FILE with the role inception, vgg16 or lpips", text));
        detectors[role] = text.substr(equals + 1);
    }
    return detectors;
}

std::vector<std::string> split_at_commas(const std::string& text) {
    std::vector<std::string> words;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t comma = std::min(text.find(',', begin), text.size());
        words.push_back(text.substr(begin, comma - begin));
        begin = comma + 1;
    }
    return words;
}

}  // namespace afs::cli
