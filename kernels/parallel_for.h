// How a kernel spreads its work over threads that belong to somebody else: kernels own none (docs/architecture.md).
#pragma once

#include <cstdint>
#include <functional>

namespace afs::kernels {

struct ParallelFor {
    int threads = 1;  // that run() may use at once; kernels cut their work by it
    // Calls body(begin, end) with ranges that cover [0, count) once, from any threads, and returns when all are done.
    // An exception of body is rethrown. Undefined: the caller's thread does everything.
    std::function<void(std::int64_t count, const std::function<void(std::int64_t, std::int64_t)>& body)> run = {};

    void operator()(std::int64_t count, const std::function<void(std::int64_t, std::int64_t)>& body) const {
        if (run)
            run(count, body);
        else
            body(0, count);
    }
};

}  // namespace afs::kernels
