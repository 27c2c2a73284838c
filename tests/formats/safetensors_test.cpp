#include "core/formats/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "core/base/error.h"
#include "tests/support/golden.h"
#include "tests/support/paths.h"

namespace afs {
namespace {

using test::golden_path;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::byte> with_header(const std::string& header, std::size_t data_bytes = 8) {
    std::vector<std::byte> bytes(8 + header.size() + data_bytes);
    const std::uint64_t length = header.size();
    std::memcpy(bytes.data(), &length, 8);
    std::memcpy(bytes.data() + 8, header.data(), header.size());
    return bytes;
}

std::string refusal(const std::vector<std::byte>& bytes) {
    try {
        (void)parse_safetensors(bytes, nullptr, "x.safetensors");
    } catch (const Error& e) {
        EXPECT_EQ(e.kind(), ErrorKind::format);
        EXPECT_EQ(e.tried(), "Could not open x.safetensors");
        return e.why();
    }
    return "accepted";
}

std::string refusal(const std::string& header, std::size_t data_bytes = 8) {
    return refusal(with_header(header, data_bytes));
}

TEST(Safetensors, ReadsATensorWithoutCopyingIt) {
    const auto file = read_safetensors(golden_path("nets/bad/st_ok.safetensors"));
    ASSERT_EQ(file.tensors.size(), 1u);
    const TensorData* a = file.find("a");
    ASSERT_NE(a, nullptr);
    EXPECT_EQ(a->dtype, DType::f32);
    EXPECT_THAT(a->shape, ElementsAre(2));
    EXPECT_THAT(to_doubles(*a), ElementsAre(1.0, 2.0));
    EXPECT_EQ(file.find("b"), nullptr);
}

TEST(Safetensors, EveryBrokenFileIsRefusedWithItsReason) {
    const std::vector<std::pair<std::string, std::string>> expected = {
        {"st_huge_header", "more than the file has"},
        {"st_bad_json", "not valid JSON"},
        {"st_oob", "ends at byte 4000 of the data, which has 8"},
        {"st_len_mismatch", "needs 12 bytes, but 8 are given"},
        {"st_reversed", "reversed offsets 8 to 0"},
        {"st_overlap", "\"a\" and \"b\" overlap"},
        {"st_unknown_dtype", "unknown dtype F9"},
        {"st_neg_shape", "negative size -2"},
        {"st_overflow_shape", "overflows"},
        {"st_deep_json", "nested too deep"},
    };
    for (const auto& [name, reason] : expected) {
        try {
            (void)read_safetensors(golden_path("nets/bad/" + name + ".safetensors"));
            ADD_FAILURE() << name << " was accepted";
        } catch (const Error& e) {
            EXPECT_THAT(e.why(), HasSubstr(reason)) << name;
        }
    }
}

TEST(Safetensors, HeadersThatLieAreRefused) {
    const std::string good = R"("a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]})";
    EXPECT_EQ(refusal("{" + good + "}"), "accepted");
    EXPECT_EQ(refusal("{" + good + "}   "), "accepted");
    EXPECT_THAT(refusal("{" + good + "," + good + "}"), HasSubstr("\"a\" twice"));
    EXPECT_THAT(refusal(R"({"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}})"), HasSubstr("twice"));
    EXPECT_THAT(refusal(R"({"a":{"dtype":"F32","shape":[2]}})"), HasSubstr("lacks"));
    EXPECT_THAT(refusal(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}})"), HasSubstr("two data_offsets"));
    EXPECT_THAT(refusal(R"({"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}})"), HasSubstr("fraction"));
    EXPECT_THAT(refusal(R"({"a":{"dtype":"F32","shape":[18446744073709551615],"data_offsets":[0,8]}})"),
                HasSubstr("too large"));
    EXPECT_THAT(refusal(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}})"), HasSubstr("reversed"));
    EXPECT_THAT(refusal(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}})", 16), HasSubstr("no tensor"));
    EXPECT_THAT(refusal("{" + good + "}", 9), HasSubstr("which has 9"));
    EXPECT_THAT(refusal(R"({"__metadata__":{"k":1},)" + good + "}"), HasSubstr("\"k\""));
    EXPECT_THAT(refusal(R"({"__metadata__":{"k":"1","k":"2"},)" + good + "}"), HasSubstr("\"k\" twice"));
    EXPECT_THAT(refusal("[1]"), HasSubstr("malformed"));
    EXPECT_THAT(refusal("7"), HasSubstr("not an object"));
    EXPECT_THAT(refusal("{\"\xff\":1}"), HasSubstr("JSON"));
    EXPECT_THAT(refusal(std::vector<std::byte>(7)), HasSubstr("before its header"));
    EXPECT_THAT(refusal(std::vector<std::byte>(8)), HasSubstr("JSON"));
}

// A header of several hundred thousand keys must cost time in proportion to its length.
TEST(Safetensors, ManyTensorsAreReadInLinearTime) {
    std::string header = "{";
    constexpr int kCount = 100000;
    for (int i = 0; i < kCount; ++i)
        header += (i ? ",\"t" : "\"t") + std::to_string(i) + R"(":{"dtype":"U8","shape":[0],"data_offsets":[0,0]})";
    const auto bytes = with_header(header + "}", 0);
    EXPECT_EQ(parse_safetensors(bytes, nullptr, "x").tensors.size(), std::size_t{kCount});
}

TEST(Safetensors, TruncationAtEveryByteIsRefused) {
    const MappedFile whole(golden_path("nets/mini.safetensors"));
    for (std::size_t size = 0; size < whole.bytes().size(); ++size)
        EXPECT_THROW((void)parse_safetensors(whole.bytes().first(size), nullptr, "x"), Error) << size;
}

TEST(Safetensors, WhatIsWrittenIsReadBackInOrderWithEveryDType) {
    const test::TemporaryFolder folder;
    std::vector<std::pair<std::string, TensorData>> tensors;
    for (const DType dtype : {DType::boolean, DType::f64, DType::f32, DType::f16, DType::bf16, DType::i64, DType::i32,
                              DType::i16, DType::i8, DType::u8}) {
        std::vector<std::byte> bytes(3 * item_size(dtype));
        for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i + tensors.size());
        tensors.emplace_back(std::string(dtype_name(dtype)) + " \"\n\u00e4", make_tensor_data(dtype, {3, 1}, bytes));
    }
    tensors.emplace_back("scalar", make_tensor_data({}, std::vector<float>{2.5f}));
    tensors.emplace_back("empty", make_tensor_data(DType::f32, {0, 7}, {}));
    const StringPairs metadata = {{"z", "last letter first"}, {"a", "{\"json\": \"\u00e9\"}"}};
    write_safetensors(folder / "sub/out.safetensors", tensors, metadata, Overwrite::no);

    const MappedFile raw(folder / "sub/out.safetensors");
    std::uint64_t header = 0;
    std::memcpy(&header, raw.bytes().data(), 8);
    EXPECT_EQ(header % 8, 0u);

    const auto back = read_safetensors(folder / "sub/out.safetensors");
    EXPECT_EQ(back.metadata, metadata);
    ASSERT_EQ(back.tensors.size(), tensors.size());
    for (std::size_t i = 0; i < tensors.size(); ++i) {
        EXPECT_EQ(back.tensors[i].first, tensors[i].first);
        EXPECT_EQ(back.tensors[i].second.dtype, tensors[i].second.dtype);
        EXPECT_EQ(back.tensors[i].second.shape, tensors[i].second.shape);
        EXPECT_TRUE(std::equal(back.tensors[i].second.bytes.begin(), back.tensors[i].second.bytes.end(),
                               tensors[i].second.bytes.begin(), tensors[i].second.bytes.end()));
    }
}

TEST(Safetensors, WritingRefusesRepeatedNamesAndExistingFiles) {
    const test::TemporaryFolder folder;
    const auto a = make_tensor_data({1}, std::vector<float>{1.0f});
    const std::vector<std::pair<std::string, TensorData>> twice = {{"a", a}, {"a", a}}, once = {{"a", a}};
    EXPECT_THROW(write_safetensors(folder / "x", twice, {}, Overwrite::no), Error);
    EXPECT_THROW(write_safetensors(folder / "x", once, {{"k", "\xff"}}, Overwrite::no), Error);
    EXPECT_FALSE(std::filesystem::exists(folder / "x"));
    write_safetensors(folder / "x", once, {}, Overwrite::no);
    EXPECT_THROW(write_safetensors(folder / "x", once, {}, Overwrite::no), Error);
    EXPECT_NO_THROW(write_safetensors(folder / "x", once, {}, Overwrite::yes));
}

TEST(GoldenFile, OpensTheRecordedSets) {
    for (const char* name : {"ops", "filters", "input", "rng", "nets/t-32"}) {
        const test::GoldenFile golden(std::string(name) + ".safetensors");
        EXPECT_FALSE(golden.case_names().empty()) << name;
        EXPECT_FALSE(golden.tensor_names().empty()) << name;
    }
    const test::GoldenFile golden("nets/mini.safetensors");
    EXPECT_EQ(golden.parameters("img_seed0").at("net"), "mini.pkl");
    EXPECT_TRUE(golden.has("img_seed0/input_ws"));
    EXPECT_FALSE(golden.has("img_seed0/input_z"));
    EXPECT_EQ(golden.values("img_seed0/expect_image").size(), 3u * 16 * 16);
}

}  // namespace
}  // namespace afs
