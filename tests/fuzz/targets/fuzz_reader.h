// What all fuzz targets do: read, touch every byte that was handed out, accept an Error as an answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <unordered_set>

#include "core/base/checked.h"
#include "core/base/error.h"
#include "core/formats/network_archive.h"

namespace afs::fuzz {

inline void require(bool condition) {
    if (!condition) std::abort();
}

// The promises of NetworkArchive, whatever was read.
inline void check_archive(const NetworkArchive& archive) {
    static volatile unsigned sink = 0;
    for (const auto& [key, record] : archive.networks) {
        std::unordered_set<std::string_view> names;
        for (const NamedTensor& named : record.tensors) {
            require(names.insert(named.name).second);
            const TensorData& tensor = named.tensor;
            const auto numel = checked_numel(tensor.shape);
            require(numel && static_cast<std::size_t>(*numel) * item_size(tensor.dtype) == tensor.bytes.size());
            unsigned sum = 0;
            for (const std::byte byte : tensor.bytes) sum += std::to_integer<unsigned>(byte);
            sink = sink + sum;
        }
        (void)record.init_kwargs.dump();
        (void)record.attributes.dump();
    }
    (void)archive.training_set_kwargs.dump();
    (void)archive.metadata.dump();
}

template <class Read> int run(const std::uint8_t* data, std::size_t size, const Read& read) {
    try {
        check_archive(read(std::as_bytes(std::span(data, size))));
    } catch (const Error& e) {
        require(e.kind() == ErrorKind::format && !e.why().empty() && !e.what_to_do().empty());
    }
    return 0;
}

}  // namespace afs::fuzz
