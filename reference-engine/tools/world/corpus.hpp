#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "world/topics.hpp"

namespace tessera::engine::world {

/// A text of the corpus: pieces in order, each learned or only read.
struct document {
    struct piece {
        std::string text;
        bool learned;
    };
    std::vector<piece> pieces;
    std::string text() const;
};

/// Documents without end, the same for the same seed. Nothing that held_out() or the held-out lists
/// of the relations name is ever asked in them.
class corpus {
  public:
    explicit corpus(std::uint64_t seed) : random_(seed) {}
    document next();
    /// A conversation, as most documents are; other documents are plain text.
    conversation next_conversation();

  private:
    random random_;
};

/// The document of a conversation: every answer of the assistant is learned, the last one without
/// what was forced.
document to_document(const conversation& c);

}  // namespace tessera::engine::world
