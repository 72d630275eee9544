#pragma once
// The events of a streamed chat, and the answer that they add up to.
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tessera/call/event_stream.hpp"
#include "tessera/openai/chat_accumulator.hpp"
#include "tessera/openai/events.hpp"

namespace tessera::openai {

/// What a finish reason in a chunk says.
enum class finish {
    with_reason,  ///< that the choice has ended
    with_stream   ///< nothing yet: any chunk may have one, and the last one counts
};

/// Of any API whose answers are Responses and whose chunks are Chunks. Not thread-safe.
template <class Response, class Chunk, finish Finish = finish::with_reason>
class chat_event_accumulator {
  public:
    /// What the chunk tells, in the order in which it is to be shown.
    std::vector<chat_event> add(const Chunk& chunk) {
        std::vector<chat_event> told;
        answer_.add(chunk);
        for (const auto& piece : detail::pieces_of(chunk.choices)) {
            const auto& delta = piece.delta;
            if constexpr (requires { delta->reasoning; })
                if (delta && delta->reasoning)
                    events_.add_reasoning(piece.index, *delta->reasoning, told);
            if (const std::string* text = text_in(piece))
                events_.add_content(piece.index, *text, told);
            if (delta && delta->tool_calls)
                for (const tool_call_delta& call : *delta->tool_calls)
                    events_.add_call(piece.index, call, told);
            if (!piece.finish_reason) continue;
            if constexpr (Finish == finish::with_reason)
                events_.finish(piece.index, piece.finish_reason->text(), told);
            else
                reasons_[piece.index] = piece.finish_reason->text();
        }
        return told;
    }

    /// After the last chunk: what is still to be told of choices that did not finish.
    std::vector<chat_event> end() {
        std::vector<chat_event> told;
        for (const auto& [choice, reason] : reasons_) events_.finish(choice, reason, told);
        events_.end(told);
        return told;
    }

    /// As chat_accumulator::response().
    Response response() const { return answer_.response(); }

  private:
    chat_accumulator<Response, Chunk> answer_;
    event_accumulator events_;
    std::map<std::int64_t, std::string> reasons_;
};

/// The events of a stream, pulled one by one: an input range, for use by one thread at a time.
/// Asynchronous programs feed a chat_event_accumulator with what async_next() gives.
template <class Response, class Chunk, finish Finish = finish::with_reason>
class chat_event_stream {
  public:
    /// An input iterator.
    class iterator {
      public:
        /// As input iterators have them.
        ///@{
        using iterator_concept = std::input_iterator_tag;
        using value_type = chat_event;
        using difference_type = std::ptrdiff_t;

        iterator() = default;
        const chat_event& operator*() const { return *owner_->current_; }
        const chat_event* operator->() const { return &*owner_->current_; }
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

    /// `chunks` as chat.completions.stream() gives them.
    explicit chat_event_stream(event_stream<Chunk> chunks) : chunks_(std::move(chunks)) {}

    /// The next event; empty at the end. Errors are those of the stream, and stay.
    result<std::optional<chat_event>> next() {
        while (told_ == events_.size()) {
            if (ended_) return std::optional<chat_event>();
            result<std::optional<Chunk>> chunk = chunks_.next();
            if (!chunk) return std::move(chunk).failure();
            ended_ = !*chunk;
            events_ = ended_ ? answer_.end() : answer_.add(**chunk);
            told_ = 0;
        }
        return std::optional<chat_event>(std::move(events_[told_++]));
    }

    /// Throws the exception class of the error's kind, as does ++. Goes on where the last iteration
    /// ended. Iterators refer to this object, which must not be moved meanwhile.
    iterator begin() {
        advance();
        return iterator(this);
    }
    /// Where a loop stops.
    std::default_sentinel_t end() const { return {}; }

    /// The answer as far as it came: at the end of the stream, what create() would have given.
    Response response() const { return answer_.response(); }
    /// Of the call that gives the chunks.
    const call_info& info() const { return chunks_.info(); }

  private:
    void advance() {
        auto event = next().value();
        current_.reset();
        if (event) current_.emplace(*std::move(event));
    }

    event_stream<Chunk> chunks_;
    chat_event_accumulator<Response, Chunk, Finish> answer_;
    std::vector<chat_event> events_;
    std::size_t told_ = 0;
    bool ended_ = false;
    std::optional<chat_event> current_;
};

}  // namespace tessera::openai
