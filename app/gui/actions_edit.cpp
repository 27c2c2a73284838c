// The Edit menu, and what changes the scene by name.
#include "app/gui/action_rows.h"
#include "app/gui/app.h"
#include "core/base/random_state.h"

namespace afs::gui {
namespace {

const char* without_a(const App& app) { return app.a() ? "" : "Nothing was kept as A yet."; }

const char* why_not_to_a(const App& app) {
    if (!app.a()) return without_a(app);
    const ModelRef &there = app.a()->scene.model, &here = app.scene().model;
    return there.path == here.path && there.which == here.which ? ""
                                                                : "A is a picture of another model: open that first.";
}

std::vector<Choice> history_entries(const App& app) {
    constexpr std::size_t kMost = 40;
    const auto& entries = app.history().entries();
    std::vector<Choice> choices;
    for (std::size_t i = entries.size(); i-- > (entries.size() > kMost ? entries.size() - kMost : 0);)
        choices.push_back({entries[i].name, std::to_string(i), i == app.history().position()});
    return choices;
}

std::optional<Choice> seed_typed(const std::string& text) {
    if (text.empty() || text.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
    try {
        const std::string seed = std::to_string(parse_seed(text));
        return Choice{seed, seed};
    } catch (const Error&) {
        return std::nullopt;  // too large for a seed
    }
}

const Action kActions[] = {
    {.id = ActionId::undo,
     .word = "undo",
     .name = "Undo",
     .run = [](App& app, const std::string&) { app.undo(); },
     .menu = Menu::edit,
     .key = kCtrl | ImGuiKey_Z,
     .repeats = true,
     .why_not = [](const App& app) { return app.history().can_undo() ? "" : "Nothing was changed yet."; }},
    {.id = ActionId::redo,
     .word = "redo",
     .name = "Redo",
     .run = [](App& app, const std::string&) { app.redo(); },
     .menu = Menu::edit,
     .key = kCtrl | kShift | ImGuiKey_Z,
     .repeats = true,
     .why_not = [](const App& app) { return app.history().can_redo() ? "" : "Nothing was undone."; }},
    {.id = ActionId::go_to_history,
     .word = "history",
     .name = "History",
     .run = [](App& app, const std::string& index) { app.go_to_history(std::stoul(index)); },
     .menu = Menu::edit,
     .choices = history_entries},
    {.id = ActionId::copy_command,
     .word = "copy-command",
     .name = "Copy as command",
     .run = [](App& app, const std::string&) { app.copy_command(); },
     .menu = Menu::edit,
     .key = kCtrl | ImGuiKey_C,
     .separator_before = true,
     .tooltip = "The command line that renders this picture.",
     .why_not = without_picture},
    {.id = ActionId::copy_picture,
     .word = "copy-picture",
     .name = "Copy picture",
     .run = [](App& app, const std::string&) { app.copy_picture(); },
     .menu = Menu::edit,
     .key = kCtrl | kShift | ImGuiKey_C,
     .tooltip = "As an image, for other programs.",
     .why_not = without_picture},
    {.id = ActionId::use_as_a,
     .word = "use-as-a",
     .name = "Use as A (compare)",
     .run = [](App& app, const std::string&) { app.use_as_a(); },
     .menu = Menu::edit,
     .key = kShift | ImGuiKey_A,
     .separator_before = true,
     .tooltip = "Keeps what the canvas shows, to compare it with what comes.",
     .why_not = without_picture},
    {.id = ActionId::show_a,
     .word = "show-a",
     .name = "Show A, or go back",
     .run = [](App& app, const std::string&) { app.show_a_or_back(); },
     .menu = Menu::edit,
     .key = ImGuiKey_A,
     .why_not = without_a,
     .ticked = [](const App& app) { return app.showing_a(); }},
    {.id = ActionId::go_to_a,
     .word = "go-to-a",
     .name = "Go back to A",
     .run = [](App& app, const std::string&) { app.go_to_a(); },
     .menu = Menu::edit,
     .tooltip = "Everything becomes as it was when A was kept.",
     .why_not = why_not_to_a},
    {.id = ActionId::random_latent,
     .word = "random-seed",
     .name = "Random seed",
     .run = [](App& app, const std::string&) { app.go_to_random_seed(); },
     .menu = Menu::edit,
     .key = ImGuiKey_N,
     .separator_before = true,
     .why_not = without_picture},
    {.id = ActionId::go_to_seed,
     .word = "seed",
     .name = "Go to seed",
     .run = [](App& app, const std::string& seed) { app.go_to_seed(parse_seed(seed)); },
     .why_not = without_picture,
     .typed = seed_typed},
    {.id = ActionId::animate,
     .word = "animate",
     .name = "Animate or rest",
     .run = [](App& app, const std::string&) { app.toggle_motion(); },
     .menu = Menu::edit,
     .tooltip = "Stops all motion, or starts what moved last. Space does the same where there is no film.",
     .why_not = without_picture,
     .ticked = [](const App& app) { return app.workspace().animations.any(); }},
    {.id = ActionId::reset_transform,
     .word = "reset-transform",
     .name = "Reset transform",
     .run = [](App& app, const std::string&) { app.reset_transform(); },
     .menu = Menu::edit,
     .key = ImGuiKey_T,
     .why_not = [](const App& app) { return why_not_transformable(app.info()); }},
    {.id = ActionId::reset_view_of_layer,
     .word = "reset-layer-view",
     .name = "Reset channel, gain and normalisation",
     .run =
         [](App& app, const std::string&) {
             app.edit([](Scene& s) { s.layer_view = LayerView{.layer = s.layer_view.layer}; });
         }},
    {.id = ActionId::reset_filters,
     .word = "reset-filters",
     .name = "The network's own filters",
     .run = [](App& app, const std::string&) { app.reset_filters(); },
     .menu = Menu::edit,
     .tooltip = "Takes out every filter that the Filters panel has changed.",
     .why_not = [](const App& app) { return app.scene().filters.empty() ? "No filter is changed." : ""; }},
};

}  // namespace

std::span<const Action> edit_actions() { return kActions; }

}  // namespace afs::gui
