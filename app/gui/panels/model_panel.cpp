#include <fmt/format.h>
#include <imgui.h>
#include <imgui_internal.h>

#include <algorithm>
#include <vector>

#include "app/gui/panels/model_browser.h"
#include "app/gui/panels/panels.h"
#include "app/gui/scene_words.h"
#include "app/gui/widgets/controls.h"
#include "app/gui/widgets/number.h"
#include "app/gui/widgets/typed_field.h"

namespace afs::gui {
namespace {

std::string count_text(std::int64_t n) {
    if (n >= 10'000'000) return fmt::format("{:.1f} M", static_cast<double>(n) / 1e6);
    if (n >= 1'000'000) return fmt::format("{:.2f} M", static_cast<double>(n) / 1e6);
    if (n >= 10'000) return fmt::format("{:.0f} k", static_cast<double>(n) / 1e3);
    return fmt::format("{}", n);
}

void draw_recent(const char* name, const FrameInfo& info, Commands& commands, std::size_t most) {
    const Scope scope(name);
    for (std::size_t i = 0; i < std::min(info.recent_files.size(), most); ++i) {
        const std::string& path = info.recent_files[i];
        if (model_row(path, info, info.network && info.network->model.path == path))
            commands.run(ActionId::open_model, path);
    }
}

void draw_buttons(const FrameInfo& info, Commands& commands) {
    button_row(2, [&](std::size_t i, float width) {
        if (i == 0) {
            if (button("Open\u2026",
                       {.tooltip =
                            "Opens a network file (.pkl, .pt, .safetensors). Files may also be dropped on the window.",
                        .key = "Ctrl+O",
                        .width = width}))
                commands.run(ActionId::open_dialog);
            return;
        }
        const DisabledBecause none(info.recent_files.empty() ? "Nothing was opened yet." : "");
        if (button("Recent\u2026", {.tooltip = "Files opened lately.", .width = width})) ImGui::OpenPopup("recent");
    });
    ImGui::SetNextWindowSizeConstraints({px(320), 0}, {px(320), px(420)});
    if (ImGui::BeginPopup("recent")) {
        draw_recent("Recent", info, commands, info.recent_files.size());
        ImGui::EndPopup();
    }
}

void draw_loading(const FrameInfo& info, Commands& commands) {
    const bool known = info.activity && info.activity->loading;
    const double fraction = known ? info.activity->fraction : -1.0;
    if (progress_row(known ? info.activity->doing : "Opening " + file_name(info.opening), fraction,
                     {.tooltip = "Keeps the model that is shown."}))
        commands.run(ActionId::cancel_loading);
}

// --- Classes --------------------------------------------------------------------------------------------------------

enum ClassChoice { kBySeed, kOne, kBlend };

ClassChoice class_choice(const Latent& latent) {
    return !latent.class_weights.empty() ? kBlend : latent.class_index ? kOne : kBySeed;
}

// What was chosen goes on as far as it can: one class is a blend of one, a blend's heaviest is one.
void choose_classes(Latent& latent, ClassChoice to) {
    const auto heaviest = std::max_element(latent.class_weights.begin(), latent.class_weights.end(),
                                           [](const auto& a, const auto& b) { return a.weight < b.weight; });
    const int present = heaviest != latent.class_weights.end() ? heaviest->index : latent.class_index.value_or(0);
    latent.class_weights.clear();
    latent.class_index.reset();
    if (to == kOne) latent.class_index = present;
    if (to == kBlend) latent.class_weights = {{present, 1.0}};
}

// Returns whether the row stays.
bool draw_class_row(std::vector<ClassWeight>& weights, std::size_t row, int c_dim) {
    const std::string name = fmt::format("Class {}", row + 1);
    const Scope scope(name.c_str());
    row_label(row == 0 ? "Weights" : "", row == 0);
    const float between = px(4), remove_width = ImGui::GetFrameHeight();
    ClassWeight& entry = weights[row];
    index_field("Index", entry.index, c_dim, "class", {.tooltip = "A class of the blend.", .width = px(64)});
    ImGui::SameLine(0, between);
    number("Weight", entry.weight,
           {.min = 0,
            .max = 1,
            .reset = 1,
            .step = 0.05,
            .unbounded = true,
            .tooltip = "How much of this class is in the label. Weights need not sum to 1.",
            .origin = 0.0,
            .labelled = false,
            .width = ImGui::GetContentRegionAvail().x - remove_width - between});
    ImGui::SameLine(0, between);
    const DisabledBecause only_one(weights.size() == 1 ? "One class must stay." : "");
    const bool stays = !button(
        "\u00d7##Remove", {.tooltip = "Takes this class out of the blend.", .width = remove_width, .name = "Remove"});
    typed_problem();
    return stays;
}

void draw_class_weights(std::vector<ClassWeight>& weights, int c_dim) {
    std::size_t removed = weights.size();
    for (std::size_t row = 0; row < weights.size(); ++row)
        if (!draw_class_row(weights, row, c_dim)) removed = row;
    if (removed < weights.size()) weights.erase(weights.begin() + static_cast<std::ptrdiff_t>(removed));
    row_label("");
    if (!button("Add a class", {.tooltip = "Blends in the next class."})) return;
    weights.push_back({(weights.back().index + 1) % c_dim, 1.0});
}

void draw_class(Scene& scene, const NetworkInfo& network) {
    Latent& latent = scene.latent;
    const bool from_w = std::holds_alternative<LatentW>(latent.source);
    const DisabledBecause no_use(network.c_dim <= 0 ? "This network knows no classes."
                                 : from_w           ? "A w from a file has its class in it."
                                                    : "");
    int way = class_choice(latent);
    constexpr const char* kWays[] = {"By seed", "One", "Blend"};
    {
        const FieldScope field("latent.class");
        if (choice("Class", way, kWays,
                   "By seed: each seed brings its own class, as in the official scripts. One: the same for every "
                   "seed. Blend: a weighted sum of several."))
            choose_classes(latent, static_cast<ClassChoice>(way));
    }
    if (network.c_dim <= 0) return;
    const Scope scope("Class");
    if (latent.class_index && latent.class_weights.empty()) {
        const FieldScope field("latent.class");
        row_label("Index", true);
        index_field("Index", *latent.class_index, network.c_dim, "class", {.tooltip = "The class of the picture."});
        typed_problem();
    } else if (!latent.class_weights.empty()) {
        draw_class_weights(latent.class_weights, network.c_dim);
    }
}

// --- What is inside -------------------------------------------------------------------------------------------------

// The file's generators side by side; what else it holds is only told.
void draw_networks(const NetworkInfo& network, Commands& commands) {
    const auto names = generators_of(network);
    if (names.size() > 1) {
        std::vector<const char*> options;
        for (const std::string& name : names) options.push_back(name.c_str());
        int shown = static_cast<int>(std::find(names.begin(), names.end(), network.model.which) - names.begin());
        if (choice(
                "Network", shown, options,
                "Which generator of the file is shown. G_ema: the average of the training, which is what people use. "
                "G: the newest state."))
            commands.run(ActionId::open_network, names[static_cast<std::size_t>(shown)]);
    }
    std::string others;
    for (const std::string& name : network.other_networks)
        if (std::find(names.begin(), names.end(), name) == names.end()) others += (others.empty() ? "" : ", ") + name;
    if (!others.empty()) fact("Also inside", others);
}

void draw_facts(const NetworkInfo& network) {
    fact("File", network.title);
    ImGui::PushID("facts");
    tooltip(network.model.path.c_str(),
            network.model.sha256.empty() ? "" : ("SHA-256 " + network.model.sha256.substr(0, 16) + "\u2026").c_str());
    ImGui::PopID();
    fact("Config", fmt::format("{} \u00b7 {}", network.config, network.model.which));
    fact("Picture", fmt::format("{0} \u00d7 {0} \u00b7 {1}", network.img_resolution,
                                network.img_channels == 1   ? "gray"
                                : network.img_channels == 3 ? "RGB"
                                                            : fmt::format("{} channels", network.img_channels)));
    fact("Latent", fmt::format("z {} \u00b7 w {} \u00d7 {}", network.z_dim, network.num_ws, network.w_dim));
    fact("Format", network.format);
    fact("Parameters", fmt::format("{} in {} tensors", count_text(network.num_params), network.num_tensors));
    if (network.c_dim > 0) fact("Classes", fmt::format("{}", network.c_dim));
}

bool begin_part(const char* name, bool open_at_first) {
    ImGui::PushStyleColor(ImGuiCol_Text, colour::kQuiet);
    ImGui::SetNextItemOpen(open_at_first, ImGuiCond_Once);
    const bool open = ImGui::TreeNodeEx(name, ImGuiTreeNodeFlags_NoTreePushOnOpen | ImGuiTreeNodeFlags_SpanAvailWidth);
    ImGui::PopStyleColor();
    ui().registry.add_last_item(name, ControlKind::section);
    return open;
}

void draw_training_options(const Json& options) {
    if (!options.is_object() || options.empty()) return;
    if (!begin_part("Training set", false)) return;
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
        constexpr std::size_t kMostRecent = 3;
        draw_recent("Opened lately", info, commands, kMostRecent);
        // Open here and closed beside a model: two lists for what ImGui remembers.
        ImGui::PushID("empty");
        const bool open = begin_part("Files", true);
        ImGui::PopID();
        if (open) draw_model_browser(workspace.model, info, commands);
        return;
    }
    const NetworkInfo& network = *info.network;
    if (!network.label.empty()) fact("Label", network.label, colour::kWarning);
    draw_facts(network);
    draw_networks(network, commands);
    draw_class(scene, network);
    for (const std::string& warning : network.warnings) coloured_text(warning, colour::kWarning);
    draw_training_options(network.training_set_kwargs);
    if (begin_part("Files", false)) draw_model_browser(workspace.model, info, commands);
}

}  // namespace afs::gui
