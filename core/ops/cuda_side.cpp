#include "core/ops/cuda_side.h"

#include <ATen/detail/CUDAHooksInterface.h>
#include <dlfcn.h>

#include "core/base/error.h"
#include "core/ops/device.h"

namespace afs {
namespace {

struct Loaded {
    const CudaSide* side = nullptr;
    std::string problem;
};

Loaded load() {
    if (!built_with_cuda()) return {nullptr, "this program was built without CUDA"};
    // Found by the program's run path. Stays loaded: its kernels are registered with LibTorch from now on.
    void* const library = ::dlopen("libafstudio_cuda.so", RTLD_LAZY | RTLD_LOCAL);
    if (library == nullptr) return {nullptr, ::dlerror()};
    using Entry = const CudaSide* (*)();
    const auto entry = reinterpret_cast<Entry>(::dlsym(library, "afs_cuda_side"));
    if (entry == nullptr) return {nullptr, ::dlerror()};
    if (!at::detail::getCUDAHooks().hasCUDART())
        return {nullptr, "LibTorch was asked about GPUs before its CUDA side was loaded"};
    return {entry(), ""};
}

const Loaded& loaded() {
    static const Loaded once = load();
    return once;
}

}  // namespace

std::optional<std::string> load_cuda_side() {
    return loaded().side != nullptr ? std::nullopt : std::optional(loaded().problem);
}

const CudaSide& cuda_side() {
    if (const auto problem = load_cuda_side())
        throw Error(ErrorKind::device, "Could not load the library for GPUs", *problem,
                    "Build again, or use --device cpu.");
    return *loaded().side;
}

}  // namespace afs
