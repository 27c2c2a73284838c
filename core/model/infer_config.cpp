#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <optional>

#include "core/base/error.h"
#include "core/model/filters.h"
#include "core/model/find_config.h"
#include "core/model/layer_schedule.h"

namespace afs {
namespace {

using Shape = std::vector<std::int64_t>;

// Largest size that an option may have anyway; keeps arithmetic on a file's numbers in range.
constexpr std::int64_t kLargest = 1 << 24;

class Inference {
  public:
    Inference(const NetworkRecord& record, const std::string& tried) : record_(record), tried_(tried) {}

    GeneratorConfig run() {
        const Family family = family_of(record_, tried_);
        config_ = default_config(family);
        if (family == Family::alias_free)
            infer_alias_free();
        else
            infer_stylegan2();
        return config_;
    }

  private:
    [[noreturn]] void give_up(const std::string& why) const {
        throw Error(ErrorKind::network, tried_,
                    fmt::format("it does not say how its network is configured, and that cannot be inferred: {}", why),
                    "Convert the original snapshot instead: `afstudio convert` keeps the configuration.");
    }

    const Shape* shape_of(const std::string& name, std::size_t rank) const {
        const NamedTensor* found = record_.find(name);
        if (found == nullptr) return nullptr;
        const Shape& shape = found->tensor.shape;
        if (shape.size() != rank)
            give_up(fmt::format("{} has the shape {}, not {} dimensions", name, shape_text(shape), rank));
        for (const std::int64_t size : shape)
            if (size < 1 || size > kLargest) give_up(fmt::format("{} has the shape {}", name, shape_text(shape)));
        return &shape;
    }

    const Shape& needed(const std::string& name, std::size_t rank) const {
        const Shape* shape = shape_of(name, rank);
        if (shape == nullptr) give_up(fmt::format("the tensor {} is missing", name));
        return *shape;
    }

    int size_at(const std::string& name, std::size_t rank, std::size_t axis) const {
        return static_cast<int>(needed(name, rank)[axis]);
    }

    void infer_mapping() {
        int layers = 0;
        while (shape_of(fmt::format("mapping.fc{}.weight", layers), 2) != nullptr) ++layers;
        if (layers == 0) give_up("the tensor mapping.fc0.weight is missing");
        config_.mapping_layers = layers;
        int embedded = 0;
        if (const Shape* embed = shape_of("mapping.embed.weight", 2)) {
            embedded = static_cast<int>((*embed)[0]);
            config_.c_dim = static_cast<int>((*embed)[1]);
        }
        const Shape& first = needed("mapping.fc0.weight", 2);
        config_.z_dim = static_cast<int>(first[1]) - embedded;
        if (config_.family == Family::stylegan2) {
            if (embedded != 0 && embedded != config_.w_dim) config_.mapping_embed_features = embedded;
            if (layers > 1 && first[0] != config_.w_dim) config_.mapping_layer_features = static_cast<int>(first[0]);
        }
    }

    // --- Alias-free -------------------------------------------------------------------------------------------------

    struct Layer {
        int size = 0, channels = 0;  // as the name says
    };

    // "synthesis.L3_52_512.weight" for every layer, by index.
    std::map<int, Layer> named_layers() const {
        std::map<int, Layer> layers;
        for (const NamedTensor& tensor : record_.tensors) {
            const std::string& name = tensor.name;
            if (!name.starts_with("synthesis.L") || !name.ends_with(".weight") || name.ends_with(".affine.weight"))
                continue;
            const char* position = name.data() + 11;
            const char* const end = name.data() + name.size() - 7;
            int values[3] = {};
            bool valid = true;
            for (int i = 0; i < 3 && valid; ++i) {
                const auto [next, status] = std::from_chars(position, end, values[i]);
                valid = status == std::errc{} && values[i] >= 0 && values[i] <= kLargest &&
                        (i == 2 ? next == end : next != end && *next == '_');
                position = next + 1;
            }
            if (!valid) give_up(fmt::format("{} is not named after a layer's index, size and channels", name));
            layers[values[0]] = {values[1], values[2]};
        }
        return layers;
    }

    void infer_alias_free() {
        config_.w_dim = size_at("synthesis.input.affine.weight", 2, 1);
        infer_mapping();
        const std::map<int, Layer> named = named_layers();
        std::vector<Layer> layers;
        for (const auto& [index, layer] : named) {
            if (index != static_cast<int>(layers.size()))
                give_up(fmt::format("there is a layer {} but no layer {}", index, layers.size()));
            layers.push_back(layer);
        }
        if (layers.size() < 2) give_up("it has fewer than two layers");
        config_.num_layers = static_cast<int>(layers.size()) - 1;
        config_.img_resolution = layers.back().size;
        config_.img_channels = layers.back().channels;
        const std::string first = fmt::format("synthesis.L0_{}_{}", layers[0].size, layers[0].channels);
        config_.conv_kernel = size_at(first + ".weight", 4, 2);
        for (const NamedTensor& tensor : record_.tensors)
            if (tensor.name.ends_with(".down_filter") && tensor.tensor.shape.size() == 2)
                config_.use_radial_filters = true;
        infer_first_cutoff();
        infer_filter_size(first);

        if (!std::has_single_bit(static_cast<unsigned>(config_.img_resolution)))
            give_up(fmt::format("its last layer's size, {}, is not a power of two", config_.img_resolution));
        std::vector<int> margins = {config_.margin_size}, criticals = {config_.num_critical};
        for (int margin = 0; margin <= 64; ++margin) margins.push_back(margin);
        for (int critical = 0; critical < config_.num_layers; ++critical) criticals.push_back(critical);
        // The names leave room for several in small networks; the filters tell which.
        std::optional<GeneratorConfig> by_names;
        for (const int critical : criticals) {
            for (const int margin : margins) {
                config_.margin_size = margin;
                config_.num_critical = critical;
                const int first_rate = layers[0].size - 2 * margin;  // of layer 0, unless it is one of the last two
                if (config_.num_layers > 1 &&
                    (first_rate < 1 || !std::has_single_bit(static_cast<unsigned>(first_rate))))
                    continue;
                if (critical >= config_.num_layers || !channels_fit(layers)) continue;
                const std::optional<Schedule> schedule = schedule_with_names(layers);
                if (!schedule) continue;
                if (filters_fit(*schedule)) return;
                if (!by_names) by_names = config_;
            }
        }
        if (by_names) {
            config_ = *by_names;
            return;
        }
        give_up("no usual combination of cutoffs, margin and channel counts gives its layers their names");
    }

    // The input's frequencies fill the disc of radius f_c of layer 0.
    void infer_first_cutoff() const {
        const NamedTensor* freqs = record_.find("synthesis.input.freqs");
        if (freqs == nullptr || freqs->tensor.shape.size() != 2 || freqs->tensor.shape[1] != 2 ||
            freqs->tensor.shape[0] > 65536)
            return;  // its absence is reported with all others
        const std::vector<double> values = to_doubles(freqs->tensor);
        double largest = 0;
        for (std::size_t i = 0; i + 1 < values.size(); i += 2)
            largest = std::max(largest, std::hypot(values[i], values[i + 1]));
        if (largest > config_.first_cutoff * (1 + 1e-4))
            give_up(fmt::format("its input has frequencies of up to {:.4g}, beyond the usual first cutoff of {}",
                                largest, config_.first_cutoff));
    }

    // Layer 0 keeps its rate: both of its filters have filter_size * lrelu_upsampling taps.
    void infer_filter_size(const std::string& first_layer) {
        const NamedTensor* filter = record_.find(first_layer + ".up_filter");
        if (filter == nullptr || filter->tensor.shape.size() != 1) return;
        const std::int64_t taps = filter->tensor.shape[0];
        if (taps > 0 && taps <= 1024 && taps % config_.lrelu_upsampling == 0)
            config_.filter_size = static_cast<int>(taps / config_.lrelu_upsampling);
    }

    // Every channel_base in an interval gives the same channels; takes the roundest. False where there is none.
    bool channels_fit(const std::vector<Layer>& layers) {
        int largest = 0;
        for (std::size_t i = 0; i + 1 < layers.size(); ++i) largest = std::max(largest, layers[i].channels);
        double low = 1, high = static_cast<double>(kLargest);
        for (std::size_t i = 0; i + 1 < layers.size(); ++i) {
            const double exponent = std::min(static_cast<double>(i) / (config_.num_layers - config_.num_critical), 1.0);
            const double cutoff =
                config_.first_cutoff * std::pow(config_.img_resolution / 2.0 / config_.first_cutoff, exponent);
            const int channels = layers[i].channels;
            low = std::max(low, 2 * cutoff * (channels - 0.5));
            if (channels < largest) high = std::min(high, 2 * cutoff * (channels + 0.5));
        }
        const std::optional<int> base = roundest(low, high);
        if (!base) return false;
        config_.channel_base = *base;
        config_.channel_max = largest;
        return true;
    }

    // A whole number strictly inside, divisible by the largest power of two: what people choose.
    static std::optional<int> roundest(double low, double high) {
        for (int usual : {32768, 65536, 16384})
            if (usual > low && usual < high) return usual;
        for (int step = kLargest; step >= 1; step /= 2) {
            const double candidate = (std::floor(low / step) + 1) * step;
            if (candidate < high && candidate <= static_cast<double>(kLargest)) return static_cast<int>(candidate);
        }
        return std::nullopt;
    }

    std::optional<Schedule> schedule_with_names(const std::vector<Layer>& layers) const {
        try {
            Schedule schedule = make_schedule(config_, tried_);
            for (std::size_t i = 0; i < layers.size(); ++i)
                if (schedule.layers[i].out_size != layers[i].size ||
                    schedule.layers[i].channels_out != layers[i].channels)
                    return std::nullopt;
            return schedule;
        } catch (const Error&) {
            return std::nullopt;  // this combination has no schedule; others may
        }
    }

    // Whether the configuration designs the filters that the file holds. Files may hold none.
    bool filters_fit(const Schedule& schedule) const {
        for (const LayerSpec& layer : schedule.layers) {
            for (const bool up : {true, false}) {
                const NamedTensor* stored =
                    record_.find("synthesis." + layer.name + (up ? ".up_filter" : ".down_filter"));
                if (stored == nullptr) continue;
                const LowpassSpec spec = up ? up_filter_spec(layer) : down_filter_spec(layer);
                const std::vector<double> designed = design_lowpass(spec);
                if (stored->tensor.numel() != static_cast<std::int64_t>(designed.size())) return false;
                const std::vector<double> taps = to_doubles(stored->tensor);
                for (std::size_t i = 0; i < taps.size(); ++i)
                    if (!(std::abs(taps[i] - designed[i]) < 1e-5)) return false;
            }
        }
        return true;
    }

    // --- StyleGAN2 --------------------------------------------------------------------------------------------------

    void infer_stylegan2() {
        config_.w_dim = size_at("synthesis.b4.conv1.affine.weight", 2, 1);
        infer_mapping();
        int resolution = 4;
        std::vector<std::pair<int, int>> channels;  // (size, channels)
        for (;; resolution *= 2) {
            const Shape* weight = shape_of(fmt::format("synthesis.b{}.conv1.weight", resolution), 4);
            if (weight == nullptr) break;
            channels.emplace_back(resolution, static_cast<int>((*weight)[0]));
            if (resolution >= kLargest) give_up("it has blocks of impossible sizes");
        }
        if (channels.empty()) give_up("the tensor synthesis.b4.conv1.weight is missing");
        config_.img_resolution = channels.back().first;
        config_.img_channels = size_at(fmt::format("synthesis.b{}.torgb.weight", config_.img_resolution), 4, 0);
        if (channels.size() > 1 && record_.find("synthesis.b4.torgb.weight") == nullptr)
            config_.architecture =
                record_.find("synthesis.b8.skip.weight") != nullptr ? SkipArchitecture::resnet : SkipArchitecture::orig;
        config_.use_noise = record_.find("synthesis.b4.conv1.noise_strength") != nullptr;
        infer_resample_filter();

        const int largest = std::ranges::max(channels, {}, &std::pair<int, int>::second).second;
        double low = 1, high = static_cast<double>(kLargest);
        for (const auto& [size, count] : channels) {
            low = std::max(low, static_cast<double>(count) * size - 0.5);
            if (count < largest) high = std::min(high, (count + 1.0) * size - 0.5);
        }
        const std::optional<int> base = roundest(low, high);
        if (!base) give_up("no channel_base gives its blocks their channels");
        config_.channel_base = *base;
        config_.channel_max = largest;
    }

    void infer_resample_filter() {
        const NamedTensor* filter = record_.find("synthesis.b4.resample_filter");
        if (filter == nullptr) return;
        const Shape& shape = filter->tensor.shape;
        const bool square = shape.size() == 2 && shape[0] == shape[1];
        if ((!square && shape.size() != 1) || shape[0] < 1 || shape[0] > 64)
            give_up(fmt::format("synthesis.b4.resample_filter has the shape {}", shape_text(shape)));
        const std::vector<double> values = to_doubles(filter->tensor);
        const auto n = static_cast<std::size_t>(shape[0]);
        std::vector<double> taps(n, 0.0);  // an outer product's row sums are its taps
        for (std::size_t i = 0; i < values.size(); ++i) taps[square ? i / n : i] += values[i];
        const std::vector<double> usual = {1, 3, 3, 1};
        bool is_usual = n == usual.size();
        for (std::size_t i = 0; i < n && is_usual; ++i) is_usual = std::abs(taps[i] - usual[i] / 8) < 1e-6;
        config_.resample_filter = is_usual ? usual : taps;
    }

    const NetworkRecord& record_;
    const std::string& tried_;
    GeneratorConfig config_;
};

}  // namespace

GeneratorConfig infer_config(const NetworkRecord& record, const std::string& tried,
                             std::vector<std::string>& warnings) {
    const GeneratorConfig config = Inference(record, tried).run();
    validate(config, tried);
    warnings.push_back(fmt::format(
        "The file does not say how its network is configured. Its tensors fit {} at {}x{}; options that leave "
        "no trace in them (conv_clamp, output_scale, num_fp16_res, ...) were taken to have their usual values.",
        config_name(config), config.img_resolution, config.img_resolution));
    return config;
}

}  // namespace afs
