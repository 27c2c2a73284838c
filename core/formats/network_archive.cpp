#include "core/formats/network_archive.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "core/formats/format_error.h"
#include "core/formats/pickle.h"
#include "core/formats/safetensors.h"
#include "core/formats/snapshot_pickle.h"
#include "core/formats/state_dictionary.h"
#include "core/formats/torch_storage.h"
#include "core/formats/torch_zip.h"
#include "core/formats/utf8.h"

namespace afs {
namespace {

constexpr std::string_view kWhatToOpen = "Name a network-snapshot-*.pkl, a .safetensors or a .pt state dictionary.";
constexpr std::string_view kDownloadAgain = "Download it again, with a tool that follows redirections.";

struct Foreign {
    std::string_view magic, what, what_to_do;
};
using namespace std::string_view_literals;
constexpr std::array kForeign = {
    Foreign{"\x89PNG\r\n"sv, "it is a PNG picture, not a network file", kWhatToOpen},
    Foreign{"\xff\xd8\xff"sv, "it is a JPEG picture, not a network file", kWhatToOpen},
    Foreign{"GIF8"sv, "it is a GIF picture, not a network file", kWhatToOpen},
    Foreign{"\x93NUMPY"sv, "it is a NumPy array, not a network file", kWhatToOpen},
    Foreign{"\x89HDF"sv, "it is an HDF5 file, which is not a format of these networks", kWhatToOpen},
    Foreign{"\x1f\x8b"sv, "it is compressed with gzip", "Unpack it with gunzip first."},
    Foreign{"\xfd\x37zXZ"sv, "it is compressed with xz", "Unpack it with unxz first."},
    Foreign{"BZh"sv, "it is compressed with bzip2", "Unpack it with bunzip2 first."},
    Foreign{"7z\xbc\xaf"sv, "it is a 7z archive", "Unpack it first."},
    Foreign{"version https://git-lfs"sv, "it is a Git LFS pointer, not the file itself",
            "Run `git lfs pull` in its folder."},
};

std::string_view text_of(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

bool looks_like_html(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n\xef\xbb\xbf");
    if (first == std::string_view::npos || text[first] != '<') return false;
    std::string start(text.substr(first, 16));
    std::transform(start.begin(), start.end(), start.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return start.starts_with("<!doctype") || start.starts_with("<html") || start.starts_with("<?xml") ||
           start.starts_with("<head") || start.starts_with("<!--");
}

bool looks_like_text(std::string_view text) {
    text = text.substr(0, 4096);
    return std::all_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte >= 0x20 || byte == '\n' || byte == '\r' || byte == '\t';
    });
}

NetworkArchive read_safetensors_archive(Bytes bytes, const std::shared_ptr<const void>& owner,
                                        const std::string& display) {
    SafetensorsFile file = parse_safetensors(bytes, owner, display);
    std::vector<NamedTensor> tensors;
    tensors.reserve(file.tensors.size());
    for (auto& [name, tensor] : file.tensors) tensors.push_back({std::move(name), std::move(tensor), true});
    NetworkArchive archive;
    archive.format = "safetensors";
    archive.networks = split_networks(std::move(tensors));
    if (!file.metadata.empty()) {
        // Built in one go: assigning by key would look every key up in linear time.
        Json::object_t metadata;
        static_cast<std::vector<Json::object_t::value_type>&>(metadata).reserve(file.metadata.size());
        for (auto& [key, value] : file.metadata)
            static_cast<std::vector<Json::object_t::value_type>&>(metadata).emplace_back(std::move(key),
                                                                                         std::move(value));
        archive.metadata = Json(std::move(metadata));
    }
    return archive;
}

}  // namespace

const NamedTensor* NetworkRecord::find(std::string_view name) const {
    const auto found = std::find_if(tensors.begin(), tensors.end(), [&](const auto& t) { return t.name == name; });
    return found == tensors.end() ? nullptr : &*found;
}

const NetworkRecord* NetworkArchive::find(std::string_view name) const {
    const auto found = std::find_if(networks.begin(), networks.end(), [&](const auto& n) { return n.first == name; });
    return found == networks.end() ? nullptr : &found->second;
}

NetworkArchive read_network_archive(const std::filesystem::path& path) {
    const MappedFile file(path);
    return read_network_archive(file.bytes(), file.owner(), path.string());
}

NetworkArchive read_network_archive(Bytes bytes, const std::shared_ptr<const void>& owner, const std::string& display) {
    const std::string_view text = text_of(bytes);
    if (text.empty()) throw cannot_open(display, "it ends early: the file is empty", "Download or copy it again.");
    if (looks_like_safetensors(bytes)) return read_safetensors_archive(bytes, owner, display);
    if (text.starts_with("PK\3\4") || text.starts_with("PK\5\6")) return read_torch_zip(bytes, owner, display);
    for (const Foreign& foreign : kForeign)
        if (text.starts_with(foreign.magic))
            throw cannot_open(display, std::string(foreign.what), std::string(foreign.what_to_do));
    if (looks_like_html(text))
        throw cannot_open(display, "it is an HTML page that was saved instead of the file",
                          std::string(kDownloadAgain));
    if (looks_like_legacy_torch(bytes)) return read_torch_legacy(bytes, owner, display);
    if (text[0] == '\x80') return read_snapshot(bytes, owner, display);
    // Pickles of protocols 0 and 1 have no mark of their own: what reads as one is judged as one.
    try {
        return read_snapshot(bytes, owner, display);
    } catch (const ForbiddenGlobal&) {
        throw;
    } catch (const Error& e) {
        throw cannot_open(display,
                          looks_like_text(text) ? std::string("it is a text, not a network file")
                                                : fmt::format("it is not a network file ({})", e.why()),
                          std::string(kWhatToOpen));
    }
}

}  // namespace afs
