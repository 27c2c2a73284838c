// The values of a pickle, as a graph in an arena. Nodes refer to each other by pointer, may be shared and may form
// cycles; they are freed together and without recursion. Whoever walks a graph bounds depth and work itself. Every
// allocation that a file can cause is counted here, so that no file costs more than its size and a fixed amount.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/formats/tensor_data.h"

namespace afs {

struct PickleGlobal;  // a row of the allow-list (pickle_globals.h)

enum class PickleKind : std::uint8_t {
    none,
    boolean,
    integer,
    big_integer,  // beyond 64 bits; `text` holds the little-endian bytes
    real,
    text,
    bytes,
    list,
    tuple,
    dict,  // also OrderedDict and EasyDict; items are key, value, key, value, ...
    set,
    global,   // a name of the allow-list, not called
    object,   // a network or one of its modules: items[0] is its description, `text` its class
    dtype,    // NumPy's; `text` is its code ("f8"), items[0] its state once there is one
    storage,  // `integer` is its index in PickleGraph::storages
    tensor,   // `integer` is its index in PickleGraph::tensors
    array,    // NumPy's; like a tensor, -1 before it has a state
    opaque,   // something harmless that nothing here needs
};

struct PickleNode {
    PickleKind kind = PickleKind::none;
    std::uint32_t depth = 1;     // levels below and including this node, as far as was known when items were added
    std::uint64_t position = 0;  // byte of the file at which it was made
    union {
        std::int64_t integer = 0;
        double real;
        const PickleGlobal* global;
    };
    std::string_view text;  // text, bytes, code or class; refers to the file or to the graph
    std::vector<PickleNode*> items;

    // The value of a text key of a dictionary; the last one when it was set twice. nullptr when absent.
    [[nodiscard]] const PickleNode* find(std::string_view key) const;
    [[nodiscard]] Bytes as_bytes() const { return std::as_bytes(std::span(text)); }
    [[nodiscard]] bool is(PickleKind other) const { return kind == other; }
};

// "a list", "None", "a tensor", ...
[[nodiscard]] std::string_view describe(PickleKind kind);

struct PickleStorage {
    DType dtype = DType::f32;
    std::int64_t numel = 0;
    Bytes bytes;            // exactly numel * item_size once `attached`
    bool attached = false;  // the legacy .pt format gives the bytes after the object
    std::string key;
};

// A view of a storage; offset, shape and strides (in elements) were checked against its numel.
struct PickleTensor {
    std::size_t storage = 0;
    std::int64_t offset = 0;
    std::vector<std::int64_t> shape, strides;
};

class PickleGraph {
  public:
    // `file`: every byte that the pickle may refer to, kept alive by `owner`; positions in errors count from its start.
    PickleGraph(Bytes file, std::shared_ptr<const void> owner, std::string display);
    PickleGraph(const PickleGraph&) = delete;
    PickleGraph& operator=(const PickleGraph&) = delete;

    [[nodiscard]] PickleNode* make(PickleKind kind, std::uint64_t position);
    [[nodiscard]] PickleNode* none() { return &none_; }
    [[nodiscard]] PickleNode* boolean(bool value) { return value ? &true_ : &false_; }
    void add_item(PickleNode& to, PickleNode* item);

    // Keeps a text that is not in the file as such (decoded escapes) for as long as the graph or any tensor lives.
    [[nodiscard]] std::string_view keep(std::string text, std::uint64_t position);

    void count_opcode(std::uint64_t position);  // throws when a file has absurdly many
    // Bytes of a pickle inside the pickle: each is read once in a sane file, but may be named again and again.
    void count_nested(std::uint64_t bytes, std::uint64_t position);

    [[nodiscard]] PickleNode* add_storage(PickleStorage storage, std::uint64_t position);
    [[nodiscard]] PickleNode* add_tensor(PickleKind kind, PickleTensor tensor, std::uint64_t position);

    // The tensor itself: without a copy where its elements lie in order in the file.
    [[nodiscard]] TensorData tensor_data(const PickleNode& node);
    [[nodiscard]] DType dtype_of(const PickleNode& tensor) const;

    // Where in the file `address` points; nothing when it is elsewhere.
    [[nodiscard]] bool in_file(const char* address) const;
    [[nodiscard]] std::uint64_t position_in_file(const char* address) const;

    [[noreturn]] void fail(std::uint64_t position, const std::string& why) const;
    [[noreturn]] void fail(std::uint64_t position, const std::string& why, const std::string& what_to_do) const;
    [[nodiscard]] const std::string& display() const { return display_; }
    [[nodiscard]] Bytes file() const { return file_; }

    std::vector<PickleStorage> storages;
    std::vector<PickleTensor> tensors;

  private:
    // Outlives the graph when a tensor's bytes were decoded.
    struct Kept {
        std::shared_ptr<const void> file;
        std::deque<std::string> texts;
    };

    Bytes file_;
    std::shared_ptr<Kept> kept_;
    std::string display_;
    std::deque<PickleNode> nodes_;
    PickleNode none_, true_, false_;
    std::uint64_t links_ = 0, opcodes_ = 0, nested_bytes_ = 0, kept_bytes_ = 0, copied_bytes_ = 0;
};

}  // namespace afs
