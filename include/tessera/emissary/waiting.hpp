#pragma once
// The verbs wait and watch of what takes its time: training jobs, deployments, engines.
//
//     wait(path..., options = {})    response<T> as it stays; throws
//     watch(path..., options = {})   update_stream<T>: what it is now, and whatever it becomes
//
// and of each try_, async_ and async_try_ as call/resource.hpp says. A question is sent a quarter of
// a second after something changed, and then less and less often, every 8 s in the end.
// options.timeout.total bounds the whole, which has no end otherwise; a stop request ends it with
// error_kind::cancelled. The other options are those of each question.
#include <cstddef>
#include <exception>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>

#include "tessera/call/resource.hpp"
#include "tessera/emissary/detail/polling.hpp"

namespace tessera::emissary {

namespace detail {

template <class T>
result<response<T>> answer_of(call_info info) {
    result<response<T>> answer(std::in_place);
    result<void> read = call::read_answer<T>(*answer, std::move(info));
    if (!read) answer = std::move(read).failure();
    return answer;
}

template <class T>
result<bool> is_settled(const call_info& info) {
    result<response<T>> answer = answer_of<T>(info);
    if (!answer) return std::move(answer).failure();
    return answer->is_settled();
}

// What the last step of an update stream found; empty at the end.
template <class T>
result<std::optional<response<T>>> news_of(const polled& of, result<void>&& asked) {
    if (!asked) return std::move(asked).failure();
    result<std::optional<response<T>>> found(std::in_place);
    if (!of.has_news) return found;
    result<response<T>> answer = answer_of<T>(of.last);
    if (answer)
        *found = *std::move(answer);
    else
        found = std::move(answer).failure();
    return found;
}

}  // namespace detail

/// What something is now, and whatever it becomes until it stays as it is: an input range of
/// response<T>, each different from the one before; for use by one thread at a time. Asks when the
/// next one is asked for, so that a slow reader misses what changed meanwhile, but never the end.
template <class T>
class update_stream {
    struct inside {
        result<void> advance() {
            current.reset();
            result<void> asked = detail::run_process(of->terms, detail::until_news(of));
            auto found = detail::news_of<T>(*of, std::move(asked));
            if (!found) return std::move(found).failure();
            current = *std::move(found);
            return {};
        }
        std::shared_ptr<detail::polled> of;
        std::optional<response<T>> current{};
    };

  public:
    class iterator {
      public:
        using iterator_category = std::input_iterator_tag;
        using iterator_concept = std::input_iterator_tag;
        using value_type = response<T>;
        using difference_type = std::ptrdiff_t;
        using pointer = value_type*;
        using reference = value_type&;

        iterator() = default;
        reference operator*() const { return *from_->current; }
        pointer operator->() const { return &*from_->current; }
        iterator& operator++() {
            from_->advance().value();
            return *this;
        }
        void operator++(int) { from_->advance().value(); }
        friend bool operator==(const iterator& a, std::default_sentinel_t) {
            return a.from_ == nullptr || !a.from_->current;
        }

      private:
        friend update_stream;
        explicit iterator(inside* from) : from_(from) {}
        inside* from_ = nullptr;
    };

    /// Of what was asked after once.
    explicit update_stream(std::shared_ptr<detail::polled> of)
        : inside_(new inside{std::move(of)}) {}

    /// The next of them; empty at the end. After an error it asks again.
    result<std::optional<response<T>>> next() {
        result<void> advanced = inside_->advance();
        if (!advanced) return std::move(advanced).failure();
        return std::move(inside_->current);
    }

    /// Throws the exception class of the error's kind, as does ++. begin() goes on where the last
    /// iteration ended. Iterators live as long as the stream does, wherever it is moved.
    iterator begin() {
        inside_->advance().value();
        return iterator(inside_.get());
    }
    /// What an iterator at the end is equal to.
    std::default_sentinel_t end() const { return {}; }

  private:
    std::unique_ptr<inside> inside_;
};

/// An update_stream for asynchronous programs. One async_next() at a time; from any thread.
template <class T>
class async_update_stream {
  public:
    /// Of nothing: may be assigned to, and nothing else.
    async_update_stream() = default;
    /// Of what was asked after once.
    explicit async_update_stream(std::shared_ptr<detail::polled> of) : of_(std::move(of)) {}

    /// void(std::exception_ptr, std::optional<response<T>>): the next of them, empty at the end.
    template <class Token>
    auto async_next(Token&& token) {
        return detail::async_process<void(std::exception_ptr, std::optional<response<T>>)>(
            of_->terms, detail::until_news(of_),
            [of = of_](auto& handler, detail::process& ended) {
                call::detail::finish_throwing(handler,
                                              detail::news_of<T>(*of, std::move(ended.outcome())));
            },
            std::forward<Token>(token));
    }

    /// void(result<std::optional<response<T>>>): the same.
    template <class Token>
    auto async_try_next(Token&& token) {
        return detail::async_process<void(result<std::optional<response<T>>>)>(
            of_->terms, detail::until_news(of_),
            [of = of_](auto& handler, detail::process& ended) {
                std::move(handler)(detail::news_of<T>(*of, std::move(ended.outcome())));
            },
            std::forward<Token>(token));
    }

  private:
    std::shared_ptr<detail::polled> of_;
};

namespace detail {

template <const auto& Op>
using polled_type = typename call::detail::operation_type<Op>::response;

// How something is waited for: by its operation that asks after it.
template <const auto& Op>
struct waiting : process_forms<waiting<Op>, response<polled_type<Op>>> {
    static auto make(call::channel& on, call::spec&& request, const call_options& options) {
        return make_polled(on, std::move(request), options, &is_settled<polled_type<Op>>);
    }
    static process::work work(std::shared_ptr<polled> of) { return until_settled(std::move(of)); }
    template <class Answer>
    static result<Answer> outcome(const std::shared_ptr<polled>& of, result<void>&& ended) {
        if (!ended) return std::move(ended).failure();
        return answer_of<polled_type<Op>>(std::move(of->last));
    }
};

// The same as a stream of updates. The first is there when the stream is, so that what cannot be
// asked after fails at once.
template <const auto& Op>
struct watching : process_forms<watching<Op>, update_stream<polled_type<Op>>,
                                async_update_stream<polled_type<Op>>> {
    static auto make(call::channel& on, call::spec&& request, const call_options& options) {
        return waiting<Op>::make(on, std::move(request), options);
    }
    static process::work work(std::shared_ptr<polled> of) { return until_news(std::move(of)); }
    template <class Stream>
    static result<Stream> outcome(const std::shared_ptr<polled>& of, result<void>&& asked) {
        if (!asked) return std::move(asked).failure();
        of->is_held = true;
        return Stream(of);
    }
};

}  // namespace detail

TESSERA_CALL_FORMS(wait, detail::waiting);
TESSERA_CALL_FORMS(watch, detail::watching);

}  // namespace tessera::emissary
