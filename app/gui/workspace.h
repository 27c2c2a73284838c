// What panels keep between frames beside the scene: motion, texts being typed, the view of the canvas. Belongs to the
// window; nothing of it changes a picture by itself.
#pragma once

#include <imgui.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/gui/animation.h"
#include "app/gui/canvas_view.h"
#include "core/model/filters.h"
#include "core/scene/document.h"
#include "core/scene/timeline_edit.h"

namespace afs::gui {

using LatentSource = decltype(Latent::source);

struct LatentPanelState {
    LatentPlane last_plane;                  // where the plane was left for another source
    std::optional<LatentSource> last_file;   // what a file gave
    std::vector<LatentSource> file_latents;  // all that the last file held
    int carried_row = -1;                    // of the list of seeds, by its grip; -1: none
    float list_top = 0.0f;                   // of that list, on the screen
    std::deque<Point> path;                  // walked lately, plane coordinates
    Point velocity;                          // of the hand, seeds per second
    bool moved = false;                      // since the button went down
};

struct ModelPanelState {
    std::string folder;  // that the list shows; empty: the one where models were opened last
};

struct MixingPanelState {
    int newest_id = 0;  // of a source, so that the id of one that was removed does not come back
};

struct CanvasState {
    CanvasView view;
    ImGuiID id = 0;  // of the picture, among the controls
    enum class Drag { none, undecided, translate, rotate, pan, divider } drag = Drag::none;
    Point pressed_at, last;
    CanvasArea pressed_square;     // where the picture, or the cell that was pressed, lay on the screen
    double left_grid_at_s = -1e9;  // when a click on a cell went there
    std::optional<int> menu_cell;  // that the context menu is about
};

struct PerformancePanelState {
    bool layer_times = false;  // every module is timed
};

struct SpectrumPanelState {
    bool logarithmic = false;  // the axis of frequencies
    int pictures = 32;         // of an average over seeds
    int first_seed = 0;
};

// What if: a filter that is being designed and changes nothing yet.
struct FilterPanelState {
    FilterSide side = FilterSide::down;
    std::string layer, followed;        // that it is about; that the list of layers chose last
    std::optional<FilterChange> draft;  // nothing: as it is
    bool decibels = true;
    struct Designed {
        LowpassSpec spec;
        std::vector<double> taps;  // of a radial filter its middle row
        std::vector<double> frequency, response_db;
    } own, what_if;
};

struct AveragePanelState {
    std::vector<std::string> sources;  // files and folders
    int pictures = 200;                // of each at most
    int seed = 0;
    int map = -1;  // which curve's map is shown; -1: the slices
};

struct EquivariancePanelState {
    bool live = false;  // the movement of the canvas is measured of other seeds, too
    int samples = 32;   // so many
};

struct LogPanelState {
    std::string filter;
    int least = 0;  // 0: everything, 1: warnings and errors, 2: errors
    std::size_t seen = 0;
};

// Why the document changes, and what it becomes: of panels that edit more than the scene.
struct DocumentEdit {
    std::string name;  // for the history
    Document document;
};

struct TimelineState {
    std::int64_t frame = 0;  // where the playhead stands
    bool playing = false, every_frame = false;
    double carry_s = 0.0;               // time not yet played
    bool stretch_keys = true;           // when the length changes
    double from_s = 0.0, span_s = 0.0;  // that the lanes show; a span of 0: the whole film
    std::vector<KeyRef> selected;
    std::vector<CopiedKey> copied;
    std::string curve;  // path of the track whose lane is high and shows a curve to edit; empty: none
    enum class Drag { none, undecided, keys, box, value, pan } drag = Drag::none;
    Point pressed_at;
    double pressed_s = 0.0;
    KeyRef pressed_key;
    bool copying = false;
    std::vector<KeyRef> selected_before;
    std::shared_ptr<const Document> document_before;  // of the drag
    bool come_to_front = false;
};

struct Workspace {
    std::optional<DocumentEdit> edit;  // asked for in this frame
    TimelineState timeline;
    bool wants_glance = false;                // this frame shows spectra of every layer
    std::vector<std::uint32_t> wished_seeds;  // whose small pictures this frame would show, the first first
    Animations animations;
    LatentPanelState latent;
    MixingPanelState mixing;
    CanvasState canvas;
    PerformancePanelState performance;
    SpectrumPanelState spectrum;
    FilterPanelState filters;
    AveragePanelState averages;
    EquivariancePanelState equivariance;
    LogPanelState log;
    std::size_t history_shown = 0;  // the entry that the list was scrolled to
    ModelPanelState model;
};

}  // namespace afs::gui
