// The fonts inside the program: Roboto (Apache 2.0) and Inconsolata (SIL Open Font License), from the sources that the
// set-up fetched.
#pragma once

#include <cstddef>

namespace afs {

struct EmbeddedBytes {
    const unsigned char* data = nullptr;
    std::size_t size = 0;
};

[[nodiscard]] EmbeddedBytes roboto_regular();
[[nodiscard]] EmbeddedBytes roboto_bold();
[[nodiscard]] EmbeddedBytes inconsolata();

}  // namespace afs
