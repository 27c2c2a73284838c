#include "core/train/event_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <cmath>
#include <limits>
#include <utility>

namespace afs {
namespace {

constexpr std::array<std::uint32_t, 256> crc_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t value = i;
        for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? 0x82f63b78U : 0U);
        table[i] = value;
    }
    return table;
}

template <class T> void append_little_endian(std::string& to, T value) {
    for (std::size_t i = 0; i < sizeof(T); ++i) to += static_cast<char>(value >> (8 * i));
}

// Protocol buffers, as far as events need them: a field is its number and kind, then its value.
class Message {
  public:
    void number(int field, std::int64_t value) {
        key(field, 0);
        varint(static_cast<std::uint64_t>(value));
    }
    void real(int field, double value) {
        key(field, 1);
        append_little_endian(bytes_, std::bit_cast<std::uint64_t>(value));
    }
    void real(int field, float value) {
        key(field, 5);
        append_little_endian(bytes_, std::bit_cast<std::uint32_t>(value));
    }
    void text(int field, std::string_view value) {
        key(field, 2);
        varint(value.size());
        bytes_ += value;
    }
    void message(int field, const Message& value) { text(field, value.bytes_); }
    [[nodiscard]] const std::string& bytes() const { return bytes_; }

  private:
    void key(int field, int kind) { varint(static_cast<std::uint64_t>(field << 3 | kind)); }
    void varint(std::uint64_t value) {
        for (; value >= 128; value >>= 7) bytes_ += static_cast<char>(value | 128);
        bytes_ += static_cast<char>(value);
    }
    std::string bytes_;
};

// The fields' numbers in TensorBoard's event.proto and summary.proto.
namespace event {
constexpr int kWallTime = 1, kStep = 2, kFileVersion = 3, kSummary = 5, kSessionLog = 7;
}
namespace session_log {
constexpr int kStatus = 1;
constexpr std::int64_t kStart = 1;
}  // namespace session_log
namespace summary {
constexpr int kValue = 1, kTag = 1, kSimpleValue = 2, kImage = 4;
constexpr int kHeight = 1, kWidth = 2, kColourspace = 3, kEncoded = 4;
}  // namespace summary

// Beyond float32's range: infinite, which the language leaves open.
float as_float(double value) {
    constexpr double kMost = std::numeric_limits<float>::max();
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    if (std::abs(value) > kMost) return value > 0 ? kInfinity : -kInfinity;
    return static_cast<float>(value);
}

double unix_time_s() {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::filesystem::path new_name(const std::filesystem::path& folder) {
    std::array<char, 256> host{};
    if (::gethostname(host.data(), host.size() - 1) != 0 || host[0] == '\0') host = {'h', 'o', 's', 't'};
    static std::atomic<unsigned> counter{0};
    std::filesystem::path path;
    do
        path = folder / fmt::format("events.out.tfevents.{:010}.{}.{}.{}", static_cast<std::int64_t>(unix_time_s()),
                                    host.data(), ::getpid(), counter++);
    while (std::filesystem::exists(path));
    return path;
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
    static constexpr std::array<std::uint32_t, 256> kTable = crc_table();
    std::uint32_t crc = ~0U;
    for (const char c : bytes) crc = (crc >> 8) ^ kTable[(crc ^ static_cast<unsigned char>(c)) & 255];
    return ~crc;
}

EventFile::EventFile(const std::filesystem::path& folder, std::optional<std::int64_t> goes_on_from)
    : file_(new_name(folder)) {
    Message first;
    first.real(event::kWallTime, unix_time_s());
    first.text(event::kFileVersion, "brain.Event:2");
    add_record(first.bytes());
    if (goes_on_from) {
        Message log, restart;
        log.number(session_log::kStatus, session_log::kStart);
        restart.real(event::kWallTime, unix_time_s());
        restart.number(event::kStep, *goes_on_from);
        restart.message(event::kSessionLog, log);
        add_record(restart.bytes());
    }
    flush();
}

void EventFile::add_scalar(std::string_view tag, double value, std::int64_t step, double wall_time_s) {
    Message entry, all, whole;
    entry.text(summary::kTag, tag);
    entry.real(summary::kSimpleValue, as_float(value));
    all.message(summary::kValue, entry);
    whole.real(event::kWallTime, wall_time_s);
    whole.number(event::kStep, step);
    whole.message(event::kSummary, all);
    add_record(whole.bytes());
}

void EventFile::add_picture(std::string_view tag, const Image& picture, std::int64_t step, double wall_time_s) {
    const std::vector<std::byte> png = encode_png(picture);
    Message image, entry, all, whole;
    image.number(summary::kHeight, picture.height);
    image.number(summary::kWidth, picture.width);
    image.number(summary::kColourspace, picture.channels);
    image.text(summary::kEncoded, {reinterpret_cast<const char*>(png.data()), png.size()});
    entry.text(summary::kTag, tag);
    entry.message(summary::kImage, image);
    all.message(summary::kValue, entry);
    whole.real(event::kWallTime, wall_time_s);
    whole.number(event::kStep, step);
    whole.message(event::kSummary, all);
    add_record(whole.bytes());
}

// TFRecord: the length and its checksum, the bytes and theirs.
void EventFile::add_record(const std::string& bytes) {
    const auto append_checksum = [&](std::string_view of) {
        // Rotated and shifted: records may hold checksums themselves.
        append_little_endian(pending_, std::rotr(crc32c(of), 15) + 0xa282ead8U);
    };
    std::string length;
    append_little_endian(length, static_cast<std::uint64_t>(bytes.size()));
    pending_ += length;
    append_checksum(length);
    pending_ += bytes;
    append_checksum(bytes);
}

void EventFile::flush() {
    const std::string bytes = std::exchange(pending_, {});
    file_.append(bytes);
}

}  // namespace afs
