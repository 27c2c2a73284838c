// The list of a network's outputs is that of a picture's making.
#include "core/model/module_outputs.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include "core/model/generator.h"
#include "core/model/presets.h"

namespace afs {
namespace {

struct Seen {
    std::string name;
    std::int64_t channels, height, width;
    bool operator==(const Seen&) const = default;
    friend void PrintTo(const Seen& s, std::ostream* out) {
        *out << s.name << " " << s.channels << "x" << s.height << "x" << s.width;
    }
};

void expect_what_is_shown(const GeneratorConfig& config) {
    const auto generator = Generator::create(config);
    std::vector<Seen> shown, listed;
    SynthesisOptions options;
    options.on_layer = [&](const std::string& name, const Tensor& x) {
        shown.push_back({name, x.size(1), x.size(2), x.size(3)});
    };
    const at::NoGradGuard no_grad;
    (void)generator->synthesize(at::zeros({1, generator->num_ws(), config.w_dim}), options);
    for (const ModuleOutput& output : module_outputs(config, generator->schedule())) {
        listed.push_back({output.name, output.channels, output.size, output.size});
        if (output.layer != nullptr && output.name != "output") {
            EXPECT_EQ(output.layer->name, output.name);
        }
    }
    EXPECT_EQ(listed, shown);
}

TEST(ModuleOutputs, AreWhatOnLayerIsShown) {
    for (const char* const cfg : {"stylegan3-t", "stylegan3-r", "stylegan2"})
        for (const int resolution : {16, 64}) {
            GeneratorConfig config = preset_config(cfg, resolution, 512, 12);
            config.z_dim = config.w_dim = 16;
            SCOPED_TRACE(std::string(cfg) + " " + std::to_string(resolution));
            expect_what_is_shown(config);
            config.img_channels = 1;
            expect_what_is_shown(config);
            if (config.family != Family::stylegan2) continue;
            for (const auto architecture : {SkipArchitecture::orig, SkipArchitecture::resnet}) {
                config.architecture = architecture;
                expect_what_is_shown(config);
            }
        }
}

}  // namespace
}  // namespace afs
