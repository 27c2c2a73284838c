// Pins that a file is known by its bytes, whatever it is called.
#include "app/gui/file_kind.h"

#include <gtest/gtest.h>

#include <fstream>

#include "app/gui/file_look.h"
#include "core/base/error.h"
#include "core/base/file.h"
#include "core/formats/picture.h"
#include "core/scene/latent_file.h"
#include "core/scene/session.h"
#include "tests/support/paths.h"

namespace afs::gui {
namespace {

TEST(FileKind, IsSeenInTheBytes) {
    const test::TemporaryFolder folder;
    const auto named = [&](const char* name) { return folder / name; };
    save_session(named("session.pkl"), Document{}, Overwrite::no);
    EXPECT_EQ(file_kind(named("session.pkl")), FileKind::session);
    const LatentW w{.num_ws = 1, .w_dim = 2, .values = {1, 2}};
    write_latent(named("w.npy"), w, Overwrite::no);
    write_latent(named("w.npz"), w, Overwrite::no);
    EXPECT_EQ(file_kind(named("w.npy")), FileKind::latent);
    EXPECT_EQ(file_kind(named("w.npz")), FileKind::latent);
    const Image image{.width = 1, .height = 1, .channels = 3, .pixels = {1, 2, 3}};
    write_file(named("a.dat"), encode_png(image), Overwrite::no);
    write_file(named("b.dat"), encode_jpeg(image), Overwrite::no);
    EXPECT_EQ(file_kind(named("a.dat")), FileKind::picture);
    EXPECT_EQ(file_kind(named("b.dat")), FileKind::picture);
    EXPECT_EQ(file_kind(folder.path()), FileKind::folder);
    EXPECT_EQ(file_kind(test::golden_path("nets/t-32.pkl")), FileKind::model);
}

TEST(FileKind, WhatIsNothingIsLeftToTheReaderOfNetworks) {
    const test::TemporaryFolder folder;
    for (const char* bytes : {"", "PK", "PK\x03\x04 not an archive", "hello", "\x80\x04"}) {
        std::ofstream(folder / "x", std::ios::trunc) << bytes;
        EXPECT_EQ(file_kind(folder / "x"), FileKind::model) << bytes;
    }
    EXPECT_THROW((void)file_kind(folder / "none"), Error);
}

TEST(FileLook, SaysWhatAFileHolds) {
    const test::TemporaryFolder folder;
    write_file(folder / "a.png", encode_png({.width = 2, .height = 1, .channels = 3, .pixels = {1, 2, 3, 4, 5, 6}}),
               Overwrite::no);
    const FileLook picture = look_into_file(folder / "a.png");
    EXPECT_EQ(picture.about, "2 \u00d7 1, RGB");
    ASSERT_TRUE(picture.picture);
    EXPECT_EQ(picture.picture->pixels, (std::vector<std::uint8_t>{1, 2, 3, 4, 5, 6}));

    std::ofstream(folder / "net.pkl") << "x";
    Document document;
    document.base.model.path = (folder / "net.pkl").string();
    document.base.latent.source = LatentPlane{42.0, 0.0};
    save_session(folder / "s.json", document, Overwrite::no);
    EXPECT_EQ(look_into_file(folder / "s.json").about, "A session: net.pkl, seed 42");
    std::filesystem::remove(folder / "net.pkl");
    EXPECT_EQ(look_into_file(folder / "s.json").about, "A session: missing: net.pkl, seed 42");

    const LatentW w{.num_ws = 2, .w_dim = 3, .values = {1, 2, 3, 4, 5, 6}};
    write_latent(folder / "w.npy", w, Overwrite::no);
    write_latent(folder / "w.npz", w, Overwrite::no);
    EXPECT_EQ(look_into_file(folder / "w.npy").about, "[1, 2, 3] float32");
    EXPECT_EQ(look_into_file(folder / "w.npz").about, "w [1, 2, 3] float32");
    EXPECT_EQ(look_into_file(folder / "none").about, "");  // who reads networks says what is wrong

    std::ofstream(folder / "cut.png") << "\x89PNG";
    EXPECT_THROW((void)look_into_file(folder / "cut.png"), Error);
}

}  // namespace
}  // namespace afs::gui
