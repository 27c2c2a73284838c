// `afstudio dataset`: makes data sets, and says what is wrong with them.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "app/cli/command.h"
#include "app/cli/parse.h"
#include "app/cli/progress_bar.h"
#include "core/base/error.h"
#include "core/base/log.h"
#include "core/data/check.h"
#include "core/data/demo.h"
#include "core/data/import.h"

namespace afs::cli {
namespace {

class DatasetCommand final : public Command {
  public:
    [[nodiscard]] std::string name() const override { return "dataset"; }
    [[nodiscard]] std::string summary() const override { return "Make data sets, and check them"; }
    [[nodiscard]] std::string examples() const override {
        return "  afstudio dataset import photos faces-256.zip --transform center-crop --resolution 256x256\n"
               "  afstudio dataset import cifar-10-python.tar.gz cifar10.zip\n"
               "  afstudio dataset check faces-256.zip\n"
               "  afstudio dataset demo demo-128.zip --num 5000 --resolution 128\n"
               "`afstudio dataset import --help` and so on explain each of them.";
    }

    void add_options(CLI::App& app) override {
        app.require_subcommand(1);
        app.fallthrough();  // the common options may stand at the end
        import_ = app.add_subcommand("import", "Pictures of any kind as a data set: cropped, resized, numbered");
        import_->fallthrough();
        import_
            ->add_option(
                "src", path_,
                "A folder (with those in it) or a ZIP archive of PNG and JPEG pictures, with labels in a "
                "dataset.json where there are any; cifar-10-python.tar.gz; train-images-idx3-ubyte.gz of MNIST "
                "with its labels beside it")
            ->required()
            ->type_name("SRC");
        import_
            ->add_option("dest", destination_, "The data set: a ZIP archive where the name ends in .zip, else a folder")
            ->required()
            ->type_name("DEST");
        import_
            ->add_option("--transform", transform_,
                         "center-crop: the largest square in the middle. center-crop-wide: a band of the wanted shape "
                         "on a black square; pictures smaller than it are dropped. Default: none")
            ->check(CLI::IsMember({"center-crop", "center-crop-wide"}))
            ->type_name("NAME");
        import_
            ->add_option("--resolution", resolution_,
                         "Pixels, as in 256x256; wide crops as in 512x384. Default: as the pictures are")
            ->type_name("WxH");
        import_->add_option("--max-images", max_images_, "Read so many pictures at most. Default: all")
            ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 40))
            ->type_name("N");
        import_->add_flag("--flatten", flatten_,
                          "Put pictures with transparency onto white. Default: they are refused");
        import_->add_flag("--overwrite", overwrite_, "Replace a ZIP archive that exists; a folder never is");
        import_->footer(
            "Common options (--threads, --json, --quiet, ...): afstudio dataset --help\n"
            "Example: afstudio dataset import photos faces.zip --transform center-crop --resolution 256x256");

        check_ = app.add_subcommand("check", "Everything that is wrong with a data set, each file by its name");
        check_->fallthrough();
        check_->add_option("data", path_, "A folder or a ZIP archive")->required()->type_name("DATA");
        check_->footer(
            "Ends with 1 where there are problems. Common options: afstudio dataset --help\n"
            "Example: afstudio dataset check faces.zip --json");

        demo_ = app.add_subcommand("demo", "Pictures of invented faces, drawn from a seed: something to train on");
        demo_->fallthrough();
        demo_
            ->add_option("dest", destination_, "The data set: a ZIP archive where the name ends in .zip, else a folder")
            ->required()
            ->type_name("DEST");
        demo_->add_option("--num", num_, "Pictures. Default: 1000")
            ->check(CLI::Range(std::int64_t{1}, std::int64_t{100'000'000}))
            ->type_name("N");
        demo_
            ->add_option("--resolution", demo_resolution_,
                         "Pixels a side, a power of two from 16 to 4096. Default: 128")
            ->type_name("N");
        demo_
            ->add_option("--seed", seed_,
                         "Another seed, other faces; a larger --num begins with the same ones. Default: 0")
            ->type_name("SEED");
        demo_->add_flag("--overwrite", overwrite_, "Replace a ZIP archive that exists; a folder never is");
        demo_->footer(
            "Common options (--threads, --json, --quiet, ...): afstudio dataset --help\n"
            "Example: afstudio dataset demo demo.zip --num 5000 --resolution 128 --seed 1");
    }

    [[nodiscard]] int run(const Context& context) override {
        if (import_->parsed()) return run_import(context);
        if (demo_->parsed()) return run_demo(context);
        return run_check(context);
    }

  private:
    [[nodiscard]] int run_import(const Context& context) const {
        if (destination_.empty()) throw CLI::ValidationError("DEST is empty: give the data set a name");
        ImportOptions options;
        if (transform_ == "center-crop") options.transform = ImportTransform::center_crop;
        if (transform_ == "center-crop-wide") options.transform = ImportTransform::center_crop_wide;
        if (!resolution_.empty()) {
            std::string size = resolution_;
            std::ranges::replace(size, ',', 'x');
            options.resolution = parse_size("--resolution", size);
        }
        options.max_images = max_images_;
        options.flatten = flatten_;
        options.overwrite = overwrite_ ? Overwrite::yes : Overwrite::no;
        options.threads = compute_threads();
        ImportResult result;
        {
            ProgressBar bar("import", context.common.quiet);
            result = import_data_set(
                path_, destination_, options,
                Progress([&](const ProgressState& s) { bar.update(s.fraction, s.doing); }, context.stop));
        }
        for (const std::string& warning : result.warnings) log_warning("{}", warning);
        Json dropped = Json::array();
        for (const DroppedPicture& picture : result.dropped)
            dropped.push_back({{"file", picture.file}, {"why", picture.why}});
        if (context.common.json)
            context.print_json({{"data", destination_},
                                {"pictures", result.pictures},
                                {"resolution", result.resolution},
                                {"channels", result.channels},
                                {"labels", result.labels},
                                {"dropped", dropped},
                                {"warnings", result.warnings}});
        for (const DroppedPicture& picture : result.dropped)
            context.say(fmt::format("dropped {}: {}", picture.file, picture.why));
        context.say(fmt::format("{}: {} pictures, {} x {}, {}, {}{}", destination_, result.pictures, result.resolution,
                                result.resolution, result.channels == 1 ? "gray" : "RGB",
                                result.labels ? "labelled" : "without labels",
                                result.dropped.empty() ? "" : fmt::format("; {} dropped", result.dropped.size())));
        return 0;
    }

    [[nodiscard]] int run_check(const Context& context) const {
        DataCheck check;
        {
            ProgressBar bar("check", context.common.quiet);
            check = check_data_set(
                path_, compute_threads(),
                Progress([&](const ProgressState& s) { bar.update(s.fraction, s.doing); }, context.stop));
        }
        std::map<std::string, std::int64_t> kinds;
        Json problems = Json::array();
        for (const DataProblem& problem : check.problems) {
            ++kinds[problem.kind];
            problems.push_back({{"file", problem.file.empty() ? Json() : Json(problem.file)},
                                {"kind", problem.kind},
                                {"what", problem.what}});
        }
        if (context.common.json)
            context.print_json({{"data", path_},
                                {"ok", check.problems.empty()},
                                {"pictures", check.pictures},
                                {"resolution", check.resolution},
                                {"channels", check.channels},
                                {"label_dim", check.label_dim},
                                {"problems", problems}});
        for (const DataProblem& problem : check.problems)
            context.say(fmt::format("{}: {}", problem.file.empty() ? path_ : problem.file, problem.what));
        const std::string summary =
            check.resolution == 0
                ? fmt::format("{}: {} pictures", path_, check.pictures)
                : fmt::format(
                      "{}: {} pictures, {} x {}, {}, {}", path_, check.pictures, check.resolution, check.resolution,
                      check.channels == 1 ? "gray" : "RGB",
                      check.label_dim == 0 ? "without labels" : fmt::format("labels of length {}", check.label_dim));
        if (check.problems.empty()) {
            context.say(summary + ": nothing is wrong");
            return 0;
        }
        std::string counts;
        for (const auto& [kind, count] : kinds)
            counts += fmt::format("{}{} {}", counts.empty() ? "" : ", ", count, kind);
        context.say(fmt::format("{}: {} problem{} ({})", summary, check.problems.size(),
                                check.problems.size() == 1 ? "" : "s", counts));
        return 1;
    }

    [[nodiscard]] int run_demo(const Context& context) const {
        if (destination_.empty()) throw CLI::ValidationError("DEST is empty: give the data set a name");
        DemoOptions options;
        options.pictures = num_;
        options.resolution = parse_whole("--resolution", demo_resolution_);
        options.seed = parse_seed_option("--seed", seed_);
        options.threads = compute_threads();
        options.overwrite = overwrite_ ? Overwrite::yes : Overwrite::no;
        {
            ProgressBar bar("demo", context.common.quiet);
            make_demo_set(destination_, options,
                          Progress([&](const ProgressState& s) { bar.update(s.fraction, s.doing); }, context.stop));
        }
        if (context.common.json)
            context.print_json({{"data", destination_},
                                {"pictures", options.pictures},
                                {"resolution", options.resolution},
                                {"seed", options.seed}});
        context.say(fmt::format("{}: {} pictures, {} x {}, RGB, of seed {}", destination_, options.pictures,
                                options.resolution, options.resolution, options.seed));
        return 0;
    }

    CLI::App *import_ = nullptr, *check_ = nullptr, *demo_ = nullptr;
    std::string path_, destination_, transform_, resolution_;
    std::string demo_resolution_ = "128", seed_ = "0";
    std::int64_t num_ = 1000;
    std::optional<std::int64_t> max_images_;
    bool flatten_ = false, overwrite_ = false;
};

}  // namespace

std::unique_ptr<Command> make_dataset_command() { return std::make_unique<DatasetCommand>(); }

}  // namespace afs::cli
