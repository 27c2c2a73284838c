// What the program is, and what it is made of: versions and licences of everything that is linked. UI thread only.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace afs::gui {

struct LinkedPart {
    std::string name, version, licence;
};

// What the window itself brings; the rest is told by whoever made the program (WindowOptions::linked).
[[nodiscard]] std::vector<LinkedPart> window_parts();

class AboutPage {
  public:
    void show() { visible_ = true; }
    [[nodiscard]] bool visible() const { return visible_; }
    void draw(std::span<const LinkedPart> parts);  // every frame

  private:
    bool visible_ = false;
};

}  // namespace afs::gui
