// The ZIP form of .pt: directory, pickle, storages.
#include "core/formats/torch_zip.h"
#include "tests/fuzz/targets/fuzz_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return afs::fuzz::run(data, size, [](afs::Bytes bytes) { return afs::read_torch_zip(bytes, nullptr, "fuzz"); });
}
