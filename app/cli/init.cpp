// `afstudio init`: a seeded network with random weights that are worth looking at.
#include <fmt/format.h>

#include <optional>

#include "app/cli/command.h"
#include "app/cli/progress_bar.h"
#include "core/model/init_file.h"
#include "core/model/presets.h"
#include "core/model/tensor_plan.h"

namespace afs::cli {
namespace {

class InitCommand final : public Command {
  public:
    [[nodiscard]] std::string name() const override { return "init"; }
    [[nodiscard]] std::string summary() const override {
        return "A seeded network of random weights, made lively: to test with, to look at";
    }
    [[nodiscard]] std::string examples() const override {
        return "  afstudio init t.safetensors --cfg stylegan3-t --resolution 256 --cbase 16384 --seed 1\n"
               "  afstudio init small.safetensors --cfg stylegan3-r --resolution 64 --cbase 2048 --cmax 64 --z-dim 64 "
               "--w-dim 64\n";
    }

    void add_options(CLI::App& app) override {
        app.add_option("out", out_, "The new file, ending in .safetensors")->required()->type_name("OUT");
        app.add_option("--cfg", cfg_, "stylegan3-t, stylegan3-r or stylegan2. Default: stylegan3-t")
            ->check(CLI::IsMember({"stylegan3-t", "stylegan3-r", "stylegan2"}));
        app.add_option("--resolution", resolution_, "Side of the picture, pixels, a power of two. Default: 256")
            ->type_name("N");
        app.add_option("--cbase", cbase_,
                       "Capacity, as in the official training options (R doubles it). Default: 32768")
            ->type_name("N");
        app.add_option("--cmax", cmax_, "Most channels of a layer (R doubles it). Default: 512")->type_name("N");
        app.add_option("--z-dim", z_dim_, "Size of z. Default: 512")->type_name("N");
        app.add_option("--w-dim", w_dim_, "Size of w. Default: 512")->type_name("N");
        app.add_option("--c-dim", c_dim_, "Number of classes; 0 = unconditional. Default: 0")->type_name("N");
        app.add_option("--seed", seed_, "Seed of the weights. Default: 0")->type_name("SEED");
        app.add_option("--label", label_, "What the file says of itself in the window. Default: untrained")
            ->type_name("TEXT");
        app.add_flag("--overwrite", overwrite_, "Replace OUT if it exists");
    }

    [[nodiscard]] int run(const Context& context) override {
        if (!out_.ends_with(".safetensors"))
            throw CLI::ValidationError(fmt::format("OUT is {}, but must end in .safetensors", out_));
        const Overwrite overwrite = overwrite_ ? Overwrite::yes : Overwrite::no;
        GeneratorConfig config = preset_config(cfg_, resolution_, cbase_, cmax_);
        config.z_dim = z_dim_;
        config.w_dim = w_dim_;
        config.c_dim = c_dim_;
        validate(config);
        {
            ProgressBar bar("init", context.common.quiet);
            init_network_file(
                config, seed_, label_, out_, overwrite,
                Progress([&](const ProgressState& state) { bar.update(state.fraction, state.doing); }, context.stop));
        }
        if (context.common.json)
            context.print_json({{"file", out_},
                                {"cfg", cfg_},
                                {"config", to_json(config)},
                                {"num_params", count_parameters(config)},
                                {"seed", seed_}});
        context.say(fmt::format("{}: {} at {}x{}, {} parameters", out_, cfg_, resolution_, resolution_,
                                count_parameters(config)));
        return 0;
    }

  private:
    std::string out_, cfg_ = "stylegan3-t", label_ = "untrained";
    int resolution_ = 256, z_dim_ = 512, w_dim_ = 512, c_dim_ = 0;
    std::optional<int> cbase_, cmax_;
    std::uint32_t seed_ = 0;
    bool overwrite_ = false;
};

}  // namespace

std::unique_ptr<Command> make_init_command() { return std::make_unique<InitCommand>(); }

}  // namespace afs::cli
