// The networks that are open in this process, so that whoever needs one beside the others shares its weights instead of
// reading the file once more. Any thread. A network belongs to whoever opened it: this only knows where it is.
#pragma once

#include <memory>
#include <string>

#include "core/model/generator.h"

namespace afs {

void note_opened(const std::string& path, const std::string& which, const std::shared_ptr<const Generator>& generator);

// A generator of its own with the weights of the one that is open, on its device; null where none is open there. What a
// generator keeps beside its weights, and does not share between threads, is its own.
[[nodiscard]] std::shared_ptr<const Generator> share_opened(const std::string& path, const std::string& which,
                                                            Device device);

}  // namespace afs
