#include "core/scene/history.h"

#include <gtest/gtest.h>

namespace afs {
namespace {

Document rotated(double degrees) {
    Document document;
    document.base.transform.rotate_deg = degrees;
    return document;
}

double angle(const History& history) { return history.current().base.transform.rotate_deg; }

TEST(History, UndoAndRedoWalkTheEntries) {
    History history(rotated(0));
    history.commit("Rotate to 1", rotated(1));
    history.commit("Rotate to 2", rotated(2));
    EXPECT_EQ(history.undo_name(), "Rotate to 2");
    EXPECT_TRUE(history.undo());
    EXPECT_EQ(angle(history), 1);
    EXPECT_EQ(history.redo_name(), "Rotate to 2");
    EXPECT_TRUE(history.undo());
    EXPECT_FALSE(history.undo());
    EXPECT_TRUE(history.redo());
    EXPECT_EQ(angle(history), 1);
    history.commit("Rotate to 5", rotated(5));
    EXPECT_FALSE(history.can_redo()) << "what was undone is dropped by a new edit";
}

TEST(History, OneGestureIsOneEntry) {
    History history(rotated(0));
    for (int i = 1; i <= 10; ++i) history.commit("Rotate", rotated(i), 7);
    EXPECT_EQ(history.entries().size(), 2u);
    EXPECT_EQ(angle(history), 10);
    history.commit("Rotate", rotated(11), 8);
    EXPECT_EQ(history.entries().size(), 3u);
    EXPECT_TRUE(history.undo());
    EXPECT_EQ(angle(history), 10);
}

TEST(History, RecordsNothingWhereNothingChanged) {
    History history(rotated(3));
    history.commit("Rotate", rotated(3));
    EXPECT_FALSE(history.can_undo());
}

TEST(History, ForgetsTheOldestBeyondItsLimit) {
    History history(rotated(0), 4);
    for (int i = 1; i <= 10; ++i) history.commit("Rotate", rotated(i));
    EXPECT_EQ(history.entries().size(), 4u);
    while (history.undo()) {}
    EXPECT_EQ(angle(history), 7);
}

}  // namespace
}  // namespace afs
