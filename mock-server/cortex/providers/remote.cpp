#include "cortex/providers/remote.hpp"

#include <utility>

#include "cortex/providers/cache_marks.hpp"
#include "cortex/providers/remote_call.hpp"
#include "cortex/translation/usage.hpp"

namespace tessera::server::cortex {
namespace {

// Upstreams that are OpenAI's in name leave out what its types require, or write "" for null.
void set_default(json::value& object, const char* member, json::value fallback) {
    json::value& held = object[member];
    if (held.is_null()) held = std::move(fallback);
}

// Some give the input of a call as it is, and not as its text.
void complete_calls(json::value& said) {
    if (!said.is_object()) return;
    const auto calls = said.find("tool_calls");
    if (calls == said.end() || !calls->is_array()) return;
    for (json::value& each : *calls) {
        if (!each.is_object()) continue;
        set_default(each, "type", "function");
        set_default(each, "function", json::value::object());
        json::value& function = each["function"];
        if (function.is_object() && function.contains("arguments"))
            if (json::value& input = function["arguments"]; input.is_object())
                input = json::encode(input);
    }
}

// A whole answer names what the pieces of one may leave out.
void complete_message(json::value& choice) {
    set_default(choice, "finish_reason", "stop");
    json::value& message = choice["message"];
    if (!message.is_object() || !message.contains("tool_calls")) return;
    if (!message["tool_calls"].is_array()) return;
    for (json::value& each : message["tool_calls"]) {
        if (!each.is_object()) continue;
        set_default(each, "id", "");
        if (each["function"].is_object()) set_default(each["function"], "arguments", "");
    }
}

void complete_choices(json::value& choices) {
    if (!choices.is_array()) return;
    std::int64_t place = 0;
    for (json::value& each : choices) {
        if (!each.is_object()) continue;
        set_default(each, "index", place++);
        const auto reason = each.find("finish_reason");
        if (reason != each.end() && *reason == "") *reason = nullptr;
        for (const char* said : {"message", "delta"})
            if (each.contains(said)) complete_calls(each[said]);
        if (each.contains("message")) complete_message(each);
    }
}

void complete(json::value& answer, const std::string& model) {
    if (answer.is_null()) answer = json::value::object();
    set_default(answer, "id", "");
    set_default(answer, "created", 0);
    set_default(answer, "model", model);
    set_default(answer, "choices", json::value::array());
    complete_choices(answer["choices"]);
}

template <class T>
result<T> read(const json::value& given) {
    std::vector<json::issue> issues;
    auto made = json::decode<T>(given, json::mode::lenient, issues);
    if (made) return *std::move(made);
    std::string why = "its answer cannot be read";
    if (!issues.empty())
        why += ": " + json::to_string(issues.front().path) + ": " + issues.front().message;
    return error{.kind = error_kind::decode, .message = std::move(why)};
}

class chat_form {
  public:
    using chunk = json::nullable<upstream::any_object>;

    static const auto& resource(const connection& on) { return on.chat_calls; }
    static void adapt(question<chats>& asked) {
        if (!asked.streams) return;
        auto& options = asked.request.stream_options;
        (options ? *options : options.emplace()).include_usage = true;
    }
    void prepare(const http::fields&, http::fields&) const {}

    result<openai::chat_response> whole(upstream::any_object came, const std::string& model) {
        complete(came.members, model);
        auto made = read<openai::chat_response>(came.members);
        if (made && made->usage) counts_ = counts_of(*made->usage);
        return made;
    }

    // llama.cpp begins some streams with an event that says null.
    result<std::optional<openai::chat_chunk>> event(chunk came, const std::string& model) {
        if (!came) return std::optional<openai::chat_chunk>();
        complete(came->members, model);
        auto made = read<openai::chat_chunk>(came->members);
        if (!made) return made.error();
        used_.take(*made);
        for (const auto& choice : made->choices) finished_ |= choice.finish_reason.has_value();
        return std::optional(*std::move(made));
    }

    // Without [DONE], a finish is an end as well.
    bool is_good_end(const error& reason) const {
        return finished_ && reason.kind == error_kind::incomplete_stream;
    }
    static void close(std::vector<openai::chat_chunk>&) {}
    token_counts used() const { return counts_ ? *counts_ : used_.counts(); }

  private:
    std::optional<token_counts> counts_;  // of a whole answer
    usage_so_far used_;
    bool finished_ = false;
};

class message_form {
  public:
    using chunk = anthropic::stream_event;

    static const auto& resource(const connection& on) { return on.message_calls; }
    static void adapt(question<messages>& asked) {
        if (asked.marks_cache) mark_cache(asked.request);
    }
    void prepare(const http::fields& of_client, http::fields& to) const {
        to.set("anthropic-version",
               std::string(of_client.find("anthropic-version").value_or("2023-06-01")));
        if (const auto beta = of_client.find("anthropic-beta")) to.set("anthropic-beta", *beta);
    }

    result<anthropic::message> whole(anthropic::message came, const std::string&) {
        counts_ = counts_of(came.usage);
        return came;
    }
    result<std::optional<anthropic::stream_event>> event(chunk came, const std::string&) {
        used_.take(came);
        if (const auto* last = std::get_if<anthropic::message_delta>(&came))
            finished_ |= last->delta.stop_reason.has_value();
        return std::optional(std::move(came));
    }

    // Some leave message_stop out.
    bool is_good_end(const error& reason) const {
        return finished_ && reason.kind == error_kind::incomplete_stream;
    }
    static void close(std::vector<anthropic::stream_event>& said) {
        said.emplace_back(anthropic::message_stop{});
    }
    token_counts used() const { return counts_ ? *counts_ : used_.counts(); }

  private:
    std::optional<token_counts> counts_;  // of a whole answer
    usage_so_far used_;
    bool finished_ = false;
};

// A call with one answer, tried with one key after the other.
template <class T, class Ask, class Read>
class remote_answer : public std::enable_shared_from_this<remote_answer<T, Ask, Read>> {
  public:
    remote_answer(std::shared_ptr<connection> on, Ask asks, Read reads,
                  provider::executor_type executor, provider::told<T> done)
        : on_(std::move(on)),
          asks_(std::move(asks)),
          reads_(std::move(reads)),
          executor_(executor),
          done_(std::move(done)),
          turn_(on_->next_turn()),
          ways_left_(on_->ways()) {}

    void ask() {
        --ways_left_;
        call_options how = on_->how(turn_++, false);
        how.stop = stop_.get_token();
        asks_(*on_, how,
              asio::bind_executor(executor_, [self = this->shared_from_this()](auto answered) {
                  self->answered(std::move(answered));
              }));
    }
    void cancel() {
        done_ = {};
        stop_.request_stop();
    }

  private:
    void answered(result<response<upstream::any_object>> came) {
        if (!done_) return;
        if (!came && ways_left_ > 0 && is_of_the_key(came.error())) return ask();
        // The call may end this.
        const auto done = std::exchange(done_, {});
        if (!came) return done(failure_of(came.error(), on_->name()));
        result<T> made = reads_(came->members);
        if (made)
            done(*std::move(made));
        else
            done(failure_of(made.error(), on_->name()));
    }

    const std::shared_ptr<connection> on_;
    Ask asks_;
    Read reads_;
    const provider::executor_type executor_;
    provider::told<T> done_;
    std::size_t turn_;
    std::size_t ways_left_;
    std::stop_source stop_;
};

template <class Answer>
class remote_pending : public pending {
  public:
    explicit remote_pending(std::shared_ptr<Answer> of) : of_(std::move(of)) {}
    ~remote_pending() override { of_->cancel(); }

  private:
    const std::shared_ptr<Answer> of_;
};

template <class T, class Ask, class Read>
std::unique_ptr<pending> begin(std::shared_ptr<connection> on, Ask asks, Read reads,
                               provider::executor_type executor, provider::told<T> done) {
    using answer = remote_answer<T, Ask, Read>;
    const auto made = std::make_shared<answer>(std::move(on), std::move(asks), std::move(reads),
                                               executor, std::move(done));
    made->ask();
    return std::make_unique<remote_pending<answer>>(made);
}

std::vector<shown_model> models_in(const json::value& answer) {
    std::vector<shown_model> all;
    const auto data = answer.find("data");
    if (data == answer.end() || !data->is_array()) return all;
    for (const json::value& each : *data) {
        if (!each.is_object() || !each.contains("id") || !each["id"].is_string()) continue;
        shown_model& made = all.emplace_back();
        made.id = made.display_name = each["id"].get<std::string>();
        for (const char* member : {"name", "display_name"})
            if (each.contains(member) && each[member].is_string())
                made.display_name = each[member].get<std::string>();
    }
    return all;
}

}  // namespace

std::unique_ptr<caller<chats>> remote_chats(std::shared_ptr<connection> on) {
    return std::make_unique<remote_caller<chats, chat_form>>(std::move(on));
}

std::unique_ptr<caller<messages>> remote_messages(std::shared_ptr<connection> on) {
    return std::make_unique<remote_caller<messages, message_form>>(std::move(on));
}

std::unique_ptr<pending> remote_embedding(std::shared_ptr<connection> on,
                                          openai::embedding_request asked,
                                          provider::executor_type executor,
                                          provider::told<openai::embedding_response> done) {
    const auto encoding = asked.encoding_format.value_or(openai::embedding_encoding::floats);
    const std::string model = asked.model;
    const auto asks = [asked = std::move(asked)](const connection& to, const call_options& how,
                                                 auto then) {
        to.embedding_calls.async_try_create(asked, how, std::move(then));
    };
    const auto reads = [encoding, model](json::value& came) -> result<openai::embedding_response> {
        if (came.is_null()) came = json::value::object();
        set_default(came, "model", model);
        set_default(came, "usage", json::value::object());
        set_default(came["usage"], "prompt_tokens", 0);
        set_default(came["usage"], "total_tokens", came["usage"]["prompt_tokens"]);
        auto made = read<openai::embedding_response>(came);
        if (!made) return made;
        // Some know no base64, some nothing else.
        for (openai::embedding& each : made->data)
            if (each.embedding.encoding() != encoding)
                each.embedding = {std::move(each.embedding).values(), encoding};
        return made;
    };
    return begin<openai::embedding_response>(std::move(on), asks, reads, executor, std::move(done));
}

std::unique_ptr<pending> remote_models(std::shared_ptr<connection> on,
                                       provider::executor_type executor,
                                       provider::told<std::vector<shown_model>> done) {
    const auto asks = [](const connection& to, call_options how, auto then) {
        if (!speaks_messages(to.settings()))
            return to.model_calls.async_try_list(how, std::move(then));
        how.headers.set("anthropic-version", "2023-06-01");
        to.anthropic_model_calls.async_try_list(how, std::move(then));
    };
    const auto reads = [](const json::value& came) {
        return result<std::vector<shown_model>>(models_in(came));
    };
    return begin<std::vector<shown_model>>(std::move(on), asks, reads, executor, std::move(done));
}

}  // namespace tessera::server::cortex
