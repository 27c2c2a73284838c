// Undo and redo as a list of documents. One drag is one entry: edits with the same name and an open gesture replace
// each other.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/scene/document.h"

namespace afs {

class History {
  public:
    explicit History(Document initial, std::size_t limit = 500);

    [[nodiscard]] const Document& current() const { return *entries_[position_].document; }

    // Records `document` as the present under a name in words ("Rotate to 37 degrees"). While `gesture` is the same
    // non-zero number as the newest entry's, that entry is replaced. An unchanged document records nothing. What was
    // undone is dropped.
    void commit(std::string name, Document document, std::uint64_t gesture = 0);

    bool undo();
    bool redo();
    void go_to(std::size_t position);  // an index of entries()
    [[nodiscard]] bool can_undo() const { return position_ > 0; }
    [[nodiscard]] bool can_redo() const { return position_ + 1 < entries_.size(); }
    [[nodiscard]] const std::string& undo_name() const { return entries_[position_].name; }  // valid when can_undo()
    [[nodiscard]] const std::string& redo_name() const {
        return entries_[position_ + 1].name;
    }  // valid when can_redo()

    struct Entry {
        std::string name;
        std::shared_ptr<const Document> document;
        std::uint64_t gesture = 0;
    };
    [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }
    [[nodiscard]] std::size_t position() const { return position_; }

  private:
    std::vector<Entry> entries_;
    std::size_t position_ = 0;
    std::size_t limit_;
};

}  // namespace afs
