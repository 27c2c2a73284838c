#include <gtest/gtest.h>

#include "core/base/sha256.h"

namespace afs {
namespace {

TEST(Sha256, MatchesThePublishedExample) {
    const std::string text = "abc";
    EXPECT_EQ(sha256_hex(std::as_bytes(std::span(text))),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace afs
