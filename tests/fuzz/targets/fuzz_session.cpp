// Session files: what is read is written and read again as the same document; everything else is an Error in words.
#include "core/scene/scene_json.h"
#include "tests/fuzz/targets/fuzz_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    try {
        const afs::Document document = afs::document_from_json(afs::parse_json(text, "fuzz"), "fuzz", text);
        const std::string saved = afs::document_to_json(document).dump();
        afs::fuzz::require(afs::document_from_json(afs::parse_json(saved, "fuzz"), "fuzz", saved) == document);
    } catch (const afs::Error& e) {
        afs::fuzz::require(e.kind() == afs::ErrorKind::format && !e.why().empty());
    }
    return 0;
}
