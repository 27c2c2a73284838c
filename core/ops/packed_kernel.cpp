#include "core/ops/packed_kernel.h"

#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <c10/core/InferenceMode.h>

#include <mutex>
#include <optional>
#include <vector>

#include "core/ops/plain_operators.h"
#include "core/ops/tensor_pool.h"
#include "core/ops/thread_pool.h"
#include "kernels/winograd.h"

namespace afs {
namespace {

// LibTorch offers these through its dispatcher only; they are missing where it was built without oneDNN.
struct Library {
    std::optional<c10::OperatorHandle> pack = find("mkldnn::_reorder_convolution_weight"),
                                       pack_transposed = find("mkldnn::_reorder_convolution_transpose_weight"),
                                       convolve = find("mkldnn::_convolution_pointwise"),
                                       convolve_transposed = find("mkldnn::_convolution_transpose_pointwise");

    [[nodiscard]] bool complete() const { return pack && pack_transposed && convolve && convolve_transposed; }
    static std::optional<c10::OperatorHandle> find(const char* name) {
        return c10::Dispatcher::singleton().findSchema({name, ""});
    }
};
const Library& library() {
    static const Library found;
    return found;
}

template <class... Arguments> Tensor call(const c10::OperatorHandle& operation, Arguments&&... arguments) {
    torch::jit::Stack stack;
    stack.reserve(sizeof...(arguments));
    (stack.emplace_back(std::forward<Arguments>(arguments)), ...);
    operation.callBoxed(stack);
    return std::move(stack.front()).toTensor();
}

using Ints = std::vector<std::int64_t>;
const Ints kOnes{1, 1}, kTwos{2, 2}, kZeros{0, 0};
// No operator behind the convolution: attr, scalars, algorithm.
#define AFS_NOTHING_BEHIND "none", c10::List<std::optional<at::Scalar>>(), c10::IValue()

}  // namespace

struct PackedKernel::Shared {
    explicit Shared(Tensor w) : weight(std::move(w)) {}

    const Tensor weight;
    std::mutex mutex;  // of what follows
    Tensor packed;
    bool transposed = false;
    at::ScalarType type = at::kFloat;
    Ints sizes;  // of the pictures that it was packed for
    Tensor transformed;
};

bool can_pack(const Tensor& x) {
    return x.is_cpu() && (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16) &&
           !at::GradMode::is_enabled() && !PlainOperators::active() && library().complete();
}

bool can_transform(const Tensor& x, const Tensor& weight, int padding) {
    constexpr std::int64_t kFewChannels = 8, kSmallKernel = 1 << 21, kManyTiles = 16;
    if (!can_pack(x) || x.scalar_type() != at::kFloat || x.dim() != 4 || x.numel() == 0) return false;
    if (weight.size(2) != 3 || padding < 0 || padding > 2 || weight.size(1) < kFewChannels ||
        weight.size(0) < kFewChannels)
        return false;
    const std::int64_t height = x.size(2) + 2 * padding - 2, width = x.size(3) + 2 * padding - 2;
    if (height < 1 || width < 1) return false;
    const std::int64_t tiles = x.size(0) * ((height + 3) / 4) * ((width + 3) / 4);
    return tiles >= kManyTiles || kernels::cpu::winograd_packed_size(weight.size(1), weight.size(0)) <= kSmallKernel;
}

PackedKernel::PackedKernel(const Tensor& weight) : shared_(std::make_shared<Shared>(weight)) {}

Tensor PackedKernel::packed(const Tensor& x, int padding, bool transposed) const {
    const std::lock_guard lock(shared_->mutex);
    Shared& shared = *shared_;
    if (!shared.packed.defined() || shared.transposed != transposed || shared.type != x.scalar_type() ||
        x.sizes() != shared.sizes) {
        const c10::InferenceMode ordinary(false);  // kept longer than whoever calls
        const at::NoGradGuard no_grad;
        const TensorPool::Pause outside;
        const Tensor weight = shared.weight.detach().to(x.scalar_type());
        shared.sizes = x.sizes().vec();
        shared.type = x.scalar_type();
        shared.transposed = transposed;
        shared.packed = transposed ? call(*library().pack_transposed, weight.transpose(0, 1).contiguous(), kZeros,
                                          kZeros, kTwos, kOnes, std::int64_t{1}, shared.sizes)
                                   : call(*library().pack, weight.contiguous(), Ints{padding, padding}, kOnes, kOnes,
                                          std::int64_t{1}, shared.sizes);
    }
    return shared.packed;
}

Tensor PackedKernel::transformed() const {
    const std::lock_guard lock(shared_->mutex);
    Shared& shared = *shared_;
    if (!shared.transformed.defined()) {
        const c10::InferenceMode ordinary(false);  // kept longer than whoever calls
        const at::NoGradGuard no_grad;
        const TensorPool::Pause outside;
        const Tensor weight = shared.weight.detach().to(at::kFloat).contiguous();
        const std::int64_t out = weight.size(0), in = weight.size(1);
        const Tensor made = at::empty({static_cast<std::int64_t>(kernels::cpu::winograd_packed_size(in, out))});
        kernels::cpu::winograd_pack(weight.const_data_ptr<float>(), in, out, made.mutable_data_ptr<float>(),
                                    thread_pool());
        shared.transformed = made;
    }
    return shared.transformed;
}

Tensor PackedKernel::convolve(const Tensor& x, const Tensor& bias, int padding) const {
    if (can_transform(x, shared_->weight, padding)) {
        const Tensor picture = x.contiguous(at::MemoryFormat::ChannelsLast), kernel = transformed();
        const Tensor added = bias.defined() ? bias.detach().to(at::kFloat).contiguous() : bias;
        kernels::WinogradParams p;
        p.batch = x.size(0);
        p.height = x.size(2);
        p.width = x.size(3);
        p.channels_in = x.size(1);
        p.channels_out = shared_->weight.size(0);
        p.padding = padding;
        Tensor y = at::empty({p.batch, p.channels_out, p.height + 2 * padding - 2, p.width + 2 * padding - 2},
                             x.options(), at::MemoryFormat::ChannelsLast);
        p.x = picture.const_data_ptr<float>();
        p.packed = kernel.const_data_ptr<float>();
        p.bias = added.defined() ? added.const_data_ptr<float>() : nullptr;
        p.y = y.mutable_data_ptr<float>();
        kernels::cpu::winograd(p, thread_pool());
        return y;
    }
    const Tensor b = bias.defined() ? bias.to(x.scalar_type()) : bias;
    if (!can_pack(x)) return at::conv2d(x, shared_->weight.to(x.scalar_type()), b, /*stride=*/1, padding);
    return call(*library().convolve, x, packed(x, padding, false), b.defined() ? c10::IValue(b) : c10::IValue(),
                Ints{padding, padding}, kOnes, kOnes, std::int64_t{1}, AFS_NOTHING_BEHIND);
}

Tensor PackedKernel::convolve_transposed(const Tensor& x) const {
    if (!can_pack(x)) {
        const Tensor weight = shared_->weight.to(x.scalar_type()).transpose(0, 1);
        return at::conv_transpose2d(x, weight, /*bias=*/{}, /*stride=*/2);
    }
    return call(*library().convolve_transposed, x, packed(x, 0, true), c10::IValue(), kZeros, kZeros, kTwos, kOnes,
                std::int64_t{1}, AFS_NOTHING_BEHIND);
}

}  // namespace afs
