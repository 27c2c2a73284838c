#include "core/model/recorded_pass.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <string_view>

#include "core/base/log.h"
#include "core/ops/cuda_side.h"

namespace afs {
namespace {

bool graphs_are_off() {
    const char* const wish = std::getenv("AFS_CUDA_GRAPHS");
    return wish != nullptr && std::string_view(wish) == "off";
}

}  // namespace

WorkRecorder cuda_graph_recorder(Device device) {
    if (device.kind != Device::Kind::cuda || graphs_are_off()) return {};
    return [place = at::Device(device_name(device))](const std::function<void()>& work) {
        return cuda_side().record_graph(place, work);
    };
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
