#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/base/error.h"
#include "core/model/config_fields.h"
#include "core/model/find_config.h"

namespace afs {
namespace {

// Options of the official programs that choose how something is computed, never what.
constexpr std::array kImplementationOptions = {
    "fused_modconv_default", "fused_modconv", "fp16_channels_last", "channels_last", "use_fp16", "is_last", "num_ws"};

[[noreturn]] void refuse(const std::string& tried, const std::string& why) {
    throw Error(ErrorKind::network, tried, why,
                "The file is damaged, or was made by a program with other kinds of networks.");
}

class OfficialReader {
  public:
    OfficialReader(const NetworkRecord& record, const std::string& tried, std::vector<std::string>& warnings)
        : record_(record), tried_(tried), warnings_(warnings), config_(default_config(family_of(record, tried))) {}

    GeneratorConfig read() {
        // Constructor arguments may have been given by position; the module keeps these five as attributes too.
        for (const char* name : {"z_dim", "c_dim", "w_dim", "img_resolution", "img_channels"}) {
            const Json* value = nullptr;
            if (record_.attributes.is_object() && record_.attributes.contains(name)) value = &record_.attributes[name];
            if (record_.init_kwargs.contains(name)) value = &record_.init_kwargs[name];
            if (value == nullptr) refuse(tried_, fmt::format("the file does not say its network's {}", name));
            synthesis_option(name, *value);
        }
        read_synthesis(record_.init_kwargs);
        if (!unknown_.empty())
            warnings_.push_back(fmt::format(
                "The network was made with options that this program does not know ({}); they were ignored, and its "
                "pictures may differ from those of the program that made it.",
                unknown_));
        validate(config_, tried_);
        return config_;
    }

  private:
    void read_synthesis(const Json& options) {
        for (const auto& [name, value] : options.items()) {
            if (name == "mapping_kwargs")
                read_mapping(object(name, value));
            else if (name == "synthesis_kwargs" || name == "block_kwargs" || name == "layer_kwargs")
                read_synthesis(object(name, value));  // stylegan2-ada nests what later programs give flat
            else
                synthesis_option(name, value);
        }
    }

    void read_mapping(const Json& options) {
        for (const auto& [name, value] : options.items()) {
            if (name == "num_layers")
                read_option(value, "mapping_kwargs.num_layers", tried_, config_.mapping_layers);
            else if (name == "lr_multiplier")
                read_option(value, "mapping_kwargs.lr_multiplier", tried_, config_.mapping_lr_multiplier);
            else if (name == "w_avg_beta")
                read_unless_null(name, value, config_.w_avg_beta);
            else if (name == "layer_features" && config_.family == Family::stylegan2)
                read_unless_null(name, value, config_.mapping_layer_features);
            else if (name == "embed_features" && config_.family == Family::stylegan2)
                read_unless_null(name, value, config_.mapping_embed_features);
            else if (name == "activation")
                check_activation(value);
            else
                note_unknown("mapping_kwargs." + name, value);
        }
    }

    void synthesis_option(const std::string& name, const Json& value) {
        bool read = false;
        const auto take = [&](std::string_view option, auto& member) {
            if (name != option) return;
            read_option(value, option, tried_, member);
            read = true;
        };
        visit_fields(config_, [&](std::string_view option, FieldOf of, auto& member) {
            // What the table calls mapping_... is nested in official files.
            if (concerns(of, config_.family) && !option.starts_with("mapping_") && option != "w_avg_beta")
                take(option, member);
        });
        take("conv_clamp", config_.conv_clamp);
        if (config_.family == Family::stylegan2) {
            take("architecture", config_.architecture);
            take("resample_filter", config_.resample_filter);
            if (name == "kernel_size") {
                int size = 0;
                read_option(value, name, tried_, size);
                if (size != 3) refuse(tried_, fmt::format("its kernel_size is {}; only 3 is understood", size));
                read = true;
            }
        }
        if (name == "activation") {
            check_activation(value);
            read = true;
        }
        if (!read) note_unknown(name, value);
    }

    template <class Value> void read_unless_null(const std::string& name, const Json& value, Value& member) {
        if (!value.is_null()) read_option(value, "mapping_kwargs." + name, tried_, member);
    }

    void check_activation(const Json& value) {
        if (value != "lrelu")
            refuse(tried_, fmt::format("its activation is {}; only \"lrelu\" is understood", value_text(value)));
    }

    const Json& object(const std::string& name, const Json& value) {
        if (!value.is_object())
            refuse(tried_, fmt::format("its option {} is {}, not a group", name, value_text(value)));
        return value;
    }

    void note_unknown(const std::string& name, const Json& value) {
        if (std::ranges::find(kImplementationOptions, name) != kImplementationOptions.end()) return;
        unknown_ += fmt::format("{}{} = {}", unknown_.empty() ? "" : ", ", name.substr(0, 60), value_text(value));
    }

    const NetworkRecord& record_;
    const std::string& tried_;
    std::vector<std::string>& warnings_;
    GeneratorConfig config_;
    std::string unknown_;
};

bool any_tensor_below(const NetworkRecord& record, std::string_view prefix) {
    return std::ranges::any_of(record.tensors, [&](const NamedTensor& t) { return t.name.starts_with(prefix); });
}

}  // namespace

bool is_generator(const NetworkRecord& record, const Json& native) {
    if (!record.class_name.empty()) return record.class_name == "Generator";
    if (native.contains("class")) return native["class"] == "Generator";
    return any_tensor_below(record, "synthesis.input.") || any_tensor_below(record, "synthesis.b4.");
}

ParameterTest::ParameterTest(const NetworkRecord& record, const Json& native)
    : buffers_{"resample_filter", "noise_const", "w_avg", "magnitude_ema", "up_filter",
               "down_filter",     "transform",   "freqs", "phases"},
      told_(!record.class_name.empty() || native.contains("buffers")) {
    if (!told_) return;
    buffers_.clear();
    if (native.contains("buffers"))
        for (const Json& name : native["buffers"])
            if (name.is_string()) buffers_.insert(name.get<std::string>());
}

bool ParameterTest::operator()(const NamedTensor& tensor) const {
    if (!tensor.parameter) return false;
    return !buffers_.contains(told_ ? tensor.name : tensor.name.substr(tensor.name.rfind('.') + 1));
}

Family family_of(const NetworkRecord& record, const std::string& tried) {
    if (any_tensor_below(record, "synthesis.input.")) return Family::alias_free;
    if (any_tensor_below(record, "synthesis.b4.")) return Family::stylegan2;
    std::string held;
    for (std::size_t i = 0; i < std::min<std::size_t>(record.tensors.size(), 3); ++i)
        held += fmt::format("{}\"{}\"", i == 0 ? "" : ", ", record.tensors[i].name.substr(0, 80));
    throw Error(ErrorKind::network, tried,
                record.tensors.empty()
                    ? "it holds no tensors"
                    : fmt::format("its {} tensors ({}{}) are not those of a StyleGAN2 or StyleGAN3 generator",
                                  record.tensors.size(), held, record.tensors.size() > 3 ? ", ..." : ""),
                "Choose a generator's network file.");
}

GeneratorConfig config_from_official(const NetworkRecord& record, const std::string& tried,
                                     std::vector<std::string>& warnings) {
    return OfficialReader(record, tried, warnings).read();
}

}  // namespace afs
