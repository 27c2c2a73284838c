// A subcommand: its options, and what it does. One file a subcommand; the table of all of them is commands.cpp.
#pragma once

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/ops/device.h"

namespace afs::cli {

struct CommonOptions {
    std::string device = "auto", precision = "auto", log_level = "warning";
    int threads = 0;
    bool json = false, quiet = false;
};

// What a command is run with.
struct Context {
    CommonOptions common;
    std::stop_token stop;  // Ctrl+C

    [[nodiscard]] Device device() const { return parse_device(common.device); }
    [[nodiscard]] Precision precision() const { return parse_precision(common.precision); }

    // The one JSON document of --json; nothing else goes to stdout then.
    void print_json(const Json& document) const;
    // A line for people: stdout, and nothing under --json or --quiet.
    void say(const std::string& line) const;
};

class Command {
  public:
    virtual ~Command() = default;
    [[nodiscard]] virtual std::string name() const = 0;
    [[nodiscard]] virtual std::string summary() const = 0;   // one line
    [[nodiscard]] virtual std::string examples() const = 0;  // shown under the options
    virtual void add_options(CLI::App& app) = 0;
    // Returns the exit code; throws Error for what fails.
    [[nodiscard]] virtual int run(const Context& context) = 0;
};

[[nodiscard]] std::unique_ptr<Command> make_view_command();
[[nodiscard]] std::unique_ptr<Command> make_images_command();
[[nodiscard]] std::unique_ptr<Command> make_video_command();
[[nodiscard]] std::unique_ptr<Command> make_inspect_command();
[[nodiscard]] std::unique_ptr<Command> make_init_command();
[[nodiscard]] std::unique_ptr<Command> make_convert_command();
[[nodiscard]] std::unique_ptr<Command> make_equivariance_command();
[[nodiscard]] std::unique_ptr<Command> make_metrics_command();
[[nodiscard]] std::unique_ptr<Command> make_info_command();
[[nodiscard]] std::unique_ptr<Command> make_spectra_command();
[[nodiscard]] std::unique_ptr<Command> make_bench_command();
[[nodiscard]] std::unique_ptr<Command> make_dataset_command();
[[nodiscard]] std::unique_ptr<Command> make_train_command();
[[nodiscard]] std::unique_ptr<Command> make_detector_child_command();

// Parses, runs, reports. The whole program but for `main`'s signature.
[[nodiscard]] int run_program(int argc, char** argv);

}  // namespace afs::cli
