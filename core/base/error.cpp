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

constexpr const char* kDefect = "This is a defect of the program: please report it with the log.";

Failure too_little_memory(const std::string& tried) {
    return {ErrorKind::memory, tried, "there is not enough memory",
            "Close other programs, use a smaller network or fewer pictures at once."};
}

// What LibTorch throws has one type for everything; what the machine lacks is told by the words.
Failure failure_of(const std::string& tried, const std::string& text) {
    const std::string why = text.substr(0, text.find('\n'));
    const auto says = [&](const char* words) { return why.find(words) != std::string::npos; };
    if (says("CUDA out of memory"))
        return {ErrorKind::memory, tried, "the GPU's memory is full",
                "Close other programs that use it, use a smaller network or fewer pictures at once, or --device cpu."};
    if (says("DefaultCPUAllocator")) return too_little_memory(tried);
    for (const char* const library :
         {"CUDA error", "cuDNN error", "CUBLAS_STATUS", "CUDNN_STATUS", "CUFFT_", "NCCL error"})
        if (says(library))
            return {ErrorKind::device, tried, why,
                    "The GPU or its driver failed: try again, update the driver, or use --device cpu."};
    return {ErrorKind::internal, tried, why, kDefect};
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
        return too_little_memory(tried);
    } catch (const std::exception& e) {
        return failure_of(tried, e.what());
    } catch (...) {
        return {ErrorKind::internal, tried, "an unknown exception was thrown", "Please report it with the log."};
    }
}

void check_failed(const char* expression, const char* file, int line) {
    throw Error(ErrorKind::internal, "An internal check failed", fmt::format("{} at {}:{}", expression, file, line),
                kDefect);
}

}  // namespace afs
