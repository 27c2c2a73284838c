// Snapshots and the legacy form of .pt, both made of pickles.
#include "core/formats/snapshot_pickle.h"
#include "core/formats/torch_storage.h"
#include "core/formats/torch_zip.h"
#include "tests/fuzz/targets/fuzz_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return afs::fuzz::run(data, size, [](afs::Bytes bytes) {
        return afs::looks_like_legacy_torch(bytes) ? afs::read_torch_legacy(bytes, nullptr, "fuzz")
                                                   : afs::read_snapshot(bytes, nullptr, "fuzz");
    });
}
