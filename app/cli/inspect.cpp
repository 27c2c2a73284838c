// `afstudio inspect`: what is in a file, executing nothing.
#include <fmt/format.h>

#include "app/cli/command.h"
#include "core/base/log.h"
#include "core/model/describe.h"

namespace afs::cli {
namespace {

std::string text_of(const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

class InspectCommand final : public Command {
  public:
    [[nodiscard]] std::string name() const override { return "inspect"; }
    [[nodiscard]] std::string summary() const override { return "What is in a network file, executing nothing"; }
    [[nodiscard]] std::string examples() const override {
        return "  afstudio inspect ffhq.pkl\n  afstudio inspect ffhq.pkl --json\n";
    }
    void add_options(CLI::App& app) override {
        app.add_option("file", file_, "Network file")->required();
        app.add_option("--network", which_, "Which network of the file: G_ema, G or D. Default: G_ema")
            ->type_name("NAME");
    }

    [[nodiscard]] int run(const Context& context) override {
        const Description description = describe_network_file(file_, which_);
        const Json& document = description.json;
        if (context.common.json) {
            for (const std::string& warning : description.warnings) log_warning("{}", warning);
            context.print_json(document);
            return 0;
        }
        for (const auto& [key, value] : document.items())
            if (key != "layers" && key != "networks" && !value.is_null())
                context.say(fmt::format("{:<20}  {}", key, text_of(value)));
        if (document.contains("networks"))
            for (const Json& network : document["networks"])
                context.say(fmt::format("{:<20}  {}", "network", text_of(network)));
        if (document.contains("layers") && !document["layers"].empty()) {
            context.say("");
            context.say(fmt::format("{:<18} {:>5} {:>5} {:>9} {:>9} {:>9} {:>3} {:>4} {:>9} {:>6}  {}", "layer", "in",
                                    "out", "rate", "cutoff", "half w.", "up", "down", "taps", "kernel", "channels"));
            for (const Json& row : document["layers"]) {
                const auto number = [&](const char* key) { return row.value(key, 0.0); };
                std::string marks;
                if (row.value("critical", false)) marks += " critical";
                if (row.value("radial", false)) marks += " radial";
                if (row.value("half_precision", false)) marks += " fp16";
                if (row.value("is_torgb", false)) marks += " ToRGB";
                context.say(
                    fmt::format("{:<18} {:>5} {:>5} {:>9.6g} {:>9.2f} {:>9.2f} {:>3} {:>4} {:>9} {:>6}  {} -> {}{}",
                                row.value("name", ""), number("in_size"), number("out_size"), number("out_rate"),
                                number("out_cutoff"), number("out_half_width"), number("up"), number("down"),
                                fmt::format("{}/{}", number("up_taps"), number("down_taps")), number("kernel"),
                                number("channels_in"), number("channels_out"), marks));
            }
        }
        for (const std::string& warning : description.warnings) log_warning("{}", warning);
        return 0;
    }

  private:
    std::string file_, which_ = "G_ema";
};

}  // namespace

std::unique_ptr<Command> make_inspect_command() { return std::make_unique<InspectCommand>(); }

}  // namespace afs::cli
