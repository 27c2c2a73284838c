// A row of cells, one a layer, to paint on: a press turns a cell on or off, and dragging on does the same to the
// cells that it crosses. With the keyboard: the left and right arrow keys choose a cell, Enter turns it.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace afs::gui {

struct LayerStripSpec {
    int count = 0;                                  // cells
    std::vector<int> bands;                         // first cells of the second and further bands: drawn apart
    std::function<std::string(int)> describe = {};  // a cell in words, for its tooltip
    bool dim = false;                               // drawn quietly: without effect at present
};

// `layers`: the painted cells, sorted; entries outside the strip are left alone. True when they changed.
bool layer_strip(const char* name, std::vector<int>& layers, const LayerStripSpec& spec);

}  // namespace afs::gui
