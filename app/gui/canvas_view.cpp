#include "app/gui/canvas_view.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace afs::gui {

void CanvasView::set(CanvasArea area, int picture_width, int picture_height) {
    const int width = std::max(picture_width, 1), height = std::max(picture_height, 1);
    // Another tensor of the same scene (a layer of fewer samples) is shown at the same place and size.
    if (!fitted_ && height != height_) zoom_ = std::clamp(zoom_ * height_ / height, kMinZoom, kMaxZoom);
    area_ = area;
    width_ = width;
    height_ = height;
    if (fitted_) {
        const double margin = std::min({2 * kFitMargin, area.width() / 4, area.height() / 4});
        const double fit = std::min((area.width() - margin) / width_, (area.height() - margin) / height_);
        zoom_ = std::clamp(fit, kMinZoom, kMaxZoom);
        offset_ = {};
    }
}

void CanvasView::set_zoom(double zoom) { zoom_at(area_.centre(), zoom / zoom_); }

void CanvasView::zoom_at(Point screen, double factor) {
    const double zoom = std::clamp(zoom_ * factor, kMinZoom, kMaxZoom);
    const Point centre = area_.centre();
    const double applied = zoom / zoom_;
    offset_.x = (screen.x - centre.x) - (screen.x - centre.x - offset_.x) * applied;
    offset_.y = (screen.y - centre.y) - (screen.y - centre.y - offset_.y) * applied;
    zoom_ = zoom;
    fitted_ = false;
}

void CanvasView::pan(double dx, double dy) {
    // A piece of the picture stays reachable.
    const double reach_x = (area_.width() + width_ * zoom_) / 2 - 8,
                 reach_y = (area_.height() + height_ * zoom_) / 2 - 8;
    offset_.x = std::clamp(offset_.x + dx, std::min(-reach_x, 0.0), std::max(reach_x, 0.0));
    offset_.y = std::clamp(offset_.y + dy, std::min(-reach_y, 0.0), std::max(reach_y, 0.0));
    fitted_ = false;
}

CanvasArea CanvasView::picture_on_screen() const {
    const Point centre = area_.centre();
    const double w = width_ * zoom_, h = height_ * zoom_;
    // Whole pixels of the screen: at 100 % every picture pixel is exactly one.
    const Point min = {std::floor(centre.x + offset_.x - w / 2 + 0.5), std::floor(centre.y + offset_.y - h / 2 + 0.5)};
    return {min, {min.x + w, min.y + h}};
}

Point CanvasView::to_screen(Point picture) const {
    const CanvasArea on_screen = picture_on_screen();
    return {on_screen.min.x + picture.x * on_screen.width(), on_screen.min.y + picture.y * on_screen.height()};
}

Point CanvasView::to_picture(Point screen) const {
    const CanvasArea on_screen = picture_on_screen();
    return {(screen.x - on_screen.min.x) / on_screen.width(), (screen.y - on_screen.min.y) / on_screen.height()};
}

double CanvasView::turn_deg(Point pivot, Point from, Point to) {
    const double a = std::atan2(-(from.y - pivot.y), from.x - pivot.x),
                 b = std::atan2(-(to.y - pivot.y), to.x - pivot.x);
    return std::remainder((b - a) * 180.0 / std::numbers::pi, 360.0);
}

}  // namespace afs::gui
