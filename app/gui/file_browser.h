// Choosing a file inside the window: no helper program is needed. UI thread only; a folder is read when it is entered.
#pragma once

#include <imgui.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace afs::gui {

class ModelCatalog;

struct FolderEntry {
    std::string name;
    bool is_folder = false;
    std::uintmax_t size = 0;
    std::string changed;  // local date
};

// Folders first, then files whose ending is in `endings` (all when empty; any case), both by name. Hidden ones only on
// request. Never throws: `problem` says in words why a folder cannot be read.
struct FolderListing {
    std::vector<FolderEntry> entries;
    std::string problem;
};
[[nodiscard]] FolderListing list_folder(const std::filesystem::path& folder, const std::vector<std::string>& endings,
                                        bool hidden);

class FileBrowser {
  public:
    enum class Purpose { open, save };
    struct Request {
        Purpose purpose = Purpose::open;
        std::string title;                 // "Open a model"
        std::filesystem::path folder;      // where to start; falls back to the nearest that exists
        std::vector<std::string> endings;  // ".pkl", ...; saving adds the first where none is typed
        std::string file_name;             // proposed when saving
        std::vector<std::string> places;   // folders used lately
        std::function<void(const std::filesystem::path&)> chosen;
    };

    void show(Request request);
    [[nodiscard]] bool visible() const { return visible_; }
    [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

    // The dialog; call every frame. Calls `chosen` when the user decides. `catalog`: what a selected file holds and
    // shows; null: nothing is said of it.
    void draw(ModelCatalog* catalog = nullptr);

  private:
    void enter(const std::filesystem::path& folder);
    void take(const std::filesystem::path& path);
    void draw_places();
    void draw_listing(ImVec2 size);
    void draw_preview(ModelCatalog& catalog, float height);
    void draw_bottom();
    void close();

    Request request_;
    bool visible_ = false, opening_ = false, hidden_ = false, confirm_overwrite_ = false, take_focus_ = false;
    std::filesystem::path folder_;
    FolderListing listing_;
    std::string path_text_, filter_, name_, message_;
    int selected_ = -1, pointed_at_ = -1;  // rows of the listing
};

}  // namespace afs::gui
