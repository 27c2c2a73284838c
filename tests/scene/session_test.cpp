// Session files on disk: whole or not at all, and their model found again.
#include "core/scene/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/scene/scene_json.h"
#include "tests/scene/every_field.h"
#include "tests/support/paths.h"

namespace afs {
namespace {

namespace fs = std::filesystem;
using test::SourceKind;
using test::TemporaryFolder;
using ::testing::HasSubstr;

void touch(const fs::path& path) { write_file(path, std::string_view("model"), Overwrite::yes); }

Document with_model(const fs::path& path) {
    Document document{test::changed_scene(SourceKind::w), {}, nullptr};
    document.base.model.path = path.string();
    return document;
}

TEST(Session, ComesBackAsItWasSaved) {
    const TemporaryFolder folder;
    touch(folder / "nets/a.pkl");
    const Document document = with_model(folder / "nets/a.pkl");
    save_session(folder / "work/s.json", document, Overwrite::no);
    const Session loaded = load_session(folder / "work/s.json");
    EXPECT_FALSE(loaded.model_missing);
    EXPECT_TRUE(loaded.document == document);
}

TEST(Session, NamesTheModelRelativeToItselfAndFindsItWhenBothWereMoved) {
    const TemporaryFolder folder;
    touch(folder / "a/nets/m.pkl");
    save_session(folder / "a/s.json", with_model(folder / "a/nets/m.pkl"), Overwrite::no);
    EXPECT_EQ(Json::parse(read_text_file(folder / "a/s.json"))["scene"]["model"]["path"], "nets/m.pkl");
    fs::rename(folder / "a", folder / "b");
    const Session moved = load_session(folder / "b/s.json");
    EXPECT_FALSE(moved.model_missing);
    EXPECT_EQ(moved.document.base.model.path, (folder / "b/nets/m.pkl").string());
}

TEST(Session, FindsTheModelWhereItWasWhenOnlyTheSessionWasMoved) {
    const TemporaryFolder folder;
    touch(folder / "nets/m.pkl");
    save_session(folder / "s.json", with_model(folder / "nets/m.pkl"), Overwrite::no);
    fs::create_directories(folder / "far/away");
    fs::rename(folder / "s.json", folder / "far/away/s.json");
    const Session moved = load_session(folder / "far/away/s.json");
    EXPECT_FALSE(moved.model_missing);
    EXPECT_EQ(moved.document.base.model.path, (folder / "nets/m.pkl").string());
}

TEST(Session, SaysWhereItLookedForAModelThatIsGone) {
    const TemporaryFolder folder;
    touch(folder / "nets/m.pkl");
    const Document document = with_model(folder / "nets/m.pkl");
    save_session(folder / "s.json", document, Overwrite::no);
    fs::create_directories(folder / "far");
    fs::rename(folder / "s.json", folder / "far/s.json");
    fs::remove(folder / "nets/m.pkl");
    const Session moved = load_session(folder / "far/s.json");
    ASSERT_TRUE(moved.model_missing);
    const std::string words = moved.model_missing->paragraph();
    EXPECT_THAT(words, HasSubstr("m.pkl"));
    EXPECT_THAT(words, HasSubstr((folder / "far/nets/m.pkl").string()));
    EXPECT_THAT(words, HasSubstr((folder / "nets/m.pkl").string()));
    EXPECT_TRUE(moved.document == document) << "the rest is there, so that a window can ask for the model";
}

TEST(Session, WithoutAModelMissesNone) {
    const TemporaryFolder folder;
    save_session(folder / "s.json", Document{}, Overwrite::no);
    const Session loaded = load_session(folder / "s.json");
    EXPECT_FALSE(loaded.model_missing);
    EXPECT_TRUE(loaded.document == Document{});
}

TEST(Session, AFailedSaveLeavesTheOldFile) {
    const TemporaryFolder folder;
    save_session(folder / "s.json", with_model("/m.pkl"), Overwrite::no);
    const std::string before = read_text_file(folder / "s.json");
    EXPECT_THROW(save_session(folder / "s.json", Document{}, Overwrite::no), Error);
    EXPECT_THROW(save_session(folder / "s.json", with_model("bad\xff.pkl"), Overwrite::yes), Error);
    EXPECT_EQ(read_text_file(folder / "s.json"), before);
    EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()), 1) << "a part was left";
}

TEST(Session, ACopiedScenesFileIsNamedByItsContent) {
    const TemporaryFolder folder;
    const auto first = save_session_by_content(folder / "copied", with_model("/nets/m.pkl"));
    EXPECT_EQ(save_session_by_content(folder / "copied", with_model("/nets/m.pkl")), first);
    Document other = with_model("/nets/m.pkl");
    other.base.truncation.psi = 0.1;
    EXPECT_NE(save_session_by_content(folder / "copied", other), first);
    EXPECT_TRUE(load_session(first).document == with_model("/nets/m.pkl"));
}

TEST(Session, BrokenFilesAreNamedWithTheirLine) {
    const TemporaryFolder folder;
    write_file(
        folder / "s.json",
        std::string_view(
            "{\n\"format\": \"afstudio-session\",\n\"version\": 1,\n\"scene\": {\n\"truncation\": {\"psi\": \"x\"}}}"),
        Overwrite::no);
    try {
        (void)load_session(folder / "s.json");
        FAIL() << "psi as text was accepted";
    } catch (const Error& e) {
        EXPECT_THAT(e.what(), HasSubstr("s.json"));
        EXPECT_THAT(e.what(), HasSubstr("line 5: scene.truncation.psi"));
    }
    EXPECT_THROW((void)load_session(folder / "none.json"), Error);
    EXPECT_THROW((void)load_session(folder.path()), Error);
}

TEST(Session, TellsWhenAnotherFileHasTheModelsName) {
    EXPECT_FALSE(model_changed({"m.pkl", "G_ema", "aaaabbbb1"}, {"m.pkl", "G_ema", "aaaabbbb1"}));
    EXPECT_FALSE(model_changed({"m.pkl", "G_ema", ""}, {"m.pkl", "G_ema", "aaaabbbb1"})) << "not known before";
    const auto words = model_changed({"m.pkl", "G_ema", "aaaabbbb1"}, {"/x/m.pkl", "G_ema", "ccccdddd1"});
    ASSERT_TRUE(words);
    EXPECT_THAT(*words, HasSubstr("m.pkl"));
    EXPECT_THAT(*words, HasSubstr("ccccdddd"));
}

}  // namespace
}  // namespace afs
