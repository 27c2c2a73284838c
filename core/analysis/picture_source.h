// Pictures by number, whatever makes them: a data set or a generator. What average spectra and metrics read. Torch-free
// at the door.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/progress.h"
#include "core/ops/device.h"

namespace afs {

class PictureSource {
  public:
    virtual ~PictureSource() = default;
    [[nodiscard]] virtual std::string name() const = 0;  // of its file or folder
    [[nodiscard]] virtual bool is_network() const = 0;
    [[nodiscard]] virtual int side() const = 0;           // pixels
    [[nodiscard]] virtual int channels() const = 0;       // 1 or 3
    [[nodiscard]] virtual std::int64_t size() const = 0;  // how many there are to read
    // Pictures first .. first + count - 1 of [0, size): [count, channels, side, side]. One thread at a time. Throws
    // Error; Error{cancelled} when stopped.
    [[nodiscard]] virtual std::vector<std::uint8_t> read(std::int64_t first, std::int64_t count,
                                                         const Progress& progress) = 0;
};

struct PictureSourceOptions {
    // Of a data set: a random subset of so many (all where it has fewer); of a network: so many seeds. Nothing: all of
    // a data set, 50,000 of a network.
    std::optional<std::int64_t> num = {};
    std::uint32_t seed = 0;  // of the subset; picture i of a network has the seed `seed` + i (beyond 32 bits: from 0)
    Device device = {};
    Precision precision = Precision::automatic;
};

// A folder or a ZIP archive with pictures in it is a data set, anything else a network: psi 1, constant noise, a
// conditional network draws each seed's own class (SPEC 1), pixels as SPEC 8 says. Throws Error.
[[nodiscard]] std::unique_ptr<PictureSource> open_picture_source(const std::filesystem::path& path,
                                                                 const PictureSourceOptions& options,
                                                                 const Progress& progress = {});

}  // namespace afs
