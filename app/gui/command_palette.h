// Every command by its name (Ctrl+P): type some of its letters, choose with the arrow keys, Enter. Lists what the table
// of actions lists, with recent files and the like as commands of their own. UI thread only.
#pragma once

#include <string>
#include <vector>

#include "app/gui/actions.h"

namespace afs::gui {

class CommandPalette {
  public:
    void show();
    [[nodiscard]] bool visible() const { return visible_; }
    void draw(const App& app, Commands& commands);  // every frame

    struct Row {
        const Action* action = nullptr;
        std::string text, argument;
        std::string why_not;                 // empty: it can be done
        std::vector<std::size_t> positions;  // bytes of `text` that were matched
    };
    // What a typed text finds, the best first; everything for an empty one.
    [[nodiscard]] static std::vector<Row> find(const App& app, const std::string& typed);

  private:
    void draw_rows(const std::vector<Row>& rows, Commands& commands);
    void choose(const Row& row, Commands& commands);

    bool visible_ = false, opening_ = false, scroll_to_selected_ = false;
    std::string typed_;
    int selected_ = 0;
};

}  // namespace afs::gui
