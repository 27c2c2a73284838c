// `afstudio info`: what this program is and what it runs on; what to send with a report.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/cli/command.h"
#include "app/cli/display.h"
#include "core/base/version.h"
#include "core/formats/video.h"
#include "core/ops/libraries.h"

namespace afs::cli {
namespace {

class InfoCommand final : public Command {
  public:
    [[nodiscard]] std::string name() const override { return "info"; }
    [[nodiscard]] std::string summary() const override {
        return "Version, build, devices, kernel path per operator, libraries, display";
    }
    [[nodiscard]] std::string examples() const override { return "  afstudio info --json\n"; }
    void add_options(CLI::App&) override {}

    [[nodiscard]] int run(const Context& context) override {
        const Libraries libraries = loaded_libraries();
        Json devices = Json::array();
        for (const DeviceInfo& device : cuda_devices())
            devices.push_back(
                {{"device", device_name(device.device)}, {"name", device.name}, {"memory_bytes", device.memory_bytes}});
        Json operators = Json::object();
        for (const auto& [op, path] : operator_paths()) operators[op] = path;
        Json library_versions = Json::object();
        for (const auto& [library, version] : libraries.versions) library_versions[library] = version;
        for (const auto& [library, version] : film_libraries()) library_versions[library] = version;
        std::vector<std::string> codecs;
        for (const FilmCodec codec : available_film_codecs()) codecs.push_back(film_codec_name(codec));
        const std::string display = describe_display();
        const Json document = {
            {"version", kVersion},
            {"cuda", {{"built", built_with_cuda()}, {"available", !devices.empty()}, {"devices", devices}}},
            {"display", display.empty() ? Json() : Json(display)},
            {"gui", built_with_window()},
            {"threads", compute_threads()},
            {"simd", libraries.simd},
            {"operators", operators},
            {"film", {{"codecs", codecs}, {"libraries_licence", film_libraries_licence()}}},
            {"libraries", library_versions}};
        if (context.common.json) {
            context.print_json(document);
            return 0;
        }
        context.say(fmt::format("Alias-Free Studio {}", kVersion));
        context.say(fmt::format("CUDA       {}",
                                !built_with_cuda() ? "not in this build: everything runs on the CPU"
                                : devices.empty()
                                    ? "in this build, but no device was found: everything runs on the CPU"
                                    : fmt::format("{} device{}", devices.size(), devices.size() == 1 ? "" : "s")));
        for (const Json& device : devices)
            context.say(fmt::format("           {} {}, {:.1f} GiB", device["device"].get<std::string>(),
                                    device["name"].get<std::string>(),
                                    device["memory_bytes"].get<double>() / (1 << 30)));
        context.say(fmt::format("Display    {}", !built_with_window() ? "this build has no window"
                                                 : display.empty()    ? "none: `view` renders pictures instead"
                                                                      : display));
        context.say(fmt::format("CPU        {} threads, {}", compute_threads(), libraries.simd));
        for (const auto& [op, path] : operator_paths()) context.say(fmt::format("Operator   {}: {}", op, path));
        context.say(fmt::format("Films      {}", fmt::join(codecs, ", ")));
        for (const auto& [library, version] : libraries.versions)
            context.say(fmt::format("Library    {} {}", library, version));
        for (const auto& [library, version] : film_libraries())
            context.say(fmt::format("Library    {} {} ({})", library, version, film_libraries_licence()));
        return 0;
    }
};

}  // namespace

std::unique_ptr<Command> make_info_command() { return std::make_unique<InfoCommand>(); }

}  // namespace afs::cli
