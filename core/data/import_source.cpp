#include "core/data/import_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <unordered_map>
#include <vector>

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/data/data_labels.h"
#include "core/data/picture_files.h"
#include "core/data/tar.h"
#include "core/formats/gzip.h"
#include "core/formats/pickle.h"
#include "core/formats/utf8.h"

namespace afs {
namespace {

constexpr const char* kCifar = "cifar-10-python.tar.gz";
constexpr const char* kMnist = "train-images-idx3-ubyte.gz";
constexpr const char* kMnistLabels = "train-labels-idx1-ubyte.gz";
constexpr int kClasses = 10;  // of both
constexpr std::size_t kMostUnpacked = std::size_t{2} << 30;

// As Python writes it: a blank after each comma. Numbers keep their spelling as integers or reals.
std::string label_text(const Json& label) {
    if (!label.is_array()) return label.dump();
    std::string text = "[";
    for (const Json& element : label) text += (text.size() > 1 ? ", " : "") + element.dump();
    return text + "]";
}

class FileSource final : public ImportSource {
  public:
    explicit FileSource(const std::filesystem::path& path) : files_(path), names_(files_.names()) {
        const std::string tried = "Could not import " + path.string();
        if (!files_.unreadable().empty())
            throw Error(ErrorKind::format, tried,
                        fmt::format("{} of its pictures are neither PNG nor JPEG, the first one is {}",
                                    files_.unreadable().size(), printable(files_.unreadable().front())),
                        "Convert them to PNG first.");
        if (names_.empty())
            throw Error(ErrorKind::format, tried, "it holds no pictures",
                        "Give a folder or a ZIP archive of PNG or JPEG pictures.");
        // Folders directory by directory, archives by the whole name: what numbers pictures everywhere else.
        if (!files_.is_archive())
            std::ranges::sort(names_, [](const std::string& a, const std::string& b) {
                return std::filesystem::path(a) < std::filesystem::path(b);
            });
        if (const auto json = files_.read("dataset.json"))
            read_label_table({reinterpret_cast<const char*>(json->bytes.data()), json->bytes.size()}, path.string());
    }

    [[nodiscard]] std::int64_t size() const override { return static_cast<std::int64_t>(names_.size()); }
    [[nodiscard]] std::string display(std::int64_t index) const override { return files_.display(name(index)); }
    [[nodiscard]] Image read(std::int64_t index) const override {
        const std::string tried = "Could not read the picture " + display(index);
        const auto member = files_.read(name(index));
        if (!member) throw Error(ErrorKind::file, tried, "it is gone");
        return decode_picture(member->bytes, tried, std::int64_t{1} << 28, Damage::refuse);
    }
    [[nodiscard]] std::string label(std::int64_t index) const override {
        const auto found = labels_.find(name(index));
        return found == labels_.end() ? std::string() : found->second;
    }

  private:
    [[nodiscard]] const std::string& name(std::int64_t index) const {
        return names_.at(static_cast<std::size_t>(index));
    }

    void read_label_table(std::string_view text, const std::string& display) {
        const Json json = parse_json(text, "Could not read the labels of " + display);
        std::vector<std::string> labelled;
        if (json.is_object() && json.contains("labels") && json["labels"].is_array())
            for (const Json& row : json["labels"])
                if (row.is_array() && row.size() == 2 && row[0].is_string() &&
                    std::ranges::binary_search(files_.names(), row[0].get<std::string>()))
                    labels_[row[0].get<std::string>()] = label_text(row[1]);
        for (const std::string& name : files_.names())
            if (labels_.contains(name)) labelled.push_back(name);
        (void)read_labels(text, labelled, display);  // says what is wrong with them
    }

    PictureFiles files_;
    std::vector<std::string> names_;
    std::unordered_map<std::string, std::string> labels_;
};

// Pictures of one size as an array in memory.
class ArraySource : public ImportSource {
  public:
    [[nodiscard]] std::int64_t size() const override { return static_cast<std::int64_t>(labels_.size()); }
    [[nodiscard]] std::string display(std::int64_t index) const override {
        return fmt::format("{}, picture {}", display_, index);
    }
    [[nodiscard]] std::string label(std::int64_t index) const override {
        return std::to_string(labels_.at(static_cast<std::size_t>(index)));
    }

  protected:
    explicit ArraySource(const std::filesystem::path& path)
        : display_(path.string()), tried_("Could not import " + path.string()) {}
    void add_label(std::int64_t label) {
        if (label < 0 || label >= kClasses) throw refuse(fmt::format("picture {} has the class {}", size(), label));
        labels_.push_back(static_cast<int>(label));
    }
    [[nodiscard]] Error refuse(const std::string& why) const {
        return {ErrorKind::format, tried_, why, "Download it again."};
    }

    std::string display_, tried_;
    std::vector<int> labels_;
};

class CifarSource final : public ArraySource {
  public:
    explicit CifarSource(const std::filesystem::path& path) : ArraySource(path) {
        const MappedFile file(path);
        const auto unpacked =
            std::make_shared<const std::vector<std::byte>>(unpack_gzip(file.bytes(), kMostUnpacked, tried_));
        const std::vector<TarMember> members = read_tar(*unpacked, tried_);
        for (int batch = 1; batch <= 5; ++batch) {
            const std::string name = fmt::format("cifar-10-batches-py/data_batch_{}", batch);
            const auto member = std::ranges::find(members, name, &TarMember::name);
            if (member == members.end()) throw refuse("it has no " + name);
            read_batch(member->content, unpacked, name);
        }
        if (labels_.empty()) throw refuse("it holds no pictures");
    }

    [[nodiscard]] Image read(std::int64_t index) const override {
        std::int64_t at = index;
        for (const TensorData& planes : batches_) {
            if (at >= planes.shape[0]) {
                at -= planes.shape[0];
                continue;
            }
            Image image{kSide, kSide, 3, std::vector<std::uint8_t>(kPixels * 3)};
            const auto* from =
                reinterpret_cast<const std::uint8_t*>(planes.bytes.data()) + static_cast<std::size_t>(at) * kPixels * 3;
            for (std::size_t c = 0; c < 3; ++c)
                for (std::size_t i = 0; i < kPixels; ++i) image.pixels[i * 3 + c] = *from++;
            return image;
        }
        throw Error(ErrorKind::argument, "Could not read the picture " + display(index), "there is no such picture");
    }

  private:
    static constexpr int kSide = 32;
    static constexpr std::size_t kPixels = 1024;

    void read_batch(Bytes bytes, const std::shared_ptr<const void>& owner, const std::string& name) {
        PickleGraph graph(bytes, owner, display_ + ", " + name);
        const PickleNode& root = *read_pickle(graph, bytes).value;
        const PickleNode* const data = root.is(PickleKind::dict) ? root.find("data") : nullptr;
        const PickleNode* const labels = root.is(PickleKind::dict) ? root.find("labels") : nullptr;
        if (data == nullptr || labels == nullptr || !data->is(PickleKind::array) || !labels->is(PickleKind::list))
            throw refuse(name + " is not a batch of pictures with labels");
        TensorData planes = graph.tensor_data(*data);
        if (planes.dtype != DType::u8 || planes.shape.size() != 2 ||
            planes.shape[1] != static_cast<std::int64_t>(3 * kPixels))
            throw refuse(fmt::format("the pictures of {} are {} {}, not uint8 [n, 3072]", name,
                                     dtype_name(planes.dtype), shape_text(planes.shape)));
        if (planes.shape[0] != static_cast<std::int64_t>(labels->items.size()))
            throw refuse(fmt::format("{} has {} pictures and {} labels", name, planes.shape[0], labels->items.size()));
        for (const PickleNode* label : labels->items) {
            if (!label->is(PickleKind::integer)) throw refuse("a label of " + name + " is no class");
            add_label(label->integer);
        }
        batches_.push_back(std::move(planes));
    }

    std::vector<TensorData> batches_;
};

class MnistSource final : public ArraySource {
  public:
    explicit MnistSource(const std::filesystem::path& path) : ArraySource(path) {
        const auto beside = path.parent_path() / kMnistLabels;
        pictures_ = unpack_gzip(MappedFile(path).bytes(), kMostUnpacked, tried_);
        const auto classes =
            unpack_gzip(MappedFile(beside).bytes(), kMostUnpacked, "Could not import " + beside.string());
        const std::size_t count = check(pictures_, 0x803, 16, kSmall * kSmall, "pictures");
        if (check(classes, 0x801, 8, 1, "labels") != count)
            throw refuse(
                fmt::format("it has {} pictures, {} has {} labels", count, beside.string(), classes.size() - 8));
        if (count == 0) throw refuse("it holds no pictures");
        for (std::size_t i = 0; i < count; ++i) add_label(static_cast<std::uint8_t>(classes[8 + i]));
    }

    [[nodiscard]] Image read(std::int64_t index) const override {
        Image image{kLarge, kLarge, 1, std::vector<std::uint8_t>(kLarge * kLarge)};
        const auto* from = reinterpret_cast<const std::uint8_t*>(pictures_.data()) + 16 +
                           static_cast<std::size_t>(index) * kSmall * kSmall;
        for (std::size_t y = 0; y < kSmall; ++y)
            std::copy_n(from + y * kSmall, kSmall, image.pixels.data() + (y + kEdge) * kLarge + kEdge);
        return image;
    }

  private:
    static constexpr std::size_t kSmall = 28, kEdge = 2, kLarge = 32;

    // The number of items; `head` bytes lie before the first of them, the numbers in them big-endian.
    [[nodiscard]] std::size_t check(const std::vector<std::byte>& file, std::uint32_t magic, std::size_t head,
                                    std::size_t item, const char* what) const {
        const auto number = [&](std::size_t at) {
            std::uint32_t value = 0;
            for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<std::uint8_t>(file[at + i]);
            return value;
        };
        if (file.size() < head || number(0) != magic) throw refuse(fmt::format("its {} are no idx file", what));
        if (head == 16 && (number(8) != kSmall || number(12) != kSmall))
            throw refuse(fmt::format("its pictures are {} x {}, not 28 x 28", number(12), number(8)));
        if (file.size() - head != std::size_t{number(4)} * item)
            throw refuse(
                fmt::format("it should hold {} {}, but has {} bytes of them", number(4), what, file.size() - head));
        return number(4);
    }

    std::vector<std::byte> pictures_;
};

}  // namespace

std::unique_ptr<ImportSource> open_import_source(const std::filesystem::path& path) {
    std::error_code ignored;
    if (std::filesystem::is_regular_file(path, ignored)) {
        if (path.filename() == kCifar) return std::make_unique<CifarSource>(path);
        if (path.filename() == kMnist) return std::make_unique<MnistSource>(path);
    }
    return std::make_unique<FileSource>(path);
}

}  // namespace afs
