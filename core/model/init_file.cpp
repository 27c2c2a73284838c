#include "core/model/init_file.h"

#include "core/model/init_network.h"

namespace afs {

void init_network_file(const GeneratorConfig& config, std::uint64_t seed, const std::string& label,
                       const std::filesystem::path& out, Overwrite overwrite, const Progress& progress) {
    check_may_save_networks(out, overwrite);
    const auto generator = init_network(config, seed, progress);
    save_networks(out, {{saved_network("G_ema", *generator)}, {}, {{"afs.label", label}}}, overwrite);
}

}  // namespace afs
