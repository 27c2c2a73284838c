// A training run's directory (docs/file-formats.md): the names of its files, which states it holds, and who may write
// into it. Torch-free.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace afs {

// OUTDIR/00003-NAME: one above the largest number there. Makes it, and OUTDIR. Throws Error{file}.
[[nodiscard]] std::filesystem::path make_run_directory(const std::filesystem::path& outdir, const std::string& name);

// The runs under a folder, the newest first: what make_run_directory made.
[[nodiscard]] std::vector<std::filesystem::path> runs_under(const std::filesystem::path& outdir);

[[nodiscard]] std::string state_file_name(std::int64_t images);     // "state-0000012800.ckpt"
[[nodiscard]] std::string snapshot_file_name(std::int64_t images);  // "network-snapshot-000012.safetensors", in kimg
[[nodiscard]] std::string fakes_file_name(std::int64_t images);     // "fakes000012.png", likewise

// States by the pictures seen, the most first.
[[nodiscard]] std::vector<std::filesystem::path> states_in(const std::filesystem::path& run);

// All but the newest `keep` go.
void remove_old_states(const std::filesystem::path& run, int keep);

// What a trainer that was killed had begun to write.
void remove_unfinished_files(const std::filesystem::path& run);

// A file that asks the trainer to stop. take: it is removed; false when there was none.
[[nodiscard]] bool take_stop_request(const std::filesystem::path& run);

// The right to write into a run, from construction to destruction: `run.lock` names the holder. On the same machine the
// system keeps it and gives it back whatever ends the process; of another machine (a shared disk) the heartbeat in the
// status tells whether it lives.
class RunLock {
  public:
    // Throws Error{file}: another trainer has it (it is named), or the directory cannot be written.
    explicit RunLock(const std::filesystem::path& run);
    ~RunLock();
    RunLock(const RunLock&) = delete;
    RunLock& operator=(const RunLock&) = delete;

  private:
    std::filesystem::path path_;
    int fd_ = -1;
};

}  // namespace afs
