// Spectra that are made in the background: of every layer at a glance, averages over seeds, and average spectra of data
// sets and networks. What was asked, and what is known. UI thread only; nothing here waits.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "core/analysis/average_run.h"
#include "core/base/job.h"
#include "core/render/frame_source.h"

namespace afs::gui {

class SpectraLab {
  public:
    // `source` makes what is of the open network, between its frames. `compare` is called on a thread of the lab's own;
    // empty: data sets are not compared here.
    SpectraLab(FrameSource& source, AverageSpectra compare, std::function<void()> wake);
    ~SpectraLab();
    SpectraLab(const SpectraLab&) = delete;
    SpectraLab& operator=(const SpectraLab&) = delete;

    void update(bool wants_glance);  // every frame
    [[nodiscard]] bool busy() const { return averaging_ || job_ != nullptr; }

    // The newest of this network; null: none yet.
    [[nodiscard]] const SpectraResult* glance(const ModelRef& model) const;

    // --- Averages over seeds ---
    void average(std::uint32_t first_seed, int pictures);
    void end_average();     // keeps what there is
    void forget_average();  // and ends it
    [[nodiscard]] bool averaging() const { return averaging_; }
    // Of this network; null where there is none.
    [[nodiscard]] const SpectraResult* averaged(const ModelRef& model) const;

    // --- Data sets and networks ---
    struct Compared {
        AverageRun run = {};
        std::shared_ptr<const AverageReport> report = {};
        bool running = false;
        ProgressState progress = {};
        std::optional<Failure> failure = {};
    };
    [[nodiscard]] bool can_compare() const { return static_cast<bool>(compare_); }
    void compare(AverageRun run);  // nothing while one runs
    void cancel_compare();         // keeps the curves until then
    [[nodiscard]] const Compared& compared() const { return compared_; }

  private:
    struct Shared;
    void take_compared();

    FrameSource& source_;
    AverageSpectra compare_;
    std::function<void()> wake_;
    std::optional<SpectraResult> glance_, average_;
    std::uint64_t wish_ = 0;  // whose results count
    bool averaging_ = false;
    Compared compared_;
    std::shared_ptr<Shared> shared_;  // with the job
    std::unique_ptr<Job> job_;
};

}  // namespace afs::gui
