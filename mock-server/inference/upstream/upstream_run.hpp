#pragma once
// A stream of an upstream, as the steps of a run.
#include <asio/bind_executor.hpp>
#include <asio/post.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "inference/upstream/link.hpp"
#include "inference/upstream/requests.hpp"

namespace tessera::server::upstream {

/// Lives on its executor's thread. Keeps itself alive while something is asked of the upstream.
template <class Request, class Choice>
class stream_reader : public std::enable_shared_from_this<stream_reader<Request, Choice>> {
  public:
    struct manner {
        std::size_t choices = 1;
        std::size_t per_prompt = 1;
        bool hides_thoughts = false;
    };

    stream_reader(std::shared_ptr<link> of, run::executor_type executor,
                  std::function<void()> ready, const manner& how)
        : link_(std::move(of)),
          executor_(executor),
          ready_(std::move(ready)),
          how_(how),
          choices_(how.choices),
          left_(how.choices),
          usage_(how.choices, how.per_prompt) {}

    void ask(Request request) {
        request_ = std::move(request);
        ++link_->running;
        counted_ = true;
        link_->with_model(executor_, asked_how(),
                          [self = this->shared_from_this()](result<std::string> name) {
                              self->open(std::move(name));
                          });
    }

    void refuse(refusal reason) {
        end();
        put({.refused = std::move(reason)});
    }

    void take(std::vector<step>& steps) {
        steps.clear();
        std::swap(steps, steps_);
        read();
    }

    void cancel() {
        end();
        stop_.request_stop();
        stream_.reset();
    }

  private:
    using chunk_type = json::nullable<chunk<Choice>>;
    using stream_type = async_event_stream<chunk_type>;
    struct choice {
        bool ended = false;
        double logprob = 0;
        std::size_t count = 0;
    };

    // Steps that wait for a client which does not read.
    static constexpr std::size_t most_waiting = 64;

    call_options asked_how() const {
        call_options made;
        made.stop = stop_.get_token();
        return made;
    }

    const auto& resource() const {
        if constexpr (std::is_same_v<Request, chat_request>)
            return link_->chat;
        else
            return link_->texts;
    }

    void open(result<std::string> name) {
        if (ended_) return;
        if (!name) return refuse(refusal_of(name.error()));
        request_.model = *name;
        const call_options how = asked_how();
        resource().async_try_stream(
            request_, how,
            asio::bind_executor(executor_,
                                [self = this->shared_from_this()](result<stream_type> opened) {
                                    if (self->ended_) return;
                                    if (!opened) return self->fail(opened.error());
                                    self->stream_.emplace(*std::move(opened));
                                    self->read();
                                }));
    }

    void read() {
        if (reading_ || ended_ || !stream_ || steps_.size() >= most_waiting) return;
        reading_ = true;
        stream_->async_try_next(asio::bind_executor(
            executor_, [self = this->shared_from_this()](result<std::optional<chunk_type>> next) {
                self->reading_ = false;
                if (self->ended_) return;
                if (!next) return self->fail(next.error());
                if (!*next) return self->finish();
                if (**next) self->add(***next);
                self->read();
            }));
    }

    void add(chunk<Choice>& next) {
        if (next.usage) usage_.add(*next.usage);
        if (!next.choices) return;
        for (Choice& each : *next.choices) {
            const auto place = static_cast<std::size_t>(each.index.value_or(0));
            if (place >= choices_.size() || choices_[place].ended) continue;
            choice& of = choices_[place];
            if (!first_) first_ = std::chrono::steady_clock::now();
            step made{.choice = place, .said = delta_of(each, how_.hides_thoughts)};
            for (const token& one : made.said.content_tokens) {
                of.logprob += one.logprob;
                ++of.count;
            }
            if (const auto reason = ending_of(each.finish_reason)) {
                of.ended = true;
                --left_;
                made.end = {
                    .reason = *reason,
                    .mean_logprob = of.count == 0 ? 0 : of.logprob / static_cast<double>(of.count)};
            }
            if (made.end || !made.said.empty()) put(std::move(made));
        }
    }

    void finish() {
        if (left_ > 0)
            return refuse(refusal_of({.kind = error_kind::incomplete_stream,
                                      .message = "its stream ended before its answer"}));
        step last{.used = usage_.all()};
        const auto now = std::chrono::steady_clock::now();
        using seconds = std::chrono::duration<double>;
        last.used->total_seconds = seconds(now - began_).count();
        if (first_) last.used->completion_seconds = seconds(now - *first_).count();
        end();
        put(std::move(last));
    }

    void fail(const error& reason) {
        if (reason.kind == error_kind::not_found) link_->forget_model();
        refuse(refusal_of(reason));
    }

    void end() {
        ended_ = true;
        if (std::exchange(counted_, false)) --link_->running;
    }

    void put(step made) {
        steps_.push_back(std::move(made));
        if (steps_.size() == 1)
            asio::post(executor_, [self = this->shared_from_this()] { self->ready_(); });
    }

    std::shared_ptr<link> link_;
    run::executor_type executor_;
    std::function<void()> ready_;
    manner how_;
    Request request_;
    std::stop_source stop_;
    std::optional<stream_type> stream_;
    bool reading_ = false;
    bool ended_ = false;
    bool counted_ = false;
    std::vector<step> steps_;
    std::vector<choice> choices_;
    std::size_t left_;
    usage_count usage_;
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
    std::optional<std::chrono::steady_clock::time_point> first_;
};

template <class Request, class Choice>
class upstream_run : public run {
  public:
    explicit upstream_run(std::shared_ptr<stream_reader<Request, Choice>> reader)
        : reader_(std::move(reader)) {}
    ~upstream_run() override { reader_->cancel(); }

    void take(std::vector<step>& steps) override { reader_->take(steps); }
    void cancel() override { reader_->cancel(); }

  private:
    std::shared_ptr<stream_reader<Request, Choice>> reader_;
};

}  // namespace tessera::server::upstream
