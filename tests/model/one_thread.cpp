// The networks of these tests are tiny: more threads would spend their time waiting for each other, and sums would
// depend on how many there are.
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

namespace {

class OneThread : public testing::Environment {
  public:
    void SetUp() override { at::set_num_threads(1); }
};

const auto* const registered = testing::AddGlobalTestEnvironment(new OneThread);

}  // namespace
