#include "core/data/data_set_writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

#include "core/base/error.h"

namespace afs {
namespace {

Error cannot_write(const std::filesystem::path& path, std::string why,
                   std::string what_to_do = "Check the folder and the free space.") {
    return {ErrorKind::file, "Could not write " + path.string(), std::move(why), std::move(what_to_do)};
}

// "set/" names what "set" names.
std::filesystem::path without_slash(std::filesystem::path path) {
    return path.has_filename() ? path : path.parent_path();
}

}  // namespace

std::string data_set_picture_name(std::int64_t index) {
    const std::string digits = fmt::format("{:08}", index);
    return fmt::format("{}/img{}.png", digits.substr(0, 5), digits);
}

DataSetWriter::DataSetWriter(std::filesystem::path destination, Overwrite overwrite)
    : destination_(without_slash(std::move(destination))) {
    if (destination_.extension() == ".zip") {
        archive_.emplace(destination_, overwrite);
        return;
    }
    std::error_code failed;
    if (std::filesystem::exists(destination_, failed)) {
        if (!std::filesystem::is_directory(destination_, failed))
            throw cannot_write(destination_, "it exists and is not a folder",
                               "Choose another name, or one that ends in .zip.");
        if (!std::filesystem::is_empty(destination_, failed) || failed)
            throw cannot_write(destination_, failed ? failed.message() : "the folder is not empty",
                               "Choose another folder; what is in one is never replaced.");
    }
    if (destination_.has_parent_path()) std::filesystem::create_directories(destination_.parent_path(), failed);
    temporary_ = destination_.parent_path() / fmt::format(".{}.{}.part", destination_.filename().string(), ::getpid());
    if (failed || !std::filesystem::create_directory(temporary_, failed)) {
        const std::string why = failed ? failed.message() : temporary_.string() + " exists";
        temporary_.clear();
        throw cannot_write(destination_, why);
    }
}

DataSetWriter::~DataSetWriter() {
    std::error_code ignored;
    if (!temporary_.empty()) std::filesystem::remove_all(temporary_, ignored);
}

void DataSetWriter::add(const std::string& name, Bytes content) {
    if (archive_) return archive_->add(name, content);
    const std::filesystem::path path = temporary_ / name;
    std::error_code failed;
    std::filesystem::create_directories(path.parent_path(), failed);
    if (failed) throw cannot_write(destination_, failed.message());
    errno = 0;
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(content.data()), static_cast<std::streamsize>(content.size()));
    file.close();
    if (!file)
        throw cannot_write(destination_, errno != 0 ? std::strerror(errno) : "a file of it could not be written");
}

void DataSetWriter::commit(const std::string& dataset_json) {
    add("dataset.json", std::as_bytes(std::span(dataset_json)));
    if (archive_) return archive_->commit();
    // Once for all files, where each by itself would take minutes.
    const int folder = ::open(temporary_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool synced = folder >= 0 && ::syncfs(folder) == 0;
    const int reason = errno;
    if (folder >= 0) ::close(folder);
    if (!synced) throw cannot_write(destination_, std::strerror(reason));
    if (std::rename(temporary_.c_str(), destination_.c_str()) != 0)
        throw cannot_write(destination_, errno == ENOTEMPTY || errno == EEXIST
                                             ? "somebody else wrote into the folder meanwhile"
                                             : std::strerror(errno));
    temporary_.clear();
}

}  // namespace afs
