#pragma once
// The events of a chat stream, and the answer that they add up to.
//
//     for (auto stream = events(client.chat.completions.stream(request)); const auto& event :
//     stream)
//         if (const auto* grown = std::get_if<openai::content_grown>(&event)) std::cout <<
//         grown->delta;
#include <cstddef>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "tessera/call/event_stream.hpp"
#include "tessera/cerebras/accumulator.hpp"
#include "tessera/core/linkage.hpp"
#include "tessera/openai/events.hpp"

namespace tessera::cerebras {

/// Not thread-safe.
class chat_event_accumulator {
  public:
    /// What the chunk tells, in the order in which it is to be shown.
    TESSERA_DECL std::vector<openai::chat_event> add(const chat_chunk& chunk);

    /// After the last chunk: what is still to be told of choices that did not finish.
    TESSERA_DECL std::vector<openai::chat_event> end();

    /// As chat_accumulator::response().
    TESSERA_DECL chat_response response() const;

  private:
    chat_accumulator answer_;
    openai::event_accumulator events_;
};

/// The events of a stream, pulled one by one: an input range, for use by one thread at a time.
/// Asynchronous programs feed a chat_event_accumulator with what async_next() gives.
class chat_event_stream {
  public:
    /// An input iterator.
    class iterator {
      public:
        /// As input iterators have them.
        ///@{
        using iterator_concept = std::input_iterator_tag;
        using value_type = openai::chat_event;
        using difference_type = std::ptrdiff_t;

        iterator() = default;
        const openai::chat_event& operator*() const { return *owner_->current_; }
        const openai::chat_event* operator->() const { return &*owner_->current_; }
        iterator& operator++() {
            owner_->advance();
            return *this;
        }
        void operator++(int) { owner_->advance(); }
        friend bool operator==(const iterator& a, std::default_sentinel_t) { return a.at_end(); }
        ///@}

      private:
        friend chat_event_stream;
        explicit iterator(chat_event_stream* owner) : owner_(owner) {}
        bool at_end() const { return owner_ == nullptr || !owner_->current_; }
        chat_event_stream* owner_ = nullptr;
    };

    /// `chunks` as client.chat.completions.stream() gives them.
    explicit chat_event_stream(event_stream<chat_chunk> chunks) : chunks_(std::move(chunks)) {}

    /// The next event; empty at the end. Errors are those of the stream, and stay.
    TESSERA_DECL result<std::optional<openai::chat_event>> next();

    /// Throws the exception class of the error's kind, as does ++. Goes on where the last iteration
    /// ended. Iterators refer to this object, which must not be moved meanwhile.
    iterator begin() {
        advance();
        return iterator(this);
    }
    /// Where a loop stops.
    std::default_sentinel_t end() const { return {}; }

    /// The answer as far as it came: at the end of the stream, what create() would have given.
    TESSERA_DECL chat_response response() const;
    /// Of the call that gives the chunks.
    const call_info& info() const { return chunks_.info(); }

  private:
    TESSERA_DECL void advance();

    event_stream<chat_chunk> chunks_;
    chat_event_accumulator answer_;
    std::vector<openai::chat_event> events_;
    std::size_t told_ = 0;
    bool ended_ = false;
    std::optional<openai::chat_event> current_;
};

/// The events of a stream: `events(client.chat.completions.stream(request))`.
inline chat_event_stream events(event_stream<chat_chunk> chunks) {
    return chat_event_stream(std::move(chunks));
}

}  // namespace tessera::cerebras

#ifdef TESSERA_DEFINITIONS
#include "tessera/cerebras/detail/events_impl.hpp"
#endif
