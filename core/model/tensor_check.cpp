#include "core/model/tensor_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "core/base/error.h"

namespace afs {
namespace {

using Index = std::unordered_map<std::string_view, const NamedTensor*>;

bool is_floating(DType dtype) {
    return dtype == DType::f64 || dtype == DType::f32 || dtype == DType::f16 || dtype == DType::bf16;
}

[[noreturn]] void refuse(const std::string& tried, const std::string& why) {
    throw Error(ErrorKind::network, tried, why, "The file is damaged, or its configuration and its weights disagree.");
}

// "synthesis.L3_52_512" of "synthesis.L3_52_512.affine.weight".
std::string_view layer_of(std::string_view name) {
    const auto first = name.find('.');
    if (first == std::string_view::npos) return name;
    const auto second = name.find('.', first + 1);
    return second == std::string_view::npos ? name : name.substr(0, second);
}

[[noreturn]] void refuse_missing(const NetworkRecord& record, const std::string& name, const std::string& tried) {
    const std::string layer = std::string(layer_of(name)) + ".";
    const bool layer_exists =
        std::ranges::any_of(record.tensors, [&](const NamedTensor& t) { return t.name.starts_with(layer); });
    if (layer_exists) refuse(tried, fmt::format("the tensor {} is missing", name));
    refuse(tried, fmt::format("the layer {} is missing (its configuration asks for it)", layer_of(name)));
}

void check_one(const NamedTensor& tensor, const TensorPlan& plan, const std::string& tried) {
    const std::vector<std::int64_t>& shape = tensor.tensor.shape;
    // A single number may come as [] or as [1].
    const bool single = plan.shape.empty() && shape.size() == 1 && shape[0] == 1;
    if (!single && shape.size() != plan.shape.size())
        refuse(tried,
               fmt::format("the tensor {} has the shape {}, of rank {}, but its configuration asks for {}, of "
                           "rank {}",
                           plan.name, shape_text(shape), shape.size(), shape_text(plan.shape), plan.shape.size()));
    if (!single && shape != plan.shape)
        refuse(tried, fmt::format("the tensor {} has the shape {}, but its configuration asks for {}", plan.name,
                                  shape_text(shape), shape_text(plan.shape)));
    if (!is_floating(tensor.tensor.dtype) && plan.numel() != 1)
        refuse(tried, fmt::format("the tensor {} holds {} values instead of floating-point numbers", plan.name,
                                  dtype_name(tensor.tensor.dtype)));
}

}  // namespace

std::vector<const NamedTensor*> check_tensors(const NetworkRecord& record, const std::vector<TensorPlan>& plans,
                                              const std::string& tried, std::vector<std::string>& warnings) {
    Index index;
    for (const NamedTensor& tensor : record.tensors) index.emplace(tensor.name, &tensor);

    std::vector<const NamedTensor*> found;
    std::size_t designed = 0;
    for (const TensorPlan& plan : plans) {
        const auto entry = index.find(plan.name);
        if (entry == index.end()) {
            if (!plan.derivable()) refuse_missing(record, plan.name, tried);
            if (plan.init == TensorPlan::Init::filter) ++designed;
            found.push_back(nullptr);
            continue;
        }
        check_one(*entry->second, plan, tried);
        found.push_back(entry->second);
        index.erase(entry);
    }
    if (designed > 0)
        warnings.push_back(fmt::format(
            "The file lacks {} of its network's filters; they were designed anew from the configuration.", designed));

    std::string extra;
    std::size_t count = 0;
    for (const NamedTensor& tensor : record.tensors) {  // in the file's order
        if (!index.contains(tensor.name)) continue;
        // A filter where the configuration has none would change the picture.
        if (tensor.name.ends_with("_filter"))
            refuse(tried, fmt::format("it holds a filter {} where its configuration has none",
                                      std::string_view(tensor.name).substr(0, 120)));
        if (++count <= 3)
            extra += fmt::format("{}{}", count == 1 ? "" : ", ", std::string_view(tensor.name).substr(0, 120));
    }
    if (count > 0)
        warnings.push_back(fmt::format("The network holds {} tensor{} that nothing uses ({}{}).", count,
                                       count == 1 ? "" : "s", extra, count > 3 ? ", ..." : ""));
    return found;
}

}  // namespace afs
