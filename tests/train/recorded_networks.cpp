#include "tests/train/recorded_networks.h"

#include "core/model/network_file.h"

namespace afs::test {
namespace {

NetworkRecord record_of(const GoldenFile& file, const std::string& name, const std::string& class_name) {
    NetworkRecord record;
    record.class_name = class_name;
    record.init_kwargs = file.parameters(name)["config"];
    const std::string prefix = name + "/state_";
    for (const std::string& tensor : file.tensor_names())
        if (tensor.starts_with(prefix))
            record.tensors.push_back({tensor.substr(prefix.size()), file.tensor(tensor), true});
    return record;
}

}  // namespace

std::shared_ptr<Generator> recorded_generator(const GoldenFile& file, const std::string& name) {
    const NetworkRecord record = record_of(file, name, "Generator");
    std::vector<std::string> warnings;
    return build_generator(record, find_config(record, {}, name, warnings), name, warnings);
}

std::shared_ptr<Discriminator> recorded_discriminator(const GoldenFile& file, const std::string& name) {
    const NetworkRecord record = record_of(file, name, "Discriminator");
    std::vector<std::string> warnings;
    return build_discriminator(record, find_discriminator_config(record, {}, name), name, warnings);
}

}  // namespace afs::test
