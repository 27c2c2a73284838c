// A data set as it is written: a ZIP archive or a folder that appears under its name only when all of it is there
// (SPEC 15). One thread.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "core/formats/picture.h"
#include "core/formats/zip_writer.h"

namespace afs {

// "00012/img00012345.png"
[[nodiscard]] std::string data_set_picture_name(std::int64_t index);

class DataSetWriter {
  public:
    // An archive where the name ends in ".zip", else a folder, which must be empty or absent: what is in a folder is
    // never replaced. Throws Error{file}.
    DataSetWriter(std::filesystem::path destination, Overwrite overwrite);
    ~DataSetWriter();  // without commit(): nothing stays
    DataSetWriter(const DataSetWriter&) = delete;
    DataSetWriter& operator=(const DataSetWriter&) = delete;

    void add(const std::string& name, Bytes content);  // "00000/img00000000.png"
    void commit(const std::string& dataset_json);      // its text is the last member

  private:
    std::filesystem::path destination_, temporary_;
    std::optional<ZipWriter> archive_;
};

}  // namespace afs
