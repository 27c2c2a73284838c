// The render worker: one thread that owns the renderer's caches, takes the newest request, and hands results back. The
// only door between a window and a generator. Knows nothing of GLFW: it calls the wake function given to it.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "core/render/frame_source.h"

namespace afs {

class RenderService final : public FrameSource {
  public:
    // `wake` is called from other threads after every result and every progress report; it must be cheap and outlive
    // the service.
    explicit RenderService(std::function<void()> wake = {});
    ~RenderService() override;  // abandons the frame between two layers, cancels a load, joins

    // A model that is not open yet is loaded on a thread of its own; until it is there, the last one answers with the
    // new scene.
    std::uint64_t submit(FrameRequest request) override;
    [[nodiscard]] std::optional<FrameResult> poll() override;
    [[nodiscard]] std::optional<Activity> activity() const override;
    void cancel_loading() override;
    void end_sheet() override;
    void want_thumbnails(std::vector<std::uint32_t> seeds, int side_px) override;
    [[nodiscard]] std::optional<Thumbnail> poll_thumbnail() override;
    void want_glance(bool wanted) override;
    [[nodiscard]] std::optional<SpectraResult> poll_glance() override;
    void average_spectra(std::optional<SpectraWish> wish) override;
    [[nodiscard]] std::optional<SpectraResult> poll_average() override;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace afs
