// The yardstick of `afstudio bench --compare reference`: this program's operators without kernels of its own.
#pragma once

namespace afs {

// While one lives, operators called on this thread run as compositions of LibTorch's. They nest.
class PlainOperators {
  public:
    PlainOperators();
    ~PlainOperators();
    PlainOperators(const PlainOperators&) = delete;
    PlainOperators& operator=(const PlainOperators&) = delete;

    [[nodiscard]] static bool active();  // on this thread
};

}  // namespace afs
