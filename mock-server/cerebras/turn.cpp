#include "cerebras/turn.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "tessera/json.hpp"

namespace tessera::server::cerebras {
namespace {

// Nothing: as the model likes.
std::optional<bool> wants_thoughts(const wire::chat_request& request) {
    if (request.disable_reasoning.value_or(false)) return false;
    if (!request.reasoning_effort) return std::nullopt;
    return *request.reasoning_effort != wire::reasoning_effort::none;
}

// Templates print a call's arguments as a value of theirs, so text that is an object becomes one.
json::value template_call(const openai::tool_call& call) {
    json::value made = json::to_value(call);
    if (auto parsed = json::parse(call.function.arguments); parsed && parsed->is_object())
        made["function"]["arguments"] = *std::move(parsed);
    return made;
}

json::value template_message(const openai::message& message, bool with_thoughts) {
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
                if (given.reasoning && with_thoughts)
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

json::value template_messages(const wire::chat_request& request) {
    const std::vector<openai::message>& all = request.messages;
    const auto last_user = std::find_if(all.rbegin(), all.rend(), [](const auto& message) {
        return std::holds_alternative<openai::user_message>(message);
    });
    const auto kept_from = request.clear_thinking.value_or(false)
                               ? static_cast<std::size_t>(all.rend() - last_user)
                               : 0;
    json::value made = json::value::array();
    for (std::size_t i = 0; i < all.size(); ++i)
        made.push_back(template_message(all[i], i >= kept_from));
    return made;
}

bool has_image(const openai::message& message) {
    return std::visit(
        [](const auto& given) {
            if constexpr (std::is_same_v<std::decay_t<decltype(given.content)>, openai::content>)
                if (const auto* parts =
                        std::get_if<std::vector<openai::content_part>>(&given.content))
                    return std::any_of(parts->begin(), parts->end(), [](const auto& part) {
                        return !std::holds_alternative<openai::text_content>(part);
                    });
            return false;
        },
        message);
}

}  // namespace

thoughts_shown shown_thoughts(const json::open_enum<wire::reasoning_format>& format) {
    if (format == wire::reasoning_format::text_parsed) return thoughts_shown::apart_mingled;
    if (format == wire::reasoning_format::raw) return thoughts_shown::inside;
    if (format == wire::reasoning_format::hidden) return thoughts_shown::hidden;
    return thoughts_shown::apart;
}

turn turn_of(const wire::chat_request& request, const loaded_model& model, issue_list& issues) {
    turn made;
    if (request.disable_reasoning.value_or(false) && request.reasoning_effort &&
        *request.reasoning_effort != wire::reasoning_effort::none)
        issues.push_back({{"disable_reasoning"},
                          "value_error",
                          "contradicts reasoning_effort; give one of them"});
    made.talk = {.messages = template_messages(request), .think = wants_thoughts(request)};
    const auto beginning =
        model.speaks().beginning_of(made.talk.think).value_or(dialect::beginning());
    made.answer = {.thinking = beginning.thinking, .may_think = beginning.may_think};
    if (request.reasoning_format) made.shown = shown_thoughts(*request.reasoning_format);
    return made;
}

std::optional<problem> refuse_unsupported(const wire::chat_request& request,
                                          const loaded_model& model) {
    for (const openai::message& message : request.messages)
        if (has_image(message)) return unsupported("messages", "it reads text alone, not images");
    if (request.response_format &&
        !std::holds_alternative<openai::response_format_text>(*request.response_format))
        return unsupported("response_format", "its answers are not constrained");
    if (request.tools && !request.tools->empty())
        return unsupported("tools", "its answers are not constrained");
    if (request.tool_choice) {
        const auto* mode =
            std::get_if<json::open_enum<openai::tool_choice_mode>>(&*request.tool_choice);
        if (!mode || *mode != openai::tool_choice_mode::none)
            return unsupported("tool_choice", "its answers are not constrained");
    }
    const auto think = wants_thoughts(request);
    if (!model.speaks().beginning_of(think))
        return *think ? unsupported("reasoning_effort",
                                    "it does not reason; leave the parameter out or say \"none\"")
                      : unsupported(request.disable_reasoning.value_or(false) ? "disable_reasoning"
                                                                              : "reasoning_effort",
                                    "it always reasons; leave the parameter out");
    return std::nullopt;
}

}  // namespace tessera::server::cerebras
