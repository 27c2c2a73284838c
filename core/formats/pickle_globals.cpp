#include "core/formats/pickle_globals.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/formats/numpy_objects.h"
#include "core/formats/torch_storage.h"
#include "core/formats/utf8.h"

namespace afs {
namespace {

constexpr std::int64_t kPersistenceVersion = 6;
constexpr std::size_t kMaxMeta = 50;  // entries of a description; it has five
// SPEC 17: the classes of official snapshots.
constexpr std::array<std::string_view, 14> kClasses = {
    "Generator",          "Discriminator",         "MappingNetwork",    "SynthesisNetwork",    "SynthesisInput",
    "SynthesisLayer",     "SynthesisBlock",        "ToRGBLayer",        "FullyConnectedLayer", "Conv2dLayer",
    "DiscriminatorBlock", "DiscriminatorEpilogue", "MinibatchStdLayer", "AugmentPipe"};

// OrderedDict() and EasyDict(), or with a list of (key, value) pairs, as Python 2 writes them.
PickleNode* make_dict(PickleGraph& graph, const PickleCallSite& site, const PickleNode& arguments) {
    PickleNode* dict = graph.make(PickleKind::dict, site.position);
    if (arguments.items.empty()) return dict;
    const PickleNode& pairs = *arguments.items[0];
    if (arguments.items.size() != 1 || !pairs.is(PickleKind::list))
        graph.fail(site.position, "a dictionary is not made of a list of pairs");
    for (const PickleNode* pair : pairs.items) {
        if ((!pair->is(PickleKind::list) && !pair->is(PickleKind::tuple)) || pair->items.size() != 2 ||
            !pair->items[0]->is(PickleKind::text))
            graph.fail(site.position, "a dictionary is not made of pairs of a name and a value");
        graph.add_item(*dict, pair->items[0]);
        graph.add_item(*dict, pair->items[1]);
    }
    return dict;
}

PickleNode* make_set(PickleGraph& graph, const PickleCallSite& site, const PickleNode& arguments) {
    PickleNode* set = graph.make(PickleKind::set, site.position);
    if (arguments.items.empty()) return set;
    if (arguments.items.size() != 1 || !arguments.items[0]->is(PickleKind::list))
        graph.fail(site.position, "a set is not made of a list");
    for (PickleNode* item : arguments.items[0]->items) graph.add_item(*set, item);
    return set;
}

// `_codecs.encode(text, 'latin1')`: how protocol 2 writes byte strings.
PickleNode* encode_latin1(PickleGraph& graph, const PickleCallSite& site, const PickleNode& arguments) {
    if (arguments.items.size() != 2 || !arguments.items[0]->is(PickleKind::text) ||
        !arguments.items[1]->is(PickleKind::text) ||
        (arguments.items[1]->text != "latin1" && arguments.items[1]->text != "latin-1"))
        graph.fail(site.position, "a byte string is not made of a text in Latin-1");
    const std::string_view text = arguments.items[0]->text;
    // Whole networks come this way, so the loop has no branch that is hard to foresee. The text was checked to be
    // UTF-8: a code point begins at every byte that is no continuation; those of Latin-1 have one byte, or two from
    // 0xC2 or 0xC3.
    const auto is_start = [](char c) { return (static_cast<std::uint8_t>(c) & 0xC0) != 0x80; };
    std::string bytes(static_cast<std::size_t>(std::count_if(text.begin(), text.end(), is_start)), '\0');
    std::size_t from = 0;
    for (char& byte : bytes) {
        const auto lead = static_cast<std::uint8_t>(text[from]);
        if (lead >= 0xC4) graph.fail(site.position, "a byte string is made of a text that is not Latin-1");
        const std::size_t more = lead >> 7;
        const auto last = static_cast<std::uint8_t>(text[from + more]);
        byte = static_cast<char>(static_cast<std::uint8_t>(more != 0 ? (lead << 6) | (last & 0x3F) : lead));
        from += 1 + more;
    }
    PickleNode* node = graph.make(PickleKind::bytes, site.position);
    node->text = graph.keep(std::move(bytes), site.position);
    return node;
}

// `bytes()`: how protocol 2 writes the empty byte string.
PickleNode* make_empty_bytes(PickleGraph& graph, const PickleCallSite& site, const PickleNode& arguments) {
    if (!arguments.items.empty()) graph.fail(site.position, "a byte string is made in an unknown way");
    return graph.make(PickleKind::bytes, site.position);
}

// `torch.Size(tuple)` and `torch.device(name)`
PickleNode* first_argument(PickleGraph& graph, const PickleCallSite& site, const PickleNode& arguments) {
    if (arguments.items.empty()) graph.fail(site.position, "it makes something of nothing");
    return arguments.items[0];
}

// `torch_utils.persistence._reconstruct_persistent_obj(meta)`: the description is kept; its source text is not read.
PickleNode* make_object(PickleGraph& graph, const PickleCallSite& site, const PickleNode& arguments) {
    if (arguments.items.size() != 1 || !arguments.items[0]->is(PickleKind::dict))
        graph.fail(site.position, "a network's description is not a dictionary");
    PickleNode* meta = arguments.items[0];
    if (meta->items.size() > 2 * kMaxMeta) graph.fail(site.position, "a network's description is too large");
    const PickleNode *type = meta->find("type"), *version = meta->find("version"), *name = meta->find("class_name"),
                     *state = meta->find("state");
    if (version == nullptr || !version->is(PickleKind::integer))
        graph.fail(site.position, "a network's description has no version number");
    if (version->integer != kPersistenceVersion)
        graph.fail(site.position, fmt::format("a network's description has the unknown version {}; {} is known",
                                              version->integer, kPersistenceVersion));
    if (type == nullptr || !type->is(PickleKind::text) || type->text != "class")
        graph.fail(site.position, "a network's description is not that of a class");
    if (name == nullptr || !name->is(PickleKind::text)) graph.fail(site.position, "a network's class has no name");
    if (std::find(kClasses.begin(), kClasses.end(), name->text) == kClasses.end())
        graph.fail(site.position, fmt::format("it contains the unknown class \"{}\"", printable(name->text)),
                   "Only official StyleGAN2 and StyleGAN3 networks are understood.");
    if (state == nullptr || !state->is(PickleKind::dict))
        graph.fail(site.position, fmt::format("the state of its {} is not a dictionary", name->text));
    PickleNode* node = graph.make(PickleKind::object, site.position);
    node->text = name->text;
    graph.add_item(*node, meta);
    return node;
}

constexpr std::array kGlobals = {
    PickleGlobal{"__builtin__.bytes", make_empty_bytes},
    PickleGlobal{"__builtin__.frozenset", make_set},
    PickleGlobal{"__builtin__.set", make_set},
    PickleGlobal{"_codecs.encode", encode_latin1},
    PickleGlobal{"builtins.bytes", make_empty_bytes},
    PickleGlobal{"builtins.frozenset", make_set},
    PickleGlobal{"builtins.set", make_set},
    PickleGlobal{"collections.OrderedDict", make_dict},
    PickleGlobal{"dnnlib.util.EasyDict", make_dict},
    PickleGlobal{"numpy._core.multiarray._reconstruct", make_array},
    PickleGlobal{"numpy._core.multiarray.scalar", make_scalar},
    PickleGlobal{"numpy._core.numeric._frombuffer", array_from_buffer},
    PickleGlobal{"numpy.core.multiarray._reconstruct", make_array},
    PickleGlobal{"numpy.core.multiarray.scalar", make_scalar},
    PickleGlobal{"numpy.core.numeric._frombuffer", array_from_buffer},
    PickleGlobal{"numpy.dtype", make_dtype},
    PickleGlobal{"numpy.ndarray"},
    PickleGlobal{"torch.BFloat16Storage", nullptr, DType::bf16},
    PickleGlobal{"torch.BoolStorage", nullptr, DType::boolean},
    PickleGlobal{"torch.ByteStorage", nullptr, DType::u8},
    PickleGlobal{"torch.CharStorage", nullptr, DType::i8},
    PickleGlobal{"torch.DoubleStorage", nullptr, DType::f64},
    PickleGlobal{"torch.FloatStorage", nullptr, DType::f32},
    PickleGlobal{"torch.HalfStorage", nullptr, DType::f16},
    PickleGlobal{"torch.IntStorage", nullptr, DType::i32},
    PickleGlobal{"torch.LongStorage", nullptr, DType::i64},
    PickleGlobal{"torch.ShortStorage", nullptr, DType::i16},
    PickleGlobal{"torch.Size", first_argument},
    PickleGlobal{"torch._utils._rebuild_parameter", rebuild_parameter},
    PickleGlobal{"torch._utils._rebuild_parameter_with_state", rebuild_parameter},
    PickleGlobal{"torch._utils._rebuild_tensor", rebuild_tensor},
    PickleGlobal{"torch._utils._rebuild_tensor_v2", rebuild_tensor},
    PickleGlobal{"torch.cuda.BFloat16Storage", nullptr, DType::bf16},
    PickleGlobal{"torch.cuda.BoolStorage", nullptr, DType::boolean},
    PickleGlobal{"torch.cuda.ByteStorage", nullptr, DType::u8},
    PickleGlobal{"torch.cuda.CharStorage", nullptr, DType::i8},
    PickleGlobal{"torch.cuda.DoubleStorage", nullptr, DType::f64},
    PickleGlobal{"torch.cuda.FloatStorage", nullptr, DType::f32},
    PickleGlobal{"torch.cuda.HalfStorage", nullptr, DType::f16},
    PickleGlobal{"torch.cuda.IntStorage", nullptr, DType::i32},
    PickleGlobal{"torch.cuda.LongStorage", nullptr, DType::i64},
    PickleGlobal{"torch.cuda.ShortStorage", nullptr, DType::i16},
    PickleGlobal{"torch.device", first_argument},
    PickleGlobal{"torch.storage.UntypedStorage", nullptr, DType::u8},
    PickleGlobal{"torch.storage._load_from_bytes", load_storage_from_bytes},
    PickleGlobal{"torch_utils.persistence._reconstruct_persistent_obj", make_object},
};
static_assert(std::is_sorted(kGlobals.begin(), kGlobals.end(),
                             [](const PickleGlobal& a, const PickleGlobal& b) { return a.name < b.name; }));

}  // namespace

const PickleGlobal* find_global(std::string_view name) {
    const auto found =
        std::lower_bound(kGlobals.begin(), kGlobals.end(), name,
                         [](const PickleGlobal& row, std::string_view wanted) { return row.name < wanted; });
    return found != kGlobals.end() && found->name == name ? &*found : nullptr;
}

void build(PickleGraph& graph, std::uint64_t position, PickleNode& target, PickleNode& state) {
    switch (target.kind) {
        case PickleKind::dtype: return build_dtype(graph, position, target, state);
        case PickleKind::array: return build_array(graph, position, target, state);
        case PickleKind::dict: return;  // attributes of a dictionary: torch's version numbers
        case PickleKind::opaque: return;
        default: graph.fail(position, fmt::format("it is malformed: it sets the state of {}", describe(target.kind)));
    }
}

}  // namespace afs
