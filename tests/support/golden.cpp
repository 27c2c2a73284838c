#include "tests/support/golden.h"

#include <stdexcept>

#include "core/formats/safetensors.h"
#include "tests/support/paths.h"

namespace afs::test {

GoldenFile::GoldenFile(const std::filesystem::path& name) {
    SafetensorsFile file = read_safetensors(golden_path(name));
    const std::string* cases = file.metadata_value("cases");
    if (cases == nullptr) throw std::runtime_error(name.string() + " has no recorded cases");
    cases_ = Json::parse(*cases);
    for (auto& [tensor_name, tensor] : file.tensors) {
        names_.push_back(tensor_name);
        tensors_.emplace(tensor_name, std::move(tensor));
    }
}

std::vector<std::string> GoldenFile::case_names(std::string_view prefix) const {
    std::vector<std::string> names;
    for (const auto& [name, parameters] : cases_.items())
        if (name.starts_with(prefix)) names.push_back(name);
    return names;
}

const Json& GoldenFile::parameters(const std::string& case_name) const { return cases_.at(case_name); }

const TensorData& GoldenFile::tensor(const std::string& name) const {
    const auto found = tensors_.find(name);
    if (found == tensors_.end()) throw std::runtime_error("no recorded tensor " + name);
    return found->second;
}

std::vector<double> GoldenFile::values(const std::string& name) const { return to_doubles(tensor(name)); }

}  // namespace afs::test
