#include <algorithm>
#include <utility>

#include "cortex/translation/requests.hpp"
#include "cortex/translation/turns.hpp"

namespace tessera::server::cortex {
namespace {

constexpr const char* unsupported = "value_error";

json::value any_object_schema() {
    return {{"type", "object"}, {"properties", json::value::object()}};
}

anthropic::tool tool_of(openai::function_definition& from) {
    anthropic::tool made{.name = std::move(from.name), .description = std::move(from.description)};
    json::value schema = json::value::object();
    if (from.parameters)
        for (auto& [name, member] : *from.parameters) schema[name] = std::move(member);
    if (!schema.contains("type")) schema["type"] = "object";
    made.input_schema.emplace().members = std::move(schema);
    made.strict = from.strict;
    return made;
}

std::vector<anthropic::tool> tools_of(openai::chat_request& from, issue_list& issues) {
    std::vector<anthropic::tool> made;
    if (!from.tools) return made;
    for (std::size_t i = 0; i < from.tools->size(); ++i) {
        openai::tool& each = (*from.tools)[i];
        if (each.type == "function")
            made.push_back(tool_of(each.function));
        else
            wrong(issues, {"tools", i, "type"}, unsupported, "must be \"function\" for this model");
    }
    return made;
}

std::optional<anthropic::tool_choice> choice_of(const openai::chat_request& from,
                                                issue_list& issues) {
    using enum anthropic::tool_choice_type;
    if (!from.tool_choice) return std::nullopt;
    if (const auto* one = std::get_if<openai::chosen_tool>(&*from.tool_choice)) {
        if (one->type == "function")
            return anthropic::tool_choice{.type = tool, .name = one->function.name};
        wrong(issues, {"tool_choice", "type"}, unsupported, "must be \"function\" for this model");
        return std::nullopt;
    }
    const auto& mode = std::get<json::open_enum<openai::tool_choice_mode>>(*from.tool_choice);
    if (mode == openai::tool_choice_mode::none) return anthropic::tool_choice{.type = none};
    if (mode == openai::tool_choice_mode::automatic)
        return anthropic::tool_choice{.type = automatic};
    if (mode == openai::tool_choice_mode::required) return anthropic::tool_choice{.type = any};
    wrong(issues, {"tool_choice"}, unsupported,
          "must be \"auto\", \"none\", \"required\" or a function");
    return std::nullopt;
}

bool is_forced(const std::optional<anthropic::tool_choice>& choice) {
    return choice && (choice->type == anthropic::tool_choice_type::any ||
                      choice->type == anthropic::tool_choice_type::tool);
}

void translate_tools(openai::chat_request& from, anthropic::message_request& to,
                     issue_list& issues) {
    std::vector<anthropic::tool> tools = tools_of(from, issues);
    std::optional<anthropic::tool_choice> choice = choice_of(from, issues);
    if (!from.tools || from.tools->empty()) {
        // Without tools the model calls none, whatever it may do.
        if (is_forced(choice))
            wrong(issues, {"tool_choice"}, unsupported, "asks for a call, but there are no tools");
        return;
    }
    to.tools = std::move(tools);
    if (from.parallel_tool_calls == false) {
        if (!choice) choice.emplace().type = anthropic::tool_choice_type::automatic;
        if (!(choice->type == anthropic::tool_choice_type::none))
            choice->disable_parallel_tool_use = true;
    }
    to.tool_choice = std::move(choice);
}

// The tool that takes an answer in the form that is asked for; none where that is text.
std::optional<anthropic::tool> answer_tool_of(openai::response_format& form) {
    if (std::holds_alternative<openai::response_format_text>(form)) return std::nullopt;
    anthropic::tool made{.name = "json_answer", .description = "Takes the answer to the user."};
    json::value schema = any_object_schema();
    if (auto* by_schema = std::get_if<openai::response_format_json_schema>(&form)) {
        openai::json_schema_format& wanted = by_schema->json_schema;
        made.name = std::move(wanted.name);
        if (wanted.description) *made.description += " " + *wanted.description;
        made.strict = wanted.strict;
        if (wanted.schema) {
            schema = json::value::object();
            for (auto& [name, member] : *wanted.schema) schema[name] = std::move(member);
        }
    }
    made.input_schema.emplace().members = std::move(schema);
    return made;
}

// Anthropic knows no form but that of a tool's input. A model that is made to call another tool
// gives no answer that could have a form.
void translate_form(openai::chat_request& from, message_translation& to, issue_list& issues) {
    if (!from.response_format) return;
    std::optional<anthropic::tool> made = answer_tool_of(*from.response_format);
    anthropic::message_request& request = to.request;
    if (!made || is_forced(request.tool_choice)) return;
    const json::value& schema = made->input_schema->members;
    if (!schema.contains("type") || schema["type"] != "object")
        return wrong(issues, {"response_format", "json_schema", "schema"}, unsupported,
                     "must be of the type \"object\" for this model");
    const bool has_tools = request.tools && !request.tools->empty();
    const bool may_call =
        has_tools &&
        !(request.tool_choice && request.tool_choice->type == anthropic::tool_choice_type::none);
    if (!request.tools) request.tools.emplace();
    const auto is_taken = [&](const std::string& name) {
        return std::any_of(request.tools->begin(), request.tools->end(),
                           [&](const anthropic::tool& each) { return each.name == name; });
    };
    while (is_taken(made->name)) made->name += "_";
    to.answer_tool = made->name;
    if (!request.tool_choice) request.tool_choice.emplace();
    if (may_call) {
        request.tool_choice->type = anthropic::tool_choice_type::any;
    } else {
        *request.tool_choice = {.type = anthropic::tool_choice_type::tool,
                                .name = made->name,
                                .disable_parallel_tool_use = true};
    }
    request.tools->push_back(*std::move(made));
}

std::optional<std::int64_t> budget_of(std::string_view effort) {
    if (effort == "minimal" || effort == "low") return 1024;
    if (effort == "medium") return 4096;
    if (effort == "high") return 8192;
    if (effort == "xhigh") return 16384;
    return std::nullopt;
}

// Effort is a wish: a model does not think where Anthropic forbids it, or where there is no room.
void translate_effort(const openai::chat_request& from, const conversation& said, bool names_limit,
                      anthropic::message_request& to) {
    constexpr std::int64_t least = 1024;
    std::optional<std::int64_t> budget = budget_of(from.reasoning_effort.value_or(""));
    if (!budget || said.calls_without_thoughts || is_forced(to.tool_choice)) return;
    if ((to.temperature && *to.temperature != 1) || (to.top_p && *to.top_p < 0.95)) return;
    if (names_limit)
        budget = std::min(*budget, std::max(least, to.max_tokens / 2));
    else
        to.max_tokens += *budget;
    if (*budget < to.max_tokens) to.thinking = {.type = "enabled", .budget_tokens = budget};
}

void translate_sampling(const openai::chat_request& from, anthropic::message_request& to) {
    if (from.temperature) to.temperature = std::min(*from.temperature, 1.0);
    to.top_p = from.top_p;
    // Newer models take one of the two. One that is 1 asks for nothing.
    if (to.temperature && to.top_p) {
        if (*to.top_p == 1)
            to.top_p.reset();
        else if (*to.temperature == 1)
            to.temperature.reset();
    }
    if (!from.stop) return;
    std::vector<std::string> sequences;
    if (const auto* one = std::get_if<std::string>(&*from.stop))
        sequences.push_back(*one);
    else
        sequences = std::get<std::vector<std::string>>(*from.stop);
    std::erase(sequences, "");
    if (!sequences.empty()) to.stop_sequences = std::move(sequences);
}

void check_choices(const openai::chat_request& from, issue_list& issues) {
    if (from.n.value_or(1) > 1)
        wrong(issues, {"n"}, unsupported, "must be 1 for this model, which gives one answer");
    if (from.logprobs.value_or(false))
        wrong(issues, {"logprobs"}, unsupported,
              "must be false for this model, which tells no log probabilities");
    else if (from.top_logprobs.value_or(0) > 0)
        wrong(issues, {"top_logprobs"}, unsupported,
              "must be absent for this model, which tells no log probabilities");
}

}  // namespace

std::optional<message_translation> to_messages(openai::chat_request from,
                                               const message_rules& rules, issue_list& issues) {
    const std::size_t before = issues.size();
    check_choices(from, issues);
    conversation said = conversation_of(std::move(from.messages), issues);
    if (said.turns.empty() && issues.size() == before)
        wrong(issues, {"messages"}, unsupported,
              "must have a user's or an assistant's message that is not blank for this model");
    message_translation made;
    anthropic::message_request& to = made.request;
    to.model = std::move(from.model);
    const auto limit = from.max_completion_tokens ? from.max_completion_tokens : from.max_tokens;
    to.max_tokens = limit.value_or(rules.max_tokens);
    to.stream = from.stream;
    translate_sampling(from, to);
    translate_tools(from, to, issues);
    translate_form(from, made, issues);
    translate_effort(from, said, limit.has_value(), to);
    to.messages = std::move(said.turns);
    to.system = std::move(said.system);
    if (from.user || from.safety_identifier)
        to.metadata.emplace().user_id = from.user ? from.user : from.safety_identifier;
    if (from.service_tier == "auto") to.service_tier = "auto";
    if (from.service_tier == "default") to.service_tier = "standard_only";
    if (issues.size() != before) return std::nullopt;
    return made;
}

}  // namespace tessera::server::cortex
