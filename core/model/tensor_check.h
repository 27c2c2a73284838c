// A file's tensors against what a configuration asks for. Private to the room; torch-free; looks at names, types and
// shapes only, never at values.
#pragma once

#include <string>
#include <vector>

#include "core/formats/network_archive.h"
#include "core/model/tensor_plan.h"

namespace afs {

// For every entry of `plans` the file's tensor, or nullptr where the file lacks one that follows from the configuration
// (with a warning where that could matter). Tensors that nothing asks for are named in a warning. Throws Error{network}
// naming the first tensor or layer that is missing, or has the wrong rank, shape or type.
[[nodiscard]] std::vector<const NamedTensor*> check_tensors(const NetworkRecord& record,
                                                            const std::vector<TensorPlan>& plans,
                                                            const std::string& tried,
                                                            std::vector<std::string>& warnings);

}  // namespace afs
