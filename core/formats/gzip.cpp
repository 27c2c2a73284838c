#include "core/formats/gzip.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <memory>
#include <new>

#include "core/base/error.h"

namespace afs {

std::vector<std::byte> unpack_gzip(Bytes packed, std::size_t limit, const std::string& tried) {
    constexpr std::size_t kMostAtOnce = std::size_t{1} << 30;  // zlib counts in 32 bits
    z_stream stream{};
    if (inflateInit2(&stream, MAX_WBITS + 16) != Z_OK) throw std::bad_alloc();
    const std::unique_ptr<z_stream, decltype(&inflateEnd)> close(&stream, inflateEnd);
    std::vector<std::byte> content(std::min(limit, std::max<std::size_t>(4 * packed.size(), 4096)));
    std::size_t read = 0, written = 0;
    for (;;) {
        if (written == content.size()) {
            if (written >= limit)
                throw Error(ErrorKind::format, tried, fmt::format("it unpacks to more than {} bytes", limit));
            content.resize(std::min(limit, 2 * content.size()));
        }
        const std::size_t in = std::min(packed.size() - read, kMostAtOnce),
                          out = std::min(content.size() - written, kMostAtOnce);
        stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(packed.data() + read));
        stream.avail_in = static_cast<uInt>(in);
        stream.next_out = reinterpret_cast<Bytef*>(content.data() + written);
        stream.avail_out = static_cast<uInt>(out);
        const int status = inflate(&stream, Z_NO_FLUSH);
        read += in - stream.avail_in;
        written += out - stream.avail_out;
        if (status == Z_STREAM_END) {
            if (read == packed.size()) break;
            if (inflateReset(&stream) != Z_OK) throw std::bad_alloc();
            continue;
        }
        if (status == Z_OK && (read < packed.size() || stream.avail_out == 0)) continue;
        if (status == Z_BUF_ERROR && stream.avail_out == 0) continue;
        throw Error(ErrorKind::format, tried,
                    status == Z_DATA_ERROR && written == 0 ? "it is not a gzip file"
                    : status == Z_DATA_ERROR               ? "its gzip data is damaged"
                                                           : "its gzip data ends too early",
                    "Download it again.");
    }
    content.resize(written);
    return content;
}

}  // namespace afs
