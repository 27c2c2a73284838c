#include "app/gui/model_catalog.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <span>
#include <utility>

#include "app/gui/file_look.h"
#include "core/base/log.h"
#include "core/base/sha256.h"

namespace afs::gui {
namespace fs = std::filesystem;

// Something to be done on the other thread.
struct ModelCatalog::Wanted {
    enum class Kind { card, listing, picture } kind = Kind::card;
    std::string path;
    std::shared_ptr<const Image> picture;  // to be kept
};

struct ModelCatalog::Finding {
    std::string path;
    std::optional<Card> card;
    std::optional<FolderListing> listing;
    std::optional<Image> picture;
};

struct ModelCatalog::Findings {
    std::mutex mutex;
    std::vector<Finding> found;
};

namespace {

std::string atlas_name(const std::string& path) { return "model " + path; }

// Another file under the same name has another key: its size and date differ.
std::string key_of(const fs::path& path) {
    std::error_code problem;
    const auto size = fs::file_size(path, problem);
    const auto changed = fs::last_write_time(path, problem).time_since_epoch().count();
    if (problem) return {};
    const std::string text = fmt::format("{}\n{}\n{}", path.string(), size, changed);
    return sha256_hex(std::as_bytes(std::span(text)));
}

// The oldest files of the cache make room.
void make_room(const fs::path& folder, std::size_t most) {
    std::vector<std::pair<fs::file_time_type, fs::path>> files;
    std::error_code problem;
    for (const auto& entry : fs::directory_iterator(folder, problem))
        files.emplace_back(entry.last_write_time(problem), entry.path());
    if (files.size() <= most) return;
    std::sort(files.begin(), files.end());
    for (std::size_t i = 0; i + most < files.size(); ++i) fs::remove(files[i].second, problem);
}

class Lookup {
  public:
    Lookup(fs::path folder, ModelCatalog::Describe describe)
        : folder_(std::move(folder)), describe_(std::move(describe)) {}

    struct Found {
        ModelCatalog::Card card;
        std::optional<Image> picture;
    };
    // What is inside a file of any kind, and its small picture where it has one.
    [[nodiscard]] Found look_into(const std::string& path) const {
        FileLook look;
        try {
            look = look_into_file(path);
        } catch (...) {
            return {{reason(current_failure("Could not read the file")), false}, {}};
        }
        if (look.about.empty()) return {card(path), picture(path)};
        Found found{{std::move(look.about), true}, {}};
        if (look.picture) found.picture = reduced_to_fit(*look.picture, PictureAtlas::kCell);
        return found;
    }

    void remember(const std::string& path, const Image& picture) const {
        if (const std::string key = kept_key(path); !key.empty())
            keep(key + ".png", encode_png(reduced_to_fit(picture, PictureAtlas::kCell)));
    }

  private:
    [[nodiscard]] static std::string reason(const Failure& failure) {
        return failure.why.empty() ? failure.what : failure.why;
    }
    [[nodiscard]] ModelCatalog::Card card(const std::string& path) const {
        const std::string key = kept_key(path);
        std::error_code problem;
        if (!key.empty() && fs::exists(folder_ / (key + ".txt"), problem)) {
            try {
                return {read_text_file(folder_ / (key + ".txt"), 4096), true};
            } catch (const Error&) {  // looked up anew
            }
        }
        ModelCatalog::Card card;
        try {
            if (describe_) card.about = describe_(path);
        } catch (...) {
            return {reason(current_failure("Could not read the file")), false};  // not kept: it may be mended
        }
        if (!key.empty()) keep(key + ".txt", std::as_bytes(std::span(card.about)));
        return card;
    }

    [[nodiscard]] std::optional<Image> picture(const std::string& path) const {
        const std::string key = kept_key(path);
        std::error_code problem;
        if (key.empty() || !fs::exists(folder_ / (key + ".png"), problem)) return std::nullopt;
        try {
            return decode_picture(MappedFile(folder_ / (key + ".png")).bytes(), "Could not read a small picture",
                                  1 << 20);
        } catch (const Error& e) {
            log_warning("{}", e.what());
            return std::nullopt;
        }
    }

    [[nodiscard]] std::string kept_key(const std::string& path) const {
        return folder_.empty() ? std::string() : key_of(path);
    }
    // A cache that cannot be written is none; nobody needs to be told twice.
    void keep(const std::string& name, Bytes bytes) const {
        try {
            write_file(folder_ / name, bytes, Overwrite::yes);
            make_room(folder_, ModelCatalog::kMostKept);
        } catch (const Error& e) {
            log_warning("{}", e.what());
        }
    }

    fs::path folder_;
    ModelCatalog::Describe describe_;
};

}  // namespace

const std::vector<std::string>& model_endings() {
    static const std::vector<std::string> kEndings = {".pkl", ".pt", ".pth", ".safetensors"};
    return kEndings;
}

ModelCatalog::ModelCatalog(PictureAtlas& atlas, fs::path cache_folder, Describe describe, std::function<void()> wake)
    : atlas_(atlas),
      folder_(cache_folder.empty() ? fs::path() : cache_folder / "models"),
      describe_(std::move(describe)),
      wake_(std::move(wake)),
      findings_(std::make_shared<Findings>()) {}

ModelCatalog::~ModelCatalog() = default;

bool ModelCatalog::busy() const { return job_ != nullptr || !wanted_.empty(); }

const ModelCatalog::Card* ModelCatalog::card(const std::string& path) {
    if (const auto known = cards_.find(path); known != cards_.end()) return &known->second;
    if (asked_.insert(path).second) wanted_.push_back({Wanted::Kind::card, path, nullptr});
    return nullptr;
}

std::optional<PictureAtlas::Picture> ModelCatalog::picture(const std::string& path) {
    return atlas_.find(atlas_name(path));
}

const FolderListing* ModelCatalog::listing(const std::string& folder) {
    if (const auto known = listings_.find(folder); known != listings_.end()) return &known->second;
    // Lists first: they are what a person waits for.
    if (asked_.insert(folder).second) wanted_.insert(wanted_.begin(), {Wanted::Kind::listing, folder, nullptr});
    return nullptr;
}

void ModelCatalog::remember(const std::string& path, std::shared_ptr<const Image> picture) {
    atlas_.put(atlas_name(path), *picture);
    if (!folder_.empty()) wanted_.push_back({Wanted::Kind::picture, path, std::move(picture)});
}

void ModelCatalog::update() {
    std::vector<Finding> found;
    {
        const std::lock_guard lock(findings_->mutex);
        found = std::exchange(findings_->found, {});
    }
    for (Finding& finding : found) {
        asked_.erase(finding.path);
        if (finding.card) cards_[finding.path] = std::move(*finding.card);
        // A picture of the network as it is now is newer than any file.
        if (finding.picture && !atlas_.find(atlas_name(finding.path)))
            atlas_.put(atlas_name(finding.path), *finding.picture);
        if (finding.listing) {
            for (const FolderEntry& entry : finding.listing->entries)
                cards_.erase((fs::path(finding.path) / entry.name).string());  // it may have changed
            listings_[finding.path] = std::move(*finding.listing);
        }
    }
    if (job_ && job_->finished()) {
        if (const auto failure = job_->failure()) log_line(LogLevel::warning, failure->paragraph());
        job_.reset();
    }
    if (job_ || wanted_.empty()) return;
    job_ = std::make_unique<Job>(
        "looking at network files",
        [lookup = Lookup(folder_, describe_), findings = findings_,
         wanted = std::exchange(wanted_, {})](const Progress& progress) {
            for (std::size_t i = 0; i < wanted.size(); ++i) {
                progress.check_stop();
                const Wanted& one = wanted[i];
                Finding finding{.path = one.path, .card = {}, .listing = {}, .picture = {}};
                switch (one.kind) {
                    case Wanted::Kind::card: {
                        Lookup::Found look = lookup.look_into(one.path);
                        finding.card = std::move(look.card);
                        finding.picture = std::move(look.picture);
                        break;
                    }
                    case Wanted::Kind::listing: finding.listing = list_folder(one.path, model_endings(), false); break;
                    case Wanted::Kind::picture: lookup.remember(one.path, *one.picture); continue;
                }
                {
                    const std::lock_guard lock(findings->mutex);
                    findings->found.push_back(std::move(finding));
                }
                progress.report(static_cast<double>(i + 1) / static_cast<double>(wanted.size()), one.path);
            }
        },
        wake_);
}

}  // namespace afs::gui
