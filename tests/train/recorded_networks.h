// The small networks on which losses and training steps were recorded.
#pragma once

#include <memory>
#include <string>

#include "core/model/discriminator.h"
#include "core/model/generator.h"
#include "tests/support/golden.h"

namespace afs::test {

// Fresh copies of the networks under these names of the file.
[[nodiscard]] std::shared_ptr<Generator> recorded_generator(const GoldenFile& file, const std::string& name);
[[nodiscard]] std::shared_ptr<Discriminator> recorded_discriminator(const GoldenFile& file, const std::string& name);

}  // namespace afs::test
