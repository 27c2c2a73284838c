// Films: a document at fixed steps of time, frame by frame, into a file or a folder of pictures. The same document
// gives the same frames, in the window, on the command line and on another day, on the same device with as many
// threads. Torch-free; one thread a film; encoding has its own (core/formats/video.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/progress.h"
#include "core/formats/video.h"
#include "core/ops/device.h"
#include "core/scene/document.h"

namespace afs {

struct FilmRequest {
    std::vector<Document> cells;  // side by side, of one model; the first one's length and rate are the film's
    int columns = 1;              // of them
    FilmFormat format;            // its rate is the timeline's; a size of 0 x 0: that of the first frame, made even
    // Pictures are sampled that many times as densely in each direction, by moving the input by parts of a pixel:
    // networks with a Fourier input only, and the square of it in time.
    int supersample = 1;
    std::int64_t first = 0;            // of the frames to make
    std::optional<std::int64_t> last;  // included; nothing: to the end
    bool resume = false;               // a folder of pictures: only those that are missing are made
    std::filesystem::path output;
    Overwrite overwrite = Overwrite::no;
    Device device;
    Precision precision = Precision::automatic;
};

struct FilmResult {
    std::int64_t frames = 0, kept = 0;  // made; there already
    int width = 0, height = 0;
    double seconds = 0.0, render_seconds = 0.0;  // of everything; of making pictures
    std::vector<std::string> notes;
};

// Everything that can be refused is before the first frame is made. Throws Error: what a FilmWriter throws, an argument
// that names the option, a network that cannot be opened. Error{cancelled} when stopped: what was made until then is in
// the file, which plays.
[[nodiscard]] FilmResult render_film(const FilmRequest& request, const Progress& progress = {});

}  // namespace afs
