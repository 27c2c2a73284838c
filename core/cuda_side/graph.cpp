#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <c10/util/Exception.h>
#include <cuda_runtime_api.h>

#include "core/cuda_side/entry.h"

namespace afs::cuda {
namespace {

class CudaGraph final : public RecordedWork {
  public:
    CudaGraph(at::Device device, const std::function<void()>& work) : device_(device) {
        const c10::cuda::CUDAGuard guard(device);
        c10::cuda::getCurrentCUDAStream().synchronize();  // what the work reads has been written
        // The default stream cannot be recorded.
        const c10::cuda::CUDAStream stream = c10::cuda::getStreamFromPool(/*isHighPriority=*/false, device.index());
        const c10::cuda::CUDAStreamGuard side(stream);
        work();  // whatever is loaded, chosen or allocated at a first call is so now
        stream.synchronize();
        // Other threads may allocate meanwhile: only this one's calls are watched.
        graph_.capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal);
        try {
            work();
        } catch (...) {
            end_broken_capture();
            throw;
        }
        try {
            graph_.capture_end();
        } catch (...) {
            (void)cudaGetLastError();  // told by who catches; LibTorch must not find it again
            throw;
        }
    }

    void replay() override {
        const c10::cuda::CUDAGuard guard(device_);
        graph_.replay();
    }

  private:
    // The stream must not stay in the state of being recorded.
    void end_broken_capture() {
        try {
            graph_.capture_end();
        } catch (const std::exception&) {  // what broke it is told
        }
        (void)cudaGetLastError();
    }

    at::Device device_;
    at::cuda::CUDAGraph graph_;
};

}  // namespace

std::unique_ptr<RecordedWork> record_graph(c10::Device device, const std::function<void()>& work) {
    return std::make_unique<CudaGraph>(device, work);
}

}  // namespace afs::cuda
