// A generator that is none: paints a pattern that obeys the transform and the latent, loads "networks" by what their
// file name says, and answers when the test wants it to.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/render/frame_source.h"

namespace afs::test {

// By file name: "stylegan2" has a constant input and noise, "conditional" has ten classes; all others are alias-free.
[[nodiscard]] std::shared_ptr<const NetworkInfo> fake_network(const std::string& path, int resolution = 128);

// What the pattern shows at a picture coordinate (0..1) of the unmoved picture: red grows to the right, green
// downwards.
[[nodiscard]] Image fake_picture(const Scene& scene, int resolution);

class FakeFrameSource final : public FrameSource {
  public:
    std::uint64_t submit(FrameRequest request) override;
    [[nodiscard]] std::optional<FrameResult> poll() override;
    [[nodiscard]] std::optional<Activity> activity() const override;
    void cancel_loading() override;
    void end_sheet() override;
    void want_thumbnails(std::vector<std::uint32_t> seeds, int side_px) override;
    [[nodiscard]] std::optional<Thumbnail> poll_thumbnail() override;  // one a call, as long as some are wanted

    void want_glance(bool wanted) override { glance_wanted = wanted; }
    [[nodiscard]] std::optional<SpectraResult> poll_glance() override;
    void average_spectra(std::optional<SpectraWish> wish) override;
    [[nodiscard]] std::optional<SpectraResult> poll_average() override;  // a picture more a call

    bool glance_wanted = false;
    std::optional<SpectraWish> average_wish;
    int averaged = 0;              // pictures
    int resolution = 128;          // of its pictures
    bool on_device = false;        // pictures lie on a GPU that there is not
    std::size_t bytes_read = 0;    // of those
    bool answers = true;           // false: requests wait until answer_now()
    bool sheets_grow = false;      // a sheet or a strip comes incomplete, and complete only by end_sheet()
    int polls_to_load = 0;         // a new model takes so many polls
    std::set<std::string> broken;  // paths that cannot be opened
    std::optional<Failure> fail_drawing;
    std::vector<FrameRequest> requests;  // all of them, oldest first
    bool makes_thumbnails = true;
    std::vector<std::uint32_t> wanted_seeds;  // the newest wish, less what was made
    int thumbnail_side_px = 0, thumbnail_wishes = 0, thumbnails_made = 0;

    void answer_now();
    void finish_loading();  // at the next poll, however many were to come

  private:
    [[nodiscard]] FrameResult draw(const FrameRequest& request, const std::string& path);
    [[nodiscard]] FramePicture left_on_device(const std::shared_ptr<const Image>& picture);

    std::deque<FrameResult> results_;
    std::optional<FrameRequest> pending_;
    std::optional<FrameResult> growing_;
    bool average_ended_ = false;
    std::string open_path_, loading_path_;
    int load_polls_left_ = 0;
    std::uint64_t next_id_ = 1;
};

}  // namespace afs::test
