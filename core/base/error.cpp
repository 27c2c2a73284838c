#include "core/base/error.h"

#include <fmt/format.h>

#include <new>
#include <utility>

namespace afs {
namespace {

std::string join(const std::string& tried, const std::string& why, const std::string& what_to_do) {
    std::string text = tried;
    if (!why.empty()) text += (text.empty() ? "" : ": ") + why;
    if (!text.empty() && text.back() != '.' && text.back() != '?' && text.back() != '!') text += '.';
    if (!what_to_do.empty()) text += " " + what_to_do;
    return text;
}

}  // namespace

Error::Error(ErrorKind kind, std::string tried, std::string why, std::string what_to_do)
    : kind_(kind),
      tried_(std::move(tried)),
      why_(std::move(why)),
      what_to_do_(std::move(what_to_do)),
      paragraph_(join(tried_, why_, what_to_do_)) {}

std::string Failure::paragraph() const { return join(what, why, what_to_do); }

Failure current_failure(const std::string& tried) {
    try {
        throw;
    } catch (const Error& e) {
        return {e.kind(), e.tried(), e.why(), e.what_to_do()};
    } catch (const std::bad_alloc&) {
        return {ErrorKind::memory, tried, "there is not enough memory",
                "Close other programs or use a smaller network."};
    } catch (const std::exception& e) {
        std::string why = e.what();
        why = why.substr(0, why.find('\n'));
        return {ErrorKind::internal, tried, why, "This is a defect of the program: please report it with the log."};
    } catch (...) {
        return {ErrorKind::internal, tried, "an unknown exception was thrown", "Please report it with the log."};
    }
}

void check_failed(const char* expression, const char* file, int line) {
    throw Error(ErrorKind::internal, "An internal check failed", fmt::format("{} at {}:{}", expression, file, line),
                "This is a defect of the program: please report it with the log.");
}

}  // namespace afs
