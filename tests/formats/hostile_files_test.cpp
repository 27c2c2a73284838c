// Files that are broken, lie or attack: each gets an answer in words, quickly, in little memory, and nothing of it
// runs.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <map>
#include <random>

#include "core/base/error.h"
#include "core/formats/network_archive.h"
#include "tests/formats/allocations.h"
#include "tests/support/paths.h"

namespace afs {
namespace {

using test::golden_path;
using namespace std::string_view_literals;
using ::testing::HasSubstr;

// What each file of nets/bad must answer here; kLoads: its fault, if any, is in the numbers and is judged in
// core/model.
constexpr const char* kLoads = "";
const std::map<std::string, const char*> kExpected = {
    {"nets/mini.pkl", kLoads},
    {"nets/bad/os_system.pkl", "asks for the global \"posix.system\""},
    {"nets/bad/eval_proto0.pkl", "asks for the global \"builtins.eval\""},
    {"nets/bad/exec_inst_opcode.pkl", "asks for the global \"os.system\""},
    {"nets/bad/obj_opcode.pkl", "asks for the global \"os.system\""},
    {"nets/bad/stack_global_split.pkl", "asks for the global \"os.system\""},
    {"nets/bad/extension_opcode.pkl", "registered extension 1"},
    {"nets/bad/nested_eval.pkl", "asks for the global \"builtins.eval\""},
    {"nets/bad/module_src_is_code.pkl", kLoads},
    {"nets/bad/ok_bare_tensor.pkl", "a dictionary with G_ema was expected, but it holds a tensor"},
    {"nets/bad/g_is_tensor.pkl", "its G is a tensor, not a network"},
    {"nets/bad/storage_bad_magic.pkl", "wrong magic number"},
    {"nets/bad/storage_bad_protocol.pkl", "unknown protocol 1002"},
    {"nets/bad/storage_negative_numel.pkl", "negative element count -4"},
    {"nets/bad/storage_huge_numel.pkl", "4611686018427387904 elements is cut short"},
    {"nets/bad/storage_numel_gt_data.pkl", "1000 elements is cut short"},
    {"nets/bad/storage_count_mismatch.pkl", "4 elements in one place and 3 in another"},
    {"nets/bad/storage_unknown_type.pkl", "unknown storage type \"torch.QInt8Storage\""},
    {"nets/bad/storage_missing_key.pkl", "list of tensor storages disagrees"},
    {"nets/bad/storage_inner_evil.pkl", "asks for the global \"posix.system\""},
    {"nets/bad/storage_view_metadata.pkl", "views of storages"},
    {"nets/bad/tensor_oob.pkl", "reaches element 9999 of a storage of 4"},
    {"nets/bad/tensor_neg_stride.pkl", "negative stride -1"},
    {"nets/bad/tensor_neg_size.pkl", "negative size -4"},
    {"nets/bad/tensor_neg_offset.pkl", "negative offset -2"},
    {"nets/bad/tensor_offset_oob.pkl", "reaches element 6 of a storage of 4"},
    {"nets/bad/tensor_size_overflow.pkl", "overflows"},
    {"nets/bad/tensor_stride_overflow.pkl", "strides [9223372036854775807, 4611686018427387904] of a tensor overflow"},
    {"nets/bad/tensor_zero_stride_bomb.pkl", "1000000000000 elements is made by repeating a storage of 4"},
    {"nets/bad/tensor_rank_mismatch.pkl", "2 sizes but 1 strides"},
    {"nets/bad/trunc_0.pkl", "ends early"},
    {"nets/bad/trunc_1.pkl", "ends early"},
    {"nets/bad/trunc_2.pkl", "ends early"},
    {"nets/bad/trunc_11.pkl", "ends early"},
    {"nets/bad/trunc_500.pkl", "ends early"},
    {"nets/bad/trunc_9000.pkl", "ends early"},
    {"nets/bad/trunc_14396.pkl", "ends early"},
    {"nets/bad/trunc_28792.pkl", "ends early"},
    {"nets/bad/bitflip_300.pkl", "not valid UTF-8"},
    {"nets/bad/bitflip_2500.pkl", "not valid UTF-8"},
    {"nets/bad/bitflip_20000.pkl", "not valid UTF-8"},
    {"nets/bad/empty_zip.pkl", "empty ZIP archive"},
    {"nets/bad/png.pkl", "PNG picture"},
    {"nets/bad/text.pkl", "it is a text"},
    {"nets/bad/html.pkl", "HTML page"},
    {"nets/bad/gitlfs.pkl", "Git LFS pointer"},
    {"nets/bad/protocol9.pkl", "unknown pickle protocol 9"},
    {"nets/bad/tensorflow_era.pkl", "TensorFlow-era"},
    {"nets/bad/nan_weight.pkl", kLoads},
    {"nets/bad/inf_w_avg.pkl", kLoads},
    {"nets/bad/zero_magnitude_ema.pkl", kLoads},
    {"nets/bad/missing_G_ema.pkl", kLoads},
    {"nets/bad/ok_three_keys.pkl", kLoads},
    {"nets/bad/list_not_dict.pkl", "a dictionary with G_ema was expected, but it holds a list"},
    {"nets/bad/G_ema_none.pkl", kLoads},
    {"nets/bad/wrong_weight_shape.pkl", kLoads},
    {"nets/bad/wrong_rank.pkl", kLoads},
    {"nets/bad/int_magnitude_ema.pkl", kLoads},
    {"nets/bad/half_weights.pkl", kLoads},
    {"nets/bad/double_weights.pkl", kLoads},
    {"nets/bad/missing_bias.pkl", kLoads},
    {"nets/bad/missing_layer.pkl", kLoads},
    {"nets/bad/huge_resolution.pkl", kLoads},
    {"nets/bad/negative_config.pkl", kLoads},
    {"nets/bad/string_resolution.pkl", kLoads},
    {"nets/bad/persistence_version_7.pkl", "unknown version 7"},
    {"nets/bad/unknown_class.pkl", "unknown class \"Generatox\""},
    {"nets/bad/unknown_global.pkl", "asks for the global \"torch_utils.persistence._reconstruct_persistent_obx\""},
    {"nets/bad/deep_tuple.pkl", "nested deeper"},
    {"nets/bad/deep_list.pkl", "nested deeper"},
    {"nets/bad/deep_mark.pkl", "malformed"},
    {"nets/bad/billion_laughs.pkl", "it holds a list"},
    {"nets/bad/self_list.pkl", "it holds a list"},
    {"nets/bad/memo_missing.pkl", "memo entry 7 does not exist"},
    {"nets/bad/memo_huge_index.pkl", "it holds None"},
    {"nets/bad/stack_underflow.pkl", "stack runs empty"},
    {"nets/bad/pop_mark_missing.pkl", "no mark"},
    {"nets/bad/no_stop.pkl", "ends early"},
    {"nets/bad/unknown_opcode.pkl", "0xfe is no instruction"},
    {"nets/bad/binbytes8_huge.pkl", "a length of 9223372036854775807 bytes"},
    {"nets/bad/binunicode8_huge.pkl", "a length of 1099511627776 bytes"},
    {"nets/bad/bytearray8_huge.pkl", "a length of 1125899906842624 bytes"},
    {"nets/bad/long4_negative.pkl", "negative length -5"},
    {"nets/bad/long4_huge.pkl", "a length of 2147483647 bytes"},
    {"nets/bad/frame_huge.pkl", "ends early"},
    {"nets/bad/bad_utf8.pkl", "not valid UTF-8"},
    {"nets/bad/odd_setitems.pkl", "odd number"},
    {"nets/bad/unhashable_key.pkl", "a list is used as a dictionary key"},
    {"nets/bad/setitem_on_int.pkl", "sets an item of a number"},
    {"nets/bad/build_on_none.pkl", "sets the state of None"},
    {"nets/bad/reduce_not_callable.pkl", "calls a number"},
    {"nets/bad/persid_outer.pkl", "persistent id where none belongs"},
    {"nets/bad/next_buffer.pkl", "buffers outside the file"},
    {"nets/bad/zip_bomb.pt", "is compressed"},
    {"nets/bad/zip_evil.pt", "asks for the global \"posix.system\""},
    {"nets/bad/ok_state.pt", kLoads},
    {"nets/bad/zip_truncated.pt", "without a central directory"},
    {"nets/bad/zip_bad_cd_offset.pt", "outside the file"},
    {"nets/bad/st_ok.safetensors", kLoads},
    {"nets/bad/st_huge_header.safetensors", "more than the file has"},
    {"nets/bad/st_bad_json.safetensors", "not valid JSON"},
    {"nets/bad/st_oob.safetensors", "ends at byte 4000 of the data, which has 8"},
    {"nets/bad/st_len_mismatch.safetensors", "needs 12 bytes, but 8 are given"},
    {"nets/bad/st_reversed.safetensors", "reversed offsets"},
    {"nets/bad/st_overlap.safetensors", "overlap"},
    {"nets/bad/st_unknown_dtype.safetensors", "unknown dtype F9"},
    {"nets/bad/st_neg_shape.safetensors", "negative size -2"},
    {"nets/bad/st_overflow_shape.safetensors", "overflows"},
    {"nets/bad/st_deep_json.safetensors", "nested too deep"},
};

// The reason why bytes are refused; empty when they are read. Anything but an Error fails the test by escaping.
std::string refusal(Bytes bytes, const std::string& display = "x") {
    try {
        const NetworkArchive archive = read_network_archive(bytes, nullptr, display);
        std::size_t sum = 0;  // touches every byte that the tensors claim to have
        for (const auto& [key, record] : archive.networks)
            for (const NamedTensor& tensor : record.tensors)
                for (const std::byte byte : tensor.tensor.bytes) sum += std::to_integer<std::size_t>(byte);
        return sum == 1 ? " " : "";
    } catch (const Error& e) {
        EXPECT_TRUE(e.kind() == ErrorKind::format) << e.what();
        EXPECT_EQ(e.tried(), "Could not open " + display);
        EXPECT_FALSE(e.why().empty());
        EXPECT_FALSE(e.what_to_do().empty()) << e.why();
        return e.why();
    }
}

std::string refusal(std::string_view bytes) { return refusal(std::as_bytes(std::span(bytes))); }

TEST(HostileFiles, EveryRecordedOneGetsItsAnswer) {
    std::ifstream stream(golden_path("nets/bad/index.json"));
    const Json index = Json::parse(stream);
    EXPECT_EQ(index.size(), kExpected.size());
    for (const Json& entry : index) {
        const auto file = entry.at("file").get<std::string>();
        SCOPED_TRACE(file + ": " + entry.at("expect").get<std::string>());
        const auto expected = kExpected.find(file);
        ASSERT_NE(expected, kExpected.end()) << "no expectation for a recorded file";
        const auto start = std::chrono::steady_clock::now();
        const MappedFile mapped(golden_path(file));
        EXPECT_EQ(mapped.bytes().size(), entry.at("bytes").get<std::size_t>());
        const std::string why = refusal(mapped.bytes(), file);
        if (expected->second == kLoads)
            EXPECT_EQ(why, "");
        else
            EXPECT_THAT(why, HasSubstr(expected->second));
        // The whole program may take 2 s; the readers are far below, sanitizers included.
        EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(1));
    }
    EXPECT_FALSE(std::filesystem::exists("PWNED"));
    EXPECT_FALSE(std::filesystem::exists("../../PWNED"));
}

TEST(HostileFiles, WhatIsAbsentOrOddIsSaidByTheArchive) {
    const auto read = [](const char* name) {
        return read_network_archive(golden_path(std::string("nets/bad/") + name));
    };
    EXPECT_THAT(read("G_ema_none.pkl").absent, ::testing::Contains("G_ema"));
    EXPECT_EQ(read("missing_G_ema.pkl").find("G_ema"), nullptr);
    EXPECT_EQ(read("string_resolution.pkl").find("G_ema")->init_kwargs.at("img_resolution").type(),
              Json::value_t::string);
    EXPECT_EQ(read("half_weights.pkl").find("G_ema")->tensors.front().tensor.dtype, DType::f16);
    EXPECT_EQ(read("double_weights.pkl").find("G_ema")->tensors.front().tensor.dtype, DType::f64);
    const NetworkArchive state = read("ok_state.pt");
    EXPECT_EQ(state.format, "torch-zip");
    EXPECT_THAT(to_doubles(state.find("")->find("a")->tensor), ::testing::ElementsAre(0, 1, 2, 3, 4, 5));
    EXPECT_THAT(state.find("")->find("a")->tensor.shape, ::testing::ElementsAre(2, 3));
    EXPECT_THAT(to_doubles(state.find("")->find("n")->tensor), ::testing::ElementsAre(1, 1));
}

class Truncated : public ::testing::TestWithParam<const char*> {};

TEST_P(Truncated, AtEveryByteItIsAnError) {
    const MappedFile whole(golden_path(GetParam()));
    for (std::size_t size = 0; size < whole.bytes().size(); ++size) {
        // A copy of exactly that size, so that a sanitizer sees a read beyond it.
        const std::vector<std::byte> part(whole.bytes().begin(),
                                          whole.bytes().begin() + static_cast<std::ptrdiff_t>(size));
        ASSERT_NE(refusal(Bytes(part)), "") << size;
    }
}

INSTANTIATE_TEST_SUITE_P(, Truncated,
                         ::testing::Values("nets/mini.pkl", "nets/bad/ok_state.pt", "nets/bad/st_ok.safetensors"),
                         [](const auto& file) {
                             std::string name = file.param;
                             std::replace_if(
                                 name.begin(), name.end(), [](char c) { return !std::isalnum(c); }, '_');
                             return name;
                         });

TEST(HostileFiles, RandomDamageIsAnErrorOrAnotherNumber) {
    std::mt19937 random(1);
    int refused = 0;
    for (const char* name : {"nets/mini.pkl", "nets/bad/ok_state.pt", "nets/bad/st_ok.safetensors"}) {
        const MappedFile whole(golden_path(name));
        for (int round = 0; round < 3000; ++round) {
            std::vector<std::byte> bytes(whole.bytes().begin(), whole.bytes().end());
            for (int i = 0; i <= round % 3; ++i)
                bytes[random() % bytes.size()] = static_cast<std::byte>(random() & 0xff);
            refused += refusal(Bytes(bytes)) != "";
        }
    }
    EXPECT_GT(refused, 1000);  // most bytes of these small files are structure
}

// --- Abuse beyond the recorded files -------------------------------------------------------------------------------

std::string little(std::uint64_t value, std::size_t size) { return {reinterpret_cast<const char*>(&value), size}; }

std::string repeated(std::string_view what, std::size_t times) {
    std::string out;
    out.reserve(what.size() * times);
    for (std::size_t i = 0; i < times; ++i) out += what;
    return out;
}

// A safetensors header of as many tensors as fit into what is read of one.
std::string flooded_header() {
    std::string header = "{";
    for (int i = 0; i < 150'000; ++i)
        header += fmt::format("{}\"{:x}\":{{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[]}}", i == 0 ? "" : ",", i);
    header += "}";
    return little(header.size(), 8) + header;
}

// An empty but valid tensor storage with 400 kB of instructions that do nothing.
std::string padded_storage() {
    return std::string("\x80\2\x8a\12\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\2M\xe9\3.\x80\2"sv) +
           repeated("N0", 200'000) + "}X\15" + std::string(3, '\0') + "little_endian\x88s.\x80\2(U\7storagectorch\n" +
           "FloatStorage\nU\1kU\3cpu" + std::string("K\0NtQ.\x80\2]U\1ka.\0\0\0\0\0\0\0\0"sv);
}

struct Cost {
    double seconds, megabytes;
};

Cost cost_of(std::string_view bytes) {
    test::reset_peak();
    const auto start = std::chrono::steady_clock::now();
    EXPECT_NE(refusal(bytes), "");
    return {std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(),
            static_cast<double>(test::peak_growth()) / 1e6};
}

TEST(HostileFiles, FloodsStayWithinTimeAndMemory) {
    const std::string head = "\x80\x04", text(200'000, 'x');
    const std::vector<std::pair<const char*, std::string>> floods = {
        {"a stack of None", head + repeated("N", 30'000'000)},
        {"push and pop", head + repeated("N0", 20'000'000)},
        {"lists", head + repeated("]", 5'000'000)},
        {"marks", head + repeated("(", 5'000'000)},
        {"memo", head + "N" + repeated("\x94", 5'000'000)},
        {"a list of many", head + "](" + repeated("K\1", 2'000'000) + "e."},
        {"one item many times", head + "]\x94" + repeated("Na", 3'000'000)},
        {"a dictionary of many", head + "}(" + repeated("NN", 2'000'000) + "u."},
        {"a text decoded many times", head + "c_codecs\nencode\n\x94X" + little(text.size(), 4) + text +
                                          "\x94\x8c\6latin1\x94" + repeated("h\0h\1h\2\x86R0"sv, 100'000)},
        {"a storage read many times", head + "ctorch.storage\n_load_from_bytes\n\x94" + "B" +
                                          little(padded_storage().size(), 4) + padded_storage() + "\x94" +
                                          repeated("h\0h\1\x85R0"sv, 100'000)},
        {"a header of empty tensors", flooded_header()},
    };
    for (const auto& [name, bytes] : floods) {
        SCOPED_TRACE(name);
        const Cost cost = cost_of(bytes);
        std::printf("  %-28s %6.1f MB file, %5.2f s, %5.1f MB\n", name, static_cast<double>(bytes.size()) / 1e6,
                    cost.seconds, cost.megabytes);
        EXPECT_LT(cost.seconds, 10.0);  // far less without a sanitizer on an idle core; a hang is what this looks for
        EXPECT_LT(cost.megabytes, 120.0);
    }
}

TEST(HostileFiles, MentionsOfOneValueAreNeverExpanded) {
    // G_ema's configuration mentions one list 10^20 times through the memo.
    std::string laughs =
        "]\x94"
        "0";
    for (int i = 0; i < 20; ++i)
        laughs += "](" + repeated("h" + std::string(1, static_cast<char>(i)), 10) +
                  "e\x94"
                  "0";
    const std::string network =
        "ctorch_utils.persistence\n_reconstruct_persistent_obj\n}(\x8c\4type\x8c\5class\x8c\7versionK\6\x8c\12class_"
        "name"
        "\x8c\11Generator\x8c\5state}\x8c\14_init_kwargs}\x8c\1xh\x14ssu\x85R";
    EXPECT_THAT(refusal("\x80\x04" + laughs + "}\x8c\5G_ema" + network + "s."),
                HasSubstr("configuration that cannot be read: x"));
}

TEST(HostileFiles, ModulesThatContainThemselvesAreRefused) {
    // state["_modules"] = {"a": the object itself}, through a dictionary that is filled afterwards
    const std::string bytes(
        "\x80\x04}\x8c\5G_emactorch_utils.persistence\n_reconstruct_persistent_obj\n}("
        "\x8c\4type\x8c\5class\x8c\7version"
        "K\6\x8c\12class_name\x8c\11Generator\x8c\5state}\x8c\10_modules}\x94su\x85R\x94h\0\x8c\1ah\1s0s."sv);
    EXPECT_THAT(refusal(bytes), HasSubstr("modules nested deeper"));
}

TEST(HostileFiles, StoragesInsideStoragesAreRefused) {
    const std::string inner =
        "\x80\x02"
        "ctorch.storage\n_load_from_bytes\nU\1x\x85R.";
    const std::string bytes =
        "\x80\x04"
        "ctorch.storage\n_load_from_bytes\nB" +
        little(inner.size(), 4) + inner + "\x85R.";
    EXPECT_THAT(refusal(bytes), HasSubstr("is not made of one byte string"));
    const std::string nested =
        "\x80\x02"
        "ctorch.storage\n_load_from_bytes\nC\1x\x85R.";
    EXPECT_THAT(refusal("\x80\x04"
                        "ctorch.storage\n_load_from_bytes\nB" +
                        little(nested.size(), 4) + nested + "\x85R."),
                HasSubstr("hides inside a tensor storage"));
}

TEST(HostileFiles, NamesInMessagesArePrintable) {
    EXPECT_THAT(refusal(std::string_view("\x80\x04\x8c\3o\33s\x8c\4\x1b[2J\x93.")), HasSubstr("\"o?s.?[2J\""));
    EXPECT_THAT(refusal("\x80\x04"
                        "c" +
                        std::string(5000, 'a') + "\nb\n."),
                HasSubstr("aaa...\""));
}

TEST(HostileFiles, OtherKindsAreNamedForWhatTheyAre) {
    EXPECT_THAT(refusal(std::string_view("\xff\xd8\xff\xe0....")), HasSubstr("JPEG"));
    EXPECT_THAT(refusal(std::string_view("\x1f\x8b\x08....")), HasSubstr("gzip"));
    EXPECT_THAT(refusal(std::string_view("\x93NUMPY\1\0")), HasSubstr("NumPy"));
    EXPECT_THAT(refusal(std::string_view("  \n<HTML lang=en>")), HasSubstr("HTML"));
    EXPECT_THAT(refusal(std::string_view("<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>")),
                HasSubstr("HTML"));
    EXPECT_THAT(refusal(std::string_view("(dp0\nS'a'\np1\nI1\ns.")), HasSubstr("text"));
    EXPECT_THAT(refusal(std::string_view("\1\2\3")), HasSubstr("not a network file"));
    EXPECT_THAT(refusal("PK\3\4" + std::string(60, 'x')), HasSubstr("central directory"));
}

}  // namespace
}  // namespace afs
