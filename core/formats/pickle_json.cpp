#include "core/formats/pickle_json.h"

namespace afs {
namespace {

constexpr int kMaxLevels = 16;
constexpr std::int64_t kMaxArray = 4096;
constexpr std::size_t kMaxKeys = 1000;  // Json looks keys up in linear time

class Converter {
  public:
    Converter(PickleGraph& graph, JsonBudget& budget) : graph_(graph), budget_(budget) {}

    std::optional<Json> convert(const PickleNode& node, int level) {
        if (budget_.values == 0 || level > kMaxLevels) return std::nullopt;
        --budget_.values;
        switch (node.kind) {
            case PickleKind::none: return Json(nullptr);
            case PickleKind::boolean: return Json(node.integer != 0);
            case PickleKind::integer: return Json(node.integer);
            case PickleKind::real: return Json(node.real);
            case PickleKind::text: return text(node.text) ? std::optional<Json>(std::string(node.text)) : std::nullopt;
            case PickleKind::list:
            case PickleKind::tuple:
            case PickleKind::set: return list(node, level);
            case PickleKind::dict: return dictionary(node, level);
            case PickleKind::array: return array(node);
            default: return std::nullopt;
        }
    }

  private:
    bool text(std::string_view text) {
        if (text.size() > budget_.text_bytes) return false;
        budget_.text_bytes -= text.size();
        return true;
    }
    std::optional<Json> list(const PickleNode& node, int level) {
        Json values = Json::array();
        for (const PickleNode* item : node.items) {
            auto value = convert(*item, level + 1);
            if (!value) return std::nullopt;
            values.push_back(std::move(*value));
        }
        return values;
    }
    std::optional<Json> dictionary(const PickleNode& node, int level) {
        if (node.items.size() / 2 > kMaxKeys) return std::nullopt;
        Json values = Json::object();
        for (std::size_t i = 0; i + 1 < node.items.size(); i += 2) {
            const PickleNode& key = *node.items[i];
            if (!key.is(PickleKind::text) && !key.is(PickleKind::integer)) return std::nullopt;
            if (!text(key.text)) return std::nullopt;
            auto value = convert(*node.items[i + 1], level + 1);
            if (!value) return std::nullopt;
            values[key.is(PickleKind::text) ? std::string(key.text) : std::to_string(key.integer)] = std::move(*value);
        }
        return values;
    }
    std::optional<Json> array(const PickleNode& node) {
        if (node.integer < 0) return std::nullopt;
        const PickleTensor& view = graph_.tensors[static_cast<std::size_t>(node.integer)];
        std::int64_t numel = 1;  // at most the storage's: arrays never repeat elements
        for (const std::int64_t size : view.shape) numel *= size;
        if (numel > kMaxArray || static_cast<std::size_t>(numel) > budget_.values) return std::nullopt;
        budget_.values -= static_cast<std::size_t>(numel);
        const TensorData data = graph_.tensor_data(node);
        const bool real = data.dtype == DType::f64 || data.dtype == DType::f32 || data.dtype == DType::f16;
        const std::vector<double> values = to_doubles(data);
        std::size_t next = 0;
        return nested(data.shape, 0, values, next, real);
    }
    static Json nested(const std::vector<std::int64_t>& shape, std::size_t axis, const std::vector<double>& values,
                       std::size_t& next, bool real) {
        if (axis == shape.size()) {
            const double value = values[next++];
            return real ? Json(value) : Json(static_cast<std::int64_t>(value));
        }
        Json list = Json::array();
        if (values.empty()) return list;
        for (std::int64_t i = 0; i < shape[axis]; ++i) list.push_back(nested(shape, axis + 1, values, next, real));
        return list;
    }

    PickleGraph& graph_;
    JsonBudget& budget_;
};

}  // namespace

std::optional<Json> plain_json(PickleGraph& graph, const PickleNode& node, JsonBudget& budget) {
    return Converter(graph, budget).convert(node, 0);
}

}  // namespace afs
