// The labels of a data set, of which a measurement draws one for each picture of a conditional network, as the official
// metrics do. A value, torch-free.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace afs {

// Empty: there is no data set, and each class is as likely as any other.
struct DrawnLabels {
    std::uint32_t count = 0;
    std::function<std::vector<float>(std::uint32_t index)> label = {};  // [c_dim]; any thread
};

// Of all pictures of a data set (folder or ZIP). Throws Error{file, format} where it cannot be read, Error{argument}
// where it has no labels, or none of length `c_dim`.
[[nodiscard]] DrawnLabels labels_of(const std::string& data, int c_dim);

}  // namespace afs
