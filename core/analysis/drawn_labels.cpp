#include "core/analysis/drawn_labels.h"

#include <fmt/format.h>

#include <memory>

#include "core/base/error.h"
#include "core/data/data_set.h"

namespace afs {

DrawnLabels labels_of(const std::string& data, int c_dim) {
    const auto set = std::make_shared<const DataSet>(data, DataSetOptions{.use_labels = true});
    if (set->label_dim() != c_dim)
        throw Error(ErrorKind::argument, "Could not draw labels from " + data,
                    set->label_dim() == 0
                        ? "its pictures have no labels, and the network is conditional"
                        : fmt::format("its labels have length {}, the network's {}", set->label_dim(), c_dim));
    return {static_cast<std::uint32_t>(set->size()),
            [set](std::uint32_t index) { return set->label(static_cast<std::int64_t>(index)); }};
}

}  // namespace afs
