#pragma once
// A chat or a message that another server answers.
#include <asio/bind_executor.hpp>
#include <asio/post.hpp>
#include <memory>
#include <optional>
#include <stop_token>
#include <utility>
#include <vector>

#include "cortex/providers/connection.hpp"
#include "cortex/providers/failures.hpp"

namespace tessera::server::cortex {

/// What a dialect's answers are read from; `Form` says how.
template <class Dialect, class Form>
class remote_reader : public std::enable_shared_from_this<remote_reader<Dialect, Form>> {
  public:
    using executor_type = asio::io_context::executor_type;

    remote_reader(std::shared_ptr<connection> on, question<Dialect> asked, executor_type executor,
                  std::function<void()> ready)
        : on_(std::move(on)),
          asked_(std::move(asked)),
          executor_(executor),
          ready_(std::move(ready)),
          turn_(on_->next_turn()),
          ways_left_(on_->ways()) {}

    void ask() {
        --ways_left_;
        call_options how = on_->how(turn_++, asked_.streams);
        how.stop = stop_.get_token();
        form_.prepare(asked_.headers, how.headers);
        if (asked_.streams)
            Form::resource(*on_).async_try_stream(
                asked_.request, how,
                bound([](auto& self, auto opened) { self.opened(std::move(opened)); }));
        else
            Form::resource(*on_).async_try_create(
                asked_.request, how,
                bound([](auto& self, auto answered) { self.answered(std::move(answered)); }));
    }

    void take(progress<Dialect>& more) {
        more = std::exchange(waiting_, {});
        told_ = false;
        read();
    }

    token_counts used() const { return form_.used(); }

    void cancel() {
        ended_ = cancelled_ = true;
        stop_.request_stop();
        stream_.reset();
    }

  private:
    using stream_type = async_event_stream<typename Form::chunk>;

    // Events that wait for a client which does not read.
    static constexpr std::size_t most_waiting = 64;

    template <class Then>
    auto bound(Then then) {
        return asio::bind_executor(executor_,
                                   [self = this->shared_from_this(), then](auto outcome) {
                                       if (!self->ended_) then(*self, std::move(outcome));
                                   });
    }

    template <class Answer>
    void answered(result<Answer> whole) {
        if (!whole) return refused(whole.error());
        auto made = form_.whole(*std::move(whole), asked_.request.model);
        if (!made) return fail(made.error());
        waiting_.whole = *std::move(made);
        end();
    }

    void opened(result<stream_type> opened) {
        if (!opened) return refused(opened.error());
        stream_.emplace(*std::move(opened));
        read();
    }

    // Nothing has come of the answer.
    void refused(const error& reason) {
        if (ways_left_ > 0 && is_of_the_key(reason)) return ask();
        fail(reason);
    }

    void read() {
        if (reading_ || ended_ || !stream_ || waiting_.events.size() >= most_waiting) return;
        reading_ = true;
        stream_->async_try_next(bound([](auto& self, auto next) {
            self.reading_ = false;
            self.came(std::move(next));
            self.read();
        }));
    }

    void came(result<std::optional<typename Form::chunk>> next) {
        if (!next && !form_.is_good_end(next.error())) return fail(next.error());
        if (!next) form_.close(waiting_.events);
        if (!next || !*next) {
            waiting_.ended = true;
            return end();
        }
        auto event = form_.event(**std::move(next), asked_.request.model);
        if (!event) return fail(event.error());
        if (!*event) return;
        waiting_.events.push_back(**std::move(event));
        tell();
    }

    void fail(const error& reason) {
        waiting_.failed = failure_of(reason, on_->name());
        end();
    }

    void end() {
        ended_ = true;
        stream_.reset();
        tell();
    }

    void tell() {
        if (std::exchange(told_, true)) return;
        asio::post(executor_, [self = this->shared_from_this()] {
            if (!self->cancelled_) self->ready_();
        });
    }

    const std::shared_ptr<connection> on_;
    question<Dialect> asked_;
    const executor_type executor_;
    const std::function<void()> ready_;
    std::size_t turn_;
    std::size_t ways_left_;
    Form form_;
    std::stop_source stop_;
    std::optional<stream_type> stream_;
    progress<Dialect> waiting_;
    bool told_ = false;
    bool reading_ = false;
    bool ended_ = false;
    bool cancelled_ = false;  // by whoever would be told
};

template <class Dialect, class Form>
class remote_call : public answering<Dialect> {
  public:
    explicit remote_call(std::shared_ptr<remote_reader<Dialect, Form>> reader)
        : reader_(std::move(reader)) {}
    ~remote_call() override { reader_->cancel(); }

    void take(progress<Dialect>& more) override { reader_->take(more); }
    token_counts used() const override { return reader_->used(); }

  private:
    const std::shared_ptr<remote_reader<Dialect, Form>> reader_;
};

template <class Dialect, class Form>
class remote_caller : public caller<Dialect> {
  public:
    explicit remote_caller(std::shared_ptr<connection> on) : on_(std::move(on)) {}

    std::unique_ptr<answering<Dialect>> start(question<Dialect> asked,
                                              asio::io_context::executor_type executor,
                                              std::function<void()> ready) override {
        asked.request.stream.reset();
        Form::adapt(asked);
        const auto reader = std::make_shared<remote_reader<Dialect, Form>>(
            on_, std::move(asked), executor, std::move(ready));
        reader->ask();
        return std::make_unique<remote_call<Dialect, Form>>(reader);
    }

  private:
    const std::shared_ptr<connection> on_;
};

}  // namespace tessera::server::cortex
