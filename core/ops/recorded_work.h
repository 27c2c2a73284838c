// Work on a device that was recorded once, to be asked for again: same kernels, same memory.
#pragma once

#include <functional>
#include <memory>

namespace afs {

class RecordedWork {
  public:
    virtual ~RecordedWork() = default;
    virtual void replay() = 0;
};
// Runs `work` as often as it needs to and records it; may keep it. Throws where it cannot be recorded.
using WorkRecorder = std::function<std::unique_ptr<RecordedWork>(const std::function<void()>& work)>;

}  // namespace afs
