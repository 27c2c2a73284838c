// A film as a folder of numbered pictures, each written whole. Several are encoded at once: one core alone would hold
// up a GPU that makes hundreds of them a second.
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <future>
#include <thread>

#include "core/base/error.h"
#include "core/formats/film_sink.h"
#include "core/formats/quick_png.h"

namespace afs {
namespace {

class PictureSequence final : public FilmSink {
  public:
    PictureSequence(const std::filesystem::path& folder, const FilmFormat& format, Overwrite overwrite,
                    std::int64_t first_index)
        : folder_(folder), format_(format), overwrite_(overwrite), next_(first_index) {
        std::error_code failed;
        made_folder_ = std::filesystem::create_directories(folder_, failed);
        if (failed)
            throw Error(ErrorKind::file, fmt::format("Could not make the folder {}", folder_.string()),
                        failed.message(), "Check the path, or choose another one.");
    }

    void add(const std::shared_ptr<const Image>& frame) override {
        if (pictures_.size() >= at_once()) keep_first();
        pictures_.push_back(std::async(std::launch::async, [this, frame, index = next_++] {
            const std::vector<std::byte> bytes = format_.codec == FilmCodec::png
                                                     ? encode_png_quickly(without_alpha(*frame))
                                                     : encode_jpeg(*frame, format_.jpeg_quality);
            write_file(film_frame_path(folder_, index, format_.codec), bytes, overwrite_);
            return static_cast<std::int64_t>(bytes.size());
        }));
    }

    void finish() override {
        while (!pictures_.empty()) keep_first();
    }

    void discard_empty() noexcept override {
        std::error_code ignored;  // not empty any more: somebody else's
        if (made_folder_) std::filesystem::remove(folder_, ignored);
    }

  private:
    void keep_first() {
        std::future<std::int64_t> first = std::move(pictures_.front());
        pictures_.pop_front();
        try {
            bytes_ += first.get();
        } catch (const Error& error) {
            std::string advice = frames_in_words(kept_);
            if (!error.what_to_do().empty()) advice += " " + error.what_to_do();
            throw Error(error.kind(), error.tried(), error.why(), std::move(advice));
        }
        ++kept_;
    }

    // As many as there are cores, and no more than 256 MiB.
    [[nodiscard]] std::size_t at_once() const {
        const std::size_t size =
            std::size_t{4} * static_cast<std::size_t>(format_.width) * static_cast<std::size_t>(format_.height);
        const std::size_t cores = std::clamp(std::thread::hardware_concurrency(), 1U, unsigned{kPicturesAtOnce});
        return std::clamp((std::size_t{256} << 20) / size, std::size_t{1}, cores);
    }

    // The same picture always gives the same bytes, whether its maker kept an alpha or not.
    static Image without_alpha(const Image& frame) {
        if (frame.channels == 3) return frame;
        Image plain{frame.width, frame.height, 3, std::vector<std::uint8_t>(frame.pixels.size() / 4 * 3)};
        for (std::size_t from = 0, to = 0; from < frame.pixels.size(); from += 4, to += 3)
            for (std::size_t c = 0; c < 3; ++c) plain.pixels[to + c] = frame.pixels[from + c];
        return plain;
    }

    std::filesystem::path folder_;
    FilmFormat format_;
    Overwrite overwrite_;
    std::int64_t next_;
    bool made_folder_ = false;
    std::deque<std::future<std::int64_t>> pictures_;  // bytes of each; last: they use all of the above
};

}  // namespace

std::unique_ptr<FilmSink> open_picture_sequence(const std::filesystem::path& folder, const FilmFormat& format,
                                                Overwrite overwrite, std::int64_t first_index) {
    return std::make_unique<PictureSequence>(folder, format, overwrite, first_index);
}

}  // namespace afs
