// Pins that the user guide keeps up with the window: every panel and page has a chapter with a picture, and every
// picture that the documents show is there.
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "app/gui/layout.h"
#include "tests/support/paths.h"
#include "tests/ui/harness.h"

namespace afs::gui {
namespace {

namespace fs = std::filesystem;

fs::path document(const char* name) { return test::golden_path("../..") / name; }

std::string text_of(const fs::path& path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

// Under "### title", up to the next heading; empty where there is none.
std::string chapter(const std::string& guide, const std::string& title) {
    const std::size_t at = guide.find("\n### " + title + "\n");
    if (at == std::string::npos) return {};
    const std::size_t begin = at + 5;
    return guide.substr(begin, guide.find("\n#", begin) - begin);
}

std::set<std::string> panels_and_pages() {
    std::set<std::string> titles(std::begin(dock::kOptional), std::end(dock::kOptional));
    titles.erase(dock::kControls);  // its sections have chapters of their own
    for (const ActionId page : {ActionId::palette, ActionId::help, ActionId::about, ActionId::open_dialog}) {
        test::AppHarness h;
        h.open("/models/t.pkl");
        h.app->run(page);
        h.frames();
        for (const Control& c : ui().registry.controls())
            if (c.kind == ControlKind::panel) titles.insert(c.name.substr(c.name.find('/') + 1));
    }
    return titles;
}

TEST(UserGuide, HasAChapterWithAPictureForEveryPanelAndPage) {
    const std::string guide = text_of(document("docs/user-guide.md"));
    const std::set<std::string> titles = panels_and_pages();
    EXPECT_GE(titles.size(), 14u);  // nine panels, the canvas and four pages
    for (const std::string& title : titles)
        EXPECT_NE(chapter(guide, title).find("](images/"), std::string::npos) << title;
}

TEST(UserGuide, ShowsOnlyPicturesThatExistAndAllOfThem) {
    std::set<std::string> shown;
    for (const char* name : {"docs/user-guide.md", "README.md"}) {
        const std::string text = text_of(document(name));
        const std::string before = "](images/";  // shown or linked, not the name in a command
        for (std::size_t at = 0; (at = text.find(before, at)) != std::string::npos;) {
            at += before.size();
            const std::size_t end = text.find(')', at);
            ASSERT_NE(end, std::string::npos) << name;
            const std::string file = text.substr(at, end - at);
            shown.insert(file);
        }
    }
    std::set<std::string> kept;
    for (const auto& entry : fs::directory_iterator(document("docs/images"))) kept.insert(entry.path().filename());
    EXPECT_EQ(shown, kept);
}

TEST(Screenshots, MakesEveryPicture) {
    const std::string script = text_of(document("scripts/screenshots.sh")),
                      guide = text_of(document("docs/user-guide.md"));
    for (const auto& entry : fs::directory_iterator(document("docs/images"))) {
        const std::string name = entry.path().stem().string();
        const auto has = [&](const std::string& command) {
            return script.find("\n" + command + " " + name + " ") != std::string::npos;
        };
        // Films and their sheets are made by the command that stands beside them.
        const std::string file = entry.path().filename().string();
        const bool by_command = guide.find("--output docs/images/" + file + "\n") != std::string::npos;
        EXPECT_TRUE(has("picture") || has("measured") || has("slices") || has("faces") || by_command) << entry.path();
    }
}

}  // namespace
}  // namespace afs::gui
