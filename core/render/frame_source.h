// Where a window gets its pictures from: the render worker in the program, a fake in tests. The window's thread calls
// every function; none of them waits for the generator.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/render/frame.h"

namespace afs {

class FrameSource {
  public:
    virtual ~FrameSource() = default;

    // Newest wins: a request that has not started is replaced. One that runs may be abandoned for a newer one, but
    // never two in a row: a hand that moves faster than the generator must not starve the picture. Returns the id that
    // the result will carry; a replaced or abandoned request has no result.
    virtual std::uint64_t submit(FrameRequest request) = 0;

    // The newest finished frame since the last call, or nothing.
    [[nodiscard]] virtual std::optional<FrameResult> poll() = 0;

    // What is being done right now: "loading ffhq.pkl" with a fraction, "rendering"; nothing when idle.
    struct Activity {
        std::string doing;
        double fraction = -1.0;  // 0..1; negative when unknown
        bool loading = false;
        double seconds = 0.0;  // since it began
    };
    [[nodiscard]] virtual std::optional<Activity> activity() const = 0;
    virtual void cancel_loading() = 0;

    // Ends a contact sheet that is growing: it comes once more, complete, with the pictures that it has and a note.
    virtual void end_sheet() {}

    // Small pictures of seeds, for when there is time: made one by one, the first first, of the newest request's model,
    // class and truncation, while no frame is due. A newer wish replaces the older; an empty one ends it.
    virtual void want_thumbnails(std::vector<std::uint32_t> /*seeds*/, int /*side_px*/) {}
    // The next finished one, in order.
    [[nodiscard]] virtual std::optional<Thumbnail> poll_thumbnail() { return std::nullopt; }

    // A glance at every module's spectrum: of the newest request, of few channels, made once it rests.
    virtual void want_glance(bool /*wanted*/) {}
    [[nodiscard]] virtual std::optional<SpectraResult> poll_glance() { return std::nullopt; }

    // Spectra of every module, averaged over seeds of the scene of the newest request, one picture at a time between
    // frames: with the network that is open, never beside it. Every picture gives a result. Nothing: ends it with what
    // there is. Another model ends it, too.
    virtual void average_spectra(std::optional<SpectraWish> /*wish*/) {}
    [[nodiscard]] virtual std::optional<SpectraResult> poll_average() { return std::nullopt; }
};

}  // namespace afs
