// The cells of contact sheets that were drawn lately: a sheet that scrolls by a row draws a row. Torch-free; one
// renderer's own.
#pragma once

#include <algorithm>
#include <list>
#include <memory>
#include <utility>
#include <vector>

#include "core/render/frame.h"

namespace afs {

class SheetCache {
  public:
    struct Key {
        Scene cell;
        Precision precision;
        int reduction;
        bool operator==(const Key&) const = default;
    };

    [[nodiscard]] std::shared_ptr<const Image> find(const Key& key) {
        const auto found = std::find_if(cells_.begin(), cells_.end(), [&](const auto& c) { return c.first == key; });
        if (found == cells_.end()) return nullptr;
        cells_.splice(cells_.begin(), cells_, found);
        return found->second;
    }

    void keep(Key key, std::shared_ptr<const Image> picture) {
        cells_.emplace_front(std::move(key), std::move(picture));
        if (cells_.size() > kMostCells) cells_.pop_back();
    }

    void clear() { cells_.clear(); }

    // What each place of the newest sheet shows: stays there until its new picture is drawn.
    std::vector<std::shared_ptr<const Image>> places;

  private:
    static constexpr std::size_t kMostCells = SheetView::kMostColumns * SheetView::kMostRows;
    std::list<std::pair<Key, std::shared_ptr<const Image>>> cells_;  // newest use first
};

}  // namespace afs
