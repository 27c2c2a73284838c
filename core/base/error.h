// How anything that the outside can cause is reported: what was tried, why it failed, what to do about it.
// Thrown as `Error` anywhere; turned into a `Failure` value at the four places that catch (main, a Job's body, the
// render worker, the frame guard). `AFS_CHECK` is for promises that our own code broke.
#pragma once

#include <exception>
#include <string>

namespace afs {

enum class ErrorKind {
    argument,   // a value that the caller or the user gave
    file,       // cannot be opened, read or written
    format,     // the bytes are not what they claim to be, or are refused
    network,    // a file was understood but does not make a network
    device,     // GPU, driver, display
    memory,     // more than there is
    cancelled,  // asked for by the user
    internal,   // a broken promise of ours
};

class Error : public std::exception {
  public:
    // tried: "Could not open model.pkl"; why: "it asks for the global "os.system", which no network file needs";
    // what_to_do: whole sentences, may be empty. No final full stop in `tried` and `why`.
    Error(ErrorKind kind, std::string tried, std::string why, std::string what_to_do = {});

    [[nodiscard]] ErrorKind kind() const { return kind_; }
    [[nodiscard]] const std::string& tried() const { return tried_; }
    [[nodiscard]] const std::string& why() const { return why_; }
    [[nodiscard]] const std::string& what_to_do() const { return what_to_do_; }
    [[nodiscard]] const char* what() const noexcept override { return paragraph_.c_str(); }  // "tried: why. what to do"

  private:
    ErrorKind kind_;
    std::string tried_, why_, what_to_do_, paragraph_;
};

// An error as a value: what results carry and windows show.
struct Failure {
    ErrorKind kind = ErrorKind::internal;
    std::string what, why, what_to_do;

    [[nodiscard]] std::string paragraph() const;
    bool operator==(const Failure&) const = default;
};

// The exception in flight as a value; call it inside a catch block only. Never throws for foreign exception types:
// LibTorch's are shortened to their first line, without the C++ back trace.
[[nodiscard]] Failure current_failure(const std::string& tried);

[[noreturn]] void check_failed(const char* expression, const char* file, int line);

}  // namespace afs

#define AFS_CHECK(expression) ((expression) ? void(0) : ::afs::check_failed(#expression, __FILE__, __LINE__))
