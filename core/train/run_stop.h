// Whether a run is asked to stop: by its process (a signal) or by a file named stop.request in its directory. A thread
// looks for the file, so that what takes minutes between steps (a sheet of pictures, a metric) hears of it, too.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <thread>

namespace afs {

class RunStop {
  public:
    // Without a directory: the process alone. A request by file is taken: the file is gone then.
    explicit RunStop(const std::stop_token& of_process, std::optional<std::filesystem::path> run = {});
    ~RunStop();
    RunStop(const RunStop&) = delete;
    RunStop& operator=(const RunStop&) = delete;

    [[nodiscard]] bool requested();  // looks for the file
    [[nodiscard]] std::stop_token token() const { return source_.get_token(); }

  private:
    void look();

    std::stop_source source_;
    std::optional<std::filesystem::path> run_;
    std::stop_callback<std::function<void()>> of_process_;
    std::jthread thread_;  // last: it uses all of these
};

}  // namespace afs
