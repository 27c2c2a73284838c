// TensorBoard's event files: scalars and pictures of a run as records that it reads while they are written. Torch-free;
// needs nothing of TensorBoard's. One thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/append_file.h"
#include "core/formats/picture.h"

namespace afs {

class EventFile {
  public:
    // Makes a new file events.out.tfevents.<time>.<host>.<process>.<n> in the folder; TensorBoard reads all that lie
    // there in the order of their names. `goes_on_from`: of a run that is continued: what earlier files say about this
    // step and later ones counts no more. Throws Error{file}.
    explicit EventFile(const std::filesystem::path& folder, std::optional<std::int64_t> goes_on_from = {});

    // wall_time_s: what TensorBoard's time axis shows; training counts from its start (SPEC 13). Nothing reaches the
    // file before flush().
    void add_scalar(std::string_view tag, double value, std::int64_t step, double wall_time_s);  // kept as float32
    void add_picture(std::string_view tag, const Image& picture, std::int64_t step, double wall_time_s);
    // In one piece: a process that is killed leaves at most one broken record, the last. Throws Error{file}: what was
    // added since the last flush is then lost.
    void flush();

    [[nodiscard]] const std::filesystem::path& path() const { return file_.path(); }

  private:
    void add_record(const std::string& event);

    AppendFile file_;
    std::string pending_;
};

// CRC-32C (Castagnoli) of RFC 3720: "123456789" gives 0xe3069283.
[[nodiscard]] std::uint32_t crc32c(std::string_view bytes);

}  // namespace afs
