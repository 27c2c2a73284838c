// Recorded numbers of tests/golden: a safetensors file whose metadata key "cases" is a JSON object {case: parameters}
// and whose tensors are named "case/key". No torch: rooms with torch convert a TensorData themselves.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/json.h"
#include "core/formats/tensor_data.h"

namespace afs::test {

class GoldenFile {
  public:
    explicit GoldenFile(const std::filesystem::path& name);  // relative to tests/golden: "ops.safetensors"

    [[nodiscard]] const Json& cases() const { return cases_; }  // {case: parameters}, in the file's order
    [[nodiscard]] std::vector<std::string> case_names(std::string_view prefix = {}) const;  // in the file's order
    [[nodiscard]] const Json& parameters(const std::string& case_name) const;               // throws when absent
    [[nodiscard]] const std::vector<std::string>& tensor_names() const { return names_; }

    [[nodiscard]] bool has(const std::string& name) const { return tensors_.count(name) > 0; }
    [[nodiscard]] const TensorData& tensor(const std::string& name) const;    // "case/key"; throws when absent
    [[nodiscard]] std::vector<double> values(const std::string& name) const;  // tensor(name), row-major

  private:
    Json cases_;
    std::vector<std::string> names_;
    std::unordered_map<std::string, TensorData> tensors_;
};

}  // namespace afs::test
