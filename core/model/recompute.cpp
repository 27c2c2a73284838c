#include "core/model/recompute.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include <utility>

#include "core/base/error.h"

namespace afs {
namespace {

thread_local bool recomputing = false;

struct Kept : torch::CustomClassHolder {
    NetworkPart part;
    std::size_t inputs = 0;  // of the saved tensors, which are followed by parameters
};

std::vector<Tensor> apart(const torch::autograd::variable_list& tensors, std::size_t count) {
    std::vector<Tensor> result;
    for (std::size_t i = 0; i < count; ++i)
        result.push_back(tensors[i].detach().requires_grad_(tensors[i].requires_grad()));
    return result;
}

struct Recomputed : public torch::autograd::Function<Recomputed> {
    static Tensor forward(torch::autograd::AutogradContext* context, at::TensorList tensors, const NetworkPart& part,
                          std::int64_t inputs) {
        auto kept = c10::make_intrusive<Kept>();
        kept->part = part;
        kept->inputs = static_cast<std::size_t>(inputs);
        context->saved_data["kept"] = c10::IValue::make_capsule(kept);
        context->save_for_backward(tensors.vec());
        // With gradients: without them networks take other ways, which round differently. What they keep goes at once.
        const at::AutoGradMode recorded(true);
        return part(apart(tensors.vec(), kept->inputs)).detach();
    }

    static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                   torch::autograd::variable_list slope) {
        AFS_CHECK(!at::GradMode::is_enabled());  // nobody differentiates this gradient
        const auto capsule = context->saved_data["kept"].toCapsule();
        const auto& kept = static_cast<const Kept&>(*capsule);
        const torch::autograd::variable_list saved = context->get_saved_variables();
        torch::autograd::variable_list wanted;
        std::vector<std::size_t> places;
        Tensor result;
        {
            const at::AutoGradMode recorded(true);
            const std::vector<Tensor> inputs = apart(saved, kept.inputs);
            for (std::size_t i = 0; i < saved.size(); ++i) {
                const Tensor& tensor = i < kept.inputs ? inputs[i] : saved[i];
                if (!tensor.requires_grad()) continue;
                wanted.push_back(tensor);
                places.push_back(i);
            }
            result = kept.part(inputs);
        }
        const auto found = torch::autograd::grad({result}, wanted, {slope[0]}, /*retain_graph=*/false,
                                                 /*create_graph=*/false, /*allow_unused=*/true);
        torch::autograd::variable_list gradients(saved.size() + 2);
        for (std::size_t i = 0; i < places.size(); ++i) gradients[places[i]] = found[i];
        return gradients;
    }
};

}  // namespace

RecomputeScope::RecomputeScope(bool active) : before_(std::exchange(recomputing, active)) {}
RecomputeScope::~RecomputeScope() { recomputing = before_; }
bool RecomputeScope::active() { return recomputing && at::GradMode::is_enabled(); }

Tensor recomputed(NetworkPart part, const std::vector<Tensor>& inputs, const std::vector<Tensor>& parameters) {
    std::vector<Tensor> all = inputs;
    for (const Tensor& parameter : parameters)
        if (parameter.defined() && parameter.requires_grad()) all.push_back(parameter);
    return Recomputed::apply(at::TensorList(all), part, static_cast<std::int64_t>(inputs.size()));
}

}  // namespace afs
