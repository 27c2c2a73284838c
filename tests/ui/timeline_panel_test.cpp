// Pins the film in the window: keys by K and by the diamond, tracks and their keys under the mouse, playing, presets,
// and that every gesture is one step of undo.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <set>

#include "app/gui/layout.h"
#include "core/scene/film_presets.h"
#include "core/scene/session.h"
#include "core/scene/timeline_edit.h"
#include "tests/support/paths.h"
#include "tests/ui/harness.h"

namespace afs::gui {
namespace {

constexpr const char* kTurn = "transform.rotate_deg";

// A film of two keys of the angle: 0 degrees at 0 s, 90 at 2 s, of 4.
struct TimelinePanel : testing::Test {
    test::AppHarness h;

    void SetUp() override { h.open("/m/t.pkl"); }

    void make_turn() {
        Document next = h.app->history().current();
        next.timeline.tracks = {{1, kTurn, true, {{0.0, 0.0}, {2.0, 90.0}}}};
        h.app->edit_document("Turn", std::move(next));
        h.frames(3);
    }
    const Timeline& film() { return h.app->film(); }
    const std::vector<TimelineKey>& keys() { return find_track(film(), kTurn)->keys; }
    ImVec2 on_ruler(double time_s) {
        const Control ruler = h.control("Timeline/Ruler");
        const double share = (time_s / film().duration_s + 0.02) / 1.04;  // a margin on both sides
        return {ruler.min.x + static_cast<float>(share) * (ruler.max.x - ruler.min.x), ruler.centre().y};
    }
    void scrub(double time_s) {
        h.click_at(on_ruler(time_s));
        ASSERT_NEAR(h.app->playhead_s(), time_s, 1e-9);
    }
    double seconds_to_px(double seconds) { return on_ruler(seconds).x - on_ruler(0).x; }
    double shown_angle() { return h.source.requests.back().scene.transform.rotate_deg; }
};

TEST_F(TimelinePanel, SaysWhatToDoWhereNothingMovesYet) {
    EXPECT_TRUE(h.has("Timeline/Presets/Circle"));
    EXPECT_FALSE(h.control("Timeline/Play").enabled);
    EXPECT_FALSE(h.has("Timeline/Lanes"));
}

TEST_F(TimelinePanel, KGivesTheNumberUnderTheMouseAKey) {
    h.app->edit([](Scene& s) { s.transform.rotate_deg = 30; });
    h.move_to(h.control("Transform/Rotate").centre());
    h.key(ImGuiKey_K);
    ASSERT_EQ(film().tracks.size(), 1u);
    EXPECT_EQ(film().tracks[0].path, kTurn);
    EXPECT_EQ(std::get<double>(keys()[0].value), 30.0);
    EXPECT_TRUE(h.has("Timeline/Rotate/Name"));
    EXPECT_EQ(h.app->history().undo_name(), "Key of Rotate at 0.00 s");
    h.key(ImGuiMod_Ctrl | ImGuiKey_Z);
    EXPECT_TRUE(film().tracks.empty());
}

TEST_F(TimelinePanel, KOverThePictureMeansItsMovementAndOverThePlaneTheLatent) {
    h.move_to(h.control("Canvas/Picture area").centre());
    h.key(ImGuiKey_K);
    EXPECT_TRUE(find_track(film(), "transform.translate_x"));
    EXPECT_TRUE(find_track(film(), "transform.translate_y"));
    EXPECT_TRUE(find_track(film(), kTurn));
    h.move_to(h.control("Latent/Plane").centre());
    h.key(ImGuiKey_K);
    EXPECT_TRUE(find_track(film(), "latent"));
}

TEST_F(TimelinePanel, KNeedsSomethingUnderTheHand) {
    h.move_to({800, 3});
    h.key(ImGuiKey_K);
    EXPECT_TRUE(film().tracks.empty());
    EXPECT_NE(h.app->notices().message().find("press K"), std::string::npos);
}

TEST_F(TimelinePanel, TheDiamondBesideAControlAddsAndRemovesAKey) {
    const Control rotate = h.control("Transform/Rotate");
    EXPECT_FALSE(h.has("Transform/Key of Rotate"));
    h.move_to(rotate.centre());
    h.frames(1);
    h.click("Transform/Key of Rotate");
    ASSERT_TRUE(find_track(film(), kTurn));
    scrub(1.0);
    h.click("Transform/Key of Rotate");
    EXPECT_EQ(keys().size(), 2u);
    h.click("Transform/Key of Rotate");
    EXPECT_EQ(keys().size(), 1u);
    scrub(0.0);
    h.click("Transform/Key of Rotate");
    EXPECT_TRUE(film().tracks.empty());
}

TEST_F(TimelinePanel, SwitchesAndSeedsHaveKeysToo) {
    h.move_to(h.control("Transform/Untransform picture").centre());
    h.key(ImGuiKey_K);
    EXPECT_TRUE(find_track(film(), "untransform"));
    h.move_to(h.control("Truncation and noise/Cutoff").centre());
    h.key(ImGuiKey_K);
    EXPECT_TRUE(find_track(film(), "truncation.cutoff"));
}

TEST_F(TimelinePanel, TheDiamondOfAChoiceAddsAKeyOfItsWord) {
    h.move_to(h.control("Latent/Blend/Linear").centre());
    h.frames(1);
    h.click("Latent/Key of Blend");
    const afs::Track* track = find_track(film(), "latent.interpolation");
    ASSERT_TRUE(track);
    EXPECT_EQ(std::get<std::string>(track->keys.at(0).value), "linear");
}

TEST(ChoicesOfTheScene, CanAllHaveKeys) {
    test::AppHarness h({}, 1600, 2600);
    std::set<std::string> pointed_at, tried, wanted;
    for (const char* path : {"/m/plain.pkl", "/m/stylegan2.pkl", "/m/conditional.pkl"}) {
        h.open(path);
        for (const SceneField& field : fields_of(h.app->scene()))
            if (field.kind == FieldKind::word) wanted.insert(field.path);
        // A panel that is closed and opened again lies in front of those that share its place.
        for (const char* panel : dock::kOptional) {
            if (h.app->panel_visible(panel)) h.app->toggle_panel(panel);
            h.frames();
            h.app->toggle_panel(panel);
            h.frames();
            const std::vector<Control> controls = h.ui.context.registry.controls();
            for (const Control& control : controls) {
                const bool of_a_row = control.kind == ControlKind::button || control.kind == ControlKind::row;
                if (!of_a_row || !control.visible || !tried.insert(path + control.name).second) continue;
                h.move_to(control.centre());
                h.frames(1);
                const auto& under = h.ui.context.fields.under_hand();
                pointed_at.insert(under.begin(), under.end());
            }
        }
    }
    EXPECT_GE(wanted.size(), 7u);
    for (const char* other : {"latent", "latent.class", "layer_view.layer", "layer_view.channels", "transform.matrix"})
        wanted.insert(other);
    for (const std::string& field : wanted) EXPECT_TRUE(pointed_at.contains(field)) << field;
}

TEST_F(TimelinePanel, TheContextMenuOfANumberAddsAKey) {
    h.click_at(h.control("Transform/Rotate").centre(), 1);
    h.click("Transform/Add a key");
    EXPECT_TRUE(find_track(film(), kTurn));
}

TEST_F(TimelinePanel, ScrubbingShowsTheSceneOfThatMoment) {
    make_turn();
    scrub(1.0);
    EXPECT_DOUBLE_EQ(h.app->scene().transform.rotate_deg, 45.0);
    EXPECT_DOUBLE_EQ(shown_angle(), 45.0);
    EXPECT_DOUBLE_EQ(h.app->history().current().base.transform.rotate_deg, 0.0);
    EXPECT_EQ(h.app->history().undo_name(), "Turn");  // looking is no edit
}

TEST_F(TimelinePanel, AnEditOfWhatHasATrackMakesAKeyAtThePlayhead) {
    make_turn();
    scrub(1.0);
    h.drag("Transform/Rotate", {40, 0});
    ASSERT_EQ(keys().size(), 3u);
    EXPECT_DOUBLE_EQ(keys()[1].time_s, 1.0);
    EXPECT_DOUBLE_EQ(std::get<double>(keys()[1].value), h.app->scene().transform.rotate_deg);
    EXPECT_GT(h.app->scene().transform.rotate_deg, 45.0);
    EXPECT_TRUE(h.app->history().undo_name().ends_with(" at 1.00 s")) << h.app->history().undo_name();
    h.key(ImGuiMod_Ctrl | ImGuiKey_Z);  // the whole drag
    EXPECT_EQ(keys().size(), 2u);
    h.app->edit([](Scene& s) { s.truncation.psi = 0.5; });  // has none
    EXPECT_DOUBLE_EQ(h.app->history().current().base.truncation.psi, 0.5);
    EXPECT_EQ(film().tracks.size(), 1u);
}

TEST_F(TimelinePanel, AKeyIsDraggedOnFramesAndUndoneAtOnce) {
    make_turn();
    h.drag("Timeline/Rotate at 2.00 s", {static_cast<float>(seconds_to_px(0.51)), 0});
    ASSERT_EQ(keys().size(), 2u);
    EXPECT_DOUBLE_EQ(keys()[1].time_s, std::round(2.51 * 30) / 30);
    EXPECT_EQ(h.app->history().undo_name(), "Move a key");
    h.key(ImGuiMod_Ctrl | ImGuiKey_Z);
    EXPECT_DOUBLE_EQ(keys()[1].time_s, 2.0);
    EXPECT_EQ(h.app->history().undo_name(), "Turn");
}

TEST_F(TimelinePanel, AKeySnapsToThePlayhead) {
    make_turn();
    h.app->go_to_frame(100);
    h.frames(1);
    h.drag("Timeline/Rotate at 2.00 s", {static_cast<float>(seconds_to_px(100.0 / 30 - 2) - 4), 0});
    EXPECT_DOUBLE_EQ(keys()[1].time_s, film().time_of(100));
}

TEST_F(TimelinePanel, AltCopiesKeysAndTheFilmIsTheLimit) {
    make_turn();
    h.hold(ImGuiMod_Alt, true);
    h.drag("Timeline/Rotate at 2.00 s", {static_cast<float>(seconds_to_px(50)), 0});
    h.hold(ImGuiMod_Alt, false);
    ASSERT_EQ(keys().size(), 3u);
    EXPECT_DOUBLE_EQ(keys()[2].time_s, 4.0);
    EXPECT_EQ(keys()[2].value, keys()[1].value);
}

TEST_F(TimelinePanel, ABoxSelectsKeysAndDeleteRemovesThem) {
    make_turn();
    const ImVec2 first = h.control("Timeline/Rotate at 0.00 s").centre(),
                 second = h.control("Timeline/Rotate at 2.00 s").centre();
    h.drag(ImVec2(second.x + 20, second.y + 10), ImVec2(first.x - 10, first.y - 10));
    EXPECT_EQ(h.app->workspace().timeline.selected.size(), 2u);
    h.drag("Timeline/Rotate at 0.00 s", {static_cast<float>(seconds_to_px(1)), 0});  // both
    EXPECT_DOUBLE_EQ(keys()[0].time_s, 1.0);
    EXPECT_DOUBLE_EQ(keys()[1].time_s, 3.0);
    h.key(ImGuiKey_Delete);
    EXPECT_TRUE(film().tracks.empty());
    EXPECT_EQ(h.app->history().undo_name(), "Remove 2 keys");
    h.key(ImGuiMod_Ctrl | ImGuiKey_Z);
    EXPECT_EQ(keys().size(), 2u);
}

TEST_F(TimelinePanel, KeysAreCopiedAndPastedAtThePlayhead) {
    make_turn();
    h.click("Timeline/Rotate at 2.00 s");
    EXPECT_EQ(h.app->workspace().timeline.selected, (std::vector<KeyRef>{{1, 2.0}}));
    ImGui::SetClipboardText("untouched");
    h.key(ImGuiMod_Ctrl | ImGuiKey_C);
    EXPECT_STREQ(ImGui::GetClipboardText(), "untouched");  // the keys, not the command
    scrub(3.0);
    h.key(ImGuiMod_Ctrl | ImGuiKey_V);
    ASSERT_EQ(keys().size(), 3u);
    EXPECT_DOUBLE_EQ(keys()[2].time_s, 3.0);
    EXPECT_DOUBLE_EQ(std::get<double>(keys()[2].value), 90.0);
}

TEST_F(TimelinePanel, TheEasingOfSelectedKeysChanges) {
    make_turn();
    h.click("Timeline/Rotate at 0.00 s");
    h.click("Timeline/Easing");
    h.click("Timeline/Easings/Hold");
    EXPECT_EQ(keys()[0].easing, Easing::hold);
    EXPECT_EQ(keys()[1].easing, Easing::linear);
    scrub(1.0);
    EXPECT_DOUBLE_EQ(h.app->scene().transform.rotate_deg, 0.0);
}

TEST_F(TimelinePanel, TheMenuOfAKeyChangesItsEasingAndRemovesIt) {
    make_turn();
    h.click_at(h.control("Timeline/Rotate at 2.00 s").centre(), 1);
    h.click("Timeline/Key/Easings/Smooth");
    EXPECT_EQ(keys()[0].easing, Easing::linear);
    EXPECT_EQ(keys()[1].easing, Easing::smooth);
    h.click_at(h.control("Timeline/Rotate at 2.00 s").centre(), 1);
    h.click("Timeline/Key/Go there");
    EXPECT_EQ(h.app->workspace().timeline.frame, 60);
    h.click_at(h.control("Timeline/Rotate at 2.00 s").centre(), 1);
    h.click("Timeline/Key/Remove");
    EXPECT_EQ(keys().size(), 1u);
    EXPECT_EQ(keys()[0].time_s, 0.0);
}

TEST_F(TimelinePanel, ADoubleClickInALaneAddsAKeyOfWhatTheTrackHasThere) {
    make_turn();
    const ImVec2 at(on_ruler(1.0).x, h.control("Timeline/Rotate at 2.00 s").centre().y);
    h.move_to(at);
    for (int i = 0; i < 2; ++i) {
        h.press();
        h.release();
    }
    h.frames(3);
    ASSERT_EQ(keys().size(), 3u);
    EXPECT_NEAR(std::get<double>(keys()[1].value), 45.0, 1e-9);
}

TEST_F(TimelinePanel, TheCurveOfATrackIsPulled) {
    make_turn();
    h.double_click("Timeline/Rotate/Name");
    h.drag("Timeline/Rotate at 2.00 s", {0, 38});  // half of the lane's height
    EXPECT_NEAR(std::get<double>(keys()[1].value), 45.0, 3.0);
    EXPECT_DOUBLE_EQ(keys()[1].time_s, 2.0);
    EXPECT_EQ(h.app->history().position(), 2u);  // Turn, and this
}

TEST_F(TimelinePanel, PlayingKeepsTheRateAndComesRound) {
    make_turn();
    h.key(ImGuiKey_Space);
    EXPECT_TRUE(h.app->workspace().timeline.playing);
    EXPECT_FALSE(h.app->steady());
    h.frames(60);  // a second
    EXPECT_NEAR(static_cast<double>(h.app->workspace().timeline.frame), 30.0, 3.0);
    EXPECT_DOUBLE_EQ(shown_angle(), 45.0 * h.app->playhead_s());
    h.frames(240);
    EXPECT_LT(h.app->workspace().timeline.frame, 120);
    h.key(ImGuiKey_Space);
    EXPECT_FALSE(h.app->workspace().timeline.playing);
    EXPECT_FALSE(h.app->workspace().animations.any());
}

TEST_F(TimelinePanel, WithoutALoopPlayingEndsWithTheLastFrame) {
    make_turn();
    h.click("Timeline/Loop");
    EXPECT_FALSE(film().loop);
    h.click("Timeline/Play");
    h.frames(300);
    EXPECT_FALSE(h.app->workspace().timeline.playing);
    EXPECT_EQ(h.app->workspace().timeline.frame, film().frame_count() - 1);
    h.click("Timeline/Play");  // anew
    EXPECT_LT(h.app->workspace().timeline.frame, 10);
}

TEST_F(TimelinePanel, EveryFrameWaitsForItsPicture) {
    make_turn();
    h.click("Timeline/Every frame");
    h.click("Timeline/Play");
    h.frames(10);
    h.source.answers = false;
    h.frames(5);
    const std::int64_t waiting = h.app->workspace().timeline.frame;
    h.frames(60);
    EXPECT_EQ(h.app->workspace().timeline.frame, waiting);
    h.source.answer_now();
    h.frames(3);
    EXPECT_EQ(h.app->workspace().timeline.frame, waiting + 1);
}

TEST_F(TimelinePanel, AnEditOfATrackStopsPlaying) {
    make_turn();
    h.click("Timeline/Play");
    h.frames(20);
    h.drag("Transform/Rotate", {40, 0});
    EXPECT_FALSE(h.app->workspace().timeline.playing);
    EXPECT_EQ(keys().size(), 3u);
}

TEST_F(TimelinePanel, MotionLeavesTracksAlone) {
    make_turn();
    h.click("Transform/Turn");
    h.click("Transform/Circle");
    h.frames(30);
    EXPECT_EQ(keys().size(), 2u);
    EXPECT_DOUBLE_EQ(h.app->scene().transform.rotate_deg, 0.0);
    EXPECT_NE(h.app->scene().transform.translate_x, 0.0);
}

TEST_F(TimelinePanel, SpaceStillStopsMotionWhereThereIsNoFilm) {
    h.key(ImGuiKey_Space);
    EXPECT_TRUE(h.app->workspace().animations.any());
    h.key(ImGuiKey_Space);
    EXPECT_FALSE(h.app->workspace().animations.any());
}

TEST_F(TimelinePanel, KeysOfTheKeyboardStepThroughFrames) {
    make_turn();
    h.key(ImGuiKey_End);
    EXPECT_EQ(h.app->workspace().timeline.frame, 119);
    h.key(ImGuiKey_Period);  // round the loop
    EXPECT_EQ(h.app->workspace().timeline.frame, 0);
    h.key(ImGuiKey_Period);
    h.key(ImGuiKey_Period);
    h.key(ImGuiKey_Comma);
    EXPECT_EQ(h.app->workspace().timeline.frame, 1);
    h.key(ImGuiKey_Home);
    EXPECT_EQ(h.app->workspace().timeline.frame, 0);
}

TEST_F(TimelinePanel, EveryPresetIsOneStepOfUndoAndCanBeFilmed) {
    const Document before = h.app->history().current();
    for (const char* name : {"Circle", "Full turn", "Zoom pulse", "Loop of seeds", "Random walk", "Psi sweep",
                             "Layer walk", "Equivariance demo"}) {
        h.click(std::string("Timeline/Presets/") + name);
        EXPECT_FALSE(film().tracks.empty()) << name;
        EXPECT_FALSE(timeline_problem(h.app->history().current())) << name;
        EXPECT_EQ(h.app->history().undo_name(), std::string("Film: ") + name);
        const Scene first = h.app->scene();
        h.app->go_to_frame(film().frame_count() / 3);
        EXPECT_NE(h.app->scene(), first) << name;
        h.key(ImGuiMod_Ctrl | ImGuiKey_Z);
        EXPECT_EQ(h.app->history().current(), before) << name;
        h.frames(2);
    }
}

TEST_F(TimelinePanel, APresetThatMovesThePictureNeedsANetworkThatCan) {
    h.open("/m/stylegan2.pkl");
    EXPECT_FALSE(h.control("Timeline/Presets/Circle").enabled);
    h.app->run(ActionId::preset, "circle");
    EXPECT_TRUE(film().tracks.empty());
    h.click("Timeline/Presets/Psi sweep");
    EXPECT_TRUE(find_track(film(), "truncation.psi"));
}

TEST_F(TimelinePanel, ATrackIsSwitchedOffAndRemoved) {
    make_turn();
    scrub(1.0);
    h.click("Timeline/Rotate/On");
    EXPECT_FALSE(film().tracks[0].enabled);
    EXPECT_DOUBLE_EQ(h.app->scene().transform.rotate_deg, 0.0);
    h.key(ImGuiMod_Ctrl | ImGuiKey_Z);
    h.click_at(h.control("Timeline/Rotate/Name").centre(), 1);
    h.click("Timeline/Rotate/Remove the track");
    EXPECT_TRUE(film().tracks.empty());
    EXPECT_DOUBLE_EQ(h.app->scene().transform.rotate_deg, 45.0);  // as it was seen
}

TEST_F(TimelinePanel, TheLengthStretchesKeysUnlessToldNotTo) {
    make_turn();
    h.double_click("Timeline/Length");  // the default, which it is
    h.hold(ImGuiMod_Ctrl, true);
    h.click("Timeline/Length");
    h.hold(ImGuiMod_Ctrl, false);
    h.key(ImGuiMod_Ctrl | ImGuiKey_A);
    h.type("8");
    h.key(ImGuiKey_Enter);
    EXPECT_DOUBLE_EQ(film().duration_s, 8.0);
    EXPECT_DOUBLE_EQ(keys()[1].time_s, 4.0);
    h.click("Timeline/Stretch");
    h.hold(ImGuiMod_Ctrl, true);
    h.click("Timeline/Length");
    h.hold(ImGuiMod_Ctrl, false);
    h.key(ImGuiMod_Ctrl | ImGuiKey_A);
    h.type("1");
    h.key(ImGuiKey_Enter);
    EXPECT_DOUBLE_EQ(film().duration_s, 4.0);  // its last key
}

TEST_F(TimelinePanel, AnythingGetsATrackFromTheList) {
    h.click("Timeline/Add track\u2026");
    h.click("Timeline/Add track/Truncation and noise");
    h.click("Timeline/Add track/Psi");
    EXPECT_TRUE(find_track(film(), "truncation.psi"));
}

TEST_F(TimelinePanel, TheWheelZoomsAndADoubleClickShowsTheWholeFilm) {
    make_turn();
    h.wheel(on_ruler(2.0), 3);
    const double span = h.app->workspace().timeline.span_s;
    EXPECT_GT(span, 0.0);
    EXPECT_LT(span, 3.0);
    h.double_click("Timeline/Ruler");
    EXPECT_DOUBLE_EQ(h.app->workspace().timeline.span_s, 0.0);
}

TEST_F(TimelinePanel, SaysWhyAFilmCannotBeRecorded) {
    Document next = h.app->history().current();
    next.timeline.tracks = {{1, "mix[id=3].weight", true, {{0.0, 1.0}}}};
    h.app->edit_document("A track of nothing", std::move(next));
    h.frames(2);
    EXPECT_TRUE(h.has("Timeline/Mixing weight 3/Name"));  // to be removed
    EXPECT_NE(h.control("Timeline/Mixing weight 3/Name").help.find("no such value"), std::string::npos);
}

TEST_F(TimelinePanel, AnotherModelKeepsTheFilm) {
    make_turn();
    scrub(1.0);
    h.open("/m/other.pkl");
    EXPECT_EQ(h.app->scene().model.path, "/m/other.pkl");
    ASSERT_EQ(keys().size(), 2u);
    EXPECT_DOUBLE_EQ(h.app->scene().transform.rotate_deg, 45.0);
    EXPECT_DOUBLE_EQ(h.app->history().current().base.transform.rotate_deg, 0.0);
}

TEST_F(TimelinePanel, ASessionBringsItsFilmAndAKeyIsAChangeOfIt) {
    const test::TemporaryFolder folder;
    std::ofstream(folder / "t.pkl") << "a network";
    Document saved = circle({}, 0.2);
    saved.base.model.path = (folder / "t.pkl").string();
    save_session(folder / "film.json", saved, Overwrite::no);
    h.app->open_session((folder / "film.json").string());
    h.frames(4);
    EXPECT_EQ(film(), saved.timeline);
    EXPECT_TRUE(h.has("Timeline/Move X/Name"));
    EXPECT_DOUBLE_EQ(h.app->scene().transform.translate_x, 0.2);
    EXPECT_FALSE(h.app->session_changed());
    h.app->go_to_frame(10);
    h.frames(2);
    EXPECT_FALSE(h.app->session_changed());  // looking is no change
    h.app->run(ActionId::add_key, "transform.translate_x");
    EXPECT_TRUE(h.app->session_changed());
    h.app->undo();
    EXPECT_FALSE(h.app->session_changed());
}

}  // namespace
}  // namespace afs::gui
