// Films: a document at fixed steps of time, frame by frame, into a file or a folder of pictures. The same document
// gives the same frames, in the window, on the command line and on another day, on the same device with as many
// threads. Torch-free; one thread a film; encoding has its own (core/formats/video.h).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
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
    // Its rate is the timeline's. A size of 0 x 0: that of the film's frame 0, made even where the codec needs it, also
    // for a part of the film; other frames are fitted into it.
    FilmFormat format;
    // Pictures are sampled that many times as densely in each direction, by moving the input by parts of a pixel:
    // networks with a Fourier input only, and the square of it in time.
    int supersample = 1;
    std::int64_t first = 0;            // of the frames to make
    std::optional<std::int64_t> last;  // included; nothing: to the end
    // Of the network. Where they may be unknown (a session's, made with another network), what is wrong is a note.
    bool layer_may_be_unknown = true, filters_may_be_unknown = true;
    // A folder of pictures: only those that are missing are made. A file: goes on after the last frame that it has.
    bool resume = false;
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

// A frame that was just given to the encoder, for whoever wants to watch.
struct FilmFrame {
    std::int64_t index = 0;  // in the film
    std::shared_ptr<const Image> image;
    double bytes_a_frame = 0.0;  // on the disk, of those that are there for good; 0: none is yet
};
using OnFilmFrame = std::function<void(const FilmFrame&)>;  // called on the film's thread

// Everything that can be refused is before the second frame is made. Throws Error: what a FilmWriter throws, an
// argument that names the option, a network that cannot be opened. Error{cancelled} when stopped: what was made until
// then is in the file, which plays.
[[nodiscard]] FilmResult render_film(const FilmRequest& request, const Progress& progress = {},
                                     const OnFilmFrame& on_frame = {});

// A contact sheet instead of the film: columns x rows of its frames (of the request's part), evenly in time, the first
// among them, and the last unless the whole film is a loop. A film with fewer frames has smaller sheets. The format's
// size is a cell's; pictures are reduced by the least whole factor that keeps the sheet within kLargestGrid.
// The output ends in .png, .jpg or .jpeg.
struct FilmSheetResult {
    std::vector<std::int64_t> frames;  // as they lie, row by row
    int columns = 0, rows = 0, width = 0, height = 0;
    std::vector<std::string> notes;
};
[[nodiscard]] FilmSheetResult render_film_sheet(const FilmRequest& request, int columns, int rows,
                                                const Progress& progress = {});

// The frames of such a sheet: `count` or fewer of `first` to `last`.
[[nodiscard]] std::vector<std::int64_t> sheet_frames(std::int64_t first, std::int64_t last, std::int64_t count,
                                                     bool loop);

}  // namespace afs
