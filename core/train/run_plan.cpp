#include "core/train/run_plan.h"

#include <fmt/format.h>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/version.h"
#include "core/data/data_set.h"
#include "core/model/tensor_plan.h"
#include "core/train/checkpoint.h"
#include "core/train/run_directory.h"

namespace afs {

DataSet open_data(const RunOptions& options) {
    if (options.data.empty())
        throw Error(ErrorKind::argument, "Training cannot begin", "no data set was given",
                    "Give --data: a folder or a ZIP archive of pictures (see `afstudio dataset`).");
    return DataSet(
        options.data,
        {.random_seed = options.request.seed, .xflip = options.request.mirror, .use_labels = options.request.cond});
}

RunPlan plan_for(const RunOptions& options, const DataSet& set) {
    RunPlan plan;
    plan.config = resolve_training(options.request, {set.name(), set.resolution(), set.channels(), set.label_dim()});
    if (options.precision != Precision::automatic) plan.config.trainer.loss.precision = options.precision;
    plan.config.trainer.loss.grad_checkpoint = options.grad_checkpoint;
    plan.data = {{"name", set.name()},
                 {"resolution", set.resolution()},
                 {"channels", set.channels()},
                 {"label_dim", set.label_dim()},
                 {"pictures", set.size()}};
    plan.g_params = count_parameters(plan.config.g);
    for (const TensorPlan& tensor : plan_tensors(plan.config.d))
        if (tensor.parameter) plan.d_params += tensor.numel();
    return plan;
}

Json options_document(const RunOptions& options, const RunPlan& plan) {
    return {{"version", 1},
            {"program", std::string("afstudio ") + kVersion},
            {"options", to_json(options)},
            {"data", plan.data},
            {"resolved", to_json(plan.config)}};
}

Json read_options_document(const std::filesystem::path& run) {
    const std::string tried = fmt::format("Could not continue {}", run.string());
    std::error_code ignored;
    if (!std::filesystem::is_directory(run, ignored))
        throw Error(ErrorKind::file, tried, "there is no such folder", "Give the folder of a run.");
    if (!std::filesystem::exists(run / "options.json", ignored))
        throw Error(ErrorKind::file, tried, "it holds no options.json: it is not the folder of a run",
                    "Give the folder that `afstudio train` made, like runs/00000-stylegan3-t-....");
    Json json = parse_json(read_text_file(run / "options.json"), tried);
    if (!json.is_object() || !json.contains("options") || !json["options"].is_object() || !json.contains("data"))
        throw Error(ErrorKind::format, tried, "its options.json is not of this program", "Start a run of its own.");
    return json;
}

RunPlan plan_run(const RunOptions& options) { return plan_for(options, open_data(options)); }

RunOptions read_run_options(const std::filesystem::path& run) {
    return run_options_from_json(read_options_document(run)["options"],
                                 fmt::format("Could not continue {}", run.string()));
}

std::optional<std::filesystem::path> run_to_continue(const std::filesystem::path& outdir, const RunOptions& options) {
    const Json now = to_json(options), data = plan_run(options).data;
    for (const std::filesystem::path& run : runs_under(outdir)) try {
            const Json document = read_options_document(run);
            if (document["data"] == data && differences(document["options"], now).empty() && newest_checkpoint(run))
                return run;
        } catch (const Error& e) {
            log_debug("{}", e.what());  // not a run of this program
        }
    return {};
}

}  // namespace afs
