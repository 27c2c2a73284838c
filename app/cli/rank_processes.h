// `train --gpus N`: the same command once for each rank, in processes of their own on this machine.
#pragma once

#include <stop_token>

namespace afs::cli {

// Starts this process's own command `count` times with the variables that launchers set (core/train/ranks.h), and waits
// for all. A stop is passed on to each of them once. Where one fails, the others are given half a minute to end by
// themselves. Returns the first failure's exit code, 0 where there was none. Throws Error{device}: a process cannot be
// started.
[[nodiscard]] int run_rank_processes(int count, const std::stop_token& stop);

// In a process that run_rank_processes started: it ends with its parent. Else nothing.
void end_with_parent();

}  // namespace afs::cli
