// One invented face as a function of the plane: what `dataset demo` samples. Private to the room; a value, any thread.
#pragma once

#include <array>
#include <cstdint>

namespace afs {

struct Colour {
    float r = 0.0f, g = 0.0f, b = 0.0f;
    friend Colour operator+(Colour a, Colour b) { return {a.r + b.r, a.g + b.g, a.b + b.b}; }
    friend Colour operator*(Colour a, float s) { return {a.r * s, a.g * s, a.b * s}; }
};

class DemoFace {
  public:
    DemoFace(std::uint32_t seed, std::int64_t index, int resolution);

    // x to the right, y downwards, the picture is [-1, 1] x [-1, 1]. sRGB values, about 0..1.
    [[nodiscard]] Colour colour(float x, float y) const;

  private:
    struct Point {
        float x = 0.0f, y = 0.0f;
    };
    // A soft disc of the background, in the picture's coordinates.
    struct Light {
        Point centre;
        float radius = 0.0f;
        Colour colour;
    };

    // Hair over the forehead: how much of a sample it covers, where on its strands that is.
    struct Fringe {
        float cover = 0.0f, shadow = 0.0f, turn = 0.0f, reach = 0.0f;
    };

    [[nodiscard]] Colour background(float x, float y) const;
    [[nodiscard]] Colour behind(Point p, float x, float y) const;  // all that the head may hide
    [[nodiscard]] float skull_distance(Point p) const;             // of the hair's outline
    [[nodiscard]] float head_distance(Point p) const;              // of the face's
    [[nodiscard]] Fringe fringe(Point p) const;
    [[nodiscard]] Colour fringe_colour(Point p, const Fringe& fringe) const;
    [[nodiscard]] float strands(float across, float along, std::uint32_t layer) const;  // -1..1
    [[nodiscard]] Colour hair(float across, float along, float light) const;
    [[nodiscard]] Colour cloth(Point p) const;
    [[nodiscard]] Colour skin(Point p, float light) const;
    void draw_body(Point p, Colour& c) const;
    void draw_head(Point p, Colour& c) const;
    void draw_eye(Point p, float side, Colour& c) const;
    void draw_brows(Point p, Colour& c) const;
    void draw_nose(Point p, Colour& c) const;
    void draw_mouth(Point p, Colour& c) const;
    void draw_glasses(Point p, Colour& c) const;
    [[nodiscard]] float inside(float distance) const;  // coverage of a shape at a signed distance from its edge

    std::uint32_t texture_seed_ = 0;
    float cos_ = 1.0f, sin_ = 0.0f, scale_ = 1.0f;  // of the head in the picture
    Point shift_;
    float edge_ = 0.01f;  // a sample's width in the head's units
    float fine_ = 0.01f;  // a pixel's width there, at the usual scale: what texture is measured in

    Colour sky_, ground_, skin_, lips_, hair_, iris_, cloth_, cloth2_, frame_;
    std::array<Light, 7> lights_;
    float sky_angle_ = 0.0f;
    float light_x_ = 0.0f, light_y_ = 0.0f;
    float face_width_ = 0.5f, face_height_ = 0.66f, jaw_ = 0.1f;
    float yaw_ = 0.0f, pitch_ = 0.0f;
    float eye_distance_ = 0.22f, eye_size_ = 0.1f, eye_open_ = 0.6f, gaze_x_ = 0.0f, gaze_y_ = 0.0f;
    float brow_height_ = 0.13f, brow_tilt_ = 0.0f, brow_width_ = 0.025f;
    float nose_width_ = 0.08f, nose_length_ = 0.2f;
    float mouth_width_ = 0.17f, smile_ = 0.05f, mouth_open_ = 0.0f;
    float freckles_ = 0.0f, beard_ = 0.0f, pores_ = 0.05f;
    float hair_length_ = 0.5f, hair_volume_ = 0.1f, hairline_ = -0.32f, parting_ = 0.0f, wave_ = 0.0f;
    int cloth_kind_ = 0;
    bool glasses_ = false;
};

}  // namespace afs
