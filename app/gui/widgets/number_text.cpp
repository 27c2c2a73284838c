#include "app/gui/widgets/number_text.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <numbers>

namespace afs::gui {
namespace {

constexpr int kMaxDepth = 32;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Recursive descent over: sum = product {(+|-) product}; product = factor {(*|/) factor | pi}; factor = [+-] atom.
class Reader {
  public:
    explicit Reader(std::string text) : text_(std::move(text)) {}

    std::optional<TypedNumber> read() {
        const auto value = sum(0);
        if (!value) return std::nullopt;
        double result = *value;
        skip();
        if (peek() == '%') {
            ++at_;
            result /= 100.0;
        }
        skip();
        while (is_letter(peek())) ++at_;  // the unit
        skip();
        if (at_ != text_.size() || !std::isfinite(result)) return std::nullopt;
        return TypedNumber{result, uses_pi_};
    }

  private:
    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    void skip() {
        while (peek() == ' ' || peek() == '\t') ++at_;
    }
    bool take(char c) {
        skip();
        if (peek() != c) return false;
        ++at_;
        return true;
    }
    bool take_pi() {
        skip();
        if (text_.compare(at_, 2, "pi") != 0 && text_.compare(at_, 2, "Pi") != 0 && text_.compare(at_, 2, "PI") != 0)
            return false;
        if (at_ + 2 < text_.size() && is_letter(text_[at_ + 2])) return false;  // "pixels" is a unit
        at_ += 2;
        uses_pi_ = true;
        return true;
    }

    std::optional<double> sum(int depth) {
        auto left = product(depth);
        while (left) {
            const bool plus = take('+');
            if (!plus && !take('-')) break;
            const auto right = product(depth);
            if (!right) return std::nullopt;
            left = plus ? *left + *right : *left - *right;
        }
        return left;
    }

    std::optional<double> product(int depth) {
        auto left = factor(depth);
        while (left) {
            if (take_pi()) {  // "2pi"
                left = *left * std::numbers::pi;
                continue;
            }
            const bool times = take('*');
            if (!times && !take('/')) break;
            const auto right = factor(depth);
            if (!right) return std::nullopt;
            left = times ? *left * *right : *left / *right;
        }
        return left;
    }

    std::optional<double> factor(int depth) {
        if (depth > kMaxDepth) return std::nullopt;
        if (take('+')) return factor(depth + 1);
        if (take('-')) {
            const auto value = factor(depth + 1);
            return value ? std::optional(-*value) : std::nullopt;
        }
        if (take('(')) {
            const auto value = sum(depth + 1);
            return value && take(')') ? value : std::nullopt;
        }
        if (take_pi()) return std::numbers::pi;
        return literal();
    }

    std::optional<double> literal() {
        skip();
        const std::size_t begin = at_;
        while (is_digit(peek()) || peek() == '.') ++at_;
        if (at_ == begin) return std::nullopt;
        if ((peek() == 'e' || peek() == 'E') && at_ + 1 < text_.size()) {
            std::size_t exponent = at_ + 1;
            if (text_[exponent] == '+' || text_[exponent] == '-') ++exponent;
            if (exponent < text_.size() && is_digit(text_[exponent])) {
                at_ = exponent;
                while (is_digit(peek())) ++at_;
            }
        }
        const std::string digits = text_.substr(begin, at_ - begin);
        char* end = nullptr;
        const double value = std::strtod(digits.c_str(), &end);  // the program never leaves the "C" locale
        return end == digits.c_str() + digits.size() ? std::optional(value) : std::nullopt;
    }

    std::string text_;
    std::size_t at_ = 0;
    bool uses_pi_ = false;
};

void replace_all(std::string& text, std::string_view from, std::string_view to) {
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
}

}  // namespace

std::optional<TypedNumber> parse_typed_number(std::string_view typed) {
    if (typed.size() > 256) return std::nullopt;
    std::string text(typed);
    replace_all(text, "\u2212", "-");  // what number_text writes can be pasted back
    replace_all(text, "\u00b0", "");
    replace_all(text, "\u00d7", "*");
    replace_all(text, "\u03c0", "pi");
    if (text.find('.') == std::string::npos) replace_all(text, ",", ".");  // "0,5" as half the world types it
    return Reader(std::move(text)).read();
}

std::string number_text(double value, int decimals) {
    std::string text = fmt::format("{:.{}f}", std::fabs(value), decimals);
    const bool is_zero = text.find_first_not_of("0.") == std::string::npos;
    if (std::signbit(value) && !is_zero) text.insert(0, "\u2212");
    return text;
}

std::string size_text(double bytes) {
    if (bytes < 1024) return fmt::format("{:.0f} B", bytes);
    const double kib = bytes / 1024.0;
    if (kib < 1024) return fmt::format("{:.0f} KB", kib);
    if (kib < 1024.0 * 1024.0) return fmt::format("{:.1f} MB", kib / 1024.0);
    return fmt::format("{:.2f} GB", kib / 1024.0 / 1024.0);
}

}  // namespace afs::gui
