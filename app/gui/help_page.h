// What the keys and the mouse do (F1): the table of actions and the notes beside it, with a field to search in them. UI
// thread only.
#pragma once

#include <string>

namespace afs::gui {

class HelpPage {
  public:
    void toggle();
    [[nodiscard]] bool visible() const { return visible_; }
    void draw();  // every frame

  private:
    bool visible_ = false, take_focus_ = false;
    std::string filter_;
};

}  // namespace afs::gui
