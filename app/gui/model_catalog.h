// What is known of files that are not open: a line about what is inside, and a small picture: of a network what it
// painted when it was open last, of a picture itself. Looked up on a thread of its own, kept in the user's cache
// folder. UI thread only; nothing here waits for a disk.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "app/gui/file_browser.h"
#include "app/gui/picture_atlas.h"
#include "core/base/job.h"

namespace afs::gui {

// Endings of the files that may hold networks: ".pkl", ...
[[nodiscard]] const std::vector<std::string>& model_endings();

class ModelCatalog {
  public:
    // What is inside a network file, in a line; may throw Error. Called from another thread.
    using Describe = std::function<std::string(const std::filesystem::path&)>;

    // An empty folder keeps nothing; an empty `describe` says nothing. `wake`: there is something new.
    ModelCatalog(PictureAtlas& atlas, std::filesystem::path cache_folder, Describe describe,
                 std::function<void()> wake);
    ~ModelCatalog();
    ModelCatalog(const ModelCatalog&) = delete;
    ModelCatalog& operator=(const ModelCatalog&) = delete;

    struct Card {
        std::string about;     // "stylegan3-t · 256² · 23.3 M", "512 × 512, RGB"; why it cannot be read
        bool readable = true;  // false: `about` says why
    };
    // Null while it is being looked up: asking for it is what starts that.
    [[nodiscard]] const Card* card(const std::string& path);
    [[nodiscard]] std::optional<PictureAtlas::Picture> picture(const std::string& path);

    // The folders and network files of a folder; null while it is being read.
    [[nodiscard]] const FolderListing* listing(const std::string& folder);
    void forget_listings() { listings_.clear(); }  // so that they are read again, and changed files with them

    // What an open network paints, for the next time.
    void remember(const std::string& path, std::shared_ptr<const Image> picture);

    void update();  // every frame: takes what was found, starts to look for what was asked
    [[nodiscard]] bool busy() const;

    static constexpr std::size_t kMostKept = 400;  // files in the cache folder

  private:
    struct Wanted;
    struct Finding;
    struct Findings;

    PictureAtlas& atlas_;
    std::filesystem::path folder_;
    Describe describe_;
    std::function<void()> wake_;
    std::map<std::string, Card> cards_;
    std::map<std::string, FolderListing> listings_;
    std::set<std::string> asked_;  // wanted or being looked up
    std::vector<Wanted> wanted_;
    std::shared_ptr<Findings> findings_;
    std::unique_ptr<Job> job_;
};

}  // namespace afs::gui
