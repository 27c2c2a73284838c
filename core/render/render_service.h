// The render worker: one thread that owns the renderer, takes the newest request, and hands results back. The only door
// between a window and a generator. Knows nothing of GLFW: it calls the wake function given to it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/base/progress.h"
#include "core/render/frame.h"

namespace afs {

class RenderService {
  public:
    // `wake` is called from the worker after every result and every progress report.
    explicit RenderService(std::function<void()> wake = {});
    ~RenderService();  // cancels between layers and joins

    // Newest wins: a request that has not started is replaced; one that runs is abandoned between layers when the new
    // one names the same model (a model that loads is not abandoned by a scene that wants it too). Returns the id the
    // result will carry.
    std::uint64_t submit(FrameRequest request);

    // The newest finished frame since the last call, or nothing. Never waits.
    [[nodiscard]] std::optional<FrameResult> poll();

    // What the worker does right now: "loading ffhq.pkl" with a fraction, "rendering"; nothing when idle.
    struct Activity {
        std::string doing;
        double fraction = -1.0;
        bool loading = false;
        double seconds = 0.0;  // since it began
    };
    [[nodiscard]] std::optional<Activity> activity() const;
    void cancel_loading();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace afs
