// What the window tells: errors stay until they are clicked, warnings for six seconds, success is a line in the status
// bar. Nothing is said twice. UI thread only.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/base/error.h"

namespace afs::gui {

struct Notice {
    bool is_error = true;
    Failure failure;  // a warning has only `what` and perhaps `why`
    double born_s = 0.0;
    // The obvious thing to do about it; no button where there is none.
    std::string button = {};
    std::function<void()> action = {};
};

class Notices {
  public:
    void error(const Failure& failure, double now_s);  // also logged
    void ask(const Failure& failure, double now_s, std::string button, std::function<void()> action);
    void warning(const std::string& text, double now_s);
    void say(const std::string& text, double now_s);  // the message of the moment

    // Forgets what has expired. Returns when the next one will, infinity for never.
    double expire(double now_s);
    void draw();  // toasts, at the lower right of the canvas; runs the action of a pressed button

    [[nodiscard]] const std::vector<Notice>& toasts() const { return toasts_; }
    [[nodiscard]] const std::string& message() const { return message_; }

  private:
    static constexpr double kWarningSeconds = 6.0, kMessageSeconds = 6.0;
    void add(Notice notice);

    std::vector<Notice> toasts_;  // oldest first
    std::string message_;
    double message_born_s_ = 0.0;
};

}  // namespace afs::gui
