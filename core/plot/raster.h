// Lines, areas and text with soft edges into an RGB picture. Positions are pixels, x to the right, y down; the centre
// of the first pixel is (0.5, 0.5). Everything is clipped to the picture. One thread an object; private to the room.
#pragma once

#include <string_view>

#include "core/formats/picture.h"
#include "core/plot/colour_map.h"

namespace afs {

struct RasterBox {
    double left = 0, top = 0, right = 0, bottom = 0;
    [[nodiscard]] double width() const { return right - left; }
    [[nodiscard]] double height() const { return bottom - top; }
};

enum class TextAnchor { left, centre, right };
enum class TextFace { regular, bold, mono };

struct TextStyle {
    double size = 13;  // pixels
    Rgb colour = {};
    TextAnchor anchor = TextAnchor::left;
    TextFace face = TextFace::regular;
    bool upwards = false;  // turned by 90 degrees, read from below
};

class Raster {
  public:
    Raster(int width, int height, Rgb background);

    void fill(const RasterBox& box, Rgb colour, double opacity = 1);
    void frame(const RasterBox& box, Rgb colour);  // one pixel wide, inside
    // `clip`: nothing is drawn outside.
    void line(double x0, double y0, double x1, double y1, Rgb colour, double width, const RasterBox& clip,
              double opacity = 1);
    void dot(double x, double y, double radius, Rgb colour, const RasterBox& clip);
    void pixel(int x, int y, Rgb colour) { blend(x, y, colour, 1); }

    // (x, y): the anchor, at half the height of capital letters. UTF-8; what the face lacks becomes its box.
    void text(double x, double y, std::string_view utf8, const TextStyle& style);
    [[nodiscard]] static double text_width(std::string_view utf8, double size, TextFace face = TextFace::regular);

    [[nodiscard]] Image take() { return std::move(image_); }
    [[nodiscard]] RasterBox all() const;

  private:
    void blend(int x, int y, Rgb colour, double opacity);

    Image image_;
};

}  // namespace afs
