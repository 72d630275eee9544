#pragma once

#include <cstddef>
#include <exception>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "tessera/call/detail/chunk_reader.hpp"
#include "tessera/call/detail/facade.hpp"

namespace tessera {

namespace call::detail {

// The inside of an event_stream. Apart from it, so that no chunk is moved with its stream.
template <class Chunk>
struct chunk_source : blocking_call {
    using blocking_call::blocking_call;

    result<void> take(std::optional<Chunk>& chunk) {
        next();
        result<void> taken = reader.take(call(), chunk);
        if (!taken) close();
        return taken;
    }
    void advance() { take(current).value(); }

    chunk_reader<Chunk> reader;
    std::optional<Chunk> current;
};

}  // namespace call::detail

/// The chunks of an answer, pulled one by one: nothing is read from the connection until it is
/// asked for, so that a slow reader slows the server down. An input range; for use by one thread at
/// a time. A stream that ends early gives an error whose body holds the text (or the events) that
/// came. Destroying it returns at once and drops a connection whose answer was not read to its end.
template <class Chunk>
class event_stream {
  public:
    class iterator {
      public:
        using iterator_category = std::input_iterator_tag;
        using iterator_concept = std::input_iterator_tag;
        using value_type = Chunk;
        using difference_type = std::ptrdiff_t;
        using pointer = Chunk*;
        using reference = Chunk&;

        iterator() = default;
        Chunk& operator*() const { return *from_->current; }
        Chunk* operator->() const { return &*from_->current; }
        iterator& operator++() {
            from_->advance();
            return *this;
        }
        void operator++(int) { from_->advance(); }
        friend bool operator==(const iterator& a, std::default_sentinel_t) { return a.at_end(); }

      private:
        friend event_stream;
        explicit iterator(call::detail::chunk_source<Chunk>* from) : from_(from) {}
        bool at_end() const { return from_ == nullptr || !from_->current; }
        call::detail::chunk_source<Chunk>* from_ = nullptr;
    };

    /// Of a call whose first event is there.
    explicit event_stream(std::unique_ptr<call::detail::chunk_source<Chunk>> from)
        : from_(std::move(from)) {}

    /// The next chunk; empty at the end. After an error every call gives that error.
    result<std::optional<Chunk>> next() {
        result<std::optional<Chunk>> chunk(std::in_place);
        if (result<void> taken = from_->take(*chunk); !taken) chunk = std::move(taken).failure();
        return chunk;
    }

    /// Throws the exception class of the error's kind, as does ++. begin() goes on where the last
    /// iteration ended. Iterators live as long as the stream does, wherever it is moved.
    iterator begin() {
        from_->advance();
        return iterator(from_.get());
    }
    /// What an iterator at the end is equal to.
    std::default_sentinel_t end() const { return {}; }

    /// What the call says beside its chunks.
    const call_info& info() const { return from_->info(); }
    /// Drops the connection; next() then gives an error unless the end had been reached.
    void close() noexcept { from_->close(); }

  private:
    std::unique_ptr<call::detail::chunk_source<Chunk>> from_;
};

/// An event_stream for asynchronous programs. One async_next() at a time; from any thread. Destroying it
/// cancels what is under way and drops the connection.
template <class Chunk>
class async_event_stream {
  public:
    /// Of no call: may be assigned to, and nothing else.
    async_event_stream() = default;
    /// Of a call whose first event is there.
    explicit async_event_stream(std::shared_ptr<call::exchange> call)
        : call_(std::move(call)), reader_(std::make_shared<call::detail::chunk_reader<Chunk>>()) {}
    /// Takes the other's call.
    async_event_stream(async_event_stream&&) noexcept = default;
    /// Closes this one first.
    async_event_stream& operator=(async_event_stream&& other) noexcept {
        if (this != &other) {
            close();
            call_ = std::move(other.call_);
            reader_ = std::move(other.reader_);
        }
        return *this;
    }
    ~async_event_stream() { close(); }

    /// void(std::exception_ptr, std::optional<Chunk>): the next chunk, empty at the end.
    template <class Token>
    auto async_next(Token&& token) {
        return call::detail::async_step<void(std::exception_ptr, std::optional<Chunk>)>(
            call_, call::exchange::next,
            [reader = reader_](auto& handler, call::exchange& call) {
                std::optional<Chunk> chunk;
                result<void> taken = reader->take(call, chunk);
                std::exception_ptr thrown;
                if (!taken) thrown = make_exception_ptr(std::move(taken.error()));
                std::move(handler)(thrown, std::move(chunk));
            },
            std::forward<Token>(token));
    }

    /// void(result<std::optional<Chunk>>): the same.
    template <class Token>
    auto async_try_next(Token&& token) {
        return call::detail::async_step<void(result<std::optional<Chunk>>)>(
            call_, call::exchange::next,
            [reader = reader_](auto& handler, call::exchange& call) {
                result<std::optional<Chunk>> chunk(std::in_place);
                if (result<void> taken = reader->take(call, *chunk); !taken)
                    chunk = std::move(taken).failure();
                std::move(handler)(std::move(chunk));
            },
            std::forward<Token>(token));
    }

    /// Not while an async_next() is under way.
    const call_info& info() const { return call_->info(); }
    /// Cancels what is under way and drops the connection.
    void close() noexcept {
        if (call_) call_->cancel();
    }

  private:
    std::shared_ptr<call::exchange> call_;
    std::shared_ptr<call::detail::chunk_reader<Chunk>> reader_;
};

}  // namespace tessera
