// Counts what this test program allocates through operator new, which it replaces.
#pragma once

#include <cstddef>

namespace afs::test {

void reset_peak();                        // the peak becomes what is allocated now
[[nodiscard]] std::size_t peak_growth();  // bytes by which the peak exceeds what was allocated at reset_peak()

}  // namespace afs::test
