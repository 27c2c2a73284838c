// The page that asks what to record, how and where; it says beside its button why a film cannot be made. Starts
// nothing: it hands back what was asked for. UI thread only.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/gui/file_browser.h"
#include "app/gui/frame_info.h"
#include "core/render/film.h"

namespace afs::gui {

struct RecordSettings {
    enum class What { canvas, picture, layer, spectrum, equivariance, quad, sheet } what = What::canvas;
    enum class Size { as_made, side512, side1024, own } size = Size::as_made;
    int width = 1920, height = 1080;  // of a size of one's own
    std::optional<double> rate;       // frames a second; nothing: as the timeline says
    int supersample = 1;
    FilmCodec codec = FilmCodec::h264;
    int h264_crf = 18, vp9_crf = 24, jpeg_quality = 95;
    bool part = false;  // only these frames
    int first = 0, last = 0;
    std::string output;
    bool overwrite = false;
};

// Without device and precision. Tracks of the canvas go where something else than the canvas is asked for.
[[nodiscard]] FilmRequest film_request(const RecordSettings& settings, const Document& document);

// "H.264", "PNG pictures".
[[nodiscard]] const char* codec_words(FilmCodec codec);

class RecordPage {
  public:
    // In `folder`, named after `stem`; what was chosen the last time stays otherwise.
    void show(const std::string& folder, const std::string& stem, const Document& document);
    [[nodiscard]] bool visible() const { return visible_; }
    [[nodiscard]] RecordSettings& settings() { return settings_; }

    // Every frame. What is to be recorded, where that was asked for.
    [[nodiscard]] std::optional<FilmRequest> draw(const Document& document, const FrameInfo& info,
                                                  FileBrowser& file_browser, bool recorder_busy);

  private:
    void draw_what();
    void draw_size(const FrameInfo& info);
    void draw_rate(const Timeline& timeline);
    void draw_codec();
    void draw_range(const Timeline& timeline);
    void draw_file(FileBrowser& file_browser);
    void propose_file();
    void check(const Document& document, const FrameInfo& info);
    void estimate(const FilmRequest& request, const FrameInfo& info);

    bool visible_ = false;
    RecordSettings settings_;
    std::string folder_, stem_, proposed_;
    std::vector<FilmCodec> codecs_;  // that can be written here
    std::string problem_;            // why it cannot be recorded
    bool exists_ = false;            // what would be written
    // Of one frame on the disk, from the picture that stood when the page was opened or the codec was changed.
    struct Estimate {
        FilmCodec codec = FilmCodec::h264;
        int quality = 0;
        double bytes_a_pixel = 0.0;
    };
    std::optional<Estimate> estimate_;
};

}  // namespace afs::gui
