// Memory for the tensors of one network's pictures on a CPU, kept from picture to picture: after the first ones nothing
// is asked of the system any more, and no page is new (a page's first touch costs more than its arithmetic).
//
// A pool is one stretch of memory, cut best-fit by size, merged again when tensors go; it grows by further stretches
// and joins them into one when no tensor is left in it. Tensors may outlive the pool and may be freed by any thread.
#pragma once

#include <cstddef>
#include <memory>

namespace afs {

class TensorPool {
  public:
    TensorPool();
    ~TensorPool();
    TensorPool(const TensorPool&) = delete;
    TensorPool& operator=(const TensorPool&) = delete;

    // While one lives, tensors that this thread makes on the CPU lie in the pool. They nest; the innermost counts.
    class Scope {
      public:
        explicit Scope(TensorPool& pool);
        ~Scope();
        Scope(const Scope&) = delete;
        Scope& operator=(const Scope&) = delete;

      private:
        void* before_;
    };
    // While one lives, tensors lie outside: for what is kept longer than a picture.
    class Pause {
      public:
        Pause();
        ~Pause();
        Pause(const Pause&) = delete;
        Pause& operator=(const Pause&) = delete;

      private:
        void* before_;
    };

    struct Usage {
        std::size_t reserved_bytes = 0;  // of the system's memory
        std::size_t used_bytes = 0;      // by tensors now
        std::size_t system_calls = 0;    // stretches that were ever asked for
        std::size_t tensors = 0;         // that were ever placed
    };
    [[nodiscard]] Usage usage() const;

    struct State;  // of one pool; lives as long as its tensors

  private:
    State* state_;
};

}  // namespace afs
