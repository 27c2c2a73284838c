#include "core/model/recorded_pass.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <string_view>

#include "core/base/log.h"

#ifdef AFS_WITH_CUDA
#    include <ATen/cuda/CUDAGraph.h>
#    include <c10/cuda/CUDAGuard.h>
#    include <c10/cuda/CUDAStream.h>
#    include <cuda_runtime_api.h>
#endif

namespace afs {
namespace {

#ifdef AFS_WITH_CUDA
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
        } catch (const std::exception& error) {
            log_debug("A recording that had failed could not be ended: {}", error.what());
        }
        (void)cudaGetLastError();
    }

    at::Device device_;
    at::cuda::CUDAGraph graph_;
};

bool graphs_are_off() {
    const char* const wish = std::getenv("AFS_CUDA_GRAPHS");
    return wish != nullptr && std::string_view(wish) == "off";
}
#endif

}  // namespace

WorkRecorder cuda_graph_recorder(Device device) {
#ifdef AFS_WITH_CUDA
    if (device.kind == Device::Kind::cuda && !graphs_are_off())
        return [place = at::Device(device_name(device))](const std::function<void()>& work) {
            return std::make_unique<CudaGraph>(place, work);
        };
#else
    (void)device;
#endif
    return {};
}

Tensor transform_tensor(const Matrix3& transform, const Tensor& like) {
    return at::tensor(at::ArrayRef<double>(transform.data(), 9), at::kDouble).view({3, 3}).to(like.device());
}

std::optional<Tensor> RecordedPasses::operator()(const Kind& kind, const Tensor& ws, const Matrix3& transform,
                                                 const Pass& pass) {
    replayed_ = false;
    if (!recorder_) return std::nullopt;
    const bool again = last_kind_ == kind && ws.sizes() == at::IntArrayRef(last_shape_);
    last_kind_ = kind;
    last_shape_ = ws.sizes().vec();
    // Of weights that are no more.
    std::erase_if(recordings_, [&](const auto& r) { return r->kind.weights_version != kind.weights_version; });
    if (!again && std::ranges::none_of(recordings_,
                                       [&](const auto& r) { return r->kind == kind && r->ws.sizes() == ws.sizes(); }))
        return std::nullopt;
    const at::NoGradGuard no_grad;
    try {
        Recording& recording = find_or_record(kind, ws, transform, pass);
        if (!recording.ws_given.is(ws)) recording.update_styles(ws);
        if (recording.transform_given != transform) {
            recording.transform.copy_(transform_tensor(transform, ws));
            recording.transform_given = transform;
        }
        recording.make_picture->replay();
        Tensor result = recording.picture.clone();  // the next replay writes over it
        replayed_ = true;
        return result;
    } catch (const std::exception& error) {
        recordings_.clear();
        recorder_ = {};
        log_once(fmt::format(
            "The GPU's work could not be recorded and is started kernel by kernel, which is slower: {}", error.what()));
        return std::nullopt;
    }
}

void RecordedPasses::Recording::update_styles(const Tensor& given) {
    ws.copy_(given);
    make_styles->replay();
    ws_given.remember(given);
}

RecordedPasses::Recording& RecordedPasses::find_or_record(const Kind& kind, const Tensor& ws, const Matrix3& transform,
                                                          const Pass& pass) {
    const auto known = std::ranges::find_if(
        recordings_, [&](const auto& r) { return r->kind == kind && r->ws.sizes() == ws.sizes(); });
    if (known != recordings_.end()) {
        std::rotate(known, known + 1, recordings_.end());
        return *recordings_.back();
    }
    if (recordings_.size() == kMost) recordings_.erase(recordings_.begin());
    const c10::InferenceMode ordinary(false);  // the tensors outlive the caller's mode
    auto fresh = std::make_unique<Recording>();
    fresh->kind = kind;
    fresh->pass = pass;
    fresh->ws = ws.clone(at::MemoryFormat::Contiguous);
    fresh->transform = transform_tensor(transform, ws);
    fresh->transform_given = transform;
    Recording* const place = fresh.get();
    fresh->make_styles = recorder_([place] { place->styles = place->pass.styles(place->ws); });
    fresh->update_styles(ws);  // recording them has computed nothing, and the picture's work runs once before it is
    fresh->make_picture = recorder_([place] { place->picture = place->pass.picture(place->styles, place->transform); });
    recordings_.push_back(std::move(fresh));
    return *recordings_.back();
}

}  // namespace afs
