// Option values that are more than a number. A value that cannot be parsed throws CLI::ValidationError (exit code 2).
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/scene/scene.h"

namespace afs::cli {

// "0,3,5-9" -> {0, 3, 5, 6, 7, 8, 9}, in the order given. Seeds are 0..4294967295; at most a million of them.
[[nodiscard]] std::vector<std::uint32_t> parse_seeds(const std::string& text);

// A finite number, the whole text; the nearest double. `option` heads the message.
[[nodiscard]] double parse_number(const char* option, const std::string& text);
[[nodiscard]] std::int64_t parse_integer(const char* option, const std::string& text);
[[nodiscard]] int parse_whole(const char* option, const std::string& text);  // from 0 to 2^31 - 1
[[nodiscard]] std::uint32_t parse_seed_option(const char* option, const std::string& text);

// "4x3", both from 1.
[[nodiscard]] std::pair<int, int> parse_size(const char* option, const std::string& text);

// Nine numbers with commas between them.
[[nodiscard]] Matrix3 parse_matrix(const std::string& text);

// CLASS:WEIGHT,CLASS:WEIGHT,...
[[nodiscard]] std::vector<ClassWeight> parse_class_weights(const std::string& text);

// "0.1,-0.2" (also "0.1 -0.2" and "0.1x-0.2").
[[nodiscard]] std::pair<double, double> parse_pair(const std::string& text);

// SEED:LAYERS[:WEIGHT], layers as in "0,2,4-6".
[[nodiscard]] StyleMix parse_mix(const std::string& text, int id);

// LAYER:up|down:CUTOFF,HALF_WIDTH,TAPS.
[[nodiscard]] FilterChange parse_filter(const std::string& text);

// SEED:WEIGHT,SEED:WEIGHT,...
[[nodiscard]] std::vector<SeedWeight> parse_blend(const std::string& text);

}  // namespace afs::cli
