#include "core/plot/raster.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "core/base/error.h"
#include "core/plot/embedded_fonts.h"

#define STBTT_STATIC
#define STB_TRUETYPE_IMPLEMENTATION
#include <imstb_truetype.h>

namespace afs {
namespace {

const stbtt_fontinfo& font(TextFace face) {
    static const std::array<stbtt_fontinfo, 3> fonts = [] {
        std::array<stbtt_fontinfo, 3> loaded{};
        const std::array<EmbeddedBytes, 3> files = {roboto_regular(), roboto_bold(), inconsolata()};
        for (std::size_t i = 0; i < files.size(); ++i)
            AFS_CHECK(stbtt_InitFont(&loaded[i], files[i].data, stbtt_GetFontOffsetForIndex(files[i].data, 0)) != 0);
        return loaded;
    }();
    return fonts[static_cast<std::size_t>(face)];
}

// The next code point of text that is valid UTF-8; a byte that begins none is taken as itself.
char32_t next_code_point(std::string_view& text) {
    const auto lead = static_cast<unsigned char>(text.front());
    const int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
    char32_t code = more == 3 ? lead & 0x07 : more == 2 ? lead & 0x0F : more == 1 ? lead & 0x1F : lead;
    text.remove_prefix(1);
    for (int i = 0; i < more && !text.empty(); ++i) {
        code = (code << 6) | (static_cast<unsigned char>(text.front()) & 0x3F);
        text.remove_prefix(1);
    }
    return code;
}

// Calls `place(glyph, x)` with each glyph and its distance from the start, in pixels; returns the whole width.
template <class Place> double walk_text(std::string_view text, const stbtt_fontinfo& info, float scale, Place place) {
    double x = 0;
    int previous = -1;
    while (!text.empty()) {
        const int glyph = stbtt_FindGlyphIndex(&info, static_cast<int>(next_code_point(text)));
        if (previous >= 0) x += scale * static_cast<float>(stbtt_GetGlyphKernAdvance(&info, previous, glyph));
        place(glyph, x);
        int advance = 0, bearing = 0;
        stbtt_GetGlyphHMetrics(&info, glyph, &advance, &bearing);
        x += scale * static_cast<float>(advance);
        previous = glyph;
    }
    return x;
}

float font_scale(const stbtt_fontinfo& info, double size) {
    return stbtt_ScaleForMappingEmToPixels(&info, static_cast<float>(size));
}

constexpr double kCapitals = 0.711;  // their height in these faces, of the size

double overlap(double low, double high, int cell) { return std::min(high, cell + 1.0) - std::max<double>(low, cell); }

int first_cell(double low) { return static_cast<int>(std::floor(low)); }
int end_cell(double high) { return static_cast<int>(std::ceil(high)); }

}  // namespace

Raster::Raster(int width, int height, Rgb background) {
    image_ = {width, height, 3, {}};
    image_.pixels.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3);
    for (std::size_t i = 0; i < image_.pixels.size(); i += 3) {
        image_.pixels[i] = background.r;
        image_.pixels[i + 1] = background.g;
        image_.pixels[i + 2] = background.b;
    }
}

RasterBox Raster::all() const { return {0, 0, static_cast<double>(image_.width), static_cast<double>(image_.height)}; }

void Raster::blend(int x, int y, Rgb colour, double opacity) {
    if (x < 0 || y < 0 || x >= image_.width || y >= image_.height || opacity <= 0) return;
    const double a = std::min(opacity, 1.0);
    std::uint8_t* p = image_.pixels.data() + 3 * (static_cast<std::size_t>(y) * static_cast<std::size_t>(image_.width) +
                                                  static_cast<std::size_t>(x));
    const auto mix = [a](std::uint8_t from, std::uint8_t to) {
        return static_cast<std::uint8_t>(std::lround(from + (static_cast<double>(to) - from) * a));
    };
    p[0] = mix(p[0], colour.r);
    p[1] = mix(p[1], colour.g);
    p[2] = mix(p[2], colour.b);
}

void Raster::fill(const RasterBox& box, Rgb colour, double opacity) {
    const RasterBox limit = all();
    const RasterBox b{std::max(box.left, 0.0), std::max(box.top, 0.0), std::min(box.right, limit.right),
                      std::min(box.bottom, limit.bottom)};
    for (int y = first_cell(b.top); y < end_cell(b.bottom); ++y)
        for (int x = first_cell(b.left); x < end_cell(b.right); ++x)
            blend(x, y, colour, opacity * overlap(b.left, b.right, x) * overlap(b.top, b.bottom, y));
}

void Raster::frame(const RasterBox& box, Rgb colour) {
    fill({box.left, box.top, box.right, box.top + 1}, colour);
    fill({box.left, box.bottom - 1, box.right, box.bottom}, colour);
    fill({box.left, box.top + 1, box.left + 1, box.bottom - 1}, colour);
    fill({box.right - 1, box.top + 1, box.right, box.bottom - 1}, colour);
}

void Raster::line(double x0, double y0, double x1, double y1, Rgb colour, double width, const RasterBox& clip,
                  double opacity) {
    const double half = width / 2, dx = x1 - x0, dy = y1 - y0, length2 = dx * dx + dy * dy;
    const int left = std::max(first_cell(std::min(x0, x1) - half - 1), first_cell(std::max(clip.left, 0.0)));
    const int right = std::min(end_cell(std::max(x0, x1) + half + 1), end_cell(std::min(clip.right, all().right)));
    const int top = std::max(first_cell(std::min(y0, y1) - half - 1), first_cell(std::max(clip.top, 0.0)));
    const int bottom = std::min(end_cell(std::max(y0, y1) + half + 1), end_cell(std::min(clip.bottom, all().bottom)));
    for (int y = top; y < bottom; ++y)
        for (int x = left; x < right; ++x) {
            const double px = x + 0.5 - x0, py = y + 0.5 - y0;
            const double t = length2 > 0 ? std::clamp((px * dx + py * dy) / length2, 0.0, 1.0) : 0.0;
            blend(x, y, colour, opacity * std::clamp(half + 0.5 - std::hypot(px - t * dx, py - t * dy), 0.0, 1.0));
        }
}

void Raster::dot(double x, double y, double radius, Rgb colour, const RasterBox& clip) {
    line(x, y, x, y, colour, 2 * radius, clip);
}

double Raster::text_width(std::string_view utf8, double size, TextFace face) {
    const stbtt_fontinfo& info = font(face);
    return walk_text(utf8, info, font_scale(info, size), [](int, double) {});
}

void Raster::text(double x, double y, std::string_view utf8, const TextStyle& style) {
    const stbtt_fontinfo& info = font(style.face);
    const float scale = font_scale(info, style.size);
    const double width = text_width(utf8, style.size, style.face);
    const double start = style.anchor == TextAnchor::left ? 0 : style.anchor == TextAnchor::right ? -width : -width / 2;
    const double drop = kCapitals * style.size / 2;  // from the anchor to the base line
    std::vector<unsigned char> cover;
    walk_text(utf8, info, scale, [&](int glyph, double advance) {
        // In the text's own axes: `along` to the right, `across` down; whole pixels across keep letters in line.
        const double along = (style.upwards ? -y : x) + start + advance;
        const int across = static_cast<int>(std::lround((style.upwards ? x : y) + drop));
        const int whole = first_cell(along);
        const auto shift = static_cast<float>(along - whole);
        int left = 0, top = 0, right = 0, bottom = 0;
        stbtt_GetGlyphBitmapBoxSubpixel(&info, glyph, scale, scale, shift, 0, &left, &top, &right, &bottom);
        const int w = right - left, h = bottom - top;
        if (w <= 0 || h <= 0) return;
        cover.assign(static_cast<std::size_t>(w) * static_cast<std::size_t>(h), 0);
        stbtt_MakeGlyphBitmapSubpixel(&info, cover.data(), w, h, w, scale, scale, shift, 0, glyph);
        for (int j = 0; j < h; ++j)
            for (int i = 0; i < w; ++i) {
                const double opacity = cover[static_cast<std::size_t>(j * w + i)] / 255.0;
                const int a = whole + left + i, c = across + top + j;
                style.upwards ? blend(c, -a - 1, style.colour, opacity) : blend(a, c, style.colour, opacity);
            }
    });
}

}  // namespace afs
