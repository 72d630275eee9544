#pragma once
// Types of the user's own as what tools take and as what answers say.
//
//     struct city { std::string name; std::optional<std::int64_t> population; };
//     constexpr auto describe(json::type<city>) { return json::object<city>("City", ...); }
//
//     request.tools = {anthropic::tool_for<city>("note_city", "Notes a city.")};
//     for (const auto& call : client.messages.create(request).tool_calls())
//         if (const auto noted = anthropic::input_as<city>(call)) ...
//
//     const auto reply = client.messages.parse<city>(request);
//     reply.value.name, reply.usage, reply.info
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tessera/anthropic/message.hpp"
#include "tessera/anthropic/request.hpp"
#include "tessera/anthropic/tools.hpp"
#include "tessera/call/parse.hpp"
#include "tessera/core/linkage.hpp"
#include "tessera/core/result.hpp"
#include "tessera/json/decode.hpp"
#include "tessera/json/encode.hpp"
#include "tessera/json/strict_schema.hpp"

namespace tessera::anthropic {

/// A tool whose input is an Input: its strict schema says what the model may write.
template <json::described_object Input>
tool tool_for(std::string name, std::string description) {
    tool made{.name = std::move(name), .description = std::move(description)};
    made.input_schema.emplace().members = json::strict_schema<Input>();
    return made;
}

/// The input of a call as a T, held against all that its description says. An error of kind decode
/// names every place that does not fit.
template <json::described_object T>
result<T> input_as(const tool_use_block& call) {
    std::vector<json::issue> issues;
    const json::value& given = call.input.members;
    if (auto read = json::decode<T>(given.is_null() ? json::value::object() : given,
                                    json::mode::generated, issues))
        return *std::move(read);
    return json::detail::to_error("the input does not fit", issues);
}

/// `request` so that the model answers with a T: as the input of a tool that it must call, and that
/// is named after the description of T. Models that think first refuse to be made to call a tool.
template <json::described_object T>
message_request answering_with(message_request request) {
    const std::string name = json::schema_name(json::description<T>.name);
    if (!request.tools) request.tools.emplace();
    request.tools->push_back(tool_for<T>(name, "Takes the answer."));
    request.tool_choice = tool_choice{
        .type = tool_choice_type::tool, .name = name, .disable_parallel_tool_use = true};
    return request;
}

namespace detail {

/// The call of the tool `name`, or why the answer has none.
TESSERA_COLD_DECL result<tool_use_block> find_answer(const message& said, std::string_view name);

}  // namespace detail

/// The T that an answer to `answering_with<T>()` holds. Errors: refusal, incomplete_answer (the
/// token limit or the model's context cut it off), empty_answer (the model did not call the tool),
/// decode (not a T; the message names every place). `body` holds the text or the input that came.
template <json::described_object T>
result<T> parse_answer(const message& said) {
    const result<tool_use_block> answer =
        detail::find_answer(said, json::schema_name(json::description<T>.name));
    if (!answer) return answer.error();
    result<T> value = input_as<T>(*answer);
    if (!value) value.error().body = json::encode(answer->input);
    return value;
}

namespace detail {

struct parsing {
    template <class T>
    static message_request answering_with(const message_request& request) {
        return anthropic::answering_with<T>(request);
    }
    template <class T>
    static result<T> parse_answer(const message& said) {
        return anthropic::parse_answer<T>(said);
    }
};

}  // namespace detail

/// An answer with the value that it hands to the tool.
template <class T>
using parsed = call::parsed<detail::parsing, message, T>;

/// The verb parse<T> of an operation that answers messages: `create` of answering_with<T>(request),
/// giving response<parsed<T>>, in the four forms of every verb. The errors of create and of
/// parse_answer; `body` holds the whole answer as it came.
template <const auto& Op>
struct parse : call::parse_verb<detail::parsing, Op> {};

}  // namespace tessera::anthropic

#ifdef TESSERA_DEFINITIONS
#include "tessera/anthropic/detail/parse_impl.hpp"
#endif
