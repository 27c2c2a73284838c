// A data set as training, metrics and spectra read it: square pictures of one size from a folder or a ZIP archive, in
// the order that every run agrees on, with labels (SPEC 15). Opening reads the first picture; the others are checked as
// they are read. Never writes, never unpacks to disk; reading is safe from several threads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/data/data_labels.h"
#include "core/data/picture_files.h"
#include "core/formats/picture.h"

namespace afs {

struct DataSetOptions {
    std::optional<std::int64_t> max_size = {};  // a random subset of that many pictures, drawn from random_seed
    std::uint32_t random_seed = 0;
    bool xflip = false;  // doubles the set: the same items mirrored, after all others
    bool use_labels = false;
    std::optional<int> resolution = {};  // refuse another one
};

class DataSet {
  public:
    // Throws Error{file, format}: nothing there, no pictures, pictures in formats that are not read, a first picture
    // that is not square or has other than 1 or 3 channels, another resolution, labels that do not fit.
    explicit DataSet(const std::filesystem::path& path, const DataSetOptions& options = {});

    [[nodiscard]] const std::filesystem::path& path() const { return files_.path(); }
    [[nodiscard]] const std::string& name() const { return name_; }  // of the file or folder, without ".zip"
    [[nodiscard]] std::int64_t size() const { return static_cast<std::int64_t>(items_.size()); }
    [[nodiscard]] int resolution() const { return resolution_; }  // pixels a side
    [[nodiscard]] int channels() const { return channels_; }      // 1 or 3
    [[nodiscard]] int label_dim() const { return labels_.dim; }   // 0: none
    [[nodiscard]] bool labels_are_classes() const { return !labels_.classes.empty(); }

    // What an item is: a picture of the sorted list, mirrored or not.
    struct Item {
        std::int64_t picture = 0;
        bool mirrored = false;
    };
    [[nodiscard]] const Item& item(std::int64_t index) const { return items_.at(static_cast<std::size_t>(index)); }
    [[nodiscard]] const std::string& picture_name(std::int64_t index) const;  // "00000/img00000000.png"

    // [height, width, channels]. Throws Error{file, format} naming the picture: damaged, another size, other channels.
    [[nodiscard]] Image read(std::int64_t index) const;
    [[nodiscard]] std::vector<float> label(std::int64_t index) const;  // [label_dim]

  private:
    [[nodiscard]] Image decode(const std::string& name) const;

    PictureFiles files_;
    std::string name_;
    std::vector<Item> items_;
    DataLabels labels_;
    int resolution_ = 0, channels_ = 0;
};

}  // namespace afs
