// Films in the background: one at a time, on a thread of its own with a network of its own, that steps back for the
// pictures of the window. What is recorded, how far it is, and how the last one ended. UI thread only; nothing here
// waits, except the end: what is recorded then is broken off, and plays up to there.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "app/gui/picture_atlas.h"
#include "core/base/job.h"
#include "core/render/film.h"

namespace afs::gui {

using RecordFilm =
    std::function<FilmResult(const FilmRequest& request, const Progress& progress, const OnFilmFrame& on_frame)>;

struct Recording {
    FilmRequest request;
    bool running = false;
    ProgressState progress;
    std::optional<double> seconds_left;  // while it is known
    std::optional<double> bytes;         // that all of it will take on the disk; once some frames lie there
    std::optional<Failure> failure;      // cancelled: of that kind
    FilmResult result;                   // where nothing failed
    std::string ended;                   // in words; empty while it runs
};

class Recorder {
  public:
    // `make` (render_film) is called on the recorder's thread. Empty: nothing is recorded here.
    Recorder(PictureAtlas& atlas, RecordFilm make, std::function<void()> wake);

    [[nodiscard]] bool available() const { return static_cast<bool>(make_); }
    void start(FilmRequest request);  // nothing while one is recorded
    void cancel();
    void forget();  // the last one, once it has ended

    [[nodiscard]] const Recording* recording() const { return recording_ ? &*recording_ : nullptr; }
    [[nodiscard]] bool busy() const { return job_ != nullptr; }
    // The newest frame of what is recorded, small; nothing before the first one.
    [[nodiscard]] std::optional<PictureAtlas::Picture> newest_frame() const;

    // Every frame. True where the recording has just ended.
    bool update(double now_s);

  private:
    struct Shared;
    PictureAtlas& atlas_;
    RecordFilm make_;
    std::function<void()> wake_;
    bool frame_known_ = false;  // of this recording, in the atlas
    std::optional<Recording> recording_;
    // The first frame that was made in full tells how long the others take; before it, the network is read.
    std::optional<std::pair<double, double>> first_seen_;  // (when, fraction)
    std::shared_ptr<Shared> shared_;
    std::unique_ptr<Job> job_;
};

// "12 s", "3 min 20 s", "1 h 5 min".
[[nodiscard]] std::string duration_words(double seconds);

// What lies on the disk of a film that was broken off.
[[nodiscard]] std::string what_is_there(const FilmRequest& request);

}  // namespace afs::gui
