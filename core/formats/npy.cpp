#include "core/formats/npy.h"

#include <fmt/format.h>
#include <zip.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "core/base/checked.h"
#include "core/base/error.h"

namespace afs {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kMaxRank = 32;

[[noreturn]] void refuse(const std::string& tried, std::string why) {
    throw Error(ErrorKind::format, tried, std::move(why));
}

// NumPy's names of the element types that files of numbers hold; both byte orders of one byte are the same.
constexpr std::pair<std::string_view, DType> kDescriptions[] = {
    {"<f8", DType::f64}, {"<f4", DType::f32}, {"<f2", DType::f16}, {"<i8", DType::i64},    {"<i4", DType::i32},
    {"<i2", DType::i16}, {"|i1", DType::i8},  {"|u1", DType::u8},  {"|b1", DType::boolean}};

// The header is a Python dictionary literal with three known keys; only that much of Python is understood.
class HeaderParser {
  public:
    HeaderParser(std::string_view text, const std::string& tried) : text_(text), tried_(tried) {}

    struct Header {
        std::string descr;
        bool fortran_order = false;
        std::vector<std::int64_t> shape;
    };

    Header parse() {
        Header header;
        int seen = 0;
        expect('{');
        while (!take('}')) {
            const std::string key = string();
            expect(':');
            if (key == "descr") {
                if (peek() != '\'' && peek() != '"') refuse(tried_, "its elements are records, not plain numbers");
                header.descr = string();
                seen |= 1;
            } else if (key == "fortran_order") {
                header.fortran_order = boolean();
                seen |= 2;
            } else if (key == "shape") {
                header.shape = shape();
                seen |= 4;
            } else {
                refuse(tried_, fmt::format("its header has the unknown key \"{}\"", key));
            }
            if (!take(',')) {
                expect('}');
                break;
            }
        }
        if (seen != 7) refuse(tried_, "its header lacks descr, fortran_order or shape");
        return header;
    }

  private:
    char peek() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
        return at_ < text_.size() ? text_[at_] : '\0';
    }
    bool take(char c) {
        if (peek() != c) return false;
        ++at_;
        return true;
    }
    void expect(char c) {
        if (!take(c)) refuse(tried_, fmt::format("its header is malformed at character {}", at_));
    }
    std::string string() {
        const char quote = peek();
        if (quote != '\'' && quote != '"') refuse(tried_, fmt::format("its header is malformed at character {}", at_));
        const auto end = text_.find(quote, at_ + 1);
        if (end == std::string_view::npos) refuse(tried_, "its header ends inside a name");
        std::string value(text_.substr(at_ + 1, end - at_ - 1));
        at_ = end + 1;
        return value;
    }
    bool boolean() {
        (void)peek();
        for (const auto& [word, value] : {std::pair{"True", true}, std::pair{"False", false}})
            if (text_.substr(at_).starts_with(word)) {
                at_ += std::strlen(word);
                return value;
            }
        refuse(tried_, "fortran_order is neither True nor False");
    }
    std::vector<std::int64_t> shape() {
        std::vector<std::int64_t> sizes;
        expect('(');
        while (!take(')')) {
            (void)peek();
            std::int64_t size = 0;
            const auto [end, status] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), size);
            if (status != std::errc{} || size < 0) refuse(tried_, "its shape is not a list of sizes");
            at_ = static_cast<std::size_t>(end - text_.data());
            (void)take('L');  // Python 2's long integers
            sizes.push_back(size);
            if (sizes.size() > kMaxRank) refuse(tried_, "its shape has too many dimensions");
            if (!take(',')) {
                expect(')');
                break;
            }
        }
        return sizes;
    }

    std::string_view text_;
    const std::string& tried_;
    std::size_t at_ = 0;
};

TensorData from_fortran_order(const TensorData& fortran) {
    const std::size_t item = item_size(fortran.dtype), rank = fortran.shape.size();
    std::vector<std::byte> bytes(fortran.bytes.size());
    std::vector<std::int64_t> index(rank, 0);
    for (std::int64_t k = 0; k < fortran.numel(); ++k) {
        std::int64_t source = 0, stride = 1;
        for (std::size_t d = 0; d < rank; ++d) {
            source += index[d] * stride;
            stride *= fortran.shape[d];
        }
        std::memcpy(bytes.data() + static_cast<std::size_t>(k) * item,
                    fortran.bytes.data() + static_cast<std::size_t>(source) * item, item);
        for (std::size_t d = rank; d-- > 0;) {
            if (++index[d] < fortran.shape[d]) break;
            index[d] = 0;
        }
    }
    return make_tensor_data(fortran.dtype, fortran.shape, std::move(bytes));
}

struct ZipDiscard {
    void operator()(zip_t* archive) const { zip_discard(archive); }
};
struct ZipFileClose {
    void operator()(zip_file_t* file) const { zip_fclose(file); }
};

}  // namespace

TensorData read_npy(Bytes bytes, const std::shared_ptr<const void>& owner, const std::string& tried) {
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (!text.starts_with(kMagic)) refuse(tried, "it is not a NumPy .npy file");
    if (text.size() < 10) refuse(tried, "it ends inside its header");
    const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(text[i])); };
    const std::size_t version = byte(6);
    if (version < 1 || version > 3) refuse(tried, fmt::format("its .npy version {} is unknown", version));
    const std::size_t prefix = version == 1 ? 10 : 12;
    if (text.size() < prefix) refuse(tried, "it ends inside its header");
    const std::size_t length =
        version == 1 ? byte(8) | byte(9) << 8 : byte(8) | byte(9) << 8 | byte(10) << 16 | byte(11) << 24;
    if (length > text.size() - prefix) refuse(tried, "its header is longer than the file");
    const auto header = HeaderParser(text.substr(prefix, length), tried).parse();

    const auto known = std::find_if(std::begin(kDescriptions), std::end(kDescriptions), [&](const auto& d) {
        return d.first == header.descr || (d.first[0] == '|' && header.descr.size() == 3 &&
                                           d.first.substr(1) == std::string_view(header.descr).substr(1));
    });
    if (known == std::end(kDescriptions))
        refuse(tried, header.descr.find('O') != std::string::npos
                          ? "it holds Python objects, which would have to be executed to be read"
                          : fmt::format("its element type \"{}\" is not one of little-endian numbers", header.descr));
    const auto numel = checked_numel(header.shape);
    const auto size =
        numel ? checked_multiply(*numel, static_cast<std::int64_t>(item_size(known->second))) : std::nullopt;
    const Bytes data = bytes.subspan(prefix + length);
    if (!size || static_cast<std::uint64_t>(*size) != data.size())
        refuse(tried,
               fmt::format("its shape {} and its {} bytes of data disagree", shape_text(header.shape), data.size()));
    TensorData tensor{known->second, header.shape, data, owner};
    return header.fortran_order && header.shape.size() > 1 ? from_fortran_order(tensor) : tensor;
}

TensorData read_npy(const std::filesystem::path& path) {
    const MappedFile file(path);
    return read_npy(file.bytes(), file.owner(), "Could not open " + path.string());
}

std::vector<std::pair<std::string, TensorData>> read_npz(const std::filesystem::path& path, std::size_t limit_bytes) {
    const std::string tried = "Could not open " + path.string();
    const MappedFile file(path);
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t* const source = zip_source_buffer_create(file.bytes().data(), file.bytes().size(), 0, &error);
    const std::unique_ptr<zip_t, ZipDiscard> archive(source ? zip_open_from_source(source, ZIP_RDONLY, &error)
                                                            : nullptr);
    if (!archive) {
        if (source) zip_source_free(source);
        const std::string why = zip_error_strerror(&error);
        zip_error_fini(&error);
        refuse(tried, "it is not a .npz archive (" + why + ")");
    }
    zip_error_fini(&error);
    std::vector<std::pair<std::string, TensorData>> arrays;
    std::size_t left = limit_bytes;
    for (zip_int64_t i = 0; i < zip_get_num_entries(archive.get(), 0); ++i) {
        zip_stat_t info;
        if (zip_stat_index(archive.get(), static_cast<zip_uint64_t>(i), 0, &info) != 0 || !(info.valid & ZIP_STAT_SIZE))
            refuse(tried, "one of its members cannot be read");
        std::string name = info.name;
        if (!name.ends_with(".npy")) continue;
        name.resize(name.size() - 4);
        // A deflated member of honest content shrinks at most a thousandfold: more is a bomb.
        if (info.size > left || info.size / 1100 > file.bytes().size())
            refuse(tried, fmt::format("its member \"{}\" claims {} bytes", name, info.size));
        left -= info.size;
        auto content = std::make_shared<std::vector<std::byte>>(info.size);
        const std::unique_ptr<zip_file_t, ZipFileClose> member(
            zip_fopen_index(archive.get(), static_cast<zip_uint64_t>(i), 0));
        std::size_t done = 0;
        while (member && done < content->size()) {
            const zip_int64_t got = zip_fread(member.get(), content->data() + done, content->size() - done);
            if (got <= 0) break;
            done += static_cast<std::size_t>(got);
        }
        if (done != content->size()) refuse(tried, fmt::format("its member \"{}\" is damaged", name));
        arrays.emplace_back(name, read_npy(Bytes(*content), content, tried + " (" + name + ")"));
    }
    return arrays;
}

std::string npy_header(DType dtype, const std::vector<std::int64_t>& shape) {
    const auto known = std::find_if(std::begin(kDescriptions), std::end(kDescriptions),
                                    [&](const auto& d) { return d.second == dtype; });
    AFS_CHECK(known != std::end(kDescriptions));  // bfloat16 has no NumPy name: callers widen it
    std::string sizes;
    for (const std::int64_t size : shape) sizes += fmt::format("{}, ", size);
    if (shape.size() > 1) sizes.resize(sizes.size() - 2);
    if (shape.size() == 1) sizes.pop_back();
    std::string text = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", known->first, sizes);
    const std::size_t prefix = kMagic.size() + 4;
    text.append((64 - (prefix + text.size() + 1) % 64) % 64, ' ');
    text += '\n';
    std::string header(kMagic);
    header += {'\x01', '\x00', static_cast<char>(text.size() & 0xff), static_cast<char>(text.size() >> 8)};
    return header + text;
}

void write_npy(const std::filesystem::path& path, const TensorData& tensor, Overwrite overwrite) {
    AtomicFile file(path, overwrite);
    file.write(npy_header(tensor.dtype, tensor.shape));
    file.write(tensor.bytes);
    file.commit();
}

void write_npz(const std::filesystem::path& path, const std::vector<std::pair<std::string, TensorData>>& arrays,
               Overwrite overwrite) {
    const auto failed = [&](const char* why) {
        return Error(ErrorKind::file, "Could not write " + path.string(), why);
    };
    AtomicFile file(path, overwrite);
    std::vector<std::string> members;  // libzip reads them when the archive is closed
    members.reserve(arrays.size());
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t* const buffer = zip_source_buffer_create(nullptr, 0, 0, &error);
    if (!buffer) throw failed("there is not enough memory");
    zip_source_keep(buffer);
    const std::unique_ptr<zip_source_t, decltype(&zip_source_free)> keep(buffer, zip_source_free);
    std::unique_ptr<zip_t, ZipDiscard> archive(zip_open_from_source(buffer, ZIP_TRUNCATE, &error));
    if (!archive) throw failed("the archive could not be made");
    for (const auto& [name, tensor] : arrays) {
        members.push_back(npy_header(tensor.dtype, tensor.shape) +
                          std::string(reinterpret_cast<const char*>(tensor.bytes.data()), tensor.bytes.size()));
        zip_source_t* const member = zip_source_buffer(archive.get(), members.back().data(), members.back().size(), 0);
        const zip_int64_t index =
            member ? zip_file_add(archive.get(), (name + ".npy").c_str(), member, ZIP_FL_ENC_UTF_8) : -1;
        if (index < 0 ||
            zip_set_file_compression(archive.get(), static_cast<zip_uint64_t>(index), ZIP_CM_STORE, 0) != 0) {
            if (member && index < 0) zip_source_free(member);
            throw failed("an array could not be added");
        }
    }
    if (zip_close(archive.get()) != 0) throw failed("the archive could not be closed");
    (void)archive.release();
    zip_stat_t info;
    if (zip_source_stat(buffer, &info) != 0 || zip_source_open(buffer) != 0)
        throw failed("the archive could not be read back");
    std::vector<std::byte> content(info.size);
    const bool complete =
        zip_source_read(buffer, content.data(), content.size()) == static_cast<zip_int64_t>(content.size());
    zip_source_close(buffer);
    if (!complete) throw failed("the archive could not be read back");
    file.write(Bytes(content));
    file.commit();
}

}  // namespace afs
