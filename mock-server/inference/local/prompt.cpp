#include "inference/local/prompt.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>
#include <variant>

#include "core/error.hpp"
#include "inference/local/rules.hpp"
#include "tessera/json.hpp"

namespace tessera::server {
namespace {

// Templates print a call's arguments as a value of theirs, so text that is an object becomes one.
json::value template_call(const openai::tool_call& call) {
    json::value made = json::to_value(call);
    if (auto parsed = json::parse(call.function.arguments); parsed && parsed->is_object())
        made["function"]["arguments"] = *std::move(parsed);
    return made;
}

json::value template_message(const openai::message& message) {
    return std::visit(
        [&](const auto& given) {
            using message_type = std::decay_t<decltype(given)>;
            // Templates know the older of the two names for instructions.
            constexpr bool instructs = std::is_same_v<message_type, openai::developer_message>;
            json::value entry = {{"role", instructs ? "system" : std::string(given.role.text())}};
            if (given.name) entry["name"] = *given.name;
            if constexpr (std::is_same_v<message_type, openai::assistant_message>) {
                entry["content"] = given.content ? openai::text_of(*given.content) : "";
                // Templates know it by one of two names.
                if (given.reasoning)
                    for (const char* name : {"reasoning", "reasoning_content"})
                        entry[name] = openai::text_of(*given.reasoning);
                if (given.tool_calls && !given.tool_calls->empty()) {
                    json::value& calls = entry["tool_calls"] = json::value::array();
                    for (const openai::tool_call& call : *given.tool_calls)
                        calls.push_back(template_call(call));
                }
            } else {
                entry["content"] = openai::text_of(given.content);
                if constexpr (std::is_same_v<message_type, openai::tool_message>)
                    entry["tool_call_id"] = given.tool_call_id;
            }
            return entry;
        },
        message);
}

json::value template_tool(const openai::function_definition& function) {
    json::value made = {{"name", function.name}};
    if (function.description) made["description"] = *function.description;
    made["parameters"] = function.parameters ? object_of(*function.parameters)
                                             : json::value{{"type", "object"},
                                                           {"properties", json::value::object()}};
    return {{"type", "function"}, {"function", std::move(made)}};
}

// What is to fit into the context.
struct fit {
    std::string what = "the prompt";
    bool continued = true;
};

error too_long(const local_state& of, const std::string& count, const fit& how) {
    return {.kind = error_kind::bad_request,
            .message = how.what + " has " + count + " tokens; the model's context holds " +
                       std::to_string(of.context_length()) +
                       (how.continued ? ", prompt and answer together" : "")};
}

result<std::vector<int>> fitting(const local_state& of, std::vector<int> tokens,
                                 const fit& how = {}) {
    const std::size_t answer = how.continued ? 1 : 0;
    if (tokens.size() + answer <= of.context_length()) return tokens;
    return too_long(of, std::to_string(tokens.size()), how);
}

result<std::vector<int>> encode(const local_state& of, const std::string& text, bool add_special,
                                const fit& how = {}) {
    // So long a text needs no counting.
    const std::size_t fewest = text.size() / of.language->longest_token;
    if (fewest > of.context_length())
        return too_long(of, "more than " + std::to_string(fewest), how);
    return of.language->tokenizer->encode(text, engine::encode_options{.add_special = add_special});
}

// A model needs a token to go on from, and one to read.
void begin_empty(const local_state& of, std::vector<int>& tokens) {
    if (!tokens.empty()) return;
    const auto& ends = of.config.eos_tokens;
    tokens.push_back(of.config.bos_token >= 0 ? of.config.bos_token
                     : ends.empty()           ? 0
                                              : ends.front());
}

template <class Part>
bool is_text_alone(const std::variant<std::string, std::vector<Part>>& said) {
    const auto* parts = std::get_if<std::vector<Part>>(&said);
    return !parts || std::all_of(parts->begin(), parts->end(), [](const Part& part) {
        return std::holds_alternative<openai::text_content>(part);
    });
}
template <class Content>
bool is_text_alone(const std::optional<Content>& said) {
    return !said || is_text_alone(*said);
}

}  // namespace

bool is_text(const openai::message& message) {
    return std::visit([](const auto& given) { return is_text_alone(given.content); }, message);
}

result<std::vector<int>> chat_prompt(const local_state& of, const chat_task& task) {
    conversation talk{.messages = json::value::array(), .think = wants_thoughts(task)};
    for (const openai::message& each : task.messages)
        talk.messages.push_back(template_message(each));
    if (task.use.calls != tool_use::mode::forbidden)
        for (const openai::tool& each : task.tools)
            talk.tools.push_back(template_tool(each.function));
    try {
        auto tokens = encode(of,
                             of.language->chat_template.render(talk.context()) +
                                 of.language->dialect.prompt_tail(talk.think),
                             false);
        return tokens ? fitting(of, *std::move(tokens)) : tokens;
    } catch (const engine::engine_error& thrown) {
        return error{.kind = error_kind::invalid_argument, .message = thrown.what()};
    }
}

namespace {

// Appends to a conversation that is learned, and marks all up to the last end of a turn.
void append_tokens(const local_state& of, std::string_view text, bool is_learned,
                   learned_conversation& to) {
    const auto tokens = of.language->tokenizer->encode(text, engine::encode_options{});
    const auto& ends = of.config.eos_tokens;
    const auto last_end =
        std::find_first_of(tokens.rbegin(), tokens.rend(), ends.begin(), ends.end());
    const std::size_t learned = is_learned ? static_cast<std::size_t>(tokens.rend() - last_end) : 0;
    to.tokens.insert(to.tokens.end(), tokens.begin(), tokens.end());
    to.learned.insert(to.learned.end(), learned, 1);
    to.learned.insert(to.learned.end(), tokens.size() - learned, 0);
    if (!is_learned || last_end != tokens.rend()) return;
    // A template that leaves the end of the turn to the model.
    std::fill(to.learned.end() - static_cast<std::ptrdiff_t>(tokens.size()), to.learned.end(), 1);
    if (ends.empty()) return;
    to.tokens.push_back(ends.front());
    to.learned.push_back(1);
}

}  // namespace

result<learned_conversation> learned_turns(const local_state& of,
                                           const std::vector<openai::message>& messages) {
    learned_conversation made;
    conversation talk{.messages = json::value::array()};
    std::string so_far;  // of the current document
    try {
        for (const openai::message& each : messages) {
            const bool answers = std::holds_alternative<openai::assistant_message>(each);
            const std::string prompt = answers ? of.language->chat_template.render(talk.context()) +
                                                     of.language->dialect.prompt_tail({})
                                               : "";
            talk.messages.push_back(template_message(each));
            if (!answers) continue;
            auto context = talk.context();
            context["add_generation_prompt"] = false;
            std::string whole = of.language->chat_template.render(context);
            if (!whole.starts_with(prompt))
                whole = prompt + talk.messages.back()["content"].get<std::string>();
            if (made.document_starts.empty() || !prompt.starts_with(so_far)) {
                made.document_starts.push_back(static_cast<int>(made.tokens.size()));
                so_far.clear();
            }
            append_tokens(of, std::string_view(prompt).substr(so_far.size()), false, made);
            append_tokens(of, std::string_view(whole).substr(prompt.size()), true, made);
            so_far = std::move(whole);
            const auto length =
                made.tokens.size() - static_cast<std::size_t>(made.document_starts.back());
            if (length > of.context_length())
                return too_long(of, std::to_string(length), {.what = "the conversation"});
        }
    } catch (const engine::engine_error& thrown) {
        return error{.kind = error_kind::invalid_argument, .message = thrown.what()};
    }
    if (made.tokens.empty())
        return error{.kind = error_kind::invalid_argument,
                     .message = "the conversation has no turn of the assistant to learn"};
    return made;
}

result<readied_text> text_prompt_of(const local_state& of, const text_prompt& given) {
    if (const auto* ids = std::get_if<std::vector<int>>(&given)) {
        auto tokens = fitting(of, *ids);
        if (!tokens) return tokens.error();
        return readied_text{.tokens = *std::move(tokens),
                            .text = of.language->tokenizer->decode(*ids)};
    }
    const auto& text = std::get<std::string>(given);
    auto tokens = encode(of, text, true);
    if (!tokens) return tokens.error();
    begin_empty(of, *tokens);
    tokens = fitting(of, *std::move(tokens));
    if (!tokens) return tokens.error();
    const int first = tokens->front();
    const bool hides = of.language->tokenizer->is_special(first) &&
                       !text.starts_with(of.language->tokenizer->token_bytes(first));
    return readied_text{.tokens = *std::move(tokens), .text = text, .hidden = hides};
}

result<std::vector<int>> input_of(const local_state& of, const text_prompt& given,
                                  const std::string& name) {
    const fit how{.what = name, .continued = false};
    if (const auto* ids = std::get_if<std::vector<int>>(&given)) return fitting(of, *ids, how);
    auto tokens = encode(of, std::get<std::string>(given), true, how);
    if (!tokens) return tokens;
    begin_empty(of, *tokens);
    return fitting(of, *std::move(tokens), how);
}

std::vector<int> answer_tokens(const local_state& of, std::string_view text) {
    const std::size_t most = of.context_length();
    std::vector<int> tokens =
        of.language->tokenizer->encode(text.substr(0, most * of.language->longest_token), false);
    if (tokens.size() > most) tokens.resize(most);
    return tokens;
}

}  // namespace tessera::server
