// .safetensors, and the choice of a format from the first bytes.
#include "tests/fuzz/targets/fuzz_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return afs::fuzz::run(data, size,
                          [](afs::Bytes bytes) { return afs::read_network_archive(bytes, nullptr, "fuzz"); });
}
