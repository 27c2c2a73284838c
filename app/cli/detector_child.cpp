// `afstudio detector-child`: the process in which `metrics` runs a detector network. Not for people.
#include "app/cli/command.h"
#include "core/analysis/feature_run.h"

namespace afs::cli {
namespace {

class DetectorChildCommand final : public Command {
  public:
    [[nodiscard]] std::string name() const override { return "detector-child"; }
    [[nodiscard]] std::string summary() const override { return {}; }  // `metrics` starts it
    [[nodiscard]] std::string examples() const override { return {}; }

    void add_options(CLI::App& app) override {
        app.group("");  // not in the list of commands
        app.add_option("file", file_, "TorchScript file")->required();
        app.add_option("on", on_, "Device")->required();
    }
    [[nodiscard]] int run(const Context&) override { return serve_detector(file_, parse_device(on_)); }

  private:
    std::string file_, on_;
};

}  // namespace

std::unique_ptr<Command> make_detector_child_command() { return std::make_unique<DetectorChildCommand>(); }

}  // namespace afs::cli
