// --detector ROLE=FILE of the commands that compute feature metrics.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace afs::cli {

// Role -> file. Throws CLI::ValidationError for what is not ROLE=FILE with a role that some metric needs.
[[nodiscard]] std::map<std::string, std::filesystem::path> parse_detectors(const std::vector<std::string>& texts);

// "a,b" -> {"a", "b"}; empty words stay.
[[nodiscard]] std::vector<std::string> split_at_commas(const std::string& text);

}  // namespace afs::cli
