#include "core/formats/npy.h"

#include <gtest/gtest.h>

#include <cstring>

#include "core/base/error.h"
#include "tests/support/paths.h"

namespace afs {
namespace {

TensorData read_text(std::string header, std::size_t data_bytes, int version = 1) {
    std::string text("\x93NUMPY");
    text += static_cast<char>(version);
    text += '\0';
    text += static_cast<char>(header.size() & 0xff);
    text += static_cast<char>(header.size() >> 8);
    if (version > 1) text += std::string(2, '\0');
    text += header + std::string(data_bytes, '\x01');
    auto owner = std::make_shared<std::string>(text);
    return read_npy(std::as_bytes(std::span(*owner)), owner, "Could not open x.npy");
}

TEST(Npy, RoundTripsThroughAFile) {
    const test::TemporaryFolder folder;
    const std::vector<float> values = {1, 2, 3, 4, 5, 6};
    write_npy(folder / "a.npy", make_tensor_data({2, 3}, values), Overwrite::no);
    const TensorData back = read_npy(folder / "a.npy");
    EXPECT_EQ(back.dtype, DType::f32);
    EXPECT_EQ(back.shape, (std::vector<std::int64_t>{2, 3}));
    EXPECT_EQ(to_doubles(back), (std::vector<double>{1, 2, 3, 4, 5, 6}));
    EXPECT_THROW(write_npy(folder / "a.npy", back, Overwrite::no), Error);
}

// What NumPy itself writes for a scalar, one and three dimensions; data begins at a multiple of 64.
TEST(Npy, HeaderIsNumPysOwn) {
    const std::string header = npy_header(DType::f32, {3});
    EXPECT_EQ(header.size() % 64, 0u);
    EXPECT_NE(header.find("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }"), std::string::npos);
    EXPECT_NE(npy_header(DType::u8, {}).find("'shape': (), }"), std::string::npos);
    EXPECT_NE(npy_header(DType::f64, {1, 2, 3}).find("'shape': (1, 2, 3), }"), std::string::npos);
}

TEST(Npy, TurnsFortranOrderIntoRowMajor) {
    std::string text("\x93NUMPY\x01\x00", 8);
    const std::string header = "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3)}";
    text += static_cast<char>(header.size());
    text += '\0';
    text += header + std::string("\x00\x01\x02\x03\x04\x05", 6);
    EXPECT_EQ(to_doubles(read_npy(std::as_bytes(std::span(text)), nullptr, "x")),
              (std::vector<double>{0, 2, 4, 1, 3, 5}));
}

TEST(Npy, RefusesWhatItCannotReadInWords) {
    EXPECT_NO_THROW((void)read_text("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", 8));
    EXPECT_NO_THROW((void)read_text("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", 8, 2));
    for (const auto& [header, bytes] : std::vector<std::pair<std::string, std::size_t>>{
             {"{'descr': '|O', 'fortran_order': False, 'shape': (2,), }", 16},
             {"{'descr': '>f4', 'fortran_order': False, 'shape': (2,), }", 8},
             {"{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }", 8},
             {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", 7},
             {"{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }", 8},
             {"{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4), }", 0},
             {"{'descr': '<f4', 'fortran_order': False}", 8},
             {"{'descr': '<f4', 'shape': (2,), 'fortran_order': __import__('os')}", 8},
             {"{'descr': '<f4'", 8},
             {"", 0}})
        EXPECT_THROW((void)read_text(header, bytes), Error) << header;
    EXPECT_THROW((void)read_text("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", 8, 9), Error);
}

TEST(Npz, RoundTripsAndRefusesOthers) {
    const test::TemporaryFolder folder;
    const std::vector<float> w = {1, 2};
    write_npz(folder / "a.npz",
              {{"w", make_tensor_data({1, 2}, w)}, {"c", make_tensor_data(DType::u8, {1}, {std::byte{7}})}},
              Overwrite::no);
    const auto arrays = read_npz(folder / "a.npz");
    ASSERT_EQ(arrays.size(), 2u);
    EXPECT_EQ(arrays[0].first, "w");
    EXPECT_EQ(to_doubles(arrays[0].second), (std::vector<double>{1, 2}));
    EXPECT_EQ(to_doubles(arrays[1].second), (std::vector<double>{7}));
    EXPECT_THROW((void)read_npz(folder / "a.npz", 100), Error) << "beyond the limit";
    write_file(folder / "text.npz", "not a zip", Overwrite::no);
    EXPECT_THROW((void)read_npz(folder / "text.npz"), Error);
}

}  // namespace
}  // namespace afs
