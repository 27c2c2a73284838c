#include "app/cli/parse.h"

#include <fmt/format.h>

#include <CLI/Error.hpp>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

namespace afs::cli {
namespace {

constexpr std::uint64_t kLargestSeed = 0xffffffffull;
constexpr std::size_t kMostNumbers = 1'000'000;

std::optional<std::uint64_t> whole_number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || status != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<double> real_number(std::string_view text) {
    if (text.starts_with("+")) text.remove_prefix(1);
    double value = 0.0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || status != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
        return std::nullopt;
    return value;
}

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
    std::vector<std::string_view> parts;
    while (true) {
        const auto at = text.find_first_of(separators);
        parts.push_back(text.substr(0, at));
        if (at == std::string_view::npos) return parts;
        text.remove_prefix(at + 1);
    }
}

std::vector<std::uint32_t> parse_ranges(const std::string& text, const char* what, std::uint64_t largest) {
    std::vector<std::uint32_t> numbers;
    for (const std::string_view part : split(text, ",")) {
        const auto dash = part.find('-');
        const auto first = whole_number(part.substr(0, dash));
        const auto last = dash == std::string_view::npos ? first : whole_number(part.substr(dash + 1));
        if (!first || !last || *last < *first)
            throw CLI::ValidationError(
                fmt::format("\"{}\" in \"{}\" is not a {} or a range like 5-9", part, text, what));
        if (*last > largest)
            throw CLI::ValidationError(
                fmt::format("{} is too large: a {} is a whole number from 0 to {}", *last, what, largest));
        if (*last - *first >= kMostNumbers - numbers.size())
            throw CLI::ValidationError(fmt::format("\"{}\" names more than {} {}s", text, kMostNumbers, what));
        for (std::uint64_t value = *first; value <= *last; ++value)
            numbers.push_back(static_cast<std::uint32_t>(value));
    }
    return numbers;
}

}  // namespace

std::vector<std::uint32_t> parse_seeds(const std::string& text) { return parse_ranges(text, "seed", kLargestSeed); }

double parse_number(const char* option, const std::string& text) {
    if (const auto value = real_number(text)) return *value;
    throw CLI::ValidationError(fmt::format("{}: \"{}\" is not a number", option, text));
}

std::int64_t parse_integer(const char* option, const std::string& text) {
    std::int64_t value = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || status != std::errc{} || end != text.data() + text.size())
        throw CLI::ValidationError(fmt::format("{}: \"{}\" is not a whole number", option, text));
    return value;
}

int parse_whole(const char* option, const std::string& text) {
    const std::int64_t value = parse_integer(option, text);
    if (value < 0 || value > std::numeric_limits<int>::max())
        throw CLI::ValidationError(fmt::format("{}: {} is not a whole number from 0", option, text));
    return static_cast<int>(value);
}

std::uint32_t parse_seed_option(const char* option, const std::string& text) {
    const auto seed = whole_number(text);
    if (!seed || *seed > kLargestSeed)
        throw CLI::ValidationError(
            fmt::format("{}: \"{}\" is not a seed, a whole number from 0 to {}", option, text, kLargestSeed));
    return static_cast<std::uint32_t>(*seed);
}

std::pair<int, int> parse_size(const char* option, const std::string& text) {
    const auto parts = split(text, "x");
    const auto columns = parts.size() == 2 ? whole_number(parts[0]) : std::nullopt;
    const auto rows = parts.size() == 2 ? whole_number(parts[1]) : std::nullopt;
    constexpr std::uint64_t kMost = 1'000'000;
    if (!columns || !rows || *columns < 1 || *rows < 1 || *columns > kMost || *rows > kMost)
        throw CLI::ValidationError(fmt::format("{}: \"{}\" is not columns x rows like 4x3", option, text));
    return {static_cast<int>(*columns), static_cast<int>(*rows)};
}

Matrix3 parse_matrix(const std::string& text) {
    const auto parts = split(text, ",");
    Matrix3 matrix{};
    bool all = parts.size() == matrix.size();
    for (std::size_t i = 0; all && i < matrix.size(); ++i) {
        const auto value = real_number(parts[i]);
        all = value.has_value();
        matrix[i] = value.value_or(0.0);
    }
    if (!all)
        throw CLI::ValidationError(
            fmt::format("--matrix: \"{}\" is not nine numbers with commas between them, row after row", text));
    return matrix;
}

std::vector<ClassWeight> parse_class_weights(const std::string& text) {
    std::vector<ClassWeight> weights;
    for (const std::string_view part : split(text, ",")) {
        const auto colon = part.find(':');
        const auto index = whole_number(part.substr(0, colon));
        const auto weight = colon == std::string_view::npos ? std::nullopt : real_number(part.substr(colon + 1));
        if (!index || *index > 1'000'000 || !weight)
            throw CLI::ValidationError(fmt::format("\"{}\" is not CLASS:WEIGHT,..., as in 3:0.5,7:0.5", text));
        weights.push_back({static_cast<int>(*index), *weight});
    }
    return weights;
}

std::pair<double, double> parse_pair(const std::string& text) {
    const auto parts = split(text, ", ");
    if (parts.size() == 2)
        if (const auto x = real_number(parts[0]), y = real_number(parts[1]); x && y) return {*x, *y};
    throw CLI::ValidationError(fmt::format("\"{}\" is not a pair of numbers like 0.1,-0.2", text));
}

StyleMix parse_mix(const std::string& text, int id) {
    const auto parts = split(text, ":");
    StyleMix mix;
    mix.id = id;
    if (parts.size() == 2 || parts.size() == 3) {
        const auto seed = whole_number(parts[0]);
        const auto weight = parts.size() == 3 ? real_number(parts[2]) : 1.0;
        if (seed && *seed <= kLargestSeed && weight) {
            mix.seed = static_cast<std::uint32_t>(*seed);
            mix.weight = *weight;
            for (const std::uint32_t layer : parse_ranges(std::string(parts[1]), "layer", 1000))
                mix.layers.push_back(static_cast<int>(layer));
            return mix;
        }
    }
    throw CLI::ValidationError(fmt::format("\"{}\" is not SEED:LAYERS[:WEIGHT], as in 5:0,2,4-6:0.5", text));
}

FilterChange parse_filter(const std::string& text) {
    // StyleGAN2's modules have colons in their names: the last two parts are the filter.
    const auto last = text.rfind(':');
    const auto before = last == std::string::npos || last == 0 ? std::string::npos : text.rfind(':', last - 1);
    if (before != std::string::npos && before > 0) {
        const std::string side = text.substr(before + 1, last - before - 1);
        const auto parts = split(std::string_view(text).substr(last + 1), ",");
        if ((side == "up" || side == "down") && parts.size() == 3) {
            const auto cutoff = real_number(parts[0]), half_width = real_number(parts[1]);
            const auto taps = whole_number(parts[2]);
            if (cutoff && half_width && taps && *taps >= 1 && *taps <= kMostFilterTaps)
                return {text.substr(0, before), side == "up" ? FilterSide::up : FilterSide::down, *cutoff, *half_width,
                        static_cast<int>(*taps)};
        }
    }
    throw CLI::ValidationError(
        fmt::format("\"{}\" is not LAYER:up|down:CUTOFF,HALF_WIDTH,TAPS, as in L3_52_512:down:20,12,24 (1 to {} taps)",
                    text, kMostFilterTaps));
}

std::vector<SeedWeight> parse_blend(const std::string& text) {
    std::vector<SeedWeight> seeds;
    for (const std::string_view part : split(text, ",")) {
        const auto colon = part.find(':');
        const auto seed = whole_number(part.substr(0, colon));
        const auto weight = colon == std::string_view::npos ? std::nullopt : real_number(part.substr(colon + 1));
        if (!seed || *seed > kLargestSeed || !weight)
            throw CLI::ValidationError(fmt::format("\"{}\" is not SEED:WEIGHT,..., as in 3:0.25,4:0.75", text));
        seeds.push_back({static_cast<std::uint32_t>(*seed), *weight});
    }
    return seeds;
}

}  // namespace afs::cli
