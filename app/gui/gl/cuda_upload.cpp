// CUDA and OpenGL share a buffer: registered once, mapped for every copy. Its own file because cuda_gl_interop.h
// brings the system's <GL/gl.h>, which must not meet the generated loader.
#include "app/gui/gl/direct_upload.h"

#ifdef AFS_WITH_CUDA

#    include <cuda_gl_interop.h>
#    include <cuda_runtime_api.h>
#    include <fmt/format.h>

#    include <algorithm>
#    include <array>

namespace afs::gui {
namespace {

class CudaUpload final : public DirectUpload {
  public:
    CudaUpload() = default;
    ~CudaUpload() override {
        forget();
        if (stream_) (void)cudaStreamDestroy(stream_);
    }
    CudaUpload(const CudaUpload&) = delete;
    CudaUpload& operator=(const CudaUpload&) = delete;

    std::optional<std::string> write(unsigned buffer, const DevicePicture& picture) override {
        auto problem = draws_the_window(picture.device);
        if (!problem) problem = registered(buffer);
        if (!problem) problem = copy(picture);
        return problem;
    }

    void let_go_of(unsigned buffer) override {
        if (resource_ && buffer == buffer_) forget();
    }

  private:
    // What failed; nothing for success. CUDA remembers errors until they are asked for.
    static std::optional<std::string> problem_of(cudaError_t status, const char* what) {
        if (status == cudaSuccess) return std::nullopt;
        (void)cudaGetLastError();
        return fmt::format("{} failed with CUDA error {} ({})", what, static_cast<int>(status),
                           cudaGetErrorString(status));
    }

    // Makes `device` this thread's.
    std::optional<std::string> draws_the_window(int device) {
        if (device == device_) return std::nullopt;
        std::array<int, 8> devices{};
        unsigned count = 0;
        if (auto problem = problem_of(
                cudaGLGetDevices(&count, devices.data(), static_cast<unsigned>(devices.size()), cudaGLDeviceListAll),
                "asking which GPU draws the window"))
            return problem;
        const auto* const end = devices.data() + std::min<std::size_t>(count, devices.size());
        if (std::find(static_cast<const int*>(devices.data()), end, device) == end)
            return fmt::format("cuda:{} computes them, and another GPU draws the window", device);
        forget();
        if (auto problem = problem_of(cudaSetDevice(device), "choosing the GPU")) return problem;
        // A stream of its own: the default one would wait for the picture that is being computed.
        if (stream_) (void)cudaStreamDestroy(stream_);
        stream_ = nullptr;
        if (auto problem =
                problem_of(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "making a stream of commands"))
            return problem;
        device_ = device;
        return std::nullopt;
    }

    std::optional<std::string> registered(unsigned buffer) {
        if (resource_ && buffer == buffer_) return std::nullopt;
        forget();
        auto problem =
            problem_of(cudaGraphicsGLRegisterBuffer(&resource_, buffer, cudaGraphicsRegisterFlagsWriteDiscard),
                       "sharing a buffer with OpenGL");
        if (problem) resource_ = nullptr;
        buffer_ = buffer;
        return problem;
    }

    std::optional<std::string> copy(const DevicePicture& picture) {
        if (auto problem = problem_of(cudaGraphicsMapResources(1, &resource_, stream_), "mapping a buffer of OpenGL"))
            return problem;
        void* to = nullptr;
        std::size_t room = 0;
        const std::size_t bytes =
            static_cast<std::size_t>(picture.width) * static_cast<std::size_t>(picture.height) * 4;
        auto problem = problem_of(cudaGraphicsResourceGetMappedPointer(&to, &room, resource_), "mapping a buffer");
        if (!problem && room < bytes) problem = fmt::format("the buffer has {} bytes instead of {}", room, bytes);
        if (!problem)
            problem = problem_of(cudaMemcpyAsync(to, picture.rgba, bytes, cudaMemcpyDeviceToDevice, stream_),
                                 "copying the picture");
        // Mapped buffers must be given back whatever happened.
        auto unmapped =
            problem_of(cudaGraphicsUnmapResources(1, &resource_, stream_), "giving a buffer back to OpenGL");
        // The picture's memory may be used for another one as soon as its owner lets go of it.
        auto done = problem_of(cudaStreamSynchronize(stream_), "copying the picture");
        return problem ? problem : unmapped ? unmapped : done;
    }

    void forget() {
        if (resource_) (void)cudaGraphicsUnregisterResource(resource_);
        resource_ = nullptr;
        buffer_ = 0;
    }

    int device_ = -1;
    cudaStream_t stream_ = nullptr;
    cudaGraphicsResource_t resource_ = nullptr;
    unsigned buffer_ = 0;
};

}  // namespace

std::unique_ptr<DirectUpload> make_cuda_upload() { return std::make_unique<CudaUpload>(); }

}  // namespace afs::gui

#else

namespace afs::gui {

std::unique_ptr<DirectUpload> make_cuda_upload() { return nullptr; }

}  // namespace afs::gui

#endif
