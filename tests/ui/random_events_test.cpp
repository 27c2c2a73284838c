// Pins that nothing a hand can do breaks the window: ten thousand gestures drawn at random from a seed, over every
// state of the program that they lead to. What ImGui or the frame guard find wrong fails the test, and so does a scene
// that could not be saved. Run under AddressSanitizer it also looks for leaks.
#include <gtest/gtest.h>
#include <imgui_internal.h>

#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>

#include "core/base/log.h"
#include "core/scene/scene_json.h"
#include "tests/support/paths.h"
#include "tests/ui/harness.h"

namespace afs::gui {
namespace {

constexpr int kGestures = 10'000;

// Rows of a list are one control, however many there are, and so are controls that differ by a number.
std::string kind_of_control(const Control& control) {
    std::string name = control.name;
    if (control.kind == ControlKind::row || name.starts_with("Menu/Recent") || name.starts_with("Menu/History/")) {
        if (name.ends_with('/')) name.pop_back();  // a folder
        // Names of changes and commands may hold a slash themselves.
        if (name.starts_with("History/") || name.starts_with("Palette/")) return name.substr(0, name.find('/')) + "/*";
        if (name.starts_with("Menu/History/")) return "Menu/History/*";
        return name.substr(0, name.rfind('/')) + "/*";
    }
    std::string kind;
    for (const char c : name) {
        if (std::isdigit(static_cast<unsigned char>(c)) == 0)
            kind += c;
        else if (!kind.ends_with('#'))
            kind += '#';
    }
    return kind;
}

class RandomHand {
  public:
    RandomHand(test::AppHarness& harness, std::filesystem::path allowed)
        : h_(harness), allowed_(std::move(allowed)), random_(20260717) {}

    void gesture() {
        stay_inside_the_folder();
        note_seen();
        switch (pick(20)) {
            case 0:
            case 1:
            case 2:
            case 3:
            case 4:
            case 5:
            case 6: on_control([&](ImVec2 at) { click(at, 0); }); break;
            case 7: on_control([&](ImVec2 at) { click(at, 1); }); break;
            case 8: on_control([&](ImVec2 at) { click(at, 0), click(at, 0); }); break;
            case 9:
            case 10: on_control([&](ImVec2 at) { drag(at, {between(-300, 300), between(-200, 200)}); }); break;
            case 11: drag(anywhere(), {between(-400, 400), between(-400, 400)}); break;
            case 12: click(anywhere(), pick(8) == 0 ? 1 : 0); break;
            case 13: wheel(pick(2) == 0 ? anywhere() : canvas(), between(-3, 3)); break;
            case 14:
            case 15: press_key(); break;
            case 16:
            case 17: type_somewhere(); break;
            case 18: hold_modifier(); break;
            default: something_happens(); break;
        }
    }

    void let_go() {
        ImGuiIO& io = ImGui::GetIO();
        for (const ImGuiKey key : {ImGuiMod_Ctrl, ImGuiMod_Shift, ImGuiMod_Alt}) io.AddKeyEvent(key, false);
        h_.frames(2);
    }

    [[nodiscard]] std::set<std::string> missed() const {
        std::set<std::string> left;
        for (const std::string& name : seen_)
            if (!hit_.contains(name)) left.insert(name);
        return left;
    }
    [[nodiscard]] double share_hit() const {
        return 1.0 - static_cast<double>(missed().size()) / static_cast<double>(seen_.size());
    }
    [[nodiscard]] std::size_t seen() const { return seen_.size(); }

  private:
    int pick(int count) { return std::uniform_int_distribution<int>(0, count - 1)(random_); }
    float between(float low, float high) { return std::uniform_real_distribution<float>(low, high)(random_); }
    ImVec2 anywhere() {
        const ImVec2 size = ImGui::GetIO().DisplaySize;
        return {between(0, size.x), between(0, size.y)};
    }
    ImVec2 canvas() {
        const Control* area = h_.ui.context.registry.find("Canvas/Picture area");
        return area ? area->centre() : anywhere();
    }

    [[nodiscard]] std::vector<Control> reachable() const {
        std::vector<Control> controls;
        for (const Control& c : h_.ui.context.registry.controls())
            if (c.kind != ControlKind::panel && c.visible && c.enabled) controls.push_back(c);
        return controls;
    }
    void note_seen() {
        for (const Control& c : reachable()) seen_.insert(kind_of_control(c));
    }

    template <class Do> void on_control(Do&& act) {
        std::vector<Control> controls = reachable(), fresh;
        // What a menu or a dialog covers is out of reach; now and then the hand tries all the same.
        const ImGuiContext& context = *ImGui::GetCurrentContext();
        if (!context.OpenPopupStack.empty() && context.OpenPopupStack.back().Window && pick(6) != 0) {
            const ImRect top = context.OpenPopupStack.back().Window->Rect();
            std::erase_if(controls, [&](const Control& c) { return !top.Contains(c.centre()); });
        }
        if (controls.empty()) return;
        for (const Control& c : controls)
            if (!hit_.contains(kind_of_control(c))) fresh.push_back(c);
        // A hand that looks for something new half of the time.
        const std::vector<Control>& from = fresh.empty() || pick(2) == 0 ? controls : fresh;
        const Control chosen = from[static_cast<std::size_t>(pick(static_cast<int>(from.size())))];
        if (forbidden(chosen.name)) return;
        const std::size_t before = ImGui::GetCurrentContext()->OpenPopupStack.size();
        h_.move_to(chosen.centre());
        // What lies under a popup or another window was not reached.
        const ImGuiContext& g = *ImGui::GetCurrentContext();
        if (before == 0 || g.HoveredId == chosen.id || g.HoveredId == 0) hit_.insert(kind_of_control(chosen));
        act(chosen.centre());
    }
    // Files are written, and networks opened, only inside the folder of this test.
    [[nodiscard]] bool inside(const std::filesystem::path& folder) const {
        return folder.string().starts_with(allowed_.string());
    }
    [[nodiscard]] bool forbidden(const std::string& name) const {
        const std::filesystem::path model = h_.app->workspace().model.folder;
        return (name == "File browser/Up" && !inside(h_.app->file_browser().folder().parent_path())) ||
               (name == "Model/Folder/Up" && (model.empty() || !inside(model.parent_path())));
    }
    void stay_inside_the_folder() {
        std::string& model = h_.app->workspace().model.folder;
        if (!model.empty() && !inside(model)) {
            model.clear();  // the one where the open model lies
            h_.frames(1);
        }
        const FileBrowser& browser = h_.app->file_browser();
        while (browser.visible() && !inside(browser.folder())) h_.key(ImGuiKey_Escape);
        if (browser.visible() && pick(12) == 0) h_.key(ImGuiKey_Escape);
    }

    void click(ImVec2 at, int button) {
        h_.move_to(at);
        h_.press(button);
        h_.release(button);
    }
    void drag(ImVec2 from, ImVec2 by) {
        h_.move_to(from);
        h_.press();
        for (int i = 1; i <= 3; ++i)
            h_.move_to({from.x + by.x * static_cast<float>(i) / 3, from.y + by.y * static_cast<float>(i) / 3});
        h_.release();
    }
    void wheel(ImVec2 at, float clicks) {
        h_.move_to(at);
        ImGui::GetIO().AddMouseWheelEvent(0, clicks);
        h_.frames(1);
    }
    void tap(ImGuiKeyChord chord) {
        ImGuiIO& io = ImGui::GetIO();
        for (const bool down : {true, false}) {
            for (const ImGuiKey mod : {ImGuiMod_Ctrl, ImGuiMod_Shift, ImGuiMod_Alt})
                if (chord & mod) io.AddKeyEvent(mod, down);
            io.AddKeyEvent(static_cast<ImGuiKey>(chord & ~ImGuiMod_Mask_), down);
            h_.frames(1);
        }
    }
    void press_key() {
        constexpr ImGuiKeyChord kMoves[] = {ImGuiKey_Tab,       ImGuiMod_Shift | ImGuiKey_Tab,
                                            ImGuiKey_LeftArrow, ImGuiKey_RightArrow,
                                            ImGuiKey_UpArrow,   ImGuiKey_DownArrow,
                                            ImGuiKey_Enter,     ImGuiKey_Escape,
                                            ImGuiKey_Space,     ImGuiKey_PageUp,
                                            ImGuiKey_PageDown,  ImGuiKey_Home,
                                            ImGuiKey_End,       ImGuiKey_Backspace,
                                            ImGuiKey_Delete,    ImGuiMod_Ctrl | ImGuiKey_Tab};
        const auto all = actions();
        const Action& a = all[static_cast<std::size_t>(pick(static_cast<int>(all.size())))];
        tap(a.key != 0 && pick(2) == 0 ? a.key : kMoves[pick(static_cast<int>(std::size(kMoves)))]);
    }
    void type_somewhere() {
        std::vector<Control> fields;
        for (const Control& c : reachable())
            if (c.kind == ControlKind::text || c.kind == ControlKind::number) fields.push_back(c);
        if (fields.empty()) return;
        const Control& field = fields[static_cast<std::size_t>(pick(static_cast<int>(fields.size())))];
        hit_.insert(kind_of_control(field));
        ImGuiIO& io = ImGui::GetIO();
        io.AddKeyEvent(ImGuiMod_Ctrl, field.kind == ControlKind::number);
        click(field.centre(), 0);
        io.AddKeyEvent(ImGuiMod_Ctrl, false);
        h_.frames(1);
        // No slash: a name stays a name.
        constexpr const char* kTexts[] = {"0",
                                          "1",
                                          "-1",
                                          "1e308",
                                          "4294967295",
                                          "4294967296",
                                          "1e400",
                                          "0.5",
                                          "pi",
                                          "abc",
                                          "-0",
                                          "nan",
                                          "inf",
                                          "..",
                                          "\xc3\xa4\xe2\x82\xac",
                                          "999999999999999999999",
                                          ""};
        h_.type(kTexts[pick(static_cast<int>(std::size(kTexts)))]);
        tap(pick(4) == 0 ? ImGuiKey_Escape : ImGuiKey_Enter);
    }
    void hold_modifier() {
        constexpr ImGuiKey kModifiers[] = {ImGuiMod_Ctrl, ImGuiMod_Shift, ImGuiMod_Alt};
        const ImGuiKey modifier = kModifiers[pick(3)];
        h_.hold(modifier, true);
        drag(pick(2) == 0 ? canvas() : anywhere(), {between(-200, 200), between(-200, 200)});
        h_.hold(modifier, false);
    }
    void something_happens() {
        switch (pick(9)) {
            case 0: h_.app->drop_files({(allowed_ / "stylegan2-conditional.pkl").string()}); break;
            case 1: h_.app->drop_files({(allowed_ / "t.pkl").string()}); break;
            case 2: h_.app->drop_files({(allowed_ / "broken.json").string()}); break;
            case 3: h_.source.answers = false; break;
            case 4: h_.source.polls_to_load = pick(2) == 0 ? 0 : 40; break;
            case 5:
                h_.source.fail_drawing = Failure{ErrorKind::memory, "Could not draw", "there is no memory", ""};
                break;
            case 6: h_.ui.pass_time(between(0, 20)); break;
            case 7: {
                const float scale = 0.75f + 0.25f * static_cast<float>(pick(6));
                h_.ui.context.scale = scale;
                apply_theme(scale);
                break;
            }
            default: break;
        }
        h_.frames(2);
        if (!h_.source.answers && pick(2) == 0) h_.source.answers = true;
        if (h_.source.answers) h_.source.answer_now();
        if (pick(2) == 0) h_.source.fail_drawing.reset();
    }

    test::AppHarness& h_;
    std::filesystem::path allowed_;
    std::mt19937 random_;
    std::set<std::string> seen_, hit_;
};

class QuietHome {
  public:
    explicit QuietHome(const std::filesystem::path& folder) : before_(std::filesystem::current_path()) {
        if (const char* home = std::getenv("HOME")) home_ = home;
        setenv("HOME", folder.c_str(), 1);
        std::filesystem::current_path(folder);
        set_log_level(LogLevel::off);
    }
    ~QuietHome() {
        std::filesystem::current_path(before_);
        setenv("HOME", home_.c_str(), 1);
        set_log_level(LogLevel::warning);
    }
    QuietHome(const QuietHome&) = delete;
    QuietHome& operator=(const QuietHome&) = delete;

  private:
    std::filesystem::path before_;
    std::string home_;
};

TEST(RandomEvents, TenThousandLeaveAWindowThatWorks) {
    const test::TemporaryFolder folder;
    const QuietHome home(folder.path());
    for (const char* name : {"t.pkl", "stylegan2-conditional.pkl"}) std::ofstream(folder / name) << "a network";
    std::ofstream(folder / "broken.json") << "{ \"format\": ";
    test::AppHarness h({.configuration_folder = folder / "config", .random_seed = [n = 0u]() mutable { return n++; }});
    h.source.resolution = 32;
    h.open((folder / "t.pkl").string());
    const Scene first = h.app->scene();
    RandomHand hand(h, folder.path());
    std::size_t most_entries = 0;
    for (int i = 0; i < kGestures; ++i) {
        hand.gesture();
        most_entries = std::max(most_entries, h.app->history().entries().size());
        for (const Notice& notice : h.app->notices().toasts())
            ASSERT_NE(notice.failure.kind, ErrorKind::internal) << "after " << i << ": " << notice.failure.paragraph();
        if (i % 50 == 0) {
            ASSERT_NO_THROW(check_scene(h.app->scene(), "after " + std::to_string(i))) << h.app->history().undo_name();
        }
        ASSERT_FALSE(testing::Test::HasFailure()) << "after " << i;
    }
    hand.let_go();
    std::string missed;
    for (const std::string& name : hand.missed()) missed += "\n  " + name;
    EXPECT_GE(hand.share_hit(), 0.8) << hand.seen() << " controls; never reached:" << missed;
    EXPECT_GT(hand.seen(), 100u);
    EXPECT_GT(most_entries, 100u);  // the scene changed, and often
    RecordProperty("controls", static_cast<int>(hand.seen()));
    RecordProperty("percent_hit", static_cast<int>(hand.share_hit() * 100));

    // And it still does what it is told, when everything has come to rest.
    h.source.answers = true;
    h.source.polls_to_load = 0;
    h.source.fail_drawing.reset();
    for (int i = 0; i < 4; ++i) h.key(ImGuiKey_Escape);
    if (h.app->moving()) h.app->toggle_motion();
    h.source.answer_now();
    h.frames(50);
    EXPECT_TRUE(h.app->info().opening.empty());
    const Scene last = h.app->scene();
    h.app->edit([&](Scene& s) {
        s = first;
        s.truncation.psi = last.truncation.psi == 0.25 ? 0.5 : 0.25;  // a scene that differs from the last one
    });
    h.frames(5);
    ASSERT_TRUE(h.app->info().shown);
    EXPECT_EQ(h.app->info().shown->scene, h.app->scene());
    EXPECT_FALSE(h.app->info().activity);
}

}  // namespace
}  // namespace afs::gui
