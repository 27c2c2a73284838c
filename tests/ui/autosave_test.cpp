// Pins how a document is kept while it is edited: seldom, whole, and only when it changed.
#include "app/gui/autosave.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <cmath>
#include <fstream>
#include <thread>

#include "core/scene/session.h"
#include "tests/support/paths.h"

namespace afs::gui {
namespace {

std::shared_ptr<const Document> document(double psi) {
    Document d;
    d.base.model.path = "/m/t.pkl";
    d.base.truncation.psi = psi;
    return std::make_shared<const Document>(d);
}

double saved_psi(const std::filesystem::path& file) { return load_session(file).document.base.truncation.psi; }

class AutosaveTest : public testing::Test {
  protected:
    // Until the file that is being written stands.
    void settle(Autosave& autosave, const std::shared_ptr<const Document>& d, double now_s) {
        while (writes_ < expected_) std::this_thread::yield();
        autosave.update(d, now_s);
    }
    const test::TemporaryFolder folder_;
    std::filesystem::path file_ = folder_ / "last.json";
    std::atomic<int> writes_ = 0;
    int expected_ = 1;
    std::function<void()> wake_ = [this] { ++writes_; };
};

TEST_F(AutosaveTest, SavesAtOnceThenEverySoOften) {
    Autosave autosave(file_, wake_);
    const auto first = document(0.1), second = document(0.2);
    autosave.update(first, 10.0);
    settle(autosave, first, 10.1);
    EXPECT_DOUBLE_EQ(saved_psi(file_), 0.1);
    EXPECT_TRUE(std::isinf(autosave.seconds_to_next(10.1)));
    autosave.update(second, 11.0);
    EXPECT_DOUBLE_EQ(autosave.seconds_to_next(11.0), Autosave::kEverySeconds - 1.0);
    EXPECT_EQ(writes_, 1);
    expected_ = 2;
    autosave.update(second, 10.0 + Autosave::kEverySeconds);
    settle(autosave, second, 14.0);
    EXPECT_DOUBLE_EQ(saved_psi(file_), 0.2);
    // Nothing changed: nothing is written, however much time goes by.
    autosave.update(second, 1000.0);
    EXPECT_TRUE(std::isinf(autosave.seconds_to_next(1000.0)));
    EXPECT_EQ(writes_, 2);
}

TEST_F(AutosaveTest, TheEndSavesWhatIsLeft) {
    Autosave autosave(file_, wake_);
    autosave.update(document(0.1), 0.0);
    autosave.finish(document(0.7));
    EXPECT_DOUBLE_EQ(saved_psi(file_), 0.7);
}

TEST_F(AutosaveTest, AnEmptyWindowReplacesNothing) {
    { Autosave(file_, wake_).finish(document(0.3)); }
    Autosave autosave(file_, wake_);
    autosave.update(std::make_shared<const Document>(), 0.0);
    autosave.finish(std::make_shared<const Document>());
    EXPECT_DOUBLE_EQ(saved_psi(file_), 0.3);
    Autosave nowhere({}, {});
    nowhere.update(document(0.5), 0.0);
    nowhere.finish(document(0.5));
}

TEST_F(AutosaveTest, AFailureIsToldOnceAndTheOldFileStays) {
    { Autosave(file_, wake_).finish(document(0.3)); }
    // A folder stands where the temporary file's folder should be: writing there must fail, also for root.
    std::ofstream(folder_ / "no-folder") << "a file";
    Autosave autosave(folder_ / "no-folder" / "last.json", wake_);
    const auto d = document(0.4), e = document(0.5);
    autosave.update(d, 0.0);
    settle(autosave, d, 0.1);
    ASSERT_TRUE(autosave.take_failure());
    EXPECT_FALSE(autosave.take_failure());
    expected_ = 2;
    autosave.update(e, 100.0);
    settle(autosave, e, 100.1);
    EXPECT_FALSE(autosave.take_failure());  // for the same reason: said once
    EXPECT_THROW(autosave.finish(e), Error);
    EXPECT_DOUBLE_EQ(saved_psi(file_), 0.3);
}

}  // namespace
}  // namespace afs::gui
