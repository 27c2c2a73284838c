// Pins what the file browser lists, and that it opens, saves and asks before it replaces.
#include "app/gui/file_browser.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/formats/picture.h"
#include "tests/support/paths.h"
#include "tests/ui/harness.h"

namespace afs::gui {
namespace {

namespace fs = std::filesystem;

class FolderOfModels {
  public:
    FolderOfModels() {
        fs::create_directory(folder / "Beta");
        fs::create_directory(folder / "alpha");
        for (const char* name : {"b.PKL", "a.pkl", "notes.txt", ".hidden.pkl", "c.safetensors"})
            std::ofstream(folder / name) << "x";
    }
    test::TemporaryFolder folder;
};

TEST(ListFolder, ShowsFoldersFirstThenModelsByName) {
    const FolderOfModels f;
    const FolderListing listing = list_folder(f.folder.path(), {".pkl", ".safetensors"}, false);
    std::vector<std::string> names;
    for (const FolderEntry& e : listing.entries) names.push_back(e.name);
    EXPECT_EQ(names, (std::vector<std::string>{"alpha", "Beta", "a.pkl", "b.PKL", "c.safetensors"}));
    EXPECT_EQ(listing.problem, "");
    EXPECT_EQ(list_folder(f.folder.path(), {".pkl"}, true).entries.size(), 5u);  // with the hidden one, without c
}

TEST(ListFolder, SaysWhyAFolderCannotBeRead) { EXPECT_NE(list_folder("/no/such/folder", {}, false).problem, ""); }

TEST(FileBrowser, OpensWhatIsDoubleClicked) {
    const FolderOfModels f;
    test::AppHarness h({.configuration_folder = f.folder / "config"});
    h.app->drop_files({f.folder.path().string()});  // a folder opens the browser there
    h.frames(3);
    ASSERT_TRUE(h.app->file_browser().visible());
    h.double_click("File browser/a.pkl");
    EXPECT_FALSE(h.app->file_browser().visible());
    EXPECT_EQ(h.app->scene().model.path, (f.folder / "a.pkl").string());
    EXPECT_EQ(h.app->preferences().recent_files, std::vector<std::string>{(f.folder / "a.pkl").string()});
}

TEST(FileBrowser, LooksIntoTheNetworkThatIsSelected) {
    const FolderOfModels f;
    std::mutex mutex;
    std::vector<std::string> described;
    test::AppHarness h({.describe_model = [&](const std::filesystem::path& path) {
        const std::lock_guard lock(mutex);
        described.push_back(path.filename().string());
        return std::string("a network");
    }});
    h.app->drop_files({f.folder.path().string()});
    h.frames(3);
    h.click("File browser/alpha/");  // a folder is nothing to look into
    h.click("File browser/c.safetensors");
    const auto looked = [&] {
        h.frames(1);
        const std::lock_guard lock(mutex);
        return std::ranges::find(described, "c.safetensors") != described.end();
    };
    for (int i = 0; i < 200 && !looked(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    EXPECT_TRUE(looked());
    const std::lock_guard lock(mutex);
    EXPECT_EQ(std::ranges::count(described, "c.safetensors"), 1);
    EXPECT_EQ(std::ranges::count(described, "alpha"), 0);
}

TEST(FileBrowser, EntersFoldersAndTypedPaths) {
    const FolderOfModels f;
    test::AppHarness h;
    h.app->drop_files({f.folder.path().string()});
    h.frames(3);
    h.double_click("File browser/alpha/");
    EXPECT_EQ(h.app->file_browser().folder(), f.folder / "alpha");
    h.click("File browser/Up");
    EXPECT_EQ(h.app->file_browser().folder(), f.folder.path());
    h.click("File browser/Name");
    h.type((f.folder / "c.safetensors").string());
    h.key(ImGuiKey_Enter);
    EXPECT_EQ(h.app->scene().model.path, (f.folder / "c.safetensors").string());
}

TEST(FileBrowser, StaysOpenForANameThatIsNotThere) {
    const FolderOfModels f;
    test::AppHarness h;
    h.app->drop_files({f.folder.path().string()});
    h.frames(3);
    h.click("File browser/Name");
    h.type("nothing.pkl");
    h.key(ImGuiKey_Enter);
    EXPECT_TRUE(h.app->file_browser().visible());
    EXPECT_TRUE(h.source.requests.empty());
    h.key(ImGuiKey_Escape);
    EXPECT_FALSE(h.app->file_browser().visible());
}

TEST(FileBrowser, SavesAPictureAndAsksBeforeItReplaces) {
    const test::TemporaryFolder folder;
    test::AppHarness h;
    h.open("/m/demo.safetensors");
    h.app->run(ActionId::save_picture);
    h.frames(3);
    const std::string target = (folder / "mine").string();
    const auto save = [&] {
        h.click("File browser/Name");
        h.key(ImGuiMod_Ctrl | ImGuiKey_A);
        h.type(target);
        h.click("File browser/Save");
    };
    save();
    EXPECT_FALSE(h.app->file_browser().visible());
    while (!h.app->steady()) h.frames(1);
    ASSERT_TRUE(fs::exists(target + ".png"));
    const Image back = decode_picture(MappedFile(target + ".png").bytes(), "test");
    EXPECT_EQ(back.width, 128);
    EXPECT_EQ(back.channels, 3);

    h.app->run(ActionId::save_picture);
    h.frames(3);
    save();
    EXPECT_TRUE(h.app->file_browser().visible());  // it exists: asks
    h.click("File browser/Save");
    EXPECT_FALSE(h.app->file_browser().visible());
}

}  // namespace
}  // namespace afs::gui
