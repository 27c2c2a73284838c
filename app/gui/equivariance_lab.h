// Measurements of equivariance in the background: one at a time, on a thread of its own that steps back for pictures.
// What is asked of it and what is known so far. UI thread only; nothing here waits.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "app/gui/frame_info.h"
#include "core/analysis/equivariance_run.h"
#include "core/base/job.h"

namespace afs::gui {

enum class Measurement {
    seeds,     // the movement of the canvas, of other seeds; follows it
    official,  // EQ-T, EQ-T_frac and EQ-R as the paper counts them
    layers     // the profile over depth
};
inline constexpr int kMeasurements = 3;
inline constexpr std::int64_t kOfficialSamples = 50'000;
inline constexpr int kLayerSamples = 16;

struct Measured {
    EquivarianceRun run;                     // what was asked
    EquivarianceReport report;               // what is known
    std::vector<EquivarianceResult> course;  // how the figures settled, thinned
    bool running = false;
    ProgressState progress;          // while it runs
    std::optional<Failure> failure;  // why there is nothing
};

class EquivarianceLab {
  public:
    // `measure` is called on the lab's thread, one at a time. Empty: nothing is measured here.
    EquivarianceLab(MeasureEquivariance measure, std::function<void()> wake);
    ~EquivarianceLab();
    EquivarianceLab(const EquivarianceLab&) = delete;
    EquivarianceLab& operator=(const EquivarianceLab&) = delete;

    [[nodiscard]] bool available() const { return static_cast<bool>(measure_); }

    // Of official and layers: begins as soon as what is measured now has ended, which is ended for it.
    void measure(Measurement what, EquivarianceRun run);
    // What the canvas compares: measured when it has rested for a moment and nothing else is; nothing: not wanted.
    void follow(std::optional<EquivarianceRun> run, double now_s);
    void cancel();  // what is measured, and what waits

    // Of this network; nothing where nothing was asked.
    [[nodiscard]] const Measured* find(Measurement what, const ModelRef& model) const;
    [[nodiscard]] const Measured* running() const;

    void note_frame(const FrameEquivariance& figures);  // of a picture that was shown
    [[nodiscard]] const Track& frames() const { return frames_; }

    void update(double now_s);  // every frame: takes what was found, begins what waits
    [[nodiscard]] bool busy() const { return job_ != nullptr || waiting_ || followed_is_due(); }
    [[nodiscard]] double seconds_to_next(double now_s) const;  // until update() has something to begin

    static constexpr double kRestS = 0.4;  // that a movement rests before it is measured
    static constexpr std::size_t kMostCourse = 256;

  private:
    struct Shared;
    struct Waiting {
        Measurement what;
        EquivarianceRun run;
    };
    [[nodiscard]] bool followed_is_due() const;
    void begin(Measurement what, EquivarianceRun run);
    void take();

    MeasureEquivariance measure_;
    std::function<void()> wake_;
    std::array<std::optional<Measured>, kMeasurements> measured_;
    std::optional<Waiting> waiting_;
    std::optional<EquivarianceRun> followed_;
    double followed_since_s_ = 0.0;
    Track frames_;
    std::shared_ptr<Shared> shared_;  // with the job
    Measurement now_ = Measurement::seeds;
    bool begins_again_ = false;  // what is measured gives way, and is asked again
    std::stop_source stop_;
    std::unique_ptr<Job> job_;
};

}  // namespace afs::gui
