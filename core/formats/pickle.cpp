#include "core/formats/pickle.h"

#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <cstring>
#include <unordered_map>

#include "core/formats/format_error.h"
#include "core/formats/utf8.h"

namespace afs {
namespace {

constexpr std::uint8_t kHighestProtocol = 5;
constexpr std::size_t kMaxStack = 500'000;
constexpr std::size_t kMaxMarks = 50'000;
constexpr std::size_t kMaxMemo = 300'000;

[[noreturn]] void refuse_global(const PickleGraph& graph, std::uint64_t position, const std::string& name) {
    const std::string shown = printable(name);
    if (name.starts_with("dnnlib.tflib."))
        throw ForbiddenGlobal(
            ErrorKind::format, "Could not open " + graph.display(),
            fmt::format("it is a TensorFlow-era StyleGAN or StyleGAN2 pickle (it asks for \"{}\"): such a file stores "
                        "its network as source code, and no code of a file is ever run here",
                        shown),
            "Convert it once with the official converter (legacy.py of StyleGAN3 or stylegan2-ada-pytorch) and open "
            "the result.");
    const bool storage = name.starts_with("torch.") && name.ends_with("Storage");
    throw ForbiddenGlobal(
        ErrorKind::format, "Could not open " + graph.display(),
        storage
            ? fmt::format("it uses the unknown storage type \"{}\" (at byte {})", shown, position)
            : fmt::format("it asks for the global \"{}\", which no network file needs (at byte {})", shown, position),
        "Nothing was executed. If you trust its author, ask for a .safetensors or an official snapshot.");
}

bool may_be_key(const PickleNode& node) {
    return !node.is(PickleKind::list) && !node.is(PickleKind::dict) && !node.is(PickleKind::set);
}

class Machine {
  public:
    Machine(PickleGraph& graph, Bytes pickle, const PickleContext& context)
        : graph_(graph),
          context_(context),
          begin_(reinterpret_cast<const char*>(pickle.data())),
          at_(begin_),
          end_(begin_ + pickle.size()) {}

    Pickle run() {
        while (true) {
            opcode_at_ = position();
            graph_.count_opcode(opcode_at_);
            const auto opcode = read_number<std::uint8_t>();
            if (opcode == '.') break;
            step(opcode);
        }
        PickleNode* value = pop();
        return {value, static_cast<std::size_t>(at_ - begin_)};
    }

  private:
    // --- Reading bytes ---------------------------------------------------------------------------------------------

    [[nodiscard]] std::uint64_t position() const {
        return begin_ != nullptr && graph_.in_file(begin_) ? graph_.position_in_file(at_) : context_.position;
    }
    [[noreturn]] void fail(const std::string& why) const { graph_.fail(opcode_at_, why); }
    [[noreturn]] void fail_early() const {
        graph_.fail(position(), "it ends early: it is cut short or damaged", "Download or copy it again.");
    }

    std::string_view take(std::uint64_t size) {
        const auto left = static_cast<std::uint64_t>(end_ - at_);
        if (size > left) {
            if (size < 0x10000) fail_early();
            fail(fmt::format("it ends early: a length of {} bytes is given where {} are left", size, left));
        }
        const std::string_view taken(at_, static_cast<std::size_t>(size));
        at_ += size;
        return taken;
    }
    template <class Number> Number read_number() {
        if (static_cast<std::size_t>(end_ - at_) < sizeof(Number)) fail_early();
        Number value;
        std::memcpy(&value, at_, sizeof(Number));
        at_ += sizeof(Number);
        return value;
    }
    std::string_view line() {
        const void* found = at_ == end_ ? nullptr : std::memchr(at_, '\n', static_cast<std::size_t>(end_ - at_));
        if (found == nullptr) fail_early();
        const auto* stop = static_cast<const char*>(found);
        const std::string_view taken(at_, static_cast<std::size_t>(stop - at_));
        at_ = stop + 1;
        return taken;
    }
    template <class Number> Number number_line() {
        std::string_view text = line();
        if (!text.empty() && text.back() == 'L') text.remove_suffix(1);
        Number value{};
        const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (failed != std::errc{} || end != text.data() + text.size() || text.empty())
            fail(fmt::format("\"{}\" is not a number that this program can read", printable(text, 40)));
        return value;
    }

    // --- The stack -------------------------------------------------------------------------------------------------

    void push(PickleNode* node) {
        if (stack_.size() == kMaxStack) fail("its stack grows too large");
        stack_.push_back(node);
    }
    [[nodiscard]] std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }
    PickleNode* pop() {
        PickleNode* node = top();
        stack_.pop_back();
        return node;
    }
    PickleNode* top() const {
        if (stack_.size() <= floor()) graph_.fail(opcode_at_, "it is malformed: its stack runs empty");
        return stack_.back();
    }
    // The values above the last mark, which goes with them.
    std::vector<PickleNode*> pop_to_mark() {
        if (marks_.empty()) fail("it is malformed: there is no mark");
        const auto first = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
        std::vector<PickleNode*> items(first, stack_.end());
        stack_.erase(first, stack_.end());
        marks_.pop_back();
        return items;
    }
    PickleNode* make(PickleKind kind) { return graph_.make(kind, opcode_at_); }

    // --- Values ----------------------------------------------------------------------------------------------------

    void push_integer(std::int64_t value) {
        PickleNode* node = make(PickleKind::integer);
        node->integer = value;
        push(node);
    }
    void push_long(std::string_view bytes) {  // little-endian two's complement
        if (bytes.size() > 8) {
            PickleNode* node = make(PickleKind::big_integer);
            node->text = bytes;
            push(node);
            return;
        }
        const bool negative = !bytes.empty() && (bytes.back() & 0x80) != 0;
        std::uint64_t value = negative ? ~std::uint64_t{0} : 0;
        std::memcpy(&value, bytes.data(), bytes.size());
        push_integer(static_cast<std::int64_t>(value));
    }
    void push_real(double value) {
        PickleNode* node = make(PickleKind::real);
        node->real = value;
        push(node);
    }
    void push_text(std::string_view text) {
        if (!valid_utf8(text)) fail("it holds a text that is not valid UTF-8");
        PickleNode* node = make(PickleKind::text);
        node->text = text;
        push(node);
    }
    void push_bytes(std::string_view bytes) {
        PickleNode* node = make(PickleKind::bytes);
        node->text = bytes;
        push(node);
    }
    // Strings of Python 2: texts nearly always.
    void push_old_string(std::string_view bytes) { valid_utf8(bytes) ? push_text(bytes) : push_bytes(bytes); }
    void push_sequence(PickleKind kind, const std::vector<PickleNode*>& items) {
        PickleNode* node = make(kind);
        node->items.reserve(items.size());
        for (PickleNode* item : items) graph_.add_item(*node, item);
        push(node);
    }
    void push_last(PickleKind kind, std::size_t count) {
        std::vector<PickleNode*> items(count);
        for (std::size_t i = count; i-- > 0;) items[i] = pop();
        push_sequence(kind, items);
    }
    void set_items(PickleNode& dict, const std::vector<PickleNode*>& items) {
        if (!dict.is(PickleKind::dict))
            fail(fmt::format("it is malformed: it sets an item of {}", describe(dict.kind)));
        if (items.size() % 2 != 0) fail("it is malformed: a dictionary gets an odd number of keys and values");
        for (std::size_t i = 0; i < items.size(); ++i) {
            if (i % 2 == 0 && !may_be_key(*items[i]))
                fail(fmt::format("it is malformed: {} is used as a dictionary key", describe(items[i]->kind)));
            graph_.add_item(dict, items[i]);
        }
    }
    void extend(PickleNode& target, PickleKind kind, const std::vector<PickleNode*>& items) {
        if (!target.is(kind))
            fail(fmt::format("it is malformed: {} is treated as {}", describe(target.kind), describe(kind)));
        for (PickleNode* item : items) {
            if (kind == PickleKind::set && !may_be_key(*item)) fail("it is malformed: a set holds a list");
            graph_.add_item(target, item);
        }
    }

    // --- Names and calls -------------------------------------------------------------------------------------------

    void push_global(std::string_view module, std::string_view name) {
        const std::string full = fmt::format("{}.{}", module, name);
        const PickleGlobal* global = find_global(full);
        if (global == nullptr) refuse_global(graph_, opcode_at_, full);
        PickleNode* node = make(PickleKind::global);
        node->global = global;
        node->text = global->name;
        push(node);
    }
    void call(const PickleNode& callee, const PickleNode& arguments) {
        if (!callee.is(PickleKind::global)) fail(fmt::format("it is malformed: it calls {}", describe(callee.kind)));
        if (!arguments.is(PickleKind::tuple)) fail("it is malformed: the arguments of a call are not a tuple");
        if (callee.global->call == nullptr) fail(fmt::format("it calls \"{}\", which is no function", callee.text));
        push(callee.global->call(graph_, {opcode_at_, context_.nesting}, arguments));
    }
    void call_with_items(const PickleNode& callee, const std::vector<PickleNode*>& items) {
        push_sequence(PickleKind::tuple, items);
        call(callee, *pop());
    }
    void persistent(const PickleNode& id) {
        if (!context_.persistent) fail("it uses a persistent id where none belongs");
        push(context_.persistent(graph_, id, opcode_at_));
    }
    [[noreturn]] void refuse_extension(std::uint64_t code) {
        throw ForbiddenGlobal(ErrorKind::format, "Could not open " + graph_.display(),
                              fmt::format("it asks for the registered extension {}, which no network file needs (at "
                                          "byte {})",
                                          code, opcode_at_),
                              "Nothing was executed.");
    }

    // --- The memo --------------------------------------------------------------------------------------------------

    void put(std::uint64_t index) {
        PickleNode* node = top();
        if (memo_.size() >= kMaxMemo && memo_.count(index) == 0) fail("it remembers too many values");
        memo_[index] = node;
    }
    void get(std::uint64_t index) {
        const auto found = memo_.find(index);
        if (found == memo_.end()) fail(fmt::format("it is malformed: its memo entry {} does not exist", index));
        push(found->second);
    }

    // --- Texts of protocol 0 ---------------------------------------------------------------------------------------

    // The digits of an escape, as many as `count`.
    static bool hex(std::string_view digits, std::size_t count, std::uint32_t& value) {
        if (digits.size() < count) return false;
        const auto [end, failed] = std::from_chars(digits.data(), digits.data() + count, value, 16);
        return failed == std::errc{} && end == digits.data() + count;
    }
    void quoted_string(std::string_view text) {
        if (text.size() < 2 || text.front() != text.back() || (text.front() != '"' && text.front() != '\''))
            fail("it is malformed: a text has no quotes");
        text = text.substr(1, text.size() - 2);
        std::string out;
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] != '\\' || i + 1 == text.size()) {
                out += text[i];
                continue;
            }
            constexpr std::string_view kLetters = "\\'\"abfnrtv", kValues = "\\'\"\a\b\f\n\r\t\v";
            const char escape = text[++i];
            std::uint32_t value = 0;
            if (const auto letter = kLetters.find(escape); letter != std::string_view::npos) {
                out += kValues[letter];
            } else if (escape == 'x' && hex(text.substr(i + 1), 2, value)) {
                out += static_cast<char>(static_cast<std::uint8_t>(value));
                i += 2;
            } else if (escape >= '0' && escape <= '7') {
                for (std::size_t n = 0; n < 3 && i < text.size() && text[i] >= '0' && text[i] <= '7'; ++n, ++i)
                    value = value * 8 + static_cast<std::uint32_t>(text[i] - '0');
                --i;
                out += static_cast<char>(static_cast<std::uint8_t>(value));
            } else {
                out += '\\';
                out += escape;
            }
        }
        push_old_string(graph_.keep(std::move(out), opcode_at_));
    }
    void raw_unicode(std::string_view text) {  // Latin-1 with \uXXXX and \UXXXXXXXX
        std::string out;
        for (std::size_t i = 0; i < text.size(); ++i) {
            std::uint32_t value = static_cast<std::uint8_t>(text[i]);
            if (text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == 'u' || text[i + 1] == 'U')) {
                const std::size_t digits = text[i + 1] == 'u' ? 4 : 8;
                if (!hex(text.substr(i + 2), digits, value) || value > 0x10FFFF)
                    fail("it is malformed: a text has a broken escape");
                i += 1 + digits;
            }
            append_utf8(out, value);
        }
        push_text(graph_.keep(std::move(out), opcode_at_));
    }

    // --- The instructions ------------------------------------------------------------------------------------------

    void step(std::uint8_t opcode);
    void step_protocol_2(std::uint8_t opcode);

    PickleGraph& graph_;
    const PickleContext& context_;
    const char *begin_, *at_, *end_;
    std::uint64_t opcode_at_ = 0;
    std::vector<PickleNode*> stack_;
    std::vector<std::size_t> marks_;
    std::unordered_map<std::uint64_t, PickleNode*> memo_;
};

// Protocols 0 and 1: instructions that are printable characters, and the two byte strings of protocol 3.
void Machine::step(std::uint8_t opcode) {
    switch (opcode) {
        case '(':
            if (marks_.size() == kMaxMarks) fail("it is malformed: it is nested too deep");
            marks_.push_back(stack_.size());
            return;
        case '0':
            if (stack_.size() > floor())
                stack_.pop_back();
            else if (!marks_.empty())
                marks_.pop_back();
            else
                (void)top();
            return;
        case '1': (void)pop_to_mark(); return;
        case '2': return push(top());
        case 'N': return push(graph_.none());
        case 'I': {
            const std::string_view text(at_, static_cast<std::size_t>(end_ - at_));
            if (text.starts_with("00\n") || text.starts_with("01\n")) return push(graph_.boolean(line() == "01"));
            return push_integer(number_line<std::int64_t>());
        }
        case 'L': return push_integer(number_line<std::int64_t>());
        case 'J': return push_integer(read_number<std::int32_t>());
        case 'K': return push_integer(read_number<std::uint8_t>());
        case 'M': return push_integer(read_number<std::uint16_t>());
        case 'F': return push_real(number_line<double>());
        case 'G': return push_real(std::bit_cast<double>(__builtin_bswap64(read_number<std::uint64_t>())));
        case 'S': return quoted_string(line());
        case 'T': {
            const auto size = read_number<std::int32_t>();
            if (size < 0) fail(fmt::format("it is malformed: a text has the negative length {}", size));
            return push_old_string(take(static_cast<std::uint64_t>(size)));
        }
        case 'U': return push_old_string(take(read_number<std::uint8_t>()));
        case 'V': return raw_unicode(line());
        case 'X': return push_text(take(read_number<std::uint32_t>()));
        case 'B': return push_bytes(take(read_number<std::uint32_t>()));
        case 'C': return push_bytes(take(read_number<std::uint8_t>()));
        case ')': return push(make(PickleKind::tuple));
        case ']': return push(make(PickleKind::list));
        case '}': return push(make(PickleKind::dict));
        case 't': return push_sequence(PickleKind::tuple, pop_to_mark());
        case 'l': return push_sequence(PickleKind::list, pop_to_mark());
        case 'd': {
            const auto items = pop_to_mark();
            PickleNode* dict = make(PickleKind::dict);
            set_items(*dict, items);
            return push(dict);
        }
        case 'a': {
            PickleNode* item = pop();
            return extend(*top(), PickleKind::list, {item});
        }
        case 'e': {
            const auto items = pop_to_mark();
            return extend(*top(), PickleKind::list, items);
        }
        case 's': {
            PickleNode* value = pop();
            PickleNode* key = pop();
            return set_items(*top(), {key, value});
        }
        case 'u': {
            const auto items = pop_to_mark();
            return set_items(*top(), items);
        }
        case 'p': return put(number_line<std::uint64_t>());
        case 'q': return put(read_number<std::uint8_t>());
        case 'r': return put(read_number<std::uint32_t>());
        case 'g': return get(number_line<std::uint64_t>());
        case 'h': return get(read_number<std::uint8_t>());
        case 'j': return get(read_number<std::uint32_t>());
        case 'c': {
            const std::string_view module = line(), name = line();
            return push_global(module, name);
        }
        case 'i': {
            const std::string_view module = line(), name = line();
            push_global(module, name);
            const PickleNode* callee = pop();
            return call_with_items(*callee, pop_to_mark());
        }
        case 'o': {
            auto items = pop_to_mark();
            if (items.empty()) fail("it is malformed: it makes an object of nothing");
            const PickleNode* callee = items.front();
            items.erase(items.begin());
            return call_with_items(*callee, items);
        }
        case 'R': {
            const PickleNode* arguments = pop();
            const PickleNode* callee = pop();
            return call(*callee, *arguments);
        }
        case 'b': {
            PickleNode* state = pop();
            return build(graph_, opcode_at_, *top(), *state);
        }
        case 'P': push_text(line()); return persistent(*pop());
        case 'Q': return persistent(*pop());
        default: return step_protocol_2(opcode);
    }
}

// Protocols 2 to 5: instructions from 0x80 on.
void Machine::step_protocol_2(std::uint8_t opcode) {
    switch (opcode) {
        case 0x80: {
            const auto protocol = read_number<std::uint8_t>();
            if (protocol > kHighestProtocol) fail(fmt::format("it uses the unknown pickle protocol {}", protocol));
            return;
        }
        case 0x81: {  // NEWOBJ
            const PickleNode* arguments = pop();
            const PickleNode* callee = pop();
            return call(*callee, *arguments);
        }
        case 0x92: {  // NEWOBJ_EX
            const PickleNode* keywords = pop();
            if (!keywords->is(PickleKind::dict) || !keywords->items.empty())
                fail("it makes an object with keyword arguments, which no network file needs");
            const PickleNode* arguments = pop();
            const PickleNode* callee = pop();
            return call(*callee, *arguments);
        }
        case 0x82: refuse_extension(read_number<std::uint8_t>());
        case 0x83: refuse_extension(read_number<std::uint16_t>());
        case 0x84: refuse_extension(read_number<std::uint32_t>());
        case 0x85: return push_last(PickleKind::tuple, 1);
        case 0x86: return push_last(PickleKind::tuple, 2);
        case 0x87: return push_last(PickleKind::tuple, 3);
        case 0x88: return push(graph_.boolean(true));
        case 0x89: return push(graph_.boolean(false));
        case 0x8a: return push_long(take(read_number<std::uint8_t>()));
        case 0x8b: {
            const auto size = read_number<std::int32_t>();
            if (size < 0) fail(fmt::format("it is malformed: a number has the negative length {}", size));
            return push_long(take(static_cast<std::uint64_t>(size)));
        }
        case 0x8c: return push_text(take(read_number<std::uint8_t>()));
        case 0x8d: return push_text(take(read_number<std::uint64_t>()));
        case 0x8e: return push_bytes(take(read_number<std::uint64_t>()));
        case 0x96: return push_bytes(take(read_number<std::uint64_t>()));  // a bytearray; nothing here would change it
        case 0x8f: return push(make(PickleKind::set));
        case 0x90: {
            const auto items = pop_to_mark();
            return extend(*top(), PickleKind::set, items);
        }
        case 0x91: return push_sequence(PickleKind::set, pop_to_mark());
        case 0x93: {  // STACK_GLOBAL
            const PickleNode* name = pop();
            const PickleNode* module = pop();
            if (!name->is(PickleKind::text) || !module->is(PickleKind::text))
                fail("it is malformed: the name of a global is not a text");
            return push_global(module->text, name->text);
        }
        case 0x94: return put(memo_.size());
        case 0x95: {  // FRAME: only a hint for buffering, but a frame beyond the end means that bytes are missing
            const auto size = read_number<std::uint64_t>();
            const auto left = static_cast<std::uint64_t>(end_ - at_);
            if (size > left)
                graph_.fail(opcode_at_,
                            fmt::format("it ends early: {} bytes are announced where {} are left; it is cut short or "
                                        "damaged",
                                        size, left),
                            "Download or copy it again.");
            return;
        }
        case 0x97:
        case 0x98: fail("it refers to buffers outside the file, which is not supported");
        default: fail(fmt::format("it is malformed or no pickle: 0x{:02x} is no instruction", opcode));
    }
}

}  // namespace

Pickle read_pickle(PickleGraph& graph, Bytes pickle, const PickleContext& context) {
    return Machine(graph, pickle, context).run();
}

}  // namespace afs
