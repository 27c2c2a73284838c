// Plays films back with FFmpeg's decoders and colour arithmetic of its own, so that what an encoder wrote is judged by
// somebody else.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/formats/picture.h"

namespace afs::test {

struct Movie {
    std::string codec;  // FFmpeg's name: "h264"
    int width = 0, height = 0;
    double frames_per_second = 0.0;                  // as the file says
    double duration_s = 0.0;                         // as the file says
    std::string matrix, range, primaries, transfer;  // FFmpeg's names: "bt709", "tv"; "gbr", "pc"
    std::vector<double> times_s;                     // of the frames, in the order of showing
    std::vector<Image> frames;                       // RGB
};

// Every frame that can be decoded; broken ends are passed over, as players do. Throws std::runtime_error for a file
// that is no film.
[[nodiscard]] Movie play(const std::filesystem::path& path);

// The same without an exception: a film without frames.
[[nodiscard]] Movie play_if_possible(const std::filesystem::path& path);

// Decibels of the difference between pictures of one size and RGB or RGBA; infinity where there is none.
[[nodiscard]] double psnr_db(const Image& a, const Image& b);
[[nodiscard]] double luma_psnr_db(const Image& a, const Image& b);  // of BT.709's brightness alone

[[nodiscard]] double mean_level(const Image& image, std::size_t channel);

}  // namespace afs::test
