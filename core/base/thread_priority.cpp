#include "core/base/thread_priority.h"

#ifdef __linux__
#    include <sys/resource.h>
#    include <unistd.h>

#    include <algorithm>
#    include <cerrno>
#endif

namespace afs {

void step_back_thread() noexcept {
#ifdef __linux__
    // On Linux a priority belongs to a thread, and a new thread takes that of the one that starts it.
    constexpr int kSteps = 5, kLowest = 19;  // 5: a third of the share that the window's threads get
    const auto thread = static_cast<id_t>(gettid());
    errno = 0;
    const int present = getpriority(PRIO_PROCESS, thread);
    if (present == -1 && errno != 0) return;
    (void)setpriority(PRIO_PROCESS, thread, std::min(present + kSteps, kLowest));
#endif
}

}  // namespace afs
