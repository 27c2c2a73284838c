// `afstudio convert`: any readable network file to .safetensors or .pt, keeping every bit.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/cli/command.h"
#include "app/cli/progress_bar.h"
#include "core/base/log.h"
#include "core/model/convert.h"

namespace afs::cli {
namespace {

class ConvertCommand final : public Command {
  public:
    [[nodiscard]] std::string name() const override { return "convert"; }
    [[nodiscard]] std::string summary() const override {
        return "A network file as .safetensors or .pt, keeping every bit";
    }
    [[nodiscard]] std::string examples() const override {
        return "  afstudio convert ffhq.pkl ffhq.safetensors\n  afstudio convert ffhq.pkl generator.pt --what G_ema\n";
    }

    void add_options(CLI::App& app) override {
        app.add_option("in", in_, "Network file: official .pkl, .pt, .safetensors")->required()->type_name("IN");
        app.add_option("out", out_,
                       "The new file; its ending decides: .safetensors (native) or .pt (PyTorch state dictionary, "
                       "official names)")
            ->required()
            ->type_name("OUT");
        app.add_option("--what", what_, "G_ema, G, D or all. Default: all for .safetensors, G_ema for .pt")
            ->check(CLI::IsMember({"G_ema", "G", "D", "all"}));
        app.add_flag("--overwrite", overwrite_, "Replace OUT if it exists");
    }

    [[nodiscard]] int run(const Context& context) override {
        if (!out_.ends_with(".safetensors") && !out_.ends_with(".pt") && !out_.ends_with(".pth"))
            throw CLI::ValidationError(fmt::format("OUT is {}, but must end in .safetensors or .pt", out_));
        Conversion done;
        {
            ProgressBar bar("convert", context.common.quiet);
            done = convert_network(
                in_, out_, what_, overwrite_ ? Overwrite::yes : Overwrite::no,
                Progress([&](const ProgressState& state) { bar.update(state.fraction, state.doing); }, context.stop));
        }
        for (const std::string& warning : done.warnings) log_warning("{}", warning);
        if (context.common.json)
            context.print_json({{"file", out_},
                                {"networks", done.networks},
                                {"tensors", done.tensors},
                                {"tensor_bytes", done.bytes},
                                {"warnings", done.warnings}});
        context.say(fmt::format("{}: {} ({} tensors, {:.1f} MB)", out_, fmt::join(done.networks, ", "), done.tensors,
                                static_cast<double>(done.bytes) / 1e6));
        return 0;
    }

  private:
    std::string in_, out_, what_;
    bool overwrite_ = false;
};

}  // namespace

std::unique_ptr<Command> make_convert_command() { return std::make_unique<ConvertCommand>(); }

}  // namespace afs::cli
