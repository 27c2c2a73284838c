// Films: pictures in, a video file or a folder of numbered pictures out. No torch; FFmpeg's libraries are linked by
// afs_video alone, so that programs that film nothing do not load them.
//
// Threads: one thread at a time calls a FilmWriter. Encoding and writing happen in a thread of its own; add() waits
// while the queue (kFilmQueue frames) is full. What goes wrong in there is thrown by the next call.
// Never: a file that exists is not touched without Overwrite::yes or ResumeFilm; a finished or broken-off film is never
// half a frame.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/base/file.h"
#include "core/base/progress.h"
#include "core/formats/picture.h"

namespace afs {

enum class FilmCodec {
    h264,  // .mp4: plays everywhere; colours at half resolution (4:2:0), even sizes only
    vp9,   // .webm: the same colours, smaller and slower, free of patents
    ffv1,  // .mkv: every bit of every colour; for archives and further editing
    png,   // a folder of frame000000.png, ...: every bit
    jpg,   // a folder of frame000000.jpg, ...
};

struct FilmFormat {
    FilmCodec codec = FilmCodec::h264;
    int width = 0, height = 0;                    // 1..16384; h264 and vp9 refuse odd ones and name the nearest even
    int fps_numerator = 60, fps_denominator = 1;  // up to 240 frames a second; nothing to a folder of pictures
    std::optional<int> crf;  // constant quality, smaller is better: h264 1..51 (default 18), vp9 1..63 (default 24)
    std::optional<std::int64_t> bitrate;  // bits a second instead of crf; h264 and vp9 only
    int jpeg_quality = 95;                // 1..100, jpg only
    // Which film this is, in a word, and where in it the file begins: kept in the file (not in folders), and looked at
    // when it is resumed or joined with others.
    std::string film = {};
    std::int64_t first_frame = 0;

    bool operator==(const FilmFormat&) const = default;
};

inline constexpr int kFilmQueue = 4;

[[nodiscard]] std::string film_codec_name(FilmCodec codec);         // "h264", as --codec takes it
[[nodiscard]] FilmCodec parse_film_codec(const std::string& name);  // throws Error{argument} listing the names
[[nodiscard]] std::string film_ending(FilmCodec codec);             // ".mp4", ".webm", ".mkv", ".png", ".jpg"
[[nodiscard]] bool is_picture_sequence(FilmCodec codec);            // the target is a folder
[[nodiscard]] std::filesystem::path film_frame_path(const std::filesystem::path& folder, std::int64_t index,
                                                    FilmCodec codec);  // folder/frame000000.png

// What this build and its FFmpeg can write, in the order of FilmCodec.
[[nodiscard]] std::vector<FilmCodec> available_film_codecs();

// Throws Error{argument} that lists what there is when `codec` is not among `available`.
void check_film_codec(FilmCodec codec, std::span<const FilmCodec> available);

// Everything about a film that can be refused before a frame is rendered: codec, size, rate, quality, the ending of
// the path, whether it exists. Throws Error{argument} or Error{file}. What the command line and the dialogue call
// early; the writer calls it again. Of a folder, only the first picture is looked at.
void check_film(const std::filesystem::path& path, const FilmFormat& format, Overwrite overwrite,
                std::int64_t first_index = 0);

// FFmpeg's libraries as loaded: ("libavcodec", "59.37.100"), ..., and the licence that they were built under.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> film_libraries();
[[nodiscard]] std::string film_libraries_licence();

// Goes on with a film that was broken off.
struct ResumeFilm {};

struct JoinedFilm {
    FilmCodec codec = FilmCodec::h264;
    std::int64_t frames = 0;
    int width = 0, height = 0;
};

// Files that are parts of one film as one file, in the order of their frames; nothing is encoded again. The ending of
// `path` is that of the parts. Throws Error{argument} for parts of different films or settings, and where frames are
// missing between two of them; Error{file}; Error{cancelled}. The file appears when it is complete.
[[nodiscard]] JoinedFilm join_films(std::vector<std::filesystem::path> parts, const std::filesystem::path& path,
                                    Overwrite overwrite, const Progress& progress = {});

class FilmWriter {
  public:
    // path: a file with the codec's ending, written under its own name so that what is there plays at any time; or the
    // folder of a sequence, whose pictures are numbered from first_index and appear whole. Missing folders are made.
    // Throws what check_film() throws, and Error{file} when the path cannot be written.
    FilmWriter(const std::filesystem::path& path, const FilmFormat& format, Overwrite overwrite,
               std::int64_t first_index = 0);

    // A file only: keeps its frames as far as they follow each other without a hole; the next add() goes on after them
    // (frames_kept() tells where). Until all of them are in the new file, the old one stays. A film without that file
    // begins. Throws Error{argument} for another film or other settings than `format`, Error{file} for a file that is
    // none.
    FilmWriter(const std::filesystem::path& path, const FilmFormat& format, ResumeFilm);

    // Without finish(): finalises what was added, so that it plays up to there; errors go to the log. A file without
    // any frame is removed if this writer made it.
    ~FilmWriter();
    FilmWriter(const FilmWriter&) = delete;
    FilmWriter& operator=(const FilmWriter&) = delete;

    // frame: 3 or 4 channels; alpha is dropped. Throws Error{argument} for a frame of another size (the film goes on),
    // or what went wrong in the encoding thread. Such an error says how many frames are in the file; the film ends
    // with it, and every later call throws it again.
    void add(std::shared_ptr<const Image> frame);

    // Waits for the encoder, writes the end, closes. Throws like add(), and Error{argument} for a film without frames.
    // A finished MP4 is an ordinary one with its index in front.
    void finish();

    // Frames that are in the file for good, whatever happens next: the encoder keeps some dozens to itself until
    // finish(). Any thread.
    [[nodiscard]] std::int64_t frames_kept() const;
    // That they take on the disk. Any thread.
    [[nodiscard]] std::int64_t bytes_kept() const;

  private:
    class Encoding;
    std::unique_ptr<Encoding> encoding_;
};

}  // namespace afs
