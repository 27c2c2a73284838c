#include "core/formats/zip_writer.h"

#include <zlib.h>

#include <algorithm>

#include "core/base/error.h"

namespace afs {
namespace {

constexpr std::uint64_t k32 = 0xffffffff, k16 = 0xffff;  // what says "look in the ZIP64 record"
constexpr std::uint16_t kUtf8Names = 0x800, kFirstOfJanuary1980 = 0x21;
constexpr std::size_t kLocalSize = 30, kPaddingHead = 4;

template <class Number> void append(std::string& to, Number value) {
    for (std::size_t i = 0; i < sizeof(Number); ++i)
        to += static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i) & 0xff);
}

}  // namespace

ZipWriter::ZipWriter(const std::filesystem::path& path, Overwrite overwrite, ZipWriterOptions options)
    : tried_("Could not write " + path.string()), options_(options), file_(path, overwrite) {}

void ZipWriter::add(std::string_view name, Bytes content) {
    if (content.size() >= k32) throw Error(ErrorKind::argument, tried_, "a member of it would have 4 GiB or more");
    if (name.size() > k16) throw Error(ErrorKind::argument, tried_, "the name of a member of it is too long");
    const bool far = offset_ >= k32;
    std::string common;  // the fields that both headers have
    append(common, std::uint16_t{static_cast<std::uint16_t>(far ? 45 : 20)});
    append(common, kUtf8Names);
    append(common, std::uint16_t{0});  // stored
    append(common, std::uint16_t{0});  // midnight
    append(common, kFirstOfJanuary1980);
    append(common,
           static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(content.data()), content.size())));
    append(common, static_cast<std::uint32_t>(content.size()));
    append(common, static_cast<std::uint32_t>(content.size()));
    append(common, static_cast<std::uint16_t>(name.size()));

    std::string wide;
    if (far) {
        append(wide, std::uint16_t{1});
        append(wide, std::uint16_t{8});
        append(wide, offset_);
    }
    directory_ += "PK\1\2";
    append(directory_, std::uint16_t{45});  // made by: a program that knows ZIP64
    directory_ += common;
    append(directory_, static_cast<std::uint16_t>(wide.size()));
    directory_.append(10, '\0');  // no comment, first disk, no attributes
    append(directory_, static_cast<std::uint32_t>(std::min(offset_, k32)));
    directory_ += name;
    directory_ += wide;
    ++count_;

    std::string header = "PK\3\4" + common, padding;
    if (options_.alignment > 1) {
        const std::size_t unpadded = offset_ + kLocalSize + name.size() + kPaddingHead;
        const std::size_t missing = (options_.alignment - unpadded % options_.alignment) % options_.alignment;
        padding = "FB";  // PyTorch's own padding field
        append(padding, static_cast<std::uint16_t>(missing));
        padding.append(missing, 'Z');
    }
    append(header, static_cast<std::uint16_t>(padding.size()));
    header += name;
    header += padding;
    file_.write(header);
    file_.write(content);
    offset_ += header.size() + content.size();
}

void ZipWriter::commit() {
    std::string end;
    const bool wide = count_ >= k16 || offset_ >= k32 || directory_.size() >= k32;
    if (wide) {
        const std::uint64_t record = offset_ + directory_.size();
        end += "PK\6\6";
        append(end, std::uint64_t{44});  // of what follows
        append(end, std::uint16_t{45});
        append(end, std::uint16_t{45});
        append(end, std::uint64_t{0});  // one disk
        append(end, count_);
        append(end, count_);
        append(end, static_cast<std::uint64_t>(directory_.size()));
        append(end, offset_);
        end += "PK\6\7";
        append(end, std::uint32_t{0});
        append(end, record);
        append(end, std::uint32_t{1});
    }
    end += "PK\5\6";
    append(end, std::uint32_t{0});
    append(end, static_cast<std::uint16_t>(std::min(count_, k16)));
    append(end, static_cast<std::uint16_t>(std::min(count_, k16)));
    append(end, static_cast<std::uint32_t>(std::min<std::uint64_t>(directory_.size(), k32)));
    append(end, static_cast<std::uint32_t>(std::min(offset_, k32)));
    append(end, std::uint16_t{0});
    file_.write(directory_);
    file_.write(end);
    file_.commit();
}

}  // namespace afs
