#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>

#include "app/cli/command.h"
#include "app/cli/interrupt.h"
#include "core/base/error.h"
#include "core/base/log.h"
#include "core/base/version.h"

namespace afs::cli {
namespace {

constexpr int kDone = 0, kFailed = 1, kWrongUsage = 2, kInterrupted = 130;

std::vector<std::unique_ptr<Command>> make_commands() {
    std::vector<std::unique_ptr<Command>> commands;
    commands.push_back(make_view_command());
    commands.push_back(make_images_command());
    commands.push_back(make_video_command());
    commands.push_back(make_inspect_command());
    commands.push_back(make_init_command());
    commands.push_back(make_convert_command());
    commands.push_back(make_spectra_command());
    commands.push_back(make_dataset_command());
    commands.push_back(make_train_command());
    commands.push_back(make_bench_command());
    commands.push_back(make_equivariance_command());
    commands.push_back(make_metrics_command());
    commands.push_back(make_info_command());
    commands.push_back(make_detector_child_command());
    return commands;
}

void add_common_options(CLI::App& app, CommonOptions& common) {
    const auto group = "Common options";
    app.add_option("--device", common.device,
                   "Where to compute: auto, cpu, cuda or cuda:N. Default: auto (CUDA when there is one)")
        ->group(group);
    app.add_option("--threads", common.threads, "CPU threads; 0 = all cores. Default: 0")
        ->check(CLI::Range(0, 1024))
        ->group(group)
        ->type_name("N");
    app.add_option("--precision", common.precision,
                   "auto, fp32, tf32, bf16 or fp16. Default: auto (fp32 on a CPU, fp16 on a GPU where the network "
                   "allows it). On a CPU bf16 takes less time for R and StyleGAN2, more for T")
        ->group(group);
    app.add_flag("--json", common.json, "Print one JSON document on stdout and nothing else")->group(group);
    app.add_flag("--quiet", common.quiet, "Print nothing but errors")->group(group);
    app.add_option("--log-level", common.log_level, "debug, info, warning, error or off. Default: warning")
        ->group(group);
}

// CLI11 checks these as it parses, so that a wrong word is a wrong usage.
void check_common(const CommonOptions& common) {
    try {
        (void)parse_precision(common.precision);
        (void)parse_log_level(common.log_level);
    } catch (const Error& e) {
        throw CLI::ValidationError(e.what());
    }
}

int report(const Failure& failure) {
    if (failure.kind == ErrorKind::cancelled) {
        fmt::print(stderr, "Interrupted.\n");
        return kInterrupted;
    }
    fmt::print(stderr, "{}\n", failure.paragraph());
    return kFailed;
}

}  // namespace

void Context::print_json(const Json& document) const { fmt::print("{}\n", document.dump(2)); }

void Context::say(const std::string& line) const {
    if (!common.json && !common.quiet) fmt::print("{}\n", line);
}

int run_program(int argc, char** argv) {
    auto commands = make_commands();
    Context context;
    CLI::App app(
        "Alias-Free Studio: explore, measure, film and train alias-free image generators.\nWithout a command: the "
        "window.",
        "afstudio");
    app.set_version_flag("--version", std::string("afstudio ") + kVersion);
    app.require_subcommand(1);
    app.footer(
        "`afstudio COMMAND --help` explains a command. Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.");
    std::vector<std::string> names, listed;
    for (const auto& command : commands) {
        CLI::App* const sub = app.add_subcommand(command->name(), command->summary());
        command->add_options(*sub);
        add_common_options(*sub, context.common);
        if (!command->examples().empty()) sub->footer("Examples:\n" + command->examples());
        names.push_back(command->name());
        if (!command->summary().empty()) listed.push_back(command->name());
    }

    // Without a command: view. A word that is neither a command nor a file is a mistyped command.
    std::vector<std::string> words(argv + 1, argv + argc);
    const auto is_command = [&](const std::string& word) {
        return std::find(names.begin(), names.end(), word) != names.end();
    };
    const bool for_program =
        !words.empty() && (is_command(words[0]) || words[0] == "--help" || words[0] == "-h" || words[0] == "--version");
    if (!for_program) {
        std::error_code ignored;
        if (!words.empty() && !words[0].starts_with("-") && words[0].find_first_of("./") == std::string::npos &&
            !std::filesystem::exists(words[0], ignored)) {
            fmt::print(stderr, "There is no command \"{}\": the commands are {}. See afstudio --help.\n", words[0],
                       fmt::join(listed, ", "));
            return kWrongUsage;
        }
        words.insert(words.begin(), "view");
    }

    try {
        std::reverse(words.begin(), words.end());  // CLI11 takes them from the end
        app.parse(words);
        check_common(context.common);
    } catch (const CLI::CallForHelp&) {
        const auto chosen = app.get_subcommands();
        fmt::print("{}", chosen.empty() ? app.help() : chosen.front()->help("afstudio"));
        return kDone;
    } catch (const CLI::CallForVersion& version) {
        fmt::print("{}\n", version.what());
        return kDone;
    } catch (const CLI::ParseError& e) {
        const auto chosen = app.get_subcommands();
        std::string_view problem(e.what());
        problem = problem.substr(0, problem.find('\n'));
        if (problem.ends_with('.')) problem.remove_suffix(1);
        fmt::print(stderr, "{}. See afstudio {}--help.\n", problem,
                   chosen.empty() ? "" : chosen.front()->get_name() + " ");
        return kWrongUsage;
    }

    const std::string chosen = app.get_subcommands().front()->get_name();
    const auto command =
        std::find_if(commands.begin(), commands.end(), [&](const auto& c) { return c->name() == chosen; });
    // A file that outgrows the shell's limit is told like a full disk, instead of ending the program.
    std::signal(SIGXFSZ, SIG_IGN);
    try {
        set_log_level(context.common.quiet ? LogLevel::error : parse_log_level(context.common.log_level));
        Interrupt interrupt;
        context.stop = interrupt.token();
        use_exact_float32();
        set_compute_threads(context.common.threads);
        const int code = (*command)->run(context);
        if (std::fflush(stdout) != 0)
            throw Error(ErrorKind::file, "Could not write to standard output",
                        "the reader went away or the disk is full");
        return code;
    } catch (const CLI::ParseError& e) {  // what a command sees only when its options are together
        fmt::print(stderr, "{}. See afstudio {} --help.\n", e.what(), chosen);
        return kWrongUsage;
    } catch (...) {
        return report(current_failure("afstudio " + chosen + " failed"));
    }
}

}  // namespace afs::cli
