// Where the picture lies on the screen: pan, zoom, and the way between screen and picture coordinates. A value without
// ImGui. Screen coordinates are framebuffer pixels, y down; picture coordinates run from 0 to 1 over its width and
// height.
#pragma once

namespace afs::gui {

struct Point {
    double x = 0.0, y = 0.0;
    bool operator==(const Point&) const = default;
};

struct CanvasArea {  // the part of the screen that the canvas may use
    Point min, max;
    [[nodiscard]] double width() const { return max.x - min.x; }
    [[nodiscard]] double height() const { return max.y - min.y; }
    [[nodiscard]] Point centre() const { return {(min.x + max.x) / 2, (min.y + max.y) / 2}; }
};

class CanvasView {
  public:
    // Call once a frame before anything else: a fitted view follows the area and the picture's size.
    void set(CanvasArea area, int picture_width, int picture_height);

    void fit() { fitted_ = true; }
    void set_zoom(double zoom);                 // screen pixels per picture pixel, about the area's centre
    void zoom_at(Point screen, double factor);  // what lies under `screen` stays there
    void pan(double dx, double dy);             // screen pixels
    [[nodiscard]] bool fitted() const { return fitted_; }
    [[nodiscard]] double zoom() const { return zoom_; }

    [[nodiscard]] Point to_screen(Point picture) const;
    [[nodiscard]] Point to_picture(Point screen) const;
    [[nodiscard]] CanvasArea picture_on_screen() const;

    // The turn, counter-clockwise as seen, in degrees within (-180, 180], that carries `from` to `to` about `pivot`.
    [[nodiscard]] static double turn_deg(Point pivot, Point from, Point to);

  private:
    static constexpr double kMinZoom = 1.0 / 64, kMaxZoom = 256.0, kFitMargin = 12.0;

    CanvasArea area_;
    int width_ = 1, height_ = 1;
    double zoom_ = 1.0;
    Point offset_;  // of the picture's centre from the area's, screen pixels
    bool fitted_ = true;
};

}  // namespace afs::gui
