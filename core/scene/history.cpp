#include "core/scene/history.h"

#include <algorithm>
#include <utility>

namespace afs {

History::History(Document initial, std::size_t limit) : limit_(std::max<std::size_t>(limit, 2)) {
    entries_.push_back({"Start", std::make_shared<const Document>(std::move(initial)), 0});
}

void History::commit(std::string name, Document document, std::uint64_t gesture) {
    if (document == current()) return;
    Entry entry{std::move(name), std::make_shared<const Document>(std::move(document)), gesture};
    entries_.resize(position_ + 1);
    if (gesture != 0 && entries_.back().gesture == gesture) {
        entries_.back() = std::move(entry);
        return;
    }
    entries_.push_back(std::move(entry));
    if (entries_.size() > limit_) entries_.erase(entries_.begin());
    position_ = entries_.size() - 1;
}

bool History::undo() {
    if (!can_undo()) return false;
    --position_;
    return true;
}

bool History::redo() {
    if (!can_redo()) return false;
    ++position_;
    return true;
}

void History::go_to(std::size_t position) { position_ = std::min(position, entries_.size() - 1); }

}  // namespace afs
