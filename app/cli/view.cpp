// `afstudio view`: the window; without a display, pictures instead.
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <thread>

#include "app/cli/assets.h"
#include "app/cli/command.h"
#include "app/cli/display.h"
#include "app/cli/progress_bar.h"
#include "core/analysis/average_run.h"
#include "core/analysis/equivariance_run.h"
#include "core/base/error.h"
#include "core/base/log.h"
#include "core/formats/video.h"
#include "core/model/describe.h"
#include "core/render/stills.h"

#ifdef AFS_WITH_GUI
#    include "app/gui/window.h"
#    include "core/ops/libraries.h"
#    include "core/render/film.h"
#    include "core/render/render_service.h"
#endif

namespace afs::cli {
namespace {

#ifdef AFS_WITH_GUI
// "stylegan3-t · 256² · 23.3 M parameters"
std::string describe_in_a_line(const std::filesystem::path& path) {
    const Json json = describe_network_file(path).json;
    if (json.value("kind", "") != "generator") return "no generator";
    const double parameters = json.value("num_params", 0.0);
    const std::string count = parameters < 1e4   ? fmt::format("{:.0f}", parameters)
                              : parameters < 1e6 ? fmt::format("{:.0f} k", parameters / 1e3)
                                                 : fmt::format("{:.1f} M", parameters / 1e6);
    return fmt::format("{} \u00b7 {}\u00b2 \u00b7 {} parameters", json.value("config", "custom"),
                       json.value("img_resolution", 0), count);
}
#endif

class ViewCommand final : public Command {
  public:
    [[nodiscard]] std::string name() const override { return "view"; }
    [[nodiscard]] std::string summary() const override { return "The window (also what runs without a command)"; }
    [[nodiscard]] std::string examples() const override {
        return "  afstudio\n"
               "  afstudio view ffhq.pkl --size 1600x1000\n"
               "  afstudio view ffhq.pkl --screenshot window.png\n"
               "  afstudio view ffhq.pkl --do seed=42 --do layer --screenshot layer.png --crop Canvas\n"
               "  afstudio view ffhq.pkl --frames 300 --json\n"
               "With --json: frames, pictures and their rates, and the longest frame in ms. Frames until the first "
               "picture stands\n(shaders are compiled, fonts laid out) count in longest_start_frame_ms alone. "
               "--log-level debug says where\nthe time of a frame over 100 ms went.\n";
    }

    void add_options(CLI::App& app) override {
        app.add_option("model", model_, "Network file. Default: what was open last, at first the demo model, moving");
        app.add_option("--session", session_, "Open this session; with a model named, that one instead of its own")
            ->type_name("FILE");
        app.add_flag("--fresh", fresh_, "Start with the demo model, not with what was open last");
        app.add_option("--size", size_,
                       "Size of the window in pixels. Default: that of the last time, at first 1600x1000")
            ->type_name("WxH");
        app.add_option("--screenshot", screenshot_, "Draw until the picture stands, save the window as PNG, quit")
            ->type_name("FILE");
        app.add_option("--frames", frames_, "Quit after that many frames of the window")
            ->check(CLI::Range(1, 100'000'000))
            ->type_name("N");
        app.add_option("--do", actions_, "Commands of the window, done when the picture stands: keys, scale=150, ...")
            ->type_name("WORD[=ARGUMENT]");
        app.add_option("--crop", crop_, "The panel or page that the screenshot shows: Latent, Layers, About, ...")
            ->type_name("TITLE");
        app.add_option("--pointer", pointer_, "Where the pointer rests in the screenshot, pixels of the window")
            ->type_name("X,Y");
        app.add_flag("--overwrite", overwrite_, "Replace the screenshot's file if it exists");
    }

    [[nodiscard]] int run(const Context& context) override {
        const auto [width, height] = parse_size();
        const auto pointer = parse_pointer();
        const bool demo = model_.empty() && session_.empty();
        const std::string model = demo ? demo_model_path().string() : model_;
        if (!screenshot_.empty()) check_may_write(screenshot_, overwrite_ ? Overwrite::yes : Overwrite::no);
        if (built_with_window() && !describe_display().empty())
            return open_window(context, demo ? model : "", width, height, pointer);

        const std::string why =
            built_with_window() ? "there is no display (DISPLAY is not set)" : "this build has no window (AFS_GUI=OFF)";
        if (!screenshot_.empty() || frames_ || !session_.empty())
            throw Error(ErrorKind::device, "Could not open the window", why,
                        "Start an X server, for example with xvfb-run, or use `afstudio images`, which also takes "
                        "--session.");
        fmt::print(stderr, "No window: {}. Rendering pictures of {} into out/ instead.\n", why,
                   demo ? "the demo model" : model);
        StillsResult result;
        {
            ProgressBar bar("pictures", context.common.quiet);
            result = render_preview(
                {model, "G_ema", {}}, context.device(), "out",
                Progress([&](const ProgressState& state) { bar.update(state.fraction, state.doing); }, context.stop));
        }
        for (const std::string& note : result.notes) log_warning("{}", note);
        if (context.common.json) context.print_json({{"files", result.files}, {"notes", result.notes}});
        for (const std::string& file : result.files) context.say(file);
        return 0;
    }

  private:
    std::pair<int, int> parse_size() const {
        if (size_.empty()) return screenshot_.empty() ? std::pair(0, 0) : std::pair(1600, 1000);
        int width = 0, height = 0;
        char extra = 0;
        if (std::sscanf(size_.c_str(), "%dx%d%c", &width, &height, &extra) != 2 || width < 320 || height < 240 ||
            width > 16384 || height > 16384)
            throw CLI::ValidationError(fmt::format("--size {} is not WxH with 320x240 to 16384x16384", size_));
        return {width, height};
    }

    std::optional<std::pair<int, int>> parse_pointer() const {
        if (pointer_.empty()) return std::nullopt;
        int x = 0, y = 0;
        char extra = 0;
        if (std::sscanf(pointer_.c_str(), "%d,%d%c", &x, &y, &extra) != 2 || x < 0 || y < 0)
            throw CLI::ValidationError(fmt::format("--pointer {} is not X,Y in pixels from the top left", pointer_));
        if (screenshot_.empty()) throw CLI::ValidationError("--pointer is for a --screenshot, which is not asked for");
        return std::pair(x, y);
    }

#ifdef AFS_WITH_GUI
    static std::string torch_version() {
        for (const auto& [library, version] : loaded_libraries().versions)
            if (library == "LibTorch") return version;
        return "";
    }

    int open_window(const Context& context, const std::string& demo_path, int width, int height,
                    std::optional<std::pair<int, int>> pointer) {
        WindowOptions options;
        options.session_path = session_;
        options.model_path = model_;
        options.reopen_last = !fresh_;
        options.demo_path = demo_path;
        options.width = width;
        options.height = height;
        options.screenshot = screenshot_;
        options.overwrite_screenshot = overwrite_;
        options.actions = actions_;
        options.crop = crop_;
        options.pointer = pointer;
        options.frames = frames_.value_or(0);
        options.device = context.device();
        options.device_label = device_name(options.device);
        const bool cuda = options.device.kind == Device::Kind::cuda;
        options.machine.operators = operator_paths();
        options.machine.precision = context.precision();
        options.machine.precisions = {{Precision::automatic, cuda ? "fp16" : "fp32"}, { Precision::bf16, "bf16" }};
        if (cuda) {
            options.machine.precisions.push_back({Precision::tf32, "tf32"});
            options.machine.precisions.push_back({Precision::fp32, "fp32"});
        }
        // What `auto` means has one name in the list.
        if (context.precision() == (cuda ? Precision::fp16 : Precision::fp32))
            options.machine.precision = Precision::automatic;
        options.machine.most_threads = cuda ? 0 : static_cast<int>(std::thread::hardware_concurrency());
        options.linked.push_back({"LibTorch", torch_version(), "BSD 3-clause"});
        if (built_with_cuda()) options.linked.push_back({"CUDA runtime and libraries", "", "NVIDIA's"});
        for (const auto& [library, version] : film_libraries())
            options.linked.push_back({library + " (FFmpeg)", version, film_libraries_licence()});
        options.describe_model = describe_in_a_line;
        options.measure_equivariance = [meter = std::make_shared<EquivarianceMeter>()](
                                           const EquivarianceRun& run, const Progress& progress, const auto& on_batch) {
            return meter->run(run, progress, on_batch);
        };
        options.average_spectra = average_spectra;
        options.record_film = render_film;
        options.make_source = [](std::function<void()> wake) {
            return std::make_unique<RenderService>(std::move(wake));
        };
        WindowReport report;
        const int code = run_window(options, &report);
        if (context.common.json)
            context.print_json({{"frames", report.frames},
                                {"pictures", report.pictures},
                                {"seconds", report.seconds},
                                {"frames_per_second", report.seconds > 0 ? report.frames / report.seconds : 0.0},
                                {"pictures_per_second",
                                 report.seconds > 0 ? static_cast<double>(report.pictures) / report.seconds : 0.0},
                                {"longest_frame_ms", report.longest_frame_ms},
                                { "longest_start_frame_ms",
                                  report.longest_start_frame_ms }});
        return code;
    }
#else
    int open_window(const Context&, const std::string&, int, int, std::optional<std::pair<int, int>>) { return 1; }
#endif

    std::string model_, session_, size_, screenshot_, crop_, pointer_;
    std::vector<std::string> actions_;
    std::optional<int> frames_;
    bool overwrite_ = false, fresh_ = false;
};

}  // namespace

std::unique_ptr<Command> make_view_command() { return std::make_unique<ViewCommand>(); }

}  // namespace afs::cli
