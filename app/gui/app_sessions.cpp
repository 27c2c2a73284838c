// How App opens files of every kind, and how a session is saved, kept and found again.
#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>

#include "app/gui/app.h"
#include "app/gui/file_kind.h"
#include "app/gui/scene_words.h"
#include "app/gui/widgets/controls.h"
#include "core/base/log.h"
#include "core/scene/session.h"

namespace afs::gui {
namespace fs = std::filesystem;
namespace {

const std::vector<std::string> kSessionEndings = {".json"};

std::string absolute(const std::string& path) {
    std::error_code problem;
    return fs::absolute(path, problem).lexically_normal().string();
}

}  // namespace

fs::path last_session_file(const fs::path& configuration_folder) {
    return configuration_folder.empty() ? fs::path() : configuration_folder / "last-session.json";
}

// --- Opening --------------------------------------------------------------------------------------------------------

void App::show_open_dialog() {
    std::vector<std::string> endings = model_endings(), places;
    endings.insert(endings.end(), {".json", ".npy", ".npz"});
    for (const auto* list : {&preferences_.recent_files, &preferences_.recent_sessions})
        for (const std::string& file : *list) places.push_back(fs::path(file).parent_path().string());
    file_browser_.show({.purpose = FileBrowser::Purpose::open,
                        .title = "Open a model, a session or a latent",
                        .folder = preferences_.model_folder,
                        .endings = endings,
                        .file_name = "",
                        .places = places,
                        .chosen = [this](const fs::path& path) { open_file(path.string()); }});
}

void App::open_file(const std::string& path) {
    std::error_code problem;
    // What is not there is told by whoever reads it.
    switch (fs::exists(path, problem) ? file_kind(path)
            : path.ends_with(".json") ? FileKind::session
                                      : FileKind::model) {
        case FileKind::folder:
            change_preferences([&](Preferences& p) { p.model_folder = path; });
            show_open_dialog();
            break;
        case FileKind::model: open_model(path); break;
        case FileKind::session: open_session(path); break;
        case FileKind::latent: load_latent(path, std::nullopt); break;
        case FileKind::picture:
            throw Error(
                ErrorKind::argument, "Could not open " + file_name(path),
                "it is a picture, and a generator cannot be made from one, nor a latent found for it",
                "What can be opened: networks (.pkl, .pt, .safetensors), sessions (.json), latents (.npy, .npz).");
    }
}

void App::drop_files(const std::vector<std::string>& paths) {
    if (paths.empty()) return;
    try {
        open_file(paths.front());
    } catch (...) {
        report(current_failure("Could not open " + file_name(paths.front())));
        return;
    }
    if (paths.size() > 1) notices_.warning("Several files were dropped: the first was opened.", now_s_);
}

void App::open_session(const std::string& path) {
    const std::string file = absolute(path);
    Session session = load_session(file);
    if (session.model_missing)
        ask_for_model(std::move(session), file);
    else
        begin_session(std::move(session.document), file);
}

// The scene stays as it is until the session's model is there.
void App::begin_session(Document document, const std::string& file) {
    opening_failed_ = false;
    const ModelRef expected = document.base.model;
    if (expected.path.empty())
        throw Error(ErrorKind::format, "Could not open the session " + file_name(file), "it names no model",
                    "Open a model instead.");
    opening_ = ModelRef{expected.path, expected.which, ""};
    opening_session_ = OpeningSession{std::move(document), file, expected};
    last_submitted_.reset();
    retry_model_ = true;
    submit_if_changed();
}

void App::ask_for_model(Session session, const std::string& file) {
    const auto where = [this, document = session.document, file] {
        const std::string wanted = document.base.model.path;
        file_browser_.show({.purpose = FileBrowser::Purpose::open,
                            .title = "Where is " + file_name(wanted) + "?",
                            .folder = fs::path(wanted).parent_path(),
                            .endings = model_endings(),
                            .file_name = "",
                            .places = {preferences_.model_folder},
                            .chosen = [this, document, file](const fs::path& path) {
                                Document found = document;
                                found.base.model.path = absolute(path.string());
                                begin_session(std::move(found), file);
                            }});
    };
    opening_failed_ = true;
    notices_.ask(*session.model_missing, now_s_, "Say where it is\u2026", where);
}

// Called when the session's model stands; returns what the history shall hold.
Document App::finish_session(Scene opened) {
    const OpeningSession session = *std::exchange(opening_session_, std::nullopt);
    if (const auto changed = model_changed(session.expected, opened.model)) notices_.warning(*changed, now_s_);
    // The last session goes on under the name that it was saved as.
    const bool last = session.file == last_session_file(options_.configuration_folder).string();
    Document document = with_scene(session.document, std::move(opened));
    if (!last) {
        set_session_file(session.file);
        session_saved_ = std::make_shared<const Document>(document);
    }
    return document;
}

// --- Saving ---------------------------------------------------------------------------------------------------------

const std::shared_ptr<const Document>& App::document() const {
    return history_.entries()[history_.position()].document;
}

bool App::session_changed() const { return !session_saved_ || !(*session_saved_ == *document()); }

void App::set_session_file(const std::string& file) {
    change_preferences([&](Preferences& p) {
        p.session_file = file;
        if (file.empty()) return;
        p.remember_session(file);
        p.session_folder = fs::path(file).parent_path().string();
    });
}

void App::save_session() {
    if (preferences_.session_file.empty())
        show_save_session_dialog();
    else
        save_session_as(preferences_.session_file);
}

void App::save_session_as(const fs::path& path) {
    afs::save_session(path, *document(), Overwrite::yes);  // the dialog has asked
    session_saved_ = document();
    set_session_file(absolute(path.string()));
    say("Saved the session " + path.filename().string() + ".");
}

void App::show_save_session_dialog() {
    const fs::path present = preferences_.session_file;
    const std::string folder = !present.empty()                       ? present.parent_path().string()
                               : !preferences_.session_folder.empty() ? preferences_.session_folder
                                                                      : preferences_.model_folder;
    file_browser_.show({.purpose = FileBrowser::Purpose::save,
                        .title = "Save the session",
                        .folder = folder,
                        .endings = kSessionEndings,
                        .file_name = present.empty() ? fs::path(scene().model.path).stem().string() + ".json"
                                                     : present.filename().string(),
                        .places = {preferences_.session_folder, preferences_.model_folder},
                        .chosen = [this](const fs::path& path) { save_session_as(path); }});
}

void App::keep_session() {
    autosave_.update(document(), now_s_);
    if (auto failure = autosave_.take_failure()) {
        failure->what = "Could not keep the session";
        failure->what_to_do = "Nothing is lost while the window is open. Save it elsewhere with Ctrl+Shift+S.";
        notices_.error(*failure, now_s_);
    }
}

bool App::reopen_last_session() {
    const fs::path file = last_session_file(options_.configuration_folder);
    std::error_code problem;
    if (file.empty() || !fs::exists(file, problem)) return false;
    const fs::path copy = file.parent_path() / "last-session-not-opened.json";
    try {
        Session session = load_session(file);
        if (!preferences_.session_file.empty()) reread_named_session();
        if (!session.model_missing) {
            begin_session(std::move(session.document), file.string());
            return true;
        }
        // Another model would replace it: a copy stays.
        fs::copy_file(file, copy, fs::copy_options::overwrite_existing, problem);
        ask_for_model(std::move(session), file.string());
        return true;
    } catch (...) {
        Failure failure = current_failure("Could not reopen the last session");
        fs::copy_file(file, copy, fs::copy_options::overwrite_existing, problem);
        if (!problem) failure.what_to_do = "It is kept as " + copy.string() + ".";
        report(failure);
        return false;
    }
}

// Whether the last session differs from the file that it was saved as is seen by reading that file.
void App::reread_named_session() {
    try {
        session_saved_ = std::make_shared<const Document>(load_session(preferences_.session_file).document);
    } catch (const Error& e) {
        log_info("The session is no longer saved as a file: {}", e.what());
        set_session_file("");
    }
}

std::string App::title() const {
    std::string name;
    if (!preferences_.session_file.empty())
        name = file_name(preferences_.session_file) + (session_changed() ? " \u2022" : "");
    else if (info_.network)
        name = info_.network->title;
    return name.empty() ? "Alias-Free Studio" : name + " \u2013 Alias-Free Studio";
}

// --- The end --------------------------------------------------------------------------------------------------------

// A question is asked only where work would be lost: where the session cannot be kept for the next start.
void App::quit() {
    try {
        if ((recorder_.busy() || live_.busy()) && !quit_problem_) {
            quit_problem_ = Failure{ErrorKind::cancelled, "A film is being recorded",
                                    "it would end here; what was made until then plays", ""};
            return;
        }
        autosave_.finish(document());
        const bool kept = !autosave_.file().empty();
        const bool named = !preferences_.session_file.empty();
        if (kept || !named || !session_changed())
            wants_quit_ = true;
        else
            quit_problem_ = Failure{ErrorKind::file, file_name(preferences_.session_file) + " has changed",
                                    "what was changed is not saved", "Save it with Ctrl+S."};
    } catch (...) {
        quit_problem_ = current_failure("Could not keep the session for the next start");
    }
}

void App::draw_quit_question() {
    if (!quit_problem_) return;
    constexpr const char* kTitle = "Quit?###quit";
    if (!ImGui::IsPopupOpen(kTitle)) ImGui::OpenPopup(kTitle);
    ImGui::SetNextWindowPos(ImGui::GetMainViewport()->GetCenter(), ImGuiCond_Always, {0.5f, 0.5f});
    ImGui::SetNextWindowSize({px(460), 0});
    if (!ImGui::BeginPopupModal(kTitle, nullptr, ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoMove)) return;
    bool close = false;
    {
        const Scope scope("Quit");
        coloured_text(quit_problem_->paragraph(), colour::kText);
        gap(8);
        if (button("Stay", {.tooltip = "Go on working.", .key = "Esc", .width = px(120)}) ||
            ImGui::IsKeyPressed(ImGuiKey_Escape))
            close = true;
        const bool recording = quit_problem_->kind == ErrorKind::cancelled;
        if (!recording) {
            ImGui::SameLine();
            if (button("Save elsewhere\u2026", {.width = px(140)})) {
                close = true;
                show_save_session_dialog();
            }
        }
        ImGui::SameLine();
        if (button("Quit anyway",
                   {.tooltip = recording ? "Ends the film." : "What was changed is lost.", .width = px(120)}))
            close = wants_quit_ = true;
    }
    if (close) {
        quit_problem_.reset();
        ImGui::CloseCurrentPopup();
    }
    ImGui::EndPopup();
}

}  // namespace afs::gui
