#include "app/cli/progress_bar.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace afs::cli {
namespace {

constexpr auto kTerminalInterval = std::chrono::milliseconds(100);
constexpr auto kPlainInterval = std::chrono::seconds(5);
constexpr int kWidth = 30;

}  // namespace

ProgressBar::ProgressBar(std::string title, bool hidden)
    : title_(std::move(title)),
      hidden_(hidden),
      terminal_(::isatty(STDERR_FILENO) == 1),
      start_(Clock::now()),
      last_(start_) {}

ProgressBar::~ProgressBar() {
    if (drawn_ && terminal_) fmt::print(stderr, "\r\x1b[K");
}

void ProgressBar::update(double fraction, const std::string& doing) {
    const auto now = Clock::now();
    // Work that ends within one interval shows nothing at all.
    if (hidden_ || now - last_ < (terminal_ ? Clock::duration(kTerminalInterval) : Clock::duration(kPlainInterval)))
        return;
    last_ = now;
    const double elapsed = std::chrono::duration<double>(now - start_).count();
    std::string left;
    if (fraction > 0.01) left = fmt::format(", {:.0f} s left", elapsed / fraction * (1.0 - fraction));
    if (terminal_) {
        const int filled = std::clamp(static_cast<int>(fraction * kWidth), 0, kWidth);
        fmt::print(
            stderr, "\r\x1b[K{} [{}{}] {:3.0f} % {}{}", title_, std::string(static_cast<std::size_t>(filled), '#'),
            std::string(static_cast<std::size_t>(kWidth - filled), '.'), std::max(fraction, 0.0) * 100.0, doing, left);
        std::fflush(stderr);
        drawn_ = true;
    } else {
        fmt::print(stderr, "{}: {:.0f} % {}{}\n", title_, std::max(fraction, 0.0) * 100.0, doing, left);
    }
}

}  // namespace afs::cli
