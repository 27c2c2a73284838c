// Pins the Model panel: classes, networks of a file, lists of files.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "app/gui/model_catalog.h"
#include "core/base/error.h"
#include "core/base/log.h"
#include "tests/support/paths.h"
#include "tests/ui/harness.h"

namespace afs::gui {
namespace {

namespace fs = std::filesystem;

TEST(ModelPanel, ChoosesAClassOfAConditionalNetwork) {
    test::AppHarness h;
    h.open("/m/conditional.pkl");
    EXPECT_FALSE(h.has("Model/Class/Index"));
    h.click("Model/Class/One");
    EXPECT_EQ(h.app->scene().latent.class_index, 0);
    h.click("Model/Class/Index");
    h.type("12");
    h.key(ImGuiKey_Enter);
    EXPECT_EQ(h.app->scene().latent.class_index, 0);
    EXPECT_NE(h.ui.context.text.problem.find("0 to 9"), std::string::npos) << h.ui.context.text.problem;
    h.click("Model/Class/Index");
    h.key(ImGuiMod_Ctrl | ImGuiKey_A);
    h.type("7");
    h.key(ImGuiKey_Enter);
    EXPECT_EQ(h.app->scene().latent.class_index, 7);
    EXPECT_EQ(h.app->history().undo_name(), "Class 7");
    h.click("Model/Class/By seed");
    EXPECT_FALSE(h.app->scene().latent.class_index);
    h.open("/m/t.pkl");
    EXPECT_FALSE(h.control("Model/Class/By seed").enabled);
}

TEST(ModelPanel, BlendsClassesByWeights) {
    test::AppHarness h;
    h.open("/m/conditional.pkl");
    h.app->edit([](Scene& s) { s.latent.class_index = 9; });
    h.frames(2);
    h.click("Model/Class/Blend");
    const auto weights = [&] { return h.app->scene().latent.class_weights; };
    EXPECT_EQ(weights(), (std::vector<ClassWeight>{{9, 1.0}}));  // goes on from the one that was chosen
    EXPECT_FALSE(h.control("Model/Class/Class 1/Remove").enabled);
    h.click("Model/Class/Add a class");
    EXPECT_EQ(weights(), (std::vector<ClassWeight>{{9, 1.0}, {0, 1.0}}));
    h.click("Model/Class/Class 2/Index");
    h.key(ImGuiMod_Ctrl | ImGuiKey_A);
    h.type("4");
    h.key(ImGuiKey_Enter);
    EXPECT_EQ(weights()[1].index, 4);
    h.drag("Model/Class/Class 1/Weight", {-60, 0});
    EXPECT_LT(weights()[0].weight, 1.0);
    h.click("Model/Class/One");  // the heaviest
    EXPECT_EQ(h.app->scene().latent.class_index, 4);
    EXPECT_TRUE(weights().empty());
    h.key(ImGuiMod_Ctrl | ImGuiKey_Z);
    EXPECT_EQ(weights().size(), 2u);
}

TEST(ModelPanel, SwitchesBetweenTheNetworksOfAFile) {
    test::AppHarness h;
    h.open("/m/t.pkl");
    EXPECT_EQ(h.app->scene().model.which, "G_ema");
    h.click("Model/Network/G");
    h.frames(4);
    EXPECT_EQ(h.app->scene().model.which, "G");
    EXPECT_EQ(h.source.requests.back().scene.model.which, "G");
    h.key(ImGuiMod_Ctrl | ImGuiKey_Z);
    EXPECT_EQ(h.app->scene().model.which, "G_ema");
}

class FilesOnDisk : public testing::Test {
  protected:
    void SetUp() override {
        fs::create_directory(folder / "more");
        for (const char* name : {"a.pkl", "b.safetensors", "notes.txt"}) std::ofstream(folder / name) << name;
        std::ofstream(folder / "more" / "c.pkl") << "c";
    }
    AppOptions options() {
        AppOptions options;
        options.configuration_folder = folder / "config";
        options.cache_folder = folder / "cache";
        options.describe_model = [this](const fs::path& path) -> std::string {
            ++descriptions;
            if (path.filename() == "b.safetensors") throw Error(ErrorKind::format, "Could not open b", "it is empty");
            return "about " + path.filename().string();
        };
        return options;
    }
    static void wait(test::AppHarness& h) {
        for (int calm = 0; calm < 3; calm = h.app->steady() ? calm + 1 : 0) {
            h.frames(1);
            std::this_thread::yield();
        }
    }
    test::TemporaryFolder folder;
    std::atomic<int> descriptions = 0;
};

TEST_F(FilesOnDisk, AreListedWithWhatIsInsideAndOpened) {
    test::AppHarness h(options());
    h.open((folder / "a.pkl").string());
    wait(h);
    h.click("Model/Files");
    wait(h);
    EXPECT_TRUE(h.has("Model/Folder/more/"));
    EXPECT_TRUE(h.has("Model/Folder/a.pkl"));
    EXPECT_FALSE(h.has("Model/Folder/notes.txt"));
    ModelCatalog& catalog = *h.app->info().catalog;
    ASSERT_TRUE(catalog.card((folder / "a.pkl").string()));
    EXPECT_EQ(catalog.card((folder / "a.pkl").string())->about, "about a.pkl");
    EXPECT_TRUE(catalog.picture((folder / "a.pkl").string()));  // it was open
    const auto* broken = catalog.card((folder / "b.safetensors").string());
    ASSERT_TRUE(broken);
    EXPECT_FALSE(broken->readable);
    EXPECT_EQ(broken->about, "it is empty");

    h.click("Model/Folder/more/");
    wait(h);
    h.click("Model/Folder/c.pkl");
    wait(h);
    EXPECT_EQ(h.app->scene().model.path, (folder / "more" / "c.pkl").string());
    h.click("Model/Folder/Up");
    wait(h);
    EXPECT_TRUE(h.has("Model/Folder/a.pkl"));
    std::ofstream(folder / "new.pkl") << "new";
    h.click("Model/Folder/Reread");
    wait(h);
    EXPECT_TRUE(h.has("Model/Folder/new.pkl"));
}

TEST_F(FilesOnDisk, PicturesAndLinesAreKeptForTheNextStart) {
    const std::string path = (folder / "a.pkl").string();
    {
        test::AppHarness h(options());
        h.open(path);
        wait(h);
        h.click("Model/Files");
        wait(h);
    }
    const int described = descriptions;
    test::AppHarness h(options());
    wait(h);
    // Nothing is open: the list is there at once, and so are the files opened lately.
    EXPECT_TRUE(h.has("Model/Folder/a.pkl"));
    EXPECT_TRUE(h.has("Model/Opened lately/a.pkl"));
    ModelCatalog& catalog = *h.app->info().catalog;
    ASSERT_TRUE(catalog.card(path));
    EXPECT_EQ(catalog.card(path)->about, "about a.pkl");
    EXPECT_TRUE(catalog.picture(path));
    EXPECT_EQ(descriptions, described + 1);  // only the one that could not be read is tried again
    // Another file under the same name is looked at anew.
    std::ofstream(path) << "changed, and longer than before";
    h.click("Model/Folder/Reread");
    wait(h);
    EXPECT_EQ(descriptions, described + 3);
    h.click("Model/Opened lately/a.pkl");
    wait(h);
    EXPECT_EQ(h.app->scene().model.path, path);
}

TEST_F(FilesOnDisk, AFolderThatCannotBeReadSaysSo) {
    test::UiHarness ui;
    PictureAtlas atlas;
    ModelCatalog catalog(atlas, {}, {}, {});
    EXPECT_FALSE(catalog.listing("/no/such/folder"));
    do {
        catalog.update();
        std::this_thread::yield();
    } while (catalog.busy());
    catalog.update();
    ASSERT_TRUE(catalog.listing("/no/such/folder"));
    EXPECT_NE(catalog.listing("/no/such/folder")->problem, "");
}

TEST_F(FilesOnDisk, TheCacheStaysSmall) {
    fs::create_directories(folder / "cache" / "models");
    for (std::size_t i = 0; i < ModelCatalog::kMostKept + 5; ++i)
        std::ofstream(folder / "cache" / "models" / std::to_string(i)) << i;
    test::UiHarness ui;
    PictureAtlas atlas;
    ModelCatalog catalog(atlas, folder / "cache", [](const fs::path&) { return std::string("x"); }, {});
    EXPECT_FALSE(catalog.card((folder / "a.pkl").string()));
    do {
        catalog.update();
        std::this_thread::yield();
    } while (catalog.busy());
    const auto files = std::distance(fs::directory_iterator(folder / "cache" / "models"), fs::directory_iterator());
    EXPECT_EQ(static_cast<std::size_t>(files), ModelCatalog::kMostKept);
}

}  // namespace
}  // namespace afs::gui
