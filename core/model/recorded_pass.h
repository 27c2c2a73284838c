// Passes through a generator that are recorded once and replayed after that: a CUDA graph starts the hundreds of
// kernels of a picture with one call. Private to the room, but for tests; one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "core/base/matrix3.h"
#include "core/model/styles.h"
#include "core/ops/device.h"
#include "core/ops/recorded_work.h"
#include "core/ops/tensor_convert.h"

namespace afs {

// By CUDA graphs. Empty on a CPU, in a program without CUDA, and where the environment says AFS_CUDA_GRAPHS=off.
[[nodiscard]] WorkRecorder cuda_graph_recorder(Device device);

// [3, 3] float64 on `like`'s device, as FourierInput takes it.
[[nodiscard]] Tensor transform_tensor(const Matrix3& transform, const Tensor& like);

class RecordedPasses {
  public:
    // Everything that changes which work a pass is, beside the shape of ws.
    struct Kind {
        Precision precision = Precision::automatic;
        int noise_mode = 0;
        bool plain_operators = false;
        std::int64_t weights_version = 0;

        bool operator==(const Kind&) const = default;
    };
    // A pass in its two parts, which are recorded apart: what depends on ws alone is replayed only when ws has changed.
    // Both read the network and their arguments: tensors whose place stays and whose values change.
    struct Pass {
        std::function<Styles(const Tensor& ws)> styles;
        std::function<Tensor(const Styles& styles, const Tensor& transform)> picture;
    };

    RecordedPasses() = default;
    explicit RecordedPasses(WorkRecorder recorder) : recorder_(std::move(recorder)) {}

    // The picture of `pass`, by replay; nothing where the caller is to run it himself: without a recorder, at a kind's
    // first call (a single picture is not worth recording), and for good once recording has failed, which is said once.
    [[nodiscard]] std::optional<Tensor> operator()(const Kind& kind, const Tensor& ws, const Matrix3& transform,
                                                   const Pass& pass);

    [[nodiscard]] bool active() const { return recorder_ != nullptr; }
    // Whether the last call replayed.
    [[nodiscard]] bool replayed() const { return replayed_; }
    void forget_last() { replayed_ = false; }  // the last pass was not offered

  private:
    static constexpr std::size_t kMost = 2;  // each holds the memory of all its activations

    struct Recording {
        Kind kind;
        Pass pass;
        Tensor ws, transform;       // what the work reads
        SeenTensor ws_given;        // whose values ws has, and of which styles are
        Matrix3 transform_given{};  // likewise
        Styles styles;
        Tensor picture;
        std::unique_ptr<RecordedWork> make_styles, make_picture;

        void update_styles(const Tensor& given);
    };
    [[nodiscard]] Recording& find_or_record(const Kind& kind, const Tensor& ws, const Matrix3& transform,
                                            const Pass& pass);

    WorkRecorder recorder_;
    std::optional<Kind> last_kind_;
    std::vector<std::int64_t> last_shape_;
    std::vector<std::unique_ptr<Recording>> recordings_;  // the last used one is the last
    bool replayed_ = false;
};

}  // namespace afs
