// Pins that chores are done in their order and to their end, off the window's thread, and say why they failed.
#include "app/gui/chores.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

namespace afs::gui {
namespace {

std::optional<Failure> update_until_one_ended(Chores& chores, const std::vector<std::string>& told) {
    const std::size_t before = told.size();
    while (told.size() == before) {
        if (auto failure = chores.update()) return failure;
        if (!chores.busy()) break;
        std::this_thread::yield();
    }
    return std::nullopt;
}

TEST(Chores, AreDoneInTheirOrderOnAnotherThread) {
    std::vector<std::string> told;
    std::thread::id worker;
    Chores chores([] {});
    EXPECT_FALSE(chores.busy());
    std::promise<void> go;
    chores.add(
        "first",
        [&] {
            worker = std::this_thread::get_id();
            go.get_future().wait();
        },
        [&] { told.push_back("first"); });
    chores.add(
        "second", [] {}, [&] { told.push_back("second"); });
    EXPECT_FALSE(chores.update());
    EXPECT_TRUE(told.empty());  // nobody waited for it
    EXPECT_TRUE(chores.busy());
    go.set_value();
    EXPECT_FALSE(update_until_one_ended(chores, told));
    EXPECT_FALSE(update_until_one_ended(chores, told));
    EXPECT_EQ(told, (std::vector<std::string>{"first", "second"}));
    EXPECT_NE(worker, std::this_thread::get_id());
    EXPECT_FALSE(chores.busy());
}

TEST(Chores, AFailureIsToldAndTheNextOneGoesOn) {
    std::vector<std::string> told;
    Chores chores([] {});
    const Failure full{ErrorKind::file, "Could not write", "the disk is full", "Make room."};
    chores.add(
        "first", [&] { throw Error(full.kind, full.what, full.why, full.what_to_do); },
        [&] { told.push_back("first"); });
    chores.add(
        "second", [] {}, [&] { told.push_back("second"); });
    EXPECT_EQ(update_until_one_ended(chores, told), full);
    EXPECT_FALSE(update_until_one_ended(chores, told));
    EXPECT_EQ(told, (std::vector<std::string>{"second"}));
}

TEST(Chores, WhatWasBegunIsFinishedAtTheEnd) {
    std::atomic<int> done = 0;
    {
        Chores chores([] {});
        for (int i = 0; i < 5; ++i) chores.add("one", [&] { ++done; }, {});
    }
    EXPECT_EQ(done, 5);
}

}  // namespace
}  // namespace afs::gui
