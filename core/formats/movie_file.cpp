// A film as one video file. It is written in pieces that stand for themselves, so that whatever ends the program leaves
// a file that plays up to its last whole piece, and that can be resumed from there. A finished MP4 is written once more
// with its index in front, as players and editing programs like it best.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>

#include "core/base/error.h"
#include "core/base/log.h"
#include "core/formats/film_sink.h"
#include "core/formats/movie_encoder.h"
#include "core/formats/movie_muxer.h"
#include "core/formats/movie_output.h"
#include "core/formats/movie_reader.h"

namespace afs {
namespace {

constexpr std::int64_t kPiece = 8;  // frames, about

class MovieFile final : public FilmSink {
  public:
    MovieFile(std::filesystem::path path, const FilmFormat& format, Overwrite overwrite)
        : path_(std::move(path)), container_(movie_container(format.codec)), encoder_(path_, format) {
        output_.emplace(path_, overwrite);
    }

    struct Resume {};
    MovieFile(std::filesystem::path path, const FilmFormat& format, Resume)
        : path_(std::move(path)), container_(movie_container(format.codec)), encoder_(path_, format) {
        std::error_code ignored;
        const auto size = std::filesystem::file_size(path_, ignored);
        if (!ignored && size > 0) count_kept();
        if (kept_ > 0) bytes_ = static_cast<std::int64_t>(size);
        if (kept_ == 0) output_.emplace(path_, Overwrite::yes);  // it ended before its first frame
    }

    void add(const std::shared_ptr<const Image>& image) override {
        guarded([&] {
            if (!muxer_) start();
            encoder_.add(*image, next_++);
            write_frames();
        });
    }

    void finish() override {
        guarded([&] {
            encoder_.finish();
            write_frames();
            end_piece();
            muxer_->finish();
            check_output();
            if (const int failed = output_->sync(); failed != 0) throw cannot_write(failed);
        });
        if (container_ == "mp4") put_index_in_front();
    }

    void discard_empty() noexcept override {
        if (output_) output_->remove_if_made();
    }

  private:
    [[nodiscard]] Error cannot_write(int reason) const {
        const bool full = reason == ENOSPC || reason == EDQUOT || reason == EFBIG;
        return {ErrorKind::file, fmt::format("Could not write {}", path_.string()), std::strerror(reason),
                full ? "Free some space or choose another place." : "Check the folder."};
    }

    void check_output() const {
        if (output_ && output_->failed() != 0) throw cannot_write(output_->failed());
    }

    // Whatever goes wrong, the file ends with its last whole piece, and the error says how many frames that are. A
    // failed write is told by its own reason, whatever FFmpeg made of it.
    template <class Body> void guarded(const Body& body) {
        try {
            try {
                body();
            } catch (const Error&) {
                check_output();
                throw;
            }
        } catch (const Error& error) {
            give_up();
            std::string advice = frames_in_words(kept_);
            if (!error.what_to_do().empty()) advice += " " + error.what_to_do();
            throw Error(error.kind(), error.tried(), error.why(), std::move(advice));
        } catch (...) {
            give_up();
            throw;
        }
    }
    void give_up() noexcept {
        if (!output_) return;
        if (kept_ == 0) output_->remove_if_made();
        output_->cut_to_whole();
    }

    // The frames of an earlier run that can stay.
    void count_kept() {
        MovieReader reader(path_, container_, "Begin it anew with --overwrite, or choose another name.");
        reader.set_frame_time(encoder_.frame_time());
        const std::string made = reader.comment(), wanted = encoder_.settings();
        if (made != wanted)
            throw Error(ErrorKind::argument, fmt::format("Could not go on with {}", path_.string()),
                        fmt::format("it is another film, or has other settings ({}; now {})",
                                    made.empty() ? "it does not tell which" : made, wanted),
                        "Give the options that it was begun with, or begin it anew with --overwrite.");
        kept_ = next_ = reader.count_whole();
    }

    [[nodiscard]] MovieMuxer muxer(const MovieOutput& output, std::int64_t frames) const {
        const auto parameters = owned_ffmpeg(avcodec_parameters_alloc());
        check_ffmpeg(avcodec_parameters_from_context(parameters.get(), &encoder_.context()), path_,
                     "the encoder has no parameters");
        return {path_,
                output.context(),
                {container_.c_str(), parameters.get(), encoder_.frame_time(), encoder_.settings()},
                frames};
    }

    void start() {
        if (kept_ > 0) return copy_kept();
        output_->start();
        muxer_.emplace(muxer(*output_, MovieMuxer::kInPieces));
    }

    // What is kept moves to a new file, which takes the old one's place when it has all of it: a film that is broken
    // off while it is resumed has no fewer frames than before.
    void copy_kept() {
        AtomicFile file(path_, Overwrite::yes);
        output_.emplace(file.temporary_path(), Overwrite::yes);
        muxer_.emplace(muxer(*output_, MovieMuxer::kInPieces));
        copy_frames(*muxer_, kept_, [&] { muxer_->end_piece(); });
        check_output();
        file.commit();
        output_->mark_whole();
        bytes_ = output_->whole_bytes();
    }

    template <class EndPiece>
    void copy_frames(MovieMuxer& target, std::int64_t count, const EndPiece& end_piece) const {
        MovieReader reader(path_, container_);
        reader.set_frame_time(encoder_.frame_time());
        for (std::int64_t i = 0; i < count; ++i) {
            if (!reader.take(*packet_))
                throw Error(ErrorKind::file, fmt::format("Could not write {}", path_.string()),
                            fmt::format("of its {} frames only {} could be read back", count, i));
            target.write(*packet_);
            if ((i + 1) % kPiece == 0 || i + 1 == count) end_piece();
        }
    }

    void write_frames() {
        while (encoder_.take(*packet_)) {
            shown_up_to_ = std::max(shown_up_to_, packet_->pts + 1);
            muxer_->write(*packet_);
            ++pending_;
            // Between a frame and those before it that are made from it, the film would have holes.
            if (pending_ >= kPiece && shown_up_to_ == kept_ + pending_) end_piece();
        }
    }

    void end_piece() {
        if (pending_ == 0) return;
        muxer_->end_piece();
        check_output();
        output_->mark_whole();
        bytes_ = output_->whole_bytes();
        kept_ += pending_;
        pending_ = 0;
    }

    // The film is whole without it.
    void put_index_in_front() noexcept {
        try {
            if (!std::filesystem::is_regular_file(std::filesystem::symlink_status(path_))) return;
            AtomicFile file(path_, Overwrite::yes);
            MovieOutput output(file.temporary_path(), Overwrite::yes);
            MovieMuxer target = muxer(output, kept_);
            copy_frames(target, kept_, [] {});
            target.finish();
            if (output.failed() != 0) throw cannot_write(output.failed());
            file.commit();
        } catch (...) {
            log_warning("{} plays, but stays in pieces, which some editing programs do not read: {}", path_.string(),
                        current_failure("it could not be written once more").paragraph());
        }
    }

    std::filesystem::path path_;
    std::string container_;
    OwnedFFmpeg<AVPacket> packet_ = owned_ffmpeg(av_packet_alloc());
    MovieEncoder encoder_;
    std::optional<MovieOutput> output_;
    std::optional<MovieMuxer> muxer_;
    std::int64_t next_ = 0, pending_ = 0, shown_up_to_ = 0;
};

}  // namespace

std::unique_ptr<FilmSink> open_movie_file(const std::filesystem::path& path, const FilmFormat& format,
                                          Overwrite overwrite) {
    return std::make_unique<MovieFile>(path, format, overwrite);
}

std::unique_ptr<FilmSink> resume_movie_file(const std::filesystem::path& path, const FilmFormat& format) {
    return std::make_unique<MovieFile>(path, format, MovieFile::Resume{});
}

std::vector<FilmCodec> available_film_codecs() {
    std::vector<FilmCodec> available = available_movie_codecs();
    available.insert(available.end(), {FilmCodec::png, FilmCodec::jpg});
    return available;
}

std::vector<std::pair<std::string, std::string>> film_libraries() {
    const auto row = [](const char* name, unsigned version) {
        return std::pair(std::string(name), fmt::format("{}.{}.{}", AV_VERSION_MAJOR(version),
                                                        AV_VERSION_MINOR(version), AV_VERSION_MICRO(version)));
    };
    return {row("libavcodec", avcodec_version()), row("libavformat", avformat_version()),
            row("libavutil", avutil_version())};
}

std::string film_libraries_licence() { return avcodec_license(); }

}  // namespace afs
