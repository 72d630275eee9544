#include "cortex/providers/local_chat.hpp"

#include <algorithm>
#include <utility>

#include "chat/logprobs.hpp"
#include "chat/openai_chat.hpp"
#include "chat/openai_request.hpp"
#include "chat/usage.hpp"
#include "cortex/providers/failed_call.hpp"
#include "cortex/providers/failures.hpp"

namespace tessera::server::cortex {
namespace {

// What all that is said of one answer has in common.
struct answer_facts {
    id_source& ids;
    std::string id;
    std::int64_t created;  // Unix seconds
    std::string model;
    std::string fingerprint;
    bool streams;
    bool logprobs;
    bool tells_prompt;  // tokens of the prompt at a stream's begin, as messages do
};

class local_call : public answering<chats> {
  public:
    local_call(answer_facts facts, std::size_t choices)
        : facts_(std::move(facts)), begun_(choices), said_(facts_.streams ? 0 : choices) {}

    void begin(model& with, chat_task task, executor_type executor, std::function<void()> ready) {
        run_ = with.start(std::move(task), executor, std::move(ready));
    }

    void take(progress<chats>& more) override {
        run_->take(steps_);
        for (step& each : steps_) {
            if (each.refused) {
                more.failed = failure_of(*each.refused, chat_names());
                run_->cancel();
                return;
            }
            if (each.used) used_ = usage_of(*each.used);
            if (facts_.streams)
                stream(each, more);
            else
                gather(each, more);
        }
    }

    token_counts used() const override {
        return counts_of(used_ ? *used_ : usage_of(run_->so_far()));
    }

  private:
    void gather(step& taken, progress<chats>& more) {
        collect(said_[taken.choice], taken);
        if (!taken.used) return;
        openai::chat_response& made = more.whole.emplace();
        made.id = facts_.id;
        made.created = facts_.created;
        made.model = facts_.model;
        made.system_fingerprint = facts_.fingerprint;
        made.usage = used_;
        for (said_choice& each : said_) {
            openai::chat_choice& to = made.choices.emplace_back();
            to.index = static_cast<std::int64_t>(made.choices.size()) - 1;
            to.finish_reason = finish_of(each.end.reason);
            if (facts_.logprobs) append(to.logprobs, each.content_tokens);
            to.message = message_of<openai::chat_response_message>(each, facts_.ids);
        }
    }

    void stream(step& taken, progress<chats>& more) {
        if ((taken.end || !taken.used) && !begun_[taken.choice]) {
            begun_[taken.choice] = true;
            add(taken.choice, more).delta.emplace().role = openai::role::assistant;
            if (facts_.tells_prompt)
                more.events.back().usage =
                    usage_of({.prompt_tokens = run_->so_far().prompt_tokens});
        }
        if (!taken.said.empty()) {
            openai::chat_chunk_choice& next = add(taken.choice, more);
            if (facts_.logprobs) append(next.logprobs, taken.said.content_tokens);
            next.delta = delta_of<openai::message_delta>(taken.said, facts_.ids);
        }
        if (taken.end) {
            openai::chat_chunk_choice& last = add(taken.choice, more);
            last.delta.emplace();
            last.finish_reason = finish_of(taken.end->reason);
        }
        if (!taken.used) return;
        add(more).usage = used_;
        more.ended = true;
    }

    openai::chat_chunk& add(progress<chats>& more) {
        openai::chat_chunk& made = more.events.emplace_back();
        made.id = facts_.id;
        made.created = facts_.created;
        made.model = facts_.model;
        made.system_fingerprint = facts_.fingerprint;
        return made;
    }

    openai::chat_chunk_choice& add(std::size_t choice, progress<chats>& more) {
        openai::chat_chunk_choice& made = add(more).choices.emplace_back();
        made.index = static_cast<std::int64_t>(choice);
        return made;
    }

    const answer_facts facts_;
    std::unique_ptr<run> run_;
    std::vector<step> steps_;
    std::vector<bool> begun_;        // of a stream: the choices whose role was told
    std::vector<said_choice> said_;  // of a whole answer
    std::optional<openai::usage> used_;
};

}  // namespace

model& local_model_of(const services& with, std::string_view name) {
    const auto all = with.models.models();
    const auto named = std::find_if(all.begin(), all.end(),
                                    [&](const auto& each) { return each.listed_as == name; });
    return *(named == all.end() ? all.front() : *named).model;
}

std::unique_ptr<answering<chats>> local_chats::start(question<chats> asked,
                                                     asio::io_context::executor_type executor,
                                                     std::function<void()> ready) {
    openai::chat_request& request = asked.request;
    model& with = local_model_of(with_, request.model);
    const model_card card = with.card();
    issue_list issues;
    chat_task task = read_openai_chat(request, card, issues);
    if (!issues.empty())
        return std::make_unique<failed_call<chats>>(failure_of(issues), executor, std::move(ready));
    read_seed(request.seed, with_.ids, task.how);
    const auto since = with_.options.clock->wall().time_since_epoch();
    const std::size_t choices = task.choices;
    auto made = std::make_unique<local_call>(
        answer_facts{.ids = with_.ids,
                     .id = asked.is_translated ? std::string() : with_.ids.make("chatcmpl-"),
                     .created = std::chrono::duration_cast<std::chrono::seconds>(since).count(),
                     .model = request.model,
                     .fingerprint = card.fingerprint,
                     .streams = asked.streams,
                     .logprobs = task.how.top_logprobs >= 0,
                     .tells_prompt = asked.is_translated},
        choices);
    made->begin(with, std::move(task), executor, std::move(ready));
    return made;
}

}  // namespace tessera::server::cortex
