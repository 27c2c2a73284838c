#include "core/formats/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <optional>
#include <unordered_set>

#include "core/base/checked.h"
#include "core/base/json.h"
#include "core/formats/format_error.h"
#include "core/formats/utf8.h"

namespace afs {
namespace {

constexpr std::size_t kLengthBytes = 8;
// A network has hundreds of tensors, so tens of kilobytes. The bound keeps a hostile header from costing memory.
constexpr std::uint64_t kMaxHeader = std::uint64_t{8} << 20;
constexpr std::size_t kMaxRank = 32;

struct DTypeCode {
    std::string_view code;
    DType dtype;
};
constexpr std::array<DTypeCode, 10> kCodes = {{{"F64", DType::f64},
                                               {"F32", DType::f32},
                                               {"F16", DType::f16},
                                               {"BF16", DType::bf16},
                                               {"I64", DType::i64},
                                               {"I32", DType::i32},
                                               {"I16", DType::i16},
                                               {"I8", DType::i8},
                                               {"U8", DType::u8},
                                               {"BOOL", DType::boolean}}};

std::string_view code_of(DType dtype) {
    return std::find_if(kCodes.begin(), kCodes.end(), [&](const DTypeCode& c) { return c.dtype == dtype; })->code;
}

struct Entry {
    std::string name;
    std::optional<std::string> dtype;
    std::optional<std::vector<std::int64_t>> shape;
    std::optional<std::vector<std::int64_t>> offsets;
};

// Takes the header apart as it is parsed. No tree is built: an object of a million keys would cost quadratic time in
// an order-keeping tree, and a deep one the stack.
class HeaderReader : public nlohmann::json_sax<Json> {
  public:
    explicit HeaderReader(const std::string& display) : display_(display) {}

    std::vector<Entry> entries;
    StringPairs metadata;

    bool null() override { return scalar("null"); }
    bool boolean(bool) override { return scalar("true or false"); }
    bool number_float(number_float_t, const string_t&) override { return scalar("a fraction"); }
    bool binary(binary_t&) override { return scalar("binary data"); }
    bool number_integer(number_integer_t value) override { return number(value); }
    bool number_unsigned(number_unsigned_t value) override {
        if (value > std::uint64_t{INT64_MAX}) fail(fmt::format("the number {} is too large", value));
        return number(static_cast<std::int64_t>(value));
    }
    bool string(string_t& value) override {
        if (place_ == Place::metadata) {
            metadata.emplace_back(key_, std::move(value));
        } else if (place_ == Place::tensor && key_ == "dtype") {
            entries.back().dtype = std::move(value);
        } else {
            return scalar("a text");
        }
        return true;
    }
    bool start_object(std::size_t) override {
        if (place_ == Place::outside) {
            place_ = Place::header;
        } else if (place_ == Place::header && key_ == "__metadata__") {
            place_ = Place::metadata;
            seen_metadata_.clear();
        } else if (place_ == Place::header) {
            place_ = Place::tensor;
            entries.push_back({key_, {}, {}, {}});
        } else {
            fail("it is nested too deep");
        }
        return true;
    }
    bool end_object() override {
        place_ = place_ == Place::header ? Place::outside : Place::header;
        return true;
    }
    bool start_array(std::size_t) override {
        if (place_ != Place::tensor || (key_ != "shape" && key_ != "data_offsets"))
            fail(place_ == Place::list || place_ == Place::tensor ? "it is nested too deep"
                                                                  : "a list stands where none belongs");
        place_ = Place::list;
        list().emplace();
        return true;
    }
    bool end_array() override {
        place_ = Place::tensor;
        return true;
    }
    bool key(string_t& name) override {
        const bool unique = place_ == Place::header     ? seen_tensors_.insert(name).second
                            : place_ == Place::metadata ? seen_metadata_.insert(name).second
                                                        : !has(name);
        if (!unique) fail(fmt::format("it has the key \"{}\" twice", printable(name)));
        key_ = std::move(name);
        return true;
    }
    bool parse_error(std::size_t position, const std::string&, const Json::exception&) override {
        throw cannot_open(display_, fmt::format("its header is not valid JSON (near byte {})",
                                                kLengthBytes + std::max<std::size_t>(position, 1) - 1));
    }

  private:
    enum class Place { outside, header, metadata, tensor, list };

    [[noreturn]] void fail(const std::string& why) const {
        throw cannot_open(display_, "its header is malformed: " + why);
    }
    [[noreturn]] bool scalar(const std::string& what) const {
        fail(place_ == Place::outside ? "it is not an object"
                                      : fmt::format("\"{}\" is {} and should be something else, or should not be there",
                                                    printable(key_), what));
    }
    bool number(std::int64_t value) {
        if (place_ != Place::list) return scalar("a number");
        if (list()->size() == kMaxRank)
            fail(fmt::format("a list of \"{}\" is too long", printable(entries.back().name)));
        list()->push_back(value);
        return true;
    }
    std::optional<std::vector<std::int64_t>>& list() {
        return key_ == "shape" ? entries.back().shape : entries.back().offsets;
    }
    [[nodiscard]] bool has(const std::string& name) const {
        const Entry& entry = entries.back();
        return (name == "dtype" && entry.dtype) || (name == "shape" && entry.shape) ||
               (name == "data_offsets" && entry.offsets);
    }

    const std::string& display_;
    Place place_ = Place::outside;
    std::string key_;
    std::unordered_set<std::string> seen_tensors_, seen_metadata_;
};

std::uint64_t header_length(Bytes bytes) {
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data(), kLengthBytes);
    return length;
}

TensorData tensor_of(const Entry& entry, Bytes data, const std::shared_ptr<const void>& owner,
                     const std::string& display) {
    const auto fail = [&](const std::string& why) {
        return cannot_open(display, fmt::format("its tensor \"{}\" {}", printable(entry.name), why));
    };
    if (!entry.dtype || !entry.shape || !entry.offsets) throw fail("lacks its dtype, shape or data_offsets");
    const auto code = std::find_if(kCodes.begin(), kCodes.end(), [&](const auto& c) { return c.code == *entry.dtype; });
    if (code == kCodes.end()) throw fail(fmt::format("has the unknown dtype {}", printable(*entry.dtype, 40)));
    for (const std::int64_t size : *entry.shape)
        if (size < 0) throw fail(fmt::format("has the negative size {}", size));
    const auto numel = checked_numel(*entry.shape);
    const auto size = numel ? checked_multiply(*numel, static_cast<std::int64_t>(item_size(code->dtype))) : numel;
    if (!size) throw fail(fmt::format("has the shape {}, which overflows", shape_text(*entry.shape)));
    if (entry.offsets->size() != 2) throw fail("needs two data_offsets");
    const std::int64_t begin = (*entry.offsets)[0], end = (*entry.offsets)[1];
    if (begin < 0 || end < begin) throw fail(fmt::format("has the reversed offsets {} to {}", begin, end));
    if (static_cast<std::uint64_t>(end) > data.size())
        throw fail(fmt::format("ends at byte {} of the data, which has {}", end, data.size()));
    if (end - begin != *size)
        throw fail(fmt::format("has the shape {} of {}, which needs {} bytes, but {} are given",
                               shape_text(*entry.shape), dtype_name(code->dtype), *size, end - begin));
    return {code->dtype, *entry.shape, data.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(*size)),
            owner};
}

// Overlaps would let one byte mean two things, and gaps would hide bytes.
void check_layout(const std::vector<Entry>& entries, std::size_t data_size, const std::string& display) {
    std::int64_t end = 0;
    const Entry* before = nullptr;
    for (const Entry& entry : entries) {
        const std::int64_t begin = (*entry.offsets)[0];
        if (begin < end)
            throw cannot_open(display, fmt::format("its tensors \"{}\" and \"{}\" overlap", printable(before->name),
                                                   printable(entry.name)));
        if (begin > end)
            throw cannot_open(display, fmt::format("{} bytes before its tensor \"{}\" belong to no tensor", begin - end,
                                                   printable(entry.name)));
        end = (*entry.offsets)[1];
        before = &entry;
    }
    if (static_cast<std::size_t>(end) != data_size)
        throw cannot_open(display, fmt::format("its tensors end at byte {} of the data, which has {}", end, data_size));
}

}  // namespace

const TensorData* SafetensorsFile::find(std::string_view name) const {
    const auto found = std::find_if(tensors.begin(), tensors.end(), [&](const auto& t) { return t.first == name; });
    return found == tensors.end() ? nullptr : &found->second;
}

const std::string* SafetensorsFile::metadata_value(std::string_view key) const {
    const auto found = std::find_if(metadata.begin(), metadata.end(), [&](const auto& m) { return m.first == key; });
    return found == metadata.end() ? nullptr : &found->second;
}

bool looks_like_safetensors(Bytes bytes) {
    if (bytes.size() <= kLengthBytes || bytes[kLengthBytes] != std::byte{'{'}) return false;
    // Zeros there: no text, no pickle and no ZIP archive has them, but every header length of less than 4 GiB.
    return bytes[4] == std::byte{0} && bytes[5] == std::byte{0} && bytes[6] == std::byte{0};
}

SafetensorsFile parse_safetensors(Bytes bytes, const std::shared_ptr<const void>& owner, const std::string& display) {
    if (bytes.size() < kLengthBytes) throw cannot_open(display, "it ends before its header");
    const std::uint64_t length = header_length(bytes);
    if (length > bytes.size() - kLengthBytes)
        throw cannot_open(
            display,
            fmt::format("its header claims {} bytes, more than the file has; it is cut short or damaged", length),
            "Download or copy it again.");
    if (length > kMaxHeader)
        throw cannot_open(display, fmt::format("its header has {} bytes; at most {} are read", length, kMaxHeader));
    const auto header = bytes.subspan(kLengthBytes, static_cast<std::size_t>(length));
    const Bytes data = bytes.subspan(kLengthBytes + static_cast<std::size_t>(length));

    HeaderReader reader(display);
    const auto* text = reinterpret_cast<const char*>(header.data());
    Json::sax_parse(text, text + header.size(), &reader);

    SafetensorsFile file;
    file.metadata = std::move(reader.metadata);
    std::stable_sort(reader.entries.begin(), reader.entries.end(), [](const Entry& a, const Entry& b) {
        return a.offsets && b.offsets ? *a.offsets < *b.offsets : b.offsets.has_value() && !a.offsets;
    });
    file.tensors.reserve(reader.entries.size());
    for (Entry& entry : reader.entries) {
        TensorData tensor = tensor_of(entry, data, owner, display);
        file.tensors.emplace_back(entry.name, std::move(tensor));
    }
    check_layout(reader.entries, data.size(), display);
    return file;
}

SafetensorsFile read_safetensors(const std::filesystem::path& path) {
    const MappedFile file(path);
    return parse_safetensors(file.bytes(), file.owner(), path.string());
}

void write_safetensors(const std::filesystem::path& path, std::span<const std::pair<std::string, TensorData>> tensors,
                       const StringPairs& metadata, Overwrite overwrite) {
    const std::string tried = "Could not write " + path.string();
    // The text is put together by hand from escaped pieces: an order-keeping JSON object looks a key up in linear time.
    std::string header = "{";
    std::unordered_set<std::string_view> seen;
    const auto unique = [&](const std::string& name, std::string_view what) {
        if (!seen.insert(name).second)
            throw Error(ErrorKind::argument, tried, fmt::format("it would have the {} \"{}\" twice", what, name));
    };
    const auto quoted = [&](const std::string& text) {
        try {
            return Json(text).dump();
        } catch (const Json::exception&) {
            throw Error(ErrorKind::argument, tried, "a name or a metadata value is not valid UTF-8");
        }
    };
    if (!metadata.empty()) {
        header += "\"__metadata__\":{";
        for (const auto& [key, value] : metadata) {
            unique(key, "metadata key");
            header += fmt::format("{}{}:{}", header.back() == '{' ? "" : ",", quoted(key), quoted(value));
        }
        header += '}';
    }
    seen.clear();
    seen.insert("__metadata__");
    std::size_t end = 0;
    for (const auto& [name, tensor] : tensors) {
        unique(name, "tensor");
        const auto numel = checked_numel(tensor.shape);
        AFS_CHECK(numel && static_cast<std::size_t>(*numel) * item_size(tensor.dtype) == tensor.bytes.size());
        const std::size_t begin = end;
        end += tensor.bytes.size();
        std::string shape = shape_text(tensor.shape);
        shape.erase(std::remove(shape.begin(), shape.end(), ' '), shape.end());
        header += fmt::format("{}{}:{{\"dtype\":\"{}\",\"shape\":{},\"data_offsets\":[{},{}]}}",
                              header.size() == 1 ? "" : ",", quoted(name), code_of(tensor.dtype), shape, begin, end);
    }
    header += '}';
    header.append((8 - header.size() % 8) % 8, ' ');
    const std::uint64_t length = header.size();
    if (length > kMaxHeader)
        throw Error(ErrorKind::argument, tried,
                    fmt::format("its header would have {} bytes; at most {} are read", length, kMaxHeader));

    AtomicFile file(path, overwrite);
    file.write(std::as_bytes(std::span(&length, 1)));
    file.write(header);
    for (const auto& [name, tensor] : tensors) file.write(tensor.bytes);
    file.commit();
}

}  // namespace afs
