#include <fmt/format.h>
#include <imgui.h>
#include <imgui_internal.h>
#include <misc/cpp/imgui_stdlib.h>

#include "app/gui/panels/panels.h"
#include "app/gui/scene_words.h"
#include "app/gui/widgets/controls.h"
#include "app/gui/widgets/number.h"
#include "app/gui/widgets/number_text.h"

namespace afs::gui {
namespace {

std::string count_text(std::int64_t n) {
    if (n >= 10'000'000) return fmt::format("{:.1f} M", static_cast<double>(n) / 1e6);
    if (n >= 1'000'000) return fmt::format("{:.2f} M", static_cast<double>(n) / 1e6);
    if (n >= 10'000) return fmt::format("{:.0f} k", static_cast<double>(n) / 1e3);
    return fmt::format("{}", n);
}

void draw_buttons(const FrameInfo& info, Commands& commands) {
    if (button("Open\u2026",
               {.tooltip = "Opens a network file (.pkl, .pt, .safetensors). Files may also be dropped on the window.",
                .key = "Ctrl+O"}))
        commands.run(ActionId::open_dialog);
    ImGui::SameLine();
    const DisabledBecause none(info.recent_files.empty() ? "Nothing was opened yet." : "");
    if (button("Recent\u2026", {.tooltip = "Files opened lately."})) ImGui::OpenPopup("recent");
    if (ImGui::BeginPopup("recent")) {
        for (std::size_t i = 0; i < info.recent_files.size(); ++i) {
            const std::string& path = info.recent_files[i];
            ImGui::PushID(static_cast<int>(i));
            if (ImGui::MenuItem(file_name(path).c_str())) commands.run(ActionId::open_model, path);
            ui().registry.add_last_item(file_name(path), ControlKind::menu);
            tooltip(path.c_str());
            ImGui::PopID();
        }
        ImGui::EndPopup();
    }
}

void draw_loading(const FrameInfo& info, Commands& commands) {
    const bool known = info.activity && info.activity->loading;
    const double fraction = known ? info.activity->fraction : -1.0;
    quiet_text(known ? info.activity->doing : "Opening " + file_name(info.opening));
    const float cancel_width = px(64);
    ImGui::PushStyleColor(ImGuiCol_PlotHistogram, colour::kFill);
    ImGui::ProgressBar(fraction >= 0 ? static_cast<float>(fraction) : -static_cast<float>(info.now_s),
                       {ImGui::GetContentRegionAvail().x - cancel_width - ImGui::GetStyle().ItemSpacing.x, 0},
                       fraction >= 0 ? fmt::format("{:.0f} %", fraction * 100).c_str() : "");
    ImGui::PopStyleColor();
    ImGui::SameLine();
    if (button("Cancel", {.tooltip = "Keeps the model that is shown.", .width = cancel_width}))
        commands.run(ActionId::cancel_loading);
}

void draw_class(Scene& scene, Workspace& workspace, const NetworkInfo& network) {
    const DisabledBecause unconditional(network.c_dim > 0 ? "" : "This network knows no classes.");
    const bool by_seed = !scene.latent.class_index;
    const Scope scope("Class");
    row_label("Class", !by_seed);
    const float button_width = px(64);
    if (button("By seed", {.tooltip = "Each seed brings its own class, as in the official scripts.",
                           .width = button_width,
                           .lit = by_seed && network.c_dim > 0})) {
        scene.latent.class_index.reset();
        workspace.class_problem.clear();
    }
    if (network.c_dim <= 0) return;
    ImGui::SameLine();
    ImGui::SetNextItemWidth(ImGui::GetContentRegionAvail().x);
    int index = scene.latent.class_index.value_or(-1);
    if (ImGui::GetActiveID() != ImGui::GetID("##index")) workspace.class_text = index >= 0 ? std::to_string(index) : "";
    if (ImGui::InputTextWithHint("##index", fmt::format("0 to {}", network.c_dim - 1).c_str(), &workspace.class_text,
                                 ImGuiInputTextFlags_EnterReturnsTrue)) {
        const auto typed = parse_typed_number(workspace.class_text);
        if (typed && typed->value >= 0 && typed->value < network.c_dim &&
            typed->value == static_cast<int>(typed->value)) {
            scene.latent.class_index = static_cast<int>(typed->value);
            workspace.class_problem.clear();
        } else {
            workspace.class_problem = fmt::format("A class is a whole number from 0 to {}.", network.c_dim - 1);
        }
    }
    ui().registry.add_last_item("Index", ControlKind::text);
    tooltip("The class of the picture.", "default: by seed");
    if (!workspace.class_problem.empty()) coloured_text(workspace.class_problem, colour::kError);
}

void draw_facts(const NetworkInfo& network) {
    fact("File", network.title);
    ImGui::PushID("facts");
    tooltip(network.model.path.c_str(),
            network.model.sha256.empty() ? "" : ("SHA-256 " + network.model.sha256.substr(0, 16) + "\u2026").c_str());
    ImGui::PopID();
    fact("Network", fmt::format("{} \u00b7 {}", network.config, network.model.which));
    fact("Picture", fmt::format("{0} \u00d7 {0} \u00b7 {1}", network.img_resolution,
                                network.img_channels == 1   ? "gray"
                                : network.img_channels == 3 ? "RGB"
                                                            : fmt::format("{} channels", network.img_channels)));
    fact("Latent", fmt::format("z {} \u00b7 w {} \u00d7 {}", network.z_dim, network.num_ws, network.w_dim));
    fact("Parameters", fmt::format("{} \u00b7 {}", count_text(network.num_params), network.format));
    if (network.c_dim > 0) fact("Classes", fmt::format("{}", network.c_dim));
    if (!network.other_networks.empty()) {
        std::string others;
        for (const std::string& name : network.other_networks) others += (others.empty() ? "" : ", ") + name;
        fact("Also inside", others);
    }
}

void draw_training_options(const Json& options) {
    if (!options.is_object() || options.empty()) return;
    ImGui::PushStyleColor(ImGuiCol_Text, colour::kQuiet);
    const bool open =
        ImGui::TreeNodeEx("Training set", ImGuiTreeNodeFlags_NoTreePushOnOpen | ImGuiTreeNodeFlags_SpanAvailWidth);
    ImGui::PopStyleColor();
    ui().registry.add_last_item("Training set", ControlKind::section);
    if (!open) return;
    for (const auto& [key, value] : options.items())
        fact(key.c_str(),
             value.is_string() ? value.get<std::string>() : value.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace

void draw_model_panel(Scene& scene, Workspace& workspace, const FrameInfo& info, Commands& commands) {
    draw_buttons(info, commands);
    if (!info.opening.empty()) draw_loading(info, commands);
    if (!info.network) {
        if (info.opening.empty()) quiet_text("No model yet: drop a .pkl, .pt or .safetensors here, or press Ctrl+O.");
        return;
    }
    const NetworkInfo& network = *info.network;
    if (!network.label.empty()) fact("Label", network.label, colour::kWarning);
    draw_facts(network);
    draw_class(scene, workspace, network);
    for (const std::string& warning : network.warnings) coloured_text(warning, colour::kWarning);
    draw_training_options(network.training_set_kwargs);
}

}  // namespace afs::gui
