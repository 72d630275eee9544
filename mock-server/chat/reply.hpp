#pragma once
// The answer to one request, made of the steps of one run as the client takes it.
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "chat/refusal.hpp"
#include "inference/model.hpp"
#include "web/exchange.hpp"

namespace tessera::server {

/// No step is taken while the exchange is congested. Lives as long as the exchange is open; a
/// client that leaves ends the run. Used through shared_ptr, on the exchange's I/O thread.
class reply : public std::enable_shared_from_this<reply> {
  public:
    reply(exchange_ptr asked, part_names names)
        : asked_(std::move(asked)), names_(std::move(names)) {}
    virtual ~reply() = default;
    reply(const reply&) = delete;
    reply& operator=(const reply&) = delete;

    template <class Task>
    void begin(model& with, Task task) {
        watch(with.start(std::move(task), asked_->executor(), [weak = weak_from_this()] {
            if (const auto self = weak.lock()) self->pump();
        }));
    }

    /// Of a model that may go before its server does: it is kept as long as the run.
    template <class Task>
    void begin(std::shared_ptr<model> with, Task task) {
        kept_ = std::move(with);
        begin(*kept_, std::move(task));
    }

  protected:
    /// A step that refuses nothing.
    virtual void on_step(step& taken) = 0;
    /// The run ends after the answer has started.
    virtual void on_failure_inside(const problem& reason) = 0;

    exchange& asked() { return *asked_; }

  private:
    void watch(std::unique_ptr<run> started);
    void pump();
    void take(step& next);

    exchange_ptr asked_;
    part_names names_;
    std::shared_ptr<model> kept_;  // outlives the run
    std::unique_ptr<run> run_;
    std::vector<step> steps_;
    std::size_t taken_ = 0;
};

/// What a choice says at its end.
struct said_choice {
    std::optional<std::string> content{};  // absent where nothing was said
    std::optional<std::string> thoughts{};
    std::vector<token> content_tokens{};
    std::vector<token> thought_tokens{};
    std::vector<answer_delta::call> calls{};
    choice_end end{};
};

/// Adds what a step says of its choice.
void collect(said_choice& to, step& taken);

/// One answer when all choices have ended.
class whole_reply : public reply {
  public:
    whole_reply(exchange_ptr asked, part_names names, std::size_t choices)
        : reply(std::move(asked), std::move(names)), choices_(choices) {}

  protected:
    virtual answer write(std::vector<said_choice> choices, const totals& used) = 0;

  private:
    void on_step(step& taken) final;
    void on_failure_inside(const problem&) final {}

    std::vector<said_choice> choices_;
};

/// Server-sent events, one after the other.
class streamed_reply : public reply {
  public:
    streamed_reply(exchange_ptr asked, part_names names, std::size_t choices)
        : reply(std::move(asked), std::move(names)), begun_(choices), left_(choices) {}

  protected:
    virtual void begin_choice(std::size_t choice) = 0;
    /// Never with nothing.
    virtual void add(std::size_t choice, answer_delta more) = 0;
    /// `used` is there for the choice that ends last.
    virtual void end_choice(std::size_t choice, const choice_end& end, const totals* used) = 0;
    /// Completes the answer, after the last end_choice.
    virtual void end_answer() = 0;

  private:
    void on_step(step& taken) final;

    std::vector<bool> begun_;
    std::size_t left_;
    std::optional<std::pair<std::size_t, choice_end>> last_;
};

}  // namespace tessera::server
