#include "core/scene/field_path.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <type_traits>

#include "core/scene/scene_fields.h"

namespace afs {
namespace {

using scene_fields::Choice;
using scene_fields::Range;
using scene_fields::walk;
using scene_fields::Whole;
using Key = const char*;

std::optional<double> as_number(const FieldValue& value) {
    if (const auto* real = std::get_if<double>(&value)) return *real;
    if (const auto* whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
    return std::nullopt;
}

// A seed, an id or a class names something: between two of them there is nothing.
bool is_name(Whole range) {
    const auto same = [&](Whole other) { return range.low == other.low && range.high == other.high; };
    return same(scene_fields::kSeed) || same(scene_fields::kId) || same(scene_fields::kClass);
}

// Walks the fields of a scene. `on_field` gets each one whose path is wanted, and what sets it.
class FieldWalk {
  public:
    using Set = std::function<void(const FieldValue&)>;
    using OnField = std::function<void(SceneField, const Set&, const void* place)>;
    FieldWalk(std::string prefix, std::string_view wanted, const OnField& on_field)
        : prefix_(std::move(prefix)), wanted_(wanted), on_field_(on_field) {}

    template <class T> void object(Key key, T& value) {
        if constexpr (std::is_same_v<T, ModelRef>) return;
        const std::string path = prefix_ + key;
        if constexpr (std::is_same_v<T, Latent>)
            offer(path, FieldKind::latent, 0, 0, {}, true, value, [&](const FieldValue& v) {
                if (const auto* latent = std::get_if<Latent>(&v)) value = *latent;
            });
        FieldWalk inner(path + ".", wanted_, on_field_);
        walk(inner, value);
    }
    template <class T> void list(Key key, std::vector<T>& values, std::size_t) {
        if constexpr (requires(T element) { element.id; })
            for (T& element : values) {
                FieldWalk inner(fmt::format("{}{}[id={}].", prefix_, key, element.id), wanted_, on_field_);
                walk(inner, element);
            }
    }
    void number(Key key, double& value, Range range) {
        offer(
            prefix_ + key, FieldKind::number, range.low, range.high, {}, true, value,
            [&](const FieldValue& v) {
                if (const auto number = as_number(v)) value = std::clamp(*number, range.low, range.high);
            },
            &value);
    }
    template <class T> void integer(Key key, T& value, Whole range) {
        if (std::string_view(key) == "id") return;
        offer(
            prefix_ + key, FieldKind::whole, static_cast<double>(range.low), static_cast<double>(range.high), {},
            !is_name(range), static_cast<std::int64_t>(value),
            [&](const FieldValue& v) {
                if (const auto number = as_number(v)) value = static_cast<T>(nearest(*number, range));
            },
            &value);
    }
    void one_of(Key key, int& value, std::initializer_list<int> choices) {
        offer(prefix_ + key, FieldKind::whole, *choices.begin(), *(choices.end() - 1), {}, false,
              static_cast<std::int64_t>(value), [&](const FieldValue& v) {
                  const auto number = as_number(v);
                  for (const int choice : choices)
                      if (number && *number == choice) value = choice;
              });
    }
    void flag(Key key, bool& value) {
        offer(
            prefix_ + key, FieldKind::flag, 0, 0, {}, false, value,
            [&](const FieldValue& v) {
                if (const auto* flag = std::get_if<bool>(&v)) value = *flag;
            },
            &value);
    }
    void text(Key key, std::string& value) {
        offer(prefix_ + key, FieldKind::text, 0, 0, {}, false, value, [&](const FieldValue& v) {
            if (const auto* text = std::get_if<std::string>(&v)) value = *text;
        });
    }
    template <class E, std::size_t N> void choice(Key key, E& value, const std::array<Choice<E>, N>& choices) {
        // The source of a latent decides which other keys there are: only the whole latent can change it.
        if constexpr (std::is_same_v<E, std::size_t>) return;
        std::vector<std::string_view> words;
        std::string now;
        for (const auto& choice : choices) {
            words.push_back(choice.name);
            if (choice.value == value) now = choice.name;
        }
        offer(prefix_ + key, FieldKind::word, 0, 0, std::move(words), false, now, [&](const FieldValue& v) {
            const auto* word = std::get_if<std::string>(&v);
            for (const auto& choice : choices)
                if (word && *word == choice.name) value = choice.value;
        });
    }
    void optional_integer(Key key, std::optional<int>& value, Whole range) {
        offer(prefix_ + key, FieldKind::optional_whole, static_cast<double>(range.low), static_cast<double>(range.high),
              {}, !is_name(range), value ? FieldValue(static_cast<std::int64_t>(*value)) : FieldValue(),
              [&](const FieldValue& v) {
                  if (std::holds_alternative<std::monostate>(v)) value.reset();
                  if (const auto number = as_number(v)) value = static_cast<int>(nearest(*number, range));
              });
    }
    void matrix(Key key, std::optional<Matrix3>& value, Range range) {
        offer(prefix_ + key, FieldKind::matrix, range.low, range.high, {}, true,
              value ? FieldValue(*value) : FieldValue(), [&](const FieldValue& v) {
                  if (std::holds_alternative<std::monostate>(v)) value.reset();
                  if (const auto* matrix = std::get_if<Matrix3>(&v)) value = *matrix;
              });
    }
    void integers(Key, std::vector<int>&, Whole, std::size_t) {}
    void floats(Key, std::vector<float>&, std::int64_t) {}

  private:
    static std::int64_t nearest(double value, Whole range) {
        return static_cast<std::int64_t>(
            std::clamp(std::round(value), static_cast<double>(range.low), static_cast<double>(range.high)));
    }
    void offer(const std::string& path, FieldKind kind, double low, double high, std::vector<std::string_view> words,
               bool blends, FieldValue value, const Set& set, const void* place = nullptr) const {
        if (wanted_.empty() || path == wanted_)
            on_field_({path, kind, low, high, std::move(words), blends, std::move(value)}, set, place);
    }

    std::string prefix_;
    std::string_view wanted_;
    const OnField& on_field_;
};

void walk_fields(Scene& scene, std::string_view wanted, const FieldWalk::OnField& on_field) {
    FieldWalk archive("", wanted, on_field);
    scene_fields::walk(archive, scene);
}

std::string described(const FieldValue& value) {
    struct {
        std::string operator()(std::monostate) const { return "null"; }
        std::string operator()(bool flag) const { return flag ? "true" : "false"; }
        std::string operator()(std::int64_t number) const { return fmt::format("{}", number); }
        std::string operator()(double number) const { return fmt::format("{}", number); }
        std::string operator()(const std::string& text) const { return fmt::format("\"{}\"", text); }
        std::string operator()(const Matrix3&) const { return "a matrix"; }
        std::string operator()(const Latent&) const { return "a latent"; }
    } words;
    return std::visit(words, value);
}

}  // namespace

std::vector<SceneField> fields_of(const Scene& scene) {
    std::vector<SceneField> fields;
    Scene copy = scene;
    walk_fields(copy, "", [&](SceneField field, const auto&, const void*) { fields.push_back(std::move(field)); });
    return fields;
}

std::optional<SceneField> find_field(const Scene& scene, std::string_view path) {
    std::optional<SceneField> found;
    Scene copy = scene;
    if (!path.empty())
        walk_fields(copy, path, [&](SceneField field, const auto&, const void*) { found = std::move(field); });
    return found;
}

std::string why_not(const SceneField& field, const FieldValue& value) {
    const bool nothing = std::holds_alternative<std::monostate>(value);
    const auto number = as_number(value);
    const auto in_range = [&](bool whole) -> std::string {
        if (number && *number >= field.low && *number <= field.high && (!whole || *number == std::round(*number)))
            return "";
        return fmt::format("is {}, not a {} from {} to {}", described(value), whole ? "whole number" : "number",
                           field.low, field.high);
    };
    switch (field.kind) {
        case FieldKind::number: return in_range(false);
        case FieldKind::whole: return in_range(true);
        case FieldKind::optional_whole: return nothing ? "" : in_range(true);
        case FieldKind::flag:
            return std::holds_alternative<bool>(value) ? "" : fmt::format("is {}, not true or false", described(value));
        case FieldKind::word: {
            const auto* word = std::get_if<std::string>(&value);
            const bool known = word && std::find(field.words.begin(), field.words.end(), *word) != field.words.end();
            return known ? "" : fmt::format("is {}, not one of {}", described(value), fmt::join(field.words, ", "));
        }
        case FieldKind::text:
            return std::holds_alternative<std::string>(value) ? "" : fmt::format("is {}, not text", described(value));
        case FieldKind::matrix: {
            const auto* matrix = std::get_if<Matrix3>(&value);
            if (nothing) return "";
            if (!matrix) return fmt::format("is {}, not 9 numbers or null", described(value));
            for (const double element : *matrix)
                if (!(element >= field.low && element <= field.high))
                    return fmt::format("holds {}, not a number from {} to {}", element, field.low, field.high);
            return "";
        }
        case FieldKind::latent:
            return std::holds_alternative<Latent>(value) ? "" : fmt::format("is {}, not a latent", described(value));
    }
    return "";
}

bool set_field(Scene& scene, std::string_view path, const FieldValue& value) {
    if (path.empty()) return false;
    bool known = false;
    walk_fields(scene, path, [&](const SceneField& field, const FieldWalk::Set& set, const void*) {
        // Numbers are brought into the range by `set`; what is of another kind is refused here.
        const bool number = as_number(value) && (field.kind == FieldKind::number || field.kind == FieldKind::whole ||
                                                 field.kind == FieldKind::optional_whole);
        if (!number && !why_not(field, value).empty()) return;
        known = true;
        set(value);
    });
    return known;
}

std::vector<std::pair<const void*, std::string>> field_places(const Scene& scene) {
    std::vector<std::pair<const void*, std::string>> places;
    // Nothing is set by it.
    walk_fields(const_cast<Scene&>(scene), "", [&](SceneField field, const auto&, const void* place) {
        if (place) places.emplace_back(place, std::move(field.path));
    });
    std::sort(places.begin(), places.end());
    return places;
}

bool is_angle(std::string_view path) { return path.ends_with("_deg"); }

}  // namespace afs
