#include "core/scene/scene_json.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <set>

#include "core/base/base64.h"
#include "core/base/error.h"
#include "core/formats/utf8.h"
#include "core/scene/scene_fields.h"

namespace afs {
namespace {

using scene_fields::Choice;
using scene_fields::Range;
using scene_fields::walk;
using scene_fields::Whole;
using Key = const char*;

static_assert(std::endian::native == std::endian::little, "arrays are stored as little-endian float32");

// How an element of a list is found again among the unknown words: by its stable id where it has one.
template <class T> std::string element_name(const T& element, std::size_t index) {
    if constexpr (requires { element.id; })
        return fmt::format("[id={}]", element.id);
    else
        return fmt::format("[{}]", index);
}

// --- Writing --------------------------------------------------------------------------------------------------------

class Writer {
  public:
    // `unknown`: what the file said beside the known keys of this object; may be null.
    explicit Writer(const Json* unknown) : unknown_(unknown && unknown->is_object() ? unknown : nullptr) {}

    template <class T> void object(Key key, T& value) {
        Writer inner(below(key));
        walk(inner, value);
        json_[key] = inner.finish();
    }
    template <class T> void list(Key key, std::vector<T>& values, std::size_t) {
        const Json* const unknown = below(key);
        Json array = Json::array();
        for (std::size_t i = 0; i < values.size(); ++i) {
            const std::string name = element_name(values[i], i);
            Writer inner(unknown && unknown->contains(name) ? &(*unknown)[name] : nullptr);
            walk(inner, values[i]);
            array.push_back(inner.finish());
        }
        json_[key] = std::move(array);
    }
    void number(Key key, double value, Range) { json_[key] = value; }
    template <class T> void integer(Key key, T value, Whole) { json_[key] = value; }
    void one_of(Key key, int value, std::initializer_list<int>) { json_[key] = value; }
    void flag(Key key, bool value) { json_[key] = value; }
    void text(Key key, const std::string& value) {
        if (!valid_utf8(value))
            throw Error(ErrorKind::argument, "Could not write this scene as JSON",
                        fmt::format("\"{}\" is not UTF-8 text", printable(value)), "Rename the file.");
        json_[key] = value;
    }
    template <class E, std::size_t N> void choice(Key key, E value, const std::array<Choice<E>, N>& choices) {
        for (const auto& choice : choices)
            if (choice.value == value) json_[key] = choice.name;
    }
    void optional_integer(Key key, const std::optional<int>& value, Whole) {
        json_[key] = value ? Json(*value) : Json();
    }
    void integers(Key key, const std::vector<int>& values, Whole, std::size_t) { json_[key] = values; }
    void matrix(Key key, const std::optional<Matrix3>& value, Range) { json_[key] = value ? Json(*value) : Json(); }
    void floats(Key key, const std::vector<float>& values, std::int64_t) {
        json_[key] = to_base64(std::as_bytes(std::span(values)));
    }

    void field_value(Key key, FieldValue& value) {
        const auto write = [&](auto& held) -> Json {
            using T = std::decay_t<decltype(held)>;
            if constexpr (std::is_same_v<T, std::monostate>) {
                return {};
            } else if constexpr (std::is_same_v<T, Latent>) {
                Writer inner(below(key));
                walk(inner, held);
                return inner.finish();
            } else {
                return held;
            }
        };
        json_[key] = std::visit(write, value);
    }

    [[nodiscard]] Json finish() {
        if (unknown_)
            for (const auto& [key, value] : unknown_->items())
                if (!json_.contains(key)) json_[key] = value;
        return std::move(json_);
    }

  private:
    [[nodiscard]] const Json* below(Key key) const {
        return unknown_ && unknown_->contains(key) ? &(*unknown_)[key] : nullptr;
    }

    const Json* unknown_;
    Json json_ = Json::object();
};

// --- Reading --------------------------------------------------------------------------------------------------------

std::string described(const Json& value) {
    switch (value.type()) {
        case Json::value_t::null: return "null";
        case Json::value_t::boolean: return value.get<bool>() ? "true" : "false";
        case Json::value_t::string: return fmt::format("the text \"{}\"", printable(value.get<std::string>(), 60));
        case Json::value_t::array: return "a list";
        case Json::value_t::object: return "an object";
        default: return value.dump();
    }
}

std::string range_words(double low, double high) { return fmt::format("a number from {} to {}", low, high); }

struct Source {
    const std::string& tried;
    std::string_view text;  // empty: lines are not known
    ErrorKind kind = ErrorKind::format;
};

constexpr Whole kAnyWhole{-(1ll << 53), 1ll << 53};

class Reader {
  public:
    Reader(const Source& source, const Json& json, std::string path)
        : source_(source), json_(json), path_(std::move(path)) {
        if (!json.is_object()) fail(path_, fmt::format("is {}, not an object", described(json)));
    }

    template <class T> void object(Key key, T& value) {
        if (const Json* found = find(key)) {
            Reader inner(source_, *found, path_of(key));
            walk(inner, value);
            keep(key, inner.unknown());
        }
    }
    template <class T> void list(Key key, std::vector<T>& values, std::size_t most) {
        const Json* found = find(key);
        if (!found) return;
        const std::string path = path_of(key);
        check_list(path, *found, most);
        values.clear();
        Json kept = Json::object();
        for (std::size_t i = 0; i < found->size(); ++i) {
            Reader inner(source_, (*found)[i], fmt::format("{}[{}]", path, i));
            walk(inner, values.emplace_back());
            const std::string name = element_name(values.back(), i);
            if constexpr (requires { values.back().id; })
                for (std::size_t other = 0; other < i; ++other)
                    if (values[other].id == values[i].id)
                        fail(fmt::format("{}[{}].id", path, i),
                             fmt::format("is {}, as that of another one is: each needs its own", values[i].id));
            if (Json unknown = inner.unknown(); !unknown.empty()) kept[name] = std::move(unknown);
        }
        keep(key, std::move(kept));
    }
    void number(Key key, double& value, Range range) {
        if (const Json* found = find(key)) value = read_number(path_of(key), *found, range);
    }
    template <class T> void integer(Key key, T& value, Whole range) {
        if (const Json* found = find(key)) value = static_cast<T>(read_integer(path_of(key), *found, range));
    }
    void one_of(Key key, int& value, std::initializer_list<int> choices) {
        const Json* found = find(key);
        if (!found) return;
        for (const int choice : choices)
            if (found->is_number_integer() && *found == choice) {
                value = choice;
                return;
            }
        fail(path_of(key), fmt::format("is {}, not {}", described(*found), fmt::join(choices, " or ")));
    }
    void flag(Key key, bool& value) {
        const Json* found = find(key);
        if (!found) return;
        if (!found->is_boolean()) fail(path_of(key), fmt::format("is {}, not true or false", described(*found)));
        value = found->get<bool>();
    }
    void text(Key key, std::string& value) {
        const Json* found = find(key);
        if (!found) return;
        if (!found->is_string()) fail(path_of(key), fmt::format("is {}, not text", described(*found)));
        value = found->get<std::string>();
        if (value.size() > scene_fields::kMostText || value.find('\0') != std::string::npos)
            fail(path_of(key), fmt::format("is no name: it has {} characters or a zero among them", value.size()));
    }
    template <class E, std::size_t N> void choice(Key key, E& value, const std::array<Choice<E>, N>& choices) {
        const Json* found = find(key);
        if (!found) return;
        std::vector<std::string_view> names;
        for (const auto& choice : choices) {
            if (found->is_string() && found->get_ref<const std::string&>() == choice.name) {
                value = choice.value;
                return;
            }
            names.push_back(choice.name);
        }
        fail(path_of(key), fmt::format("is {}, not one of {}", described(*found), fmt::join(names, ", ")));
    }
    void optional_integer(Key key, std::optional<int>& value, Whole range) {
        const Json* found = find(key);
        if (!found) return;
        if (found->is_null())
            value.reset();
        else
            value = static_cast<int>(read_integer(path_of(key), *found, range));
    }
    void integers(Key key, std::vector<int>& values, Whole range, std::size_t most) {
        const Json* found = find(key);
        if (!found) return;
        check_list(path_of(key), *found, most);
        values.clear();
        for (std::size_t i = 0; i < found->size(); ++i)
            values.push_back(
                static_cast<int>(read_integer(fmt::format("{}[{}]", path_of(key), i), (*found)[i], range)));
    }
    void matrix(Key key, std::optional<Matrix3>& value, Range range) {
        const Json* found = find(key);
        if (!found) return;
        value.reset();
        if (found->is_null()) return;
        if (!found->is_array() || found->size() != 9)
            fail(path_of(key), "is not a list of 9 numbers, row after row, or null");
        value.emplace();
        for (std::size_t i = 0; i < 9; ++i)
            (*value)[i] = read_number(fmt::format("{}[{}]", path_of(key), i), (*found)[i], range);
    }
    void floats(Key key, std::vector<float>& values, std::int64_t count) {
        const Json* found = find(key);
        if (!found) fail(path_, fmt::format("has no \"{}\"", key));
        const auto bytes = found->is_string() ? from_base64(found->get_ref<const std::string&>())
                                              : std::optional<std::vector<std::byte>>();
        if (!bytes) fail(path_of(key), "is not float32 numbers as base64 text");
        if (bytes->size() != static_cast<std::size_t>(count) * sizeof(float))
            fail(path_of(key), fmt::format("holds {} bytes, not the {} of {} numbers", bytes->size(),
                                           static_cast<std::size_t>(count) * sizeof(float), count));
        values.resize(static_cast<std::size_t>(count));
        std::memcpy(values.data(), bytes->data(), bytes->size());
        if (!std::all_of(values.begin(), values.end(), [](float x) { return std::isfinite(x); }))
            fail(path_of(key), "holds numbers that are not finite");
    }

    // By the type that it has; which one a field takes is the timeline's to check.
    void field_value(Key key, FieldValue& value) {
        const Json* found = find(key);
        if (!found) return;
        switch (found->type()) {
            case Json::value_t::null: value = std::monostate{}; return;
            case Json::value_t::boolean: value = found->get<bool>(); return;
            case Json::value_t::string: value = found->get<std::string>(); return;
            case Json::value_t::number_float: value = found->get<double>(); return;
            case Json::value_t::number_integer:
            case Json::value_t::number_unsigned: value = read_integer(path_of(key), *found, kAnyWhole); return;
            case Json::value_t::array: {
                std::optional<Matrix3> matrix_value;
                matrix(key, matrix_value, scene_fields::kElement);
                value = *matrix_value;
                return;
            }
            case Json::value_t::object: {
                Latent latent;
                object(key, latent);
                value = std::move(latent);
                return;
            }
            default: fail(path_of(key), fmt::format("is {}, which no field takes", described(*found)));
        }
    }

    // What nobody asked for, with what nested objects kept.
    [[nodiscard]] Json unknown() {
        for (const auto& [key, value] : json_.items())
            if (!known_.contains(key)) kept_[key] = value;
        return std::move(kept_);
    }

    [[noreturn]] void fail(const std::string& path, const std::string& what) const {
        const int line = line_of(source_.text, path);
        const std::string subject = path.empty() ? "the document" : path;
        throw Error(source_.kind, source_.tried,
                    line > 0 ? fmt::format("line {}: {} {}", line, subject, what) : subject + " " + what,
                    source_.kind == ErrorKind::format ? "Mend it in a text editor, or open another session." : "");
    }

  private:
    const Json* find(Key key) {
        known_.insert(key);
        const auto found = json_.find(key);
        return found == json_.end() ? nullptr : &*found;
    }
    [[nodiscard]] std::string path_of(Key key) const { return path_.empty() ? key : path_ + "." + key; }
    void keep(Key key, Json unknown) {
        if (!unknown.empty()) kept_[key] = std::move(unknown);
    }

    double read_number(const std::string& path, const Json& value, Range range) const {
        const double number = value.is_number() ? value.get<double>() : 0.0;
        if (!value.is_number()) fail(path, fmt::format("is {}, not a number", described(value)));
        if (!(number >= range.low && number <= range.high))
            fail(path, fmt::format("is {}, not {}", described(value), range_words(range.low, range.high)));
        return number;
    }
    std::int64_t read_integer(const std::string& path, const Json& value, Whole range) const {
        // An unsigned value beyond 2^63 is out of every range here.
        const bool whole = value.is_number_integer() &&
                           !(value.is_number_unsigned() && value.get<std::uint64_t>() > (std::uint64_t{1} << 62));
        if (!value.is_number()) fail(path, fmt::format("is {}, not a whole number", described(value)));
        const std::int64_t number = whole ? value.get<std::int64_t>() : 0;
        if (!whole || number < range.low || number > range.high)
            fail(path, fmt::format("is {}, not a whole number from {} to {}", described(value), range.low, range.high));
        return number;
    }
    void check_list(const std::string& path, const Json& value, std::size_t most) const {
        if (!value.is_array()) fail(path, fmt::format("is {}, not a list", described(value)));
        if (value.size() > most) fail(path, fmt::format("has {} elements; at most {} are read", value.size(), most));
    }

    const Source& source_;
    const Json& json_;
    std::string path_;
    std::set<std::string> known_;
    Json kept_ = Json::object();
};

}  // namespace

Json document_to_json(const Document& document) {
    Json json = Json::object();
    json["format"] = kSessionFormat;
    json["version"] = kSessionVersion;
    Writer writer(document.unknown.get());
    Scene scene = document.base;
    writer.object("scene", scene);
    Timeline timeline = document.timeline;
    writer.object("timeline", timeline);
    json.update(writer.finish());
    return json;
}

Document document_from_json(const Json& json, const std::string& tried, std::string_view text) {
    const Source source{tried, text};
    if (!json.is_object() || json.value("format", Json()) != kSessionFormat)
        throw Error(ErrorKind::format, tried,
                    fmt::format("it is JSON, but not a session: it has no \"format\": \"{}\"", kSessionFormat),
                    "Sessions are what the window saves.");
    Reader reader(source, json, "");
    std::string format;
    reader.text("format", format);
    std::int64_t version = 0;
    reader.integer("version", version, {1, 1'000'000});
    if (version == 0) reader.fail("", "has no \"version\"");
    if (version > kSessionVersion)
        throw Error(
            ErrorKind::format, tried,
            fmt::format("it was written by a newer Alias-Free Studio: it has version {}, this program reads up to {}",
                        version, kSessionVersion),
            "Update Alias-Free Studio.");
    Document document;
    reader.object("scene", document.base);
    reader.object("timeline", document.timeline);
    if (const auto problem = timeline_problem(document)) reader.fail(problem->where, problem->what);
    if (Json unknown = reader.unknown(); !unknown.empty())
        document.unknown = std::make_shared<const Json>(std::move(unknown));
    return document;
}

void check_scene(const Scene& scene, const std::string& tried) {
    // What is written is read again with every check; numbers that are not finite survive as values.
    Writer writer(nullptr);
    Scene copy = scene;
    walk(writer, copy);
    const Json json = writer.finish();
    const Source source{tried, {}, ErrorKind::argument};
    Reader reader(source, json, "");
    walk(reader, copy);
}

// --- Lines ----------------------------------------------------------------------------------------------------------

namespace {

// Walks over JSON text that is known to be valid.
class LineFinder {
  public:
    explicit LineFinder(std::string_view text) : text_(text) {}

    // Stands on the value of the path afterwards; false where there is none such.
    bool seek(std::string_view path) {
        skip_space();
        while (!path.empty()) {
            if (path.front() == '.') path.remove_prefix(1);
            const bool element = path.front() == '[';
            const auto end = element ? path.find(']') + 1 : std::min(path.find_first_of(".["), path.size());
            const std::string_view step = path.substr(0, end);
            path.remove_prefix(end);
            if (!(element ? enter_array(step.substr(1, step.size() - 2)) : enter_object(step))) return false;
        }
        return true;
    }
    [[nodiscard]] int line() const {
        return 1 + static_cast<int>(std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(at_), '\n'));
    }

  private:
    [[nodiscard]] char here() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    void skip_space() {
        while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
    }
    // Returns the text between the quotes as it stands: keys of this program's files have no escapes.
    std::string_view skip_string() {
        const std::size_t start = ++at_;
        while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
        return text_.substr(start, at_++ - start);
    }
    void skip_value() {
        int depth = 0;
        do {
            skip_space();
            const char c = here();
            if (c == '"') {
                skip_string();
            } else if (c == '{' || c == '[') {
                ++depth;
                ++at_;
            } else if (c == '}' || c == ']') {
                --depth;
                ++at_;
            } else if (depth > 0 && (c == ',' || c == ':')) {
                ++at_;
            } else {
                while (at_ < text_.size() && std::string_view(",]} \t\r\n").find(text_[at_]) == std::string_view::npos)
                    ++at_;
            }
            if (depth > 0) skip_space();
        } while (depth > 0 && at_ < text_.size());
    }
    bool next_member() {
        skip_space();
        if (here() != ',') return false;
        ++at_;
        skip_space();
        return true;
    }
    bool enter_object(std::string_view key) {
        if (here() != '{') return false;
        ++at_;
        skip_space();
        if (here() == '}') return false;
        do {
            const std::string_view found = skip_string();
            skip_space();
            ++at_;  // the colon
            skip_space();
            if (found == key) return true;
            skip_value();
        } while (next_member());
        return false;
    }
    bool enter_array(std::string_view index) {
        if (here() != '[') return false;
        ++at_;
        skip_space();
        if (here() == ']') return false;
        for (std::size_t i = 0;; ++i) {
            if (std::to_string(i) == index) return true;
            skip_value();
            if (!next_member()) return false;
        }
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace

int line_of(std::string_view text, std::string_view key_path) {
    LineFinder finder(text);
    return !text.empty() && finder.seek(key_path) ? finder.line() : 0;
}

}  // namespace afs
