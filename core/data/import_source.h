// What `dataset import` reads: pictures in the order in which they are numbered, with their labels, from folders, ZIP
// archives and the archives of CIFAR-10 and MNIST as they are published (SPEC 15). Executes nothing: CIFAR's pickles go
// through the allow-list reader. Pictures may be read on any thread.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "core/formats/picture.h"

namespace afs {

class ImportSource {
  public:
    virtual ~ImportSource() = default;
    [[nodiscard]] virtual std::int64_t size() const = 0;                      // >= 1
    [[nodiscard]] virtual std::string display(std::int64_t index) const = 0;  // what messages call a picture
    // As it is: any size, 1, 3 or 4 channels. Throws Error{file, format} naming the picture.
    [[nodiscard]] virtual Image read(std::int64_t index) const = 0;
    // JSON in the words of the source's dataset.json; empty: no label.
    [[nodiscard]] virtual std::string label(std::int64_t index) const = 0;
};

// The kind follows from the path: a folder, the published names of CIFAR-10 and MNIST, the bytes of a ZIP archive.
// Throws Error{file, format}: nothing there, another kind, no pictures, pictures in formats that are not read, labels
// that are none.
[[nodiscard]] std::unique_ptr<ImportSource> open_import_source(const std::filesystem::path& path);

}  // namespace afs
