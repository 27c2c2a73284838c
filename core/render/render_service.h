// The render worker: one thread that owns the renderer, takes the newest request, and hands results back. The only door
// between a window and a generator. Knows nothing of GLFW: it calls the wake function given to it.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "core/render/frame_source.h"

namespace afs {

class RenderService final : public FrameSource {
  public:
    // `wake` is called from the worker after every result and every progress report.
    explicit RenderService(std::function<void()> wake = {});
    ~RenderService() override;  // cancels between layers and joins

    // One that runs is abandoned between layers when the new one names the same model (a model that loads is not
    // abandoned by a scene that wants it too).
    std::uint64_t submit(FrameRequest request) override;
    [[nodiscard]] std::optional<FrameResult> poll() override;
    [[nodiscard]] std::optional<Activity> activity() const override;
    void cancel_loading() override;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace afs
