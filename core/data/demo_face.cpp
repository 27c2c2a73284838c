#include "core/data/demo_face.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace afs {
namespace {

constexpr float kPi = std::numbers::pi_v<float>;

// SplitMix64: a number from a counter, the same on every machine.
std::uint64_t scramble(std::uint64_t x) {
    x += 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
}

class Draws {
  public:
    explicit Draws(std::uint64_t key) : state_(key) {}
    std::uint64_t bits() { return scramble(state_++); }
    float between(float low, float high) { return low + (high - low) * static_cast<float>(bits() >> 40) * 0x1p-24f; }
    bool chance(float p) { return between(0.0f, 1.0f) < p; }
    float bell(float deviation) {  // about normal, never beyond 3.5 deviations
        float sum = 0.0f;
        for (int i = 0; i < 4; ++i) sum += between(-1.0f, 1.0f);
        return sum * deviation * 0.866f;
    }

  private:
    std::uint64_t state_;
};

std::uint32_t hash(std::int32_t x, std::int32_t y, std::uint32_t seed) {
    std::uint32_t h =
        static_cast<std::uint32_t>(x) * 0x8da6b343u ^ static_cast<std::uint32_t>(y) * 0xd8163841u ^ seed * 0xcb1ab31fu;
    h = (h ^ (h >> 15)) * 0x2c1b3c6du;
    h = (h ^ (h >> 12)) * 0x297a2d39u;
    return h ^ (h >> 15);
}

float unit(std::uint32_t h) { return static_cast<float>(h >> 8) * 0x1p-24f; }

// Gradient noise, about -1..1, one feature a unit.
float noise(float x, float y, std::uint32_t seed) {
    const float fx = std::floor(x), fy = std::floor(y);
    const auto ix = static_cast<std::int32_t>(fx), iy = static_cast<std::int32_t>(fy);
    const float u = x - fx, v = y - fy;
    const auto corner = [&](std::int32_t dx, std::int32_t dy) {
        const std::uint32_t h = hash(ix + dx, iy + dy, seed);
        return (unit(h) * 2.0f - 1.0f) * (u - static_cast<float>(dx)) +
               (static_cast<float>(h & 255u) * (2.0f / 255.0f) - 1.0f) * (v - static_cast<float>(dy));
    };
    const float su = u * u * u * (u * (u * 6.0f - 15.0f) + 10.0f), sv = v * v * v * (v * (v * 6.0f - 15.0f) + 10.0f);
    const float top = corner(0, 0) + su * (corner(1, 0) - corner(0, 0));
    const float bottom = corner(0, 1) + su * (corner(1, 1) - corner(0, 1));
    return 1.6f * (top + sv * (bottom - top));
}

float smooth(float low, float high, float x) {
    const float t = std::clamp((x - low) / (high - low), 0.0f, 1.0f);
    return t * t * (3.0f - 2.0f * t);
}

float square(float x) { return x * x; }

Colour mix(Colour a, Colour b, float t) { return a * (1.0f - t) + b * t; }
void over(Colour& below, Colour above, float alpha) { below = mix(below, above, alpha); }

Colour hue_colour(float hue, float saturation, float value) {
    const auto channel = [&](float offset) {
        const float k = std::abs(std::fmod(hue + offset, 1.0f) * 6.0f - 3.0f) - 1.0f;
        return value * (1.0f - saturation * (1.0f - std::clamp(k, 0.0f, 1.0f)));
    };
    return {channel(0.0f), channel(2.0f / 3.0f), channel(1.0f / 3.0f)};
}

// The distance from an ellipse's edge, negative inside: exact to first order at the edge, which is where it matters.
float ellipse(float x, float y, float rx, float ry) {
    const float k0 = std::hypot(x / rx, y / ry), k1 = std::hypot(x / (rx * rx), y / (ry * ry));
    return k1 < 1e-6f ? -std::min(rx, ry) : k0 * (k0 - 1.0f) / k1;
}

float segment(float px, float py, float ax, float ay, float bx, float by) {
    const float dx = bx - ax, dy = by - ay;
    const float t = std::clamp(((px - ax) * dx + (py - ay) * dy) / (dx * dx + dy * dy), 0.0f, 1.0f);
    return std::hypot(px - ax - t * dx, py - ay - t * dy);
}

}  // namespace

DemoFace::DemoFace(std::uint32_t seed, std::int64_t index, int resolution) {
    Draws draw(scramble(scramble(seed) ^ static_cast<std::uint64_t>(index) * 0x9e3779b97f4a7c15));
    texture_seed_ = static_cast<std::uint32_t>(draw.bits());
    const float angle = std::clamp(draw.bell(0.30f), -1.0f, 1.0f);
    cos_ = std::cos(angle);
    sin_ = std::sin(angle);
    scale_ = draw.between(0.78f, 1.02f);
    shift_ = {draw.bell(0.10f), 0.04f + draw.bell(0.08f)};
    const int grid = resolution >= 256 ? 2 : 3;
    edge_ = 2.0f / static_cast<float>(resolution * grid) / scale_;
    fine_ = 2.0f / static_cast<float>(resolution) / 0.9f;

    // Where the light comes from shades everything.
    light_x_ = draw.between(-0.55f, 0.55f);
    light_y_ = draw.between(-0.5f, -0.1f);
    const float hue = draw.between(0.0f, 1.0f);
    sky_ = hue_colour(hue, draw.between(0.1f, 0.5f), draw.between(0.45f, 0.95f));
    ground_ =
        hue_colour(hue + draw.between(-0.12f, 0.12f) + 1.0f, draw.between(0.15f, 0.6f), draw.between(0.15f, 0.6f));
    sky_angle_ = draw.between(0.0f, 2.0f * kPi);
    for (Light& light : lights_) {
        light.centre = {draw.between(-1.2f, 1.2f), draw.between(-1.2f, 1.2f)};
        light.radius = draw.between(0.15f, 0.5f);
        light.colour =
            hue_colour(hue + draw.between(-0.2f, 0.2f) + 1.0f, draw.between(0.1f, 0.6f), draw.between(0.3f, 1.0f));
    }

    const float tone = draw.between(0.0f, 1.0f);
    skin_ = mix({0.96f, 0.79f, 0.68f}, {0.42f, 0.26f, 0.18f}, square(tone));
    skin_ = skin_ + Colour{draw.bell(0.015f), draw.bell(0.015f), draw.bell(0.015f)};
    lips_ = mix(skin_, Colour{0.72f, 0.22f, 0.25f}, draw.between(0.35f, 0.75f));
    constexpr Colour kHair[] = {{0.10f, 0.08f, 0.07f}, {0.22f, 0.14f, 0.09f}, {0.38f, 0.24f, 0.13f},
                                {0.55f, 0.28f, 0.12f}, {0.78f, 0.60f, 0.34f}, {0.62f, 0.60f, 0.58f},
                                {0.14f, 0.10f, 0.08f}, {0.30f, 0.18f, 0.10f}};
    hair_ = kHair[draw.bits() % std::size(kHair)] * draw.between(0.85f, 1.15f);
    constexpr Colour kIris[] = {{0.30f, 0.18f, 0.09f},
                                {0.22f, 0.40f, 0.58f},
                                {0.28f, 0.44f, 0.26f},
                                {0.42f, 0.30f, 0.14f},
                                {0.36f, 0.40f, 0.44f}};
    iris_ = kIris[draw.bits() % std::size(kIris)];
    const float cloth_hue = draw.between(0.0f, 1.0f);
    cloth_ = hue_colour(cloth_hue, draw.between(0.2f, 0.75f), draw.between(0.25f, 0.85f));
    cloth2_ = hue_colour(cloth_hue + draw.between(0.1f, 0.5f), draw.between(0.1f, 0.6f), draw.between(0.3f, 0.95f));
    cloth_kind_ = static_cast<int>(draw.bits() % 3);
    frame_ = draw.chance(0.6f) ? Colour{0.09f, 0.08f, 0.08f} : hue_colour(draw.between(0.0f, 1.0f), 0.6f, 0.45f);

    face_width_ = draw.between(0.44f, 0.51f);
    face_height_ = draw.between(0.60f, 0.68f);
    jaw_ = draw.between(0.02f, 0.22f);
    yaw_ = std::clamp(draw.bell(0.4f), -1.0f, 1.0f);
    pitch_ = std::clamp(draw.bell(0.4f), -1.0f, 1.0f);
    eye_distance_ = draw.between(0.19f, 0.225f);
    eye_size_ = draw.between(0.085f, 0.11f);
    eye_open_ = draw.between(0.42f, 0.68f);
    gaze_x_ = draw.between(-0.3f, 0.3f) + 0.25f * yaw_;
    gaze_y_ = draw.between(-0.15f, 0.15f);
    brow_height_ = draw.between(0.105f, 0.15f);
    brow_tilt_ = draw.bell(0.12f);
    brow_width_ = draw.between(0.018f, 0.036f);
    nose_width_ = draw.between(0.065f, 0.1f);
    nose_length_ = draw.between(0.19f, 0.25f);
    mouth_width_ = draw.between(0.13f, 0.20f);
    smile_ = draw.between(-0.015f, 0.075f);
    mouth_open_ = draw.chance(0.4f) ? draw.between(0.015f, 0.06f) : 0.0f;
    freckles_ = draw.chance(0.55f) ? draw.between(0.35f, 0.9f) * (1.0f - 0.5f * tone) : 0.0f;
    pores_ = draw.between(0.045f, 0.085f);
    beard_ = draw.chance(0.28f) ? draw.between(0.45f, 1.0f) : 0.0f;
    hair_length_ = beard_ > 0.0f ? draw.between(-0.25f, 0.2f) : draw.between(-0.15f, 1.1f);
    hair_volume_ = draw.between(0.05f, 0.15f);
    hairline_ = draw.between(-0.42f, -0.27f);
    parting_ = draw.between(-0.2f, 0.2f);
    wave_ = draw.between(0.0f, 0.07f);
    glasses_ = draw.chance(0.22f);
}

float DemoFace::inside(float distance) const { return std::clamp(0.5f - distance / edge_, 0.0f, 1.0f); }

Colour DemoFace::background(float x, float y) const {
    const float t = 0.5f + 0.4f * (x * std::cos(sky_angle_) + y * std::sin(sky_angle_));
    Colour c = mix(sky_, ground_, smooth(0.0f, 1.0f, t));
    for (const Light& light : lights_) {
        const float d = std::hypot(x - light.centre.x, y - light.centre.y) / light.radius;
        if (d < 1.2f) over(c, light.colour, 0.35f * (1.0f - smooth(0.75f, 1.2f, d)));
    }
    return c;
}

// Fibres: long along, a few pixels wide across.
float DemoFace::strands(float across, float along, std::uint32_t layer) const {
    const float width = 4.2f * fine_;
    return 0.55f * noise(across / width, along / (14.0f * width), texture_seed_ + layer) +
           0.40f * noise(across / (2.6f * width), along / (20.0f * width), texture_seed_ + layer + 1) +
           0.30f * noise(across / 0.16f, along / 0.6f, texture_seed_ + layer + 2);
}

Colour DemoFace::hair(float across, float along, float light) const {
    const float s = strands(across, along, 11);
    Colour c = hair_ * (0.95f + 0.62f * s) * light;
    const float sheen = std::max(0.0f, s + 0.15f) * light * light;
    return c + Colour{0.17f, 0.15f, 0.13f} * sheen;
}

Colour DemoFace::cloth(Point p) const {
    const float thread = 5.0f * fine_;
    const float knit = std::sin(2.0f * kPi * (p.x + 0.4f * std::abs(std::sin(p.y / thread)) * thread) / thread);
    Colour c = cloth_;
    if (cloth_kind_ == 1) c = mix(cloth_, cloth2_, smooth(-0.3f, 0.3f, std::sin(2.0f * kPi * p.y / 0.17f)));
    if (cloth_kind_ == 2)
        c = mix(cloth_, cloth2_,
                0.5f * smooth(-0.3f, 0.3f, std::sin(2.0f * kPi * p.y / 0.2f)) +
                    0.5f * smooth(-0.3f, 0.3f, std::sin(2.0f * kPi * p.x / 0.2f)));
    return c * (0.88f + 0.10f * knit + 0.10f * noise(p.x / 0.25f, p.y / 0.25f, texture_seed_ + 40));
}

Colour DemoFace::skin(Point p, float light) const {
    const float pore = 2.6f * fine_;
    float grain = noise(p.x / pore, p.y / pore, texture_seed_ + 1) +
                  0.7f * noise(p.x / (2.7f * pore), p.y / (2.7f * pore), texture_seed_ + 2);
    Colour c = skin_ * (1.0f + pores_ * grain + 0.05f * noise(p.x / 0.2f, p.y / 0.2f, texture_seed_ + 3));
    if (freckles_ > 0.0f) {
        // One freckle at most in each cell of a grid; those of the eight neighbours may reach over.
        const float cell = 6.5f * fine_;
        const float where = freckles_ * std::exp(-square((p.x - 0.1f * yaw_) / 0.30f) - square((p.y - 0.02f) / 0.20f));
        const auto cx = static_cast<std::int32_t>(std::floor(p.x / cell)),
                   cy = static_cast<std::int32_t>(std::floor(p.y / cell));
        float darkest = 0.0f;
        if (where > 0.03f)
            for (std::int32_t j = cy - 1; j <= cy + 1; ++j)
                for (std::int32_t i = cx - 1; i <= cx + 1; ++i) {
                    const std::uint32_t h = hash(i, j, texture_seed_ + 5), g = hash(i, j, texture_seed_ + 6);
                    if (unit(g) > where * 1.3f) continue;
                    const float x = (static_cast<float>(i) + 0.2f + 0.6f * unit(h)) * cell;
                    const float y = (static_cast<float>(j) + 0.2f + 0.6f * unit(h * 2654435761u)) * cell;
                    const float radius = (0.9f + 0.9f * unit(g * 2654435761u)) * fine_;
                    darkest =
                        std::max(darkest, 1.0f - smooth(0.4f * radius, 1.4f * radius, std::hypot(p.x - x, p.y - y)));
                }
        over(c, Colour{c.r * 0.68f, c.g * 0.52f, c.b * 0.42f}, 0.8f * darkest);
    }
    return c * light;
}

Colour DemoFace::colour(float x, float y) const {
    const float u = (x - shift_.x) / scale_, v = (y - shift_.y) / scale_;
    const Point p{cos_ * u + sin_ * v, -sin_ * u + cos_ * v};
    const Fringe front = fringe(p);
    if (front.cover >= 1.0f) return fringe_colour(p, front);
    Colour c;
    if (head_distance(p) > -edge_) c = behind(p, x, y);  // else the head hides all of it
    draw_head(p, c);
    c = c * (1.0f - front.shadow);
    if (front.cover > 0.0f) over(c, fringe_colour(p, front), front.cover);
    return c;
}

float DemoFace::skull_distance(Point p) const {
    return ellipse(p.x, p.y + 0.10f, face_width_ + hair_volume_ + 0.02f, face_height_ + hair_volume_ - 0.02f);
}

float DemoFace::head_distance(Point p) const {
    const float chin = jaw_ * square(std::max(0.0f, p.y) / face_height_), crown = 0.04f * square(std::max(0.0f, -p.y));
    return ellipse(p.x / (1.0f - chin - crown), p.y, face_width_, face_height_);
}

Colour DemoFace::behind(Point p, float x, float y) const {
    Colour c = background(x, y);
    // Hair behind everything: a cap that falls down on both sides.
    const float cap_width = face_width_ + hair_volume_ + 0.02f;
    const float top = skull_distance(p);
    const float sway = wave_ * std::sin(p.y * 9.0f + (p.x > 0 ? 1.0f : 0.0f));
    const float side = std::abs(p.x + sway) - (cap_width + 0.06f * smooth(0.0f, 1.0f, p.y));
    const float ragged = 0.05f * strands(p.x, 0.0f, 21);
    const float fall = std::max({side, p.y - hair_length_ - ragged, -0.10f - p.y});
    const float cover = inside(std::min(top, fall));
    if (cover > 0.0f) {
        const float shade = 0.62f + 0.25f * smooth(-0.7f, 0.3f, -p.y) + 0.2f * p.x * light_x_;
        const float reach = std::hypot(p.x, p.y + 0.75f);
        const float turn = std::atan2(p.x, p.y + 0.75f);
        const float crown = smooth(-0.05f, 0.25f, p.y);
        const Colour above = crown < 1.0f ? hair(turn * 0.7f, reach, shade) : Colour{};
        const Colour below =
            crown > 0.0f ? hair(p.x + sway, p.y, shade * (0.85f + 0.15f * smooth(1.0f, 0.2f, p.y))) : Colour{};
        over(c, mix(above, below, crown), cover);
    }
    draw_body(p, c);
    return c;
}

void DemoFace::draw_body(Point p, Colour& c) const {
    if (p.y < 0.2f) return;
    const float neck_half = face_width_ * 0.52f + 0.05f * square(std::max(0.0f, p.y - 0.5f) / 0.4f);
    const float neck = std::max(std::abs(p.x - 0.03f * yaw_) - neck_half, 0.2f - p.y);
    const float across = std::clamp(p.x / (face_width_ * 0.6f), -1.0f, 1.0f);
    const float round = 0.72f + 0.25f * (light_x_ * across + std::sqrt(1.0f - 0.8f * square(across)) * 0.6f);
    const float shadow = 0.6f + 0.4f * smooth(face_height_ - 0.02f, face_height_ + 0.24f, p.y);
    if (const float a = inside(neck); a > 0.0f) over(c, skin(p, round * shadow), a);
    const float slope = 0.90f + 0.42f * square(std::abs(p.x));
    const float collar = ellipse(p.x, p.y - 0.80f, 0.30f, 0.17f);
    const float body = std::max(slope - p.y, -collar);
    if (const float a = inside(body); a > 0.0f)
        over(c,
             cloth(p) * (0.8f + 0.25f * light_x_ * std::clamp(p.x, -1.0f, 1.0f) + 0.15f * smooth(0.0f, 0.12f, -body)),
             a);
}

void DemoFace::draw_head(Point p, Colour& c) const {
    if (std::abs(p.x) > face_width_ + 0.25f || p.y < -1.1f || p.y > face_height_ + 0.1f) return;
    for (const float side : {-1.0f, 1.0f}) {  // ears, half hidden by the head
        const float ex = p.x - side * (face_width_ + 0.015f) + 0.03f * yaw_ * side, ey = p.y - 0.02f;
        if (const float a = inside(ellipse(ex, ey, 0.075f, 0.13f)); a > 0.0f) {
            const float fold = smooth(0.0f, 0.05f, std::abs(std::hypot(ex * 1.7f, ey) - 0.075f));
            over(c, skin(p, 0.68f + 0.18f * fold), a);
        }
    }
    const float narrow =
        1.0f - jaw_ * square(std::max(0.0f, p.y) / face_height_) - 0.04f * square(std::max(0.0f, -p.y));
    const float face = inside(head_distance(p));
    if (face > 0.0f) {
        const float nx = p.x / (face_width_ * narrow) * 0.92f, ny = p.y / face_height_ * 0.9f;
        const float nz = std::sqrt(std::max(0.02f, 1.0f - nx * nx - ny * ny));
        const float diffuse = std::max(0.0f, nx * light_x_ + ny * light_y_ + nz * 0.8f);
        Colour s = skin(p, 0.50f + 0.58f * diffuse);
        const float fx = p.x - 0.12f * yaw_, fy = p.y - 0.06f * pitch_;
        for (const float side : {-1.0f, 1.0f}) {  // cheeks
            const float blush = std::exp(-square((fx - side * 0.24f) / 0.12f) - square((fy - 0.17f) / 0.10f));
            s = s + Colour{0.05f, -0.025f, -0.02f} * blush;
        }
        const float gloss = std::exp(-square((p.x - 0.35f * light_x_) / 0.16f) - square((p.y + 0.28f) / 0.11f));
        s = s + Colour{0.10f, 0.095f, 0.09f} * gloss;
        const Point q{fx, fy};
        if (beard_ > 0.0f) {
            const float fibre = noise(p.x / (2.4f * fine_), p.y / (11.0f * fine_), texture_seed_ + 61) +
                                0.5f * noise(p.x / (6.0f * fine_), p.y / (18.0f * fine_), texture_seed_ + 62);
            const float lower =
                smooth(0.14f, 0.30f, fy + 0.35f * std::abs(fx) - 0.03f * fibre) *
                (1.0f - std::exp(-square(fx / (mouth_width_ * 0.85f)) - square((fy - 0.355f) / 0.045f)));
            over(s, hair_ * (0.72f + 0.24f * diffuse + 0.42f * fibre), beard_ * lower);
        }
        draw_nose(q, s);
        draw_mouth(q, s);
        draw_eye(q, -1.0f, s);
        draw_eye(q, 1.0f, s);
        draw_brows(q, s);
        over(c, s, face);
        if (glasses_) draw_glasses(q, c);
    }
}

void DemoFace::draw_eye(Point p, float side, Colour& c) const {
    const float x = (p.x - side * eye_distance_ * (1.0f - 0.12f * side * yaw_)) * side, y = p.y + 0.07f;
    if (std::abs(x) > 2.2f * eye_size_ || std::abs(y) > 1.6f * eye_size_) return;
    const float w = eye_size_, h = eye_size_ * eye_open_;
    over(c, c * 0.80f,
         0.75f * std::exp(-square(x / (1.35f * w)) - square((y + 0.25f * h) / (1.4f * w))));  // the socket
    // Two arcs that meet in the corners.
    const float bow = 1.0f - square(x / w);
    const float upper = -h * bow - y, lower = y - 0.72f * h * bow;
    const float opening = std::max(upper, lower);
    const float a = inside(opening * 0.9f) * (std::abs(x) < w ? 1.0f : 0.0f);
    if (a > 0.0f) {
        Colour ball = Colour{0.93f, 0.92f, 0.90f} * (0.98f - 0.28f * smooth(0.2f * h, -0.9f * h, y));
        const float ix = x * side - gaze_x_ * w * 0.6f, iy = y - gaze_y_ * h - 0.02f * h;
        const float r = std::hypot(ix, iy), radius = 0.56f * w;
        const float turn = std::atan2(iy, ix);
        const float fibre = noise(turn * 5.0f, r / (0.5f * w), texture_seed_ + 71) +
                            0.7f * noise(turn * 11.0f, r / w, texture_seed_ + 72);
        Colour iris = iris_ * (1.05f + 0.45f * fibre + 0.5f * smooth(0.0f, radius, iy + 0.3f * radius));
        over(iris, Colour{0.03f, 0.03f, 0.04f}, smooth(0.78f * radius, radius, r) * 0.75f);
        over(ball, iris, inside(r - radius));
        over(ball, Colour{0.02f, 0.02f, 0.02f}, inside(r - 0.42f * radius));
        over(ball, Colour{1.0f, 1.0f, 1.0f},
             0.95f * inside(std::hypot(ix - 0.3f * radius * (light_x_ > 0 ? 1.0f : -1.0f), iy + 0.35f * radius) -
                            0.2f * radius));
        ball = ball * (0.72f + 0.28f * smooth(0.0f, 0.5f * h, -upper));  // the lid's shadow
        over(c, ball, a);
    }
    if (std::abs(x) < 1.25f * w) {
        const float reach = std::max(0.0f, 1.0f - std::pow(std::abs(x) / (1.22f * w), 6.0f));
        const float line = std::abs(upper) - (0.010f + 0.010f * smooth(-w, w, x)) * (0.5f + 0.5f * reach);
        over(c, hair_ * 0.25f, 0.9f * inside(line) * (std::abs(x) < 1.08f * w ? 1.0f : 0.0f));
        const float crease = std::abs(y + 1.5f * h * bow + 0.018f) - 0.006f;
        if (bow > 0.0f) over(c, c * 0.72f, 0.7f * inside(crease));
        if (bow > 0.0f) over(c, c * 0.80f, 0.5f * inside(std::abs(lower) - 0.005f));
    }
}

void DemoFace::draw_brows(Point p, Colour& c) const {
    for (const float side : {-1.0f, 1.0f}) {
        const float x = (p.x - side * eye_distance_ * (1.0f - 0.12f * side * yaw_)) * side;
        const float y = p.y + 0.07f + brow_height_ - 0.02f + brow_tilt_ * x * 0.5f - 1.5f * square(x - 0.02f);
        const float half = 1.55f * eye_size_, t = std::clamp((x + half) / (2.0f * half), 0.0f, 1.0f);
        const float thick = brow_width_ * (1.15f - 0.8f * t * t) * smooth(0.0f, 0.08f, t);
        if (std::abs(x) > half || std::abs(y) > 0.08f) continue;
        const float fibre = strands(y * 1.2f + 0.55f * x, x, 81);
        const float a = inside((std::abs(y) - thick - 0.010f * fibre) * 0.8f);
        over(c, hair_ * (0.62f + 0.45f * fibre), 0.88f * a);
    }
}

void DemoFace::draw_nose(Point p, Colour& c) const {
    const float tip_y = -0.06f + nose_length_, x = p.x - 0.07f * yaw_ * smooth(-0.1f, tip_y, p.y), y = p.y;
    const float side_light = light_x_ >= 0.0f ? 1.0f : -1.0f;
    // A ridge: light on one flank, shadow on the other.
    const float along = smooth(-0.14f, 0.0f, y) * (1.0f - smooth(tip_y - 0.02f, tip_y + 0.05f, y));
    const float half = 0.028f + 0.5f * nose_width_ * smooth(-0.05f, tip_y, y);
    const float flank = std::exp(-square((x + side_light * half) / (0.55f * half + 0.012f)));
    const float ridge = std::exp(-square(x / (0.6f * half)));
    c = c * (1.0f - 0.26f * along * flank);
    c = c + Colour{0.085f, 0.08f, 0.075f} * (along * ridge);
    const float tip = std::exp(-square(x / (0.75f * nose_width_)) - square((y - tip_y + 0.01f) / 0.035f));
    c = c + Colour{0.07f, 0.05f, 0.045f} * tip;
    const float under = std::exp(-square(x / (1.15f * nose_width_)) - square((y - tip_y - 0.045f) / 0.022f));
    c = c * (1.0f - 0.30f * under);
    for (const float s : {-1.0f, 1.0f}) {
        const float hole =
            ellipse(x - s * 0.55f * nose_width_, y - tip_y - 0.022f - 0.15f * std::abs(x), 0.26f * nose_width_, 0.011f);
        over(c, c * 0.35f, 0.85f * inside(hole));
        const float wing = std::abs(std::hypot((x - s * 0.78f * nose_width_), (y - tip_y) * 0.9f) - 0.036f) - 0.006f;
        if ((x - s * 0.8f * nose_width_) * s > 0.0f) over(c, c * 0.74f, 0.8f * inside(wing));
    }
}

void DemoFace::draw_mouth(Point p, Colour& c) const {
    const float x = p.x - 0.035f * yaw_, y = p.y - 0.355f;
    const float w = mouth_width_;
    if (std::abs(x) > 1.25f * w || std::abs(y) > 0.2f) return;
    const float bow = std::max(0.0f, 1.0f - square(x / w));
    const float line = y + smile_ * square(x / w) * 1.4f - 0.4f * smile_;  // 0 where the lips meet
    const float upper =
        -(0.036f * bow * (1.0f - 0.35f * std::exp(-square(x / (0.13f * w))))) - 0.5f * mouth_open_ * bow;
    const float lower = 0.050f * std::pow(bow, 0.8f) + 0.5f * mouth_open_ * bow;
    const float lips = std::max({upper - line, line - lower, std::abs(x) - w});
    if (const float a = inside(lips); a > 0.0f) {
        const float crack = noise(x / (3.2f * fine_), line / (9.0f * fine_), texture_seed_ + 91);
        const float gloss =
            std::exp(-square((line - 0.6f * lower) / 0.014f) - square((x - 0.1f * light_x_) / (0.45f * w)));
        Colour lip = lips_ * ((line < 0.0f ? 0.78f : 1.0f) + 0.10f * crack) + Colour{0.13f, 0.11f, 0.11f} * gloss;
        if (mouth_open_ > 0.0f) {
            const float gap = std::abs(line) - 0.5f * mouth_open_ * bow;
            Colour hollow{0.20f, 0.06f, 0.06f};
            const float tooth = std::abs(std::fmod(std::abs(x) + 0.0165f, 0.033f) - 0.0165f);
            over(hollow, Colour{0.93f, 0.91f, 0.86f} * (0.86f + 0.14f * smooth(0.0f, 0.004f, tooth)),
                 1.0f - smooth(0.10f * mouth_open_, 0.3f * mouth_open_, line));
            over(lip, hollow, inside(gap));
        }
        over(c, lip, a);
    }
    if (mouth_open_ == 0.0f && std::abs(x) < w)
        over(c, lips_ * 0.35f, 0.85f * inside(std::abs(line) - 0.006f * (0.4f + bow)));
    for (const float s : {-1.0f, 1.0f}) {
        const float corner = std::exp(-square((x - s * w) / 0.022f) - square((line) / 0.02f));
        c = c * (1.0f - 0.25f * corner);
    }
    c = c * (1.0f - 0.16f * std::exp(-square(x / (0.6f * w)) - square((y - 0.085f) / 0.022f)));
}

DemoFace::Fringe DemoFace::fringe(Point p) const {
    // What is inside the skull and above the hairline; the hair is combed from the parting to both sides.
    const float skull = skull_distance(p);
    if (skull > 0.1f || p.y > 0.25f) return {};
    const float from = p.x - 0.08f * yaw_ - parting_, far = std::abs(from) / face_width_;
    const float temples = std::pow(std::abs(p.x) / face_width_, 6.0f);
    float line = hairline_ - 0.10f * std::exp(-square(from / 0.06f)) + 0.26f * square(far) + 0.25f * temples;
    line = std::min(line, -0.21f + 0.9f * std::max(0.0f, std::abs(p.x) - 0.26f));  // the eyes stay free
    Fringe fringe;
    fringe.turn = std::atan2(from, p.y + 1.05f);
    fringe.reach = std::hypot(from, p.y + 1.05f);
    const float end = line + 0.035f * strands(fringe.turn * 0.9f, 0.0f, 31);
    fringe.cover = inside(std::max(skull, p.y - end));
    fringe.shadow = skull < 0.0f ? 0.22f * (1.0f - smooth(0.0f, 0.07f, p.y - end)) : 0.0f;
    return fringe;
}

Colour DemoFace::fringe_colour(Point p, const Fringe& fringe) const {
    const float band = std::exp(-square((p.y + 0.52f + 0.25f * square(p.x)) / 0.10f));
    const float light = 0.80f + 0.30f * light_x_ * p.x / face_width_ + 0.38f * band - 0.2f * smooth(-0.5f, 0.1f, p.y);
    return hair(fringe.turn * 0.9f, fringe.reach, light);
}

void DemoFace::draw_glasses(Point p, Colour& c) const {
    const float rx = 0.155f, ry = 0.125f, y = p.y + 0.055f;
    for (const float side : {-1.0f, 1.0f}) {
        const float x = p.x - side * eye_distance_ * (1.0f - 0.12f * side * yaw_);
        const float rim = ellipse(x, y, rx, ry);
        if (rim < 0.0f)
            c = c * 0.94f + Colour{0.03f, 0.035f, 0.04f} * smooth(0.02f, -0.02f, std::abs(x + y - 0.02f) - 0.03f);
        over(c, frame_, inside(std::abs(rim) - 0.013f));
        const float hinge =
            segment(p.x, y, side * (eye_distance_ + rx), -0.02f, side * (face_width_ + 0.05f), -0.03f) - 0.012f;
        over(c, frame_, inside(hinge));
    }
    over(c, frame_, inside(segment(p.x, y, -(eye_distance_ - rx), -0.02f, eye_distance_ - rx, -0.02f) - 0.011f));
}

}  // namespace afs
