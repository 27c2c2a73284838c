// The window's logic without the window: it owns the history, asks the frame source for pictures, draws the panels and
// carries out what they ask for. Needs an ImGui context, but no GL and no display, so tests drive it whole. UI thread
// only; nothing here waits for a generator.
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/gui/about_page.h"
#include "app/gui/actions.h"
#include "app/gui/autosave.h"
#include "app/gui/chores.h"
#include "app/gui/command_palette.h"
#include "app/gui/equivariance_lab.h"
#include "app/gui/file_browser.h"
#include "app/gui/frame_info.h"
#include "app/gui/gestures.h"
#include "app/gui/help_page.h"
#include "app/gui/latent_files.h"
#include "app/gui/live_recorder.h"
#include "app/gui/model_catalog.h"
#include "app/gui/notices.h"
#include "app/gui/panels/panels.h"
#include "app/gui/picture_atlas.h"
#include "app/gui/preferences.h"
#include "app/gui/record_page.h"
#include "app/gui/recorder.h"
#include "app/gui/seed_pictures.h"
#include "app/gui/spectra_lab.h"
#include "app/gui/workspace.h"
#include "core/render/frame_source.h"
#include "core/scene/history.h"
#include "core/scene/session.h"

namespace afs::gui {

// Where the session is kept while the window is open, for the next start. Empty: nowhere.
[[nodiscard]] std::filesystem::path last_session_file(const std::filesystem::path& configuration_folder);

struct AppOptions {
    Device device = {};
    Machine machine = {};
    std::string device_label = {};  // "cpu"
    // What is opened at once, the first that there is: a session (with the model, if one is named, instead of its own),
    // a model, the session of the last time, the demo.
    std::string session_path = {}, model_path = {};
    bool reopen_last = false;
    std::string demo_path = {};                                        // drifts and circles when it is open
    bool in_motion = false;                                            // so does the model
    double font_scale = 0.0;                                           // overrides the preferred scale; 0: does not
    std::filesystem::path configuration_folder = {};                   // empty: nothing is kept
    std::function<void(std::vector<std::byte>)> copy_png = {};         // to the clipboard; may throw Error
    std::function<std::uint32_t()> random_seed = {};                   // empty: the system's randomness
    std::function<void()> wake = {};                                   // from any thread: a frame is due
    std::filesystem::path cache_folder = {};                           // of small pictures; empty: nothing is kept
    ModelCatalog::Describe describe_model = {};                        // a network file in a line
    MeasureEquivariance measure_equivariance = {};                     // empty: the window measures none
    RecordFilm record_film = {};                                       // empty: the window records none
    AverageSpectra average_spectra = {};                               // empty: the window compares none
    std::vector<std::pair<std::string, DrawPanel>> extra_panels = {};  // drawn as windows of their own
    std::vector<LinkedPart> linked = {};  // what the program is made of beside the window's own parts
};

class App {
  public:
    App(AppOptions options, FrameSource& source);

    // Before the ImGui frame: takes results, moves animations on, asks for the next picture.
    void begin_frame(double now_s);
    // Inside the ImGui frame.
    void draw();
    // After it: how long building it took.
    void note_frame_time(double ms);
    // Of a picture into its texture.
    void note_upload(double ms, bool direct) {
        performance_.upload_ms = ms;
        performance_.upload_direct = direct;
    }

    // The picture that the canvas shows; the window uploads it when the pointer changes.
    [[nodiscard]] const FramePicture& picture() const { return showing_a_ ? a_->image : picture_; }
    void set_picture_texture(ImTextureID texture) { info_.picture_texture = texture; }
    // How the window draws a picture (FrameInfo says what they do).
    void set_picture_callbacks(ImDrawCallback opaque, ImDrawCallback minified, void* minified_data) {
        info_.opaque_drawing = opaque;
        info_.minified_sampling = minified;
        info_.minified_sampling_data = minified_data;
    }
    [[nodiscard]] bool picture_minified() const { return workspace_.canvas.view.zoom() < kMinifiedZoom; }

    // Seconds from `now_s` until a frame is due without any event; infinity: never. 0: at once.
    [[nodiscard]] double seconds_to_next_frame(double now_s) const;
    [[nodiscard]] bool moving() const { return workspace_.animations.any() && shown_.has_value(); }
    // The newest request is answered and nothing loads or moves.
    [[nodiscard]] bool steady() const;
    // Small pictures of seeds are still to come.
    [[nodiscard]] bool sketching() const { return seed_pictures_.waiting(); }

    // --- What actions do ---
    void run(ActionId id, const std::string& argument = {});  // nothing where it cannot be done
    void show_open_dialog();
    void open_model(const std::string& path, const std::string& which = "G_ema");
    void open_network(const std::string& which);            // another one of the open file
    void show_load_latent_dialog(const std::string& kind);  // "z", "w"
    void load_latent(const std::filesystem::path& path, std::optional<LatentKind> kind);
    void show_save_latent_dialog(const std::string& kind);  // "z", "w", "w+"
    void open_file(const std::string& path);                // by its kind; throws Error for what cannot be opened
    void open_session(const std::string& path);             // throws Error{file, format}
    void save_session();                                    // as the file that it was saved as, or asks for one
    void show_save_session_dialog();
    void cancel_loading() { source_.cancel_loading(); }
    void end_sheet() { source_.end_sheet(); }
    void drop_files(const std::vector<std::string>& paths);
    void show_save_dialog();
    void copy_picture();
    void use_as_a();  // keeps what is shown, to compare with
    void show_a_or_back();
    void go_to_a();  // its scene again; of the same model
    [[nodiscard]] const FrameResult* a() const { return a_ ? &*a_ : nullptr; }
    [[nodiscard]] bool showing_a() const { return showing_a_; }
    void copy_command();
    void ask_for_screenshot() { screenshot_asked_ = true; }
    void quit();  // asks first where work would be lost
    void undo();
    void redo();
    void go_to_history(std::size_t position);
    void go_to_seed(std::uint32_t seed);
    void go_to_random_seed() { go_to_seed(options_.random_seed()); }
    void toggle_motion();
    // --- The film (app_film.cpp) ---
    void play_or_rest();  // the film, where there is one; else motion
    void go_to_frame(std::int64_t frame);
    void toggle_loop();
    void add_keys(const std::string& path);  // empty: of what is under the hand
    void toggle_key(const std::string& path);
    void put_preset(const std::string& word);
    void clear_film();
    void edit_document(const std::string& name, Document document);  // one undo entry
    // --- Recording (app_record.cpp) ---
    void show_record_page();
    void start_recording(FilmRequest request);  // device and precision are the window's
    void cancel_recording() {
        recorder_.cancel();
        live_.stop();
    }
    void show_recording();
    void forget_recording() { recorder_.forget(); }
    void record_live(LiveRecorder::Source source);  // again: ends it
    [[nodiscard]] const Recorder& recorder() const { return recorder_; }
    [[nodiscard]] RecordPage& record_page() { return record_page_; }
    [[nodiscard]] const LiveRecorder& live() const { return live_; }
    // The next frame's picture of the window is wanted.
    [[nodiscard]] bool wants_window_frame() const;
    void offer_window_frame(Image window);
    [[nodiscard]] const Timeline& film() const { return history_.current().timeline; }
    [[nodiscard]] double playhead_s() const { return film().time_of(workspace_.timeline.frame); }

    void reset_transform();
    void toggle_sheet();
    [[nodiscard]] CanvasView& canvas_view() { return workspace_.canvas.view; }
    void change_preferences(const std::function<void(Preferences&)>& change);
    void toggle_panel(const std::string& title);
    [[nodiscard]] bool panel_visible(const std::string& title) const;
    void set_interface_scale(double scale);
    void set_precision(Precision precision);
    void toggle_layer_times();
    void measure_equivariance(Measurement what);
    void toggle_live_equivariance();
    void cancel_measurement();
    void show_waterfall();
    void average_layers();
    void end_average() { spectra_.end_average(); }
    void forget_average() { spectra_.forget_average(); }
    void reset_filters();
    void add_spectrum_source(const std::string& path);  // empty: asks for it
    void compare_spectra();
    void cancel_compare_spectra() { spectra_.cancel_compare(); }
    [[nodiscard]] const SpectraLab& spectra() const { return spectra_; }
    [[nodiscard]] const EquivarianceLab& lab() const { return lab_; }
    void set_threads(int threads);  // 0: as the program was started
    void reset_layout();
    void toggle_help() { help_.toggle(); }
    void show_palette() { palette_.show(); }
    void show_about() { about_.show(); }
    void report(const Failure& failure) { notices_.error(failure, now_s_); }
    void say(const std::string& text) { notices_.say(text, now_s_); }

    [[nodiscard]] std::string title() const;     // of the window: what is open, and whether it is saved
    [[nodiscard]] bool session_changed() const;  // since it was saved as a file

    [[nodiscard]] bool opening_failed() const { return opening_failed_; }  // of the newest model that was asked for
    [[nodiscard]] bool wants_quit() const { return wants_quit_; }
    // After the next frame the window gives a picture of itself to save_screenshot().
    [[nodiscard]] bool take_screenshot_request() { return std::exchange(screenshot_asked_, false); }
    void save_screenshot(Image window);
    [[nodiscard]] double interface_scale() const {
        return options_.font_scale > 0 ? options_.font_scale : preferences_.scale;
    }

    // What the canvas shows and controls edit: the document at the playhead.
    [[nodiscard]] const Scene& scene() const;
    [[nodiscard]] const History& history() const { return history_; }
    [[nodiscard]] const Notices& notices() const { return notices_; }
    [[nodiscard]] const Workspace& workspace() const { return workspace_; }
    [[nodiscard]] Workspace& workspace() { return workspace_; }
    [[nodiscard]] const Preferences& preferences() const { return preferences_; }
    [[nodiscard]] const FileBrowser& file_browser() const { return file_browser_; }
    [[nodiscard]] const FrameInfo& info() const { return info_; }
    [[nodiscard]] std::uint64_t pictures_shown() const { return pictures_shown_; }
    [[nodiscard]] bool dialog_visible() const {
        return help_.visible() || about_.visible() || record_page_.visible() || palette_.visible() ||
               file_browser_.visible() || quit_problem_;
    }

    // An edit that no control makes; one undo entry.
    void edit(const std::function<void(Scene&)>& change);

  private:
    void take_result(FrameResult result);
    void take_latents();
    void make_seed_pictures();
    void finish_opening(const NetworkInfo& network);
    void give_up_opening(const Failure& failure);
    struct OpeningSession {
        Document document;
        std::string file;
        ModelRef expected;
    };
    void open_at_start();
    [[nodiscard]] const std::shared_ptr<const Document>& document() const;
    void begin_session(Document document, const std::string& file);
    void ask_for_model(Session session, const std::string& file);
    [[nodiscard]] Document finish_session(Scene opened);
    void set_session_file(const std::string& file);
    void save_session_as(const std::filesystem::path& path);
    void keep_session();
    [[nodiscard]] bool reopen_last_session();
    void reread_named_session();
    void draw_quit_question();

    void animate(double seconds);
    void submit_if_changed();
    void flicker();
    void follow_equivariance();
    [[nodiscard]] EquivarianceRun equivariance_run() const;
    // Of the scene and of the document, with the model that is being opened.
    [[nodiscard]] Scene wanted_scene() const;
    [[nodiscard]] Document wanted_document() const;
    void play(double seconds);
    void follow_recording();
    [[nodiscard]] std::string film_folder() const;
    [[nodiscard]] std::string recording_mark() const;
    [[nodiscard]] double seconds_to_next_frame_of_film() const;
    void commit(const Scene& edited, std::uint64_t gesture);
    void commit_motion(const Scene& moved);
    void rest_after_travel();  // undo and redo stop motion
    void update_info();
    void refresh_rates();

    void draw_menu_bar(Commands& commands);
    void draw_menu(Menu menu, Commands& commands);
    void draw_menu_item(const Action& action, Commands& commands);
    void draw_choices(const Action& action, Commands& commands);
    void draw_panels(Scene& scene, Commands& commands);
    void draw_controls(Scene& scene, Commands& commands);
    void draw_section(const char* name, DrawPanel panel, Scene& scene, Commands& commands);
    void draw_window(const char* title, DrawPanel panel, Scene& scene, Commands& commands);
    void guard(const std::string& what, const std::function<void()>& draw);
    void handle_shortcuts(Commands& commands);

    void save_picture(const std::filesystem::path& path);
    void keep_preferences();

    AppOptions options_;
    FrameSource& source_;
    History history_;
    Gestures gestures_;
    Workspace workspace_;
    Notices notices_;
    Preferences preferences_, kept_preferences_;
    FileBrowser file_browser_;
    CommandPalette palette_;
    HelpPage help_;
    AboutPage about_;
    LatentFiles latent_files_;
    PictureAtlas atlas_;
    SeedPictures seed_pictures_{atlas_};
    ModelCatalog catalog_;
    EquivarianceLab lab_;
    RecordPage record_page_;
    Recorder recorder_;
    LiveRecorder live_;
    SpectraLab spectra_;
    FrameInfo info_;
    Performance performance_;

    Autosave autosave_;
    std::shared_ptr<const Document> session_saved_;  // as it stands in the file; null: never saved
    std::optional<Failure> quit_problem_;

    std::optional<ModelRef> opening_;
    std::optional<OpeningSession> opening_session_;  // beside `opening_`
    bool start_motion_when_open_ = false, opening_failed_ = false, retry_model_ = false;
    std::optional<FrameResult> shown_;
    FramePicture picture_;
    std::optional<FrameResult> a_;  // kept for comparison
    bool showing_a_ = false;
    // scene() of a document with tracks, as long as the document and the playhead stay.
    mutable std::shared_ptr<const Document> evaluated_of_;
    mutable double evaluated_at_s_ = 0.0;
    mutable Scene evaluated_;
    double last_played_s_ = -1.0;
    std::optional<Scene> last_submitted_;
    std::uint64_t last_id_ = 0, answered_id_ = 0;
    std::optional<Failure> last_failure_;
    Animations rested_;  // what Space starts again
    bool motion_entry_open_ = false;

    double now_s_ = 0.0, last_animated_s_ = -1.0, next_notice_s_ = 0.0;
    std::deque<double> picture_times_, frame_times_;
    std::uint64_t pictures_shown_ = 0;
    bool wants_quit_ = false, rebuild_layout_ = false;
    bool screenshot_asked_ = false;
    Chores chores_;  // last: what it does at the end still belongs to the rest
};

}  // namespace afs::gui
