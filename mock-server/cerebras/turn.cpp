#include "cerebras/turn.hpp"

#include <algorithm>
#include <charconv>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "tessera/json.hpp"

namespace tessera::server::cerebras {
namespace {

using choice = openai::tool_choice_mode;

constexpr std::size_t most_tools = 128;
constexpr std::size_t longest_name = 64;

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

// One function alone is required as well.
choice choice_of(const wire::chat_request& request) {
    if (!request.tool_choice) return choice::automatic;
    const auto* mode = std::get_if<json::open_enum<choice>>(&*request.tool_choice);
    return mode ? mode->known().value_or(choice::automatic) : choice::required;
}

bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= longest_name &&
           std::all_of(text.begin(), text.end(), [](char byte) {
               return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                      (byte >= '0' && byte <= '9') || byte == '_' || byte == '-';
           });
}

json::value object_of(const openai::json_object& members) {
    json::value made = json::value::object();
    for (const auto& [name, member] : members) made[name] = member;
    return made;
}

json::value template_tool(const openai::function_definition& function) {
    json::value made = {{"name", function.name}};
    if (function.description) made["description"] = *function.description;
    made["parameters"] = function.parameters ? object_of(*function.parameters)
                                             : json::value{{"type", "object"},
                                                           {"properties", json::value::object()}};
    return {{"type", "function"}, {"function", std::move(made)}};
}

// Which tools the model sees, and which of them it may call or must.
class tool_reader {
  public:
    tool_reader(const wire::chat_request& request, turn& made, issue_list& issues)
        : request_(request), turn_(made), issues_(issues) {}

    void read() {
        static const std::vector<openai::tool> none;
        const auto& tools = request_.tools ? *request_.tools : none;
        if (tools.size() > most_tools)
            return wrong({"tools"}, "too_long",
                         "must not be more than " + std::to_string(most_tools));
        if (request_.tool_choice) named_ = std::get_if<openai::chosen_tool>(&*request_.tool_choice);
        for (std::size_t i = 0; i < tools.size(); ++i) read(tools[i], i);
        const choice mode = choice_of(request_);
        if (named_ && !names_.contains(named_->function.name))
            return wrong({"tool_choice", "function", "name"}, "value_error",
                         "names none of the tools");
        if (mode == choice::required && tools.empty())
            return wrong({"tool_choice"}, "value_error", "requires tools, and there are none");
        if (mode == choice::none) {
            turn_.talk.tools.clear();
        } else if (!tools.empty()) {
            turn_.rules.min_calls = mode == choice::required ? 1 : 0;
            turn_.rules.max_calls = named_ || !request_.parallel_tool_calls.value_or(true) ? 1 : -1;
        }
    }

  private:
    void wrong(json::path_type path, const char* type, std::string message) {
        issues_.push_back({std::move(path), type, std::move(message)});
    }

    void read(const openai::tool& tool, std::size_t place) {
        const openai::function_definition& function = tool.function;
        if (tool.type != "function")
            wrong({"tools", place, "type"}, "value_error", "must be \"function\"");
        if (!is_name(function.name))
            wrong({"tools", place, "function", "name"}, "string_pattern_mismatch",
                  "must be 1 to 64 letters, digits, _ and -");
        else if (!names_.insert(function.name).second)
            wrong({"tools", place, "function", "name"}, "value_error",
                  "is the name of another tool as well");
        turn_.talk.tools.push_back(template_tool(function));
        if (named_ && named_->function.name != function.name) return;
        const bool exact = function.strict.value_or(false) && function.parameters;
        turn_.rules.tools.push_back(
            {function.name, exact ? object_of(*function.parameters) : json::value()});
        turn_.tool_places.push_back(place);
    }

    const wire::chat_request& request_;
    turn& turn_;
    issue_list& issues_;
    const openai::chosen_tool* named_ = nullptr;
    std::set<std::string_view> names_;
};

std::optional<json::value> schema_of(const wire::chat_request& request) {
    if (!request.response_format) return std::nullopt;
    if (std::holds_alternative<openai::response_format_json_object>(*request.response_format))
        return json::value{{"type", "object"}};
    const auto* form = std::get_if<openai::response_format_json_schema>(&*request.response_format);
    if (!form) return std::nullopt;
    // Without a schema it is any JSON.
    return form->json_schema.schema ? object_of(*form->json_schema.schema) : json::value::object();
}

// Shares of the context, in tokens.
int most_thoughts(const wire::chat_request& request, const loaded_model& model) {
    const auto effort = request.reasoning_effort.value_or(wire::reasoning_effort::none);
    if (effort == wire::reasoning_effort::low) return model.context_length() / 32;
    if (effort == wire::reasoning_effort::medium) return model.context_length() / 8;
    if (effort == wire::reasoning_effort::high) return model.context_length() / 2;
    return -1;
}

// Where in the request a part of the rules comes from, and the rest of the pointer.
std::pair<json::path_type, std::string_view> place_of(std::string_view pointer,
                                                      std::span<const std::size_t> tool_places) {
    const auto remove = [&](std::string_view front) {
        const bool found = pointer.starts_with(front);
        if (found) pointer.remove_prefix(front.size());
        return found;
    };
    if (remove("/schema")) return {{"response_format", "json_schema", "schema"}, pointer};
    if (!remove("/tools/")) return {{"grammar_root"}, {}};
    std::size_t number = 0;
    const auto [end, error] =
        std::from_chars(pointer.data(), pointer.data() + pointer.size(), number);
    pointer.remove_prefix(static_cast<std::size_t>(end - pointer.data()));
    remove("/parameters");
    return {{"tools", tool_places[number], "function", "parameters"}, pointer};
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
    made.rules = {.thinking = beginning.thinking,
                  .may_think = beginning.may_think,
                  .most_thoughts = most_thoughts(request, model),
                  .schema = schema_of(request)};
    tool_reader(request, made, issues).read();
    if (request.reasoning_format) made.shown = shown_thoughts(*request.reasoning_format);
    return made;
}

compiled_rules compile_rules(const answer_rules& rules, std::span<const std::size_t> tool_places,
                             const loaded_model& model, issue_list& issues) {
    if (rules.tools.empty() && !rules.schema && rules.grammar.empty() && rules.most_thoughts < 0)
        return nullptr;
    auto made = model.compile(rules);
    if (auto* ready = std::get_if<compiled_rules>(&made)) return std::move(*ready);
    const auto& refused = std::get<rules_problem>(made);
    auto [path, rest] = place_of(refused.pointer, tool_places);
    issues.push_back({std::move(path), "value_error",
                      "cannot be kept to: #" + std::string(rest) + ": " + refused.message});
    return nullptr;
}

std::optional<problem> refuse_unsupported(const wire::chat_request& request,
                                          const loaded_model& model) {
    for (const openai::message& message : request.messages)
        if (has_image(message)) return unsupported("messages", "it reads text alone, not images");
    if (request.tools && !request.tools->empty() && choice_of(request) != choice::none &&
        model.speaks().marks.call.empty())
        return unsupported("tools", "its chat template has no form of calls that is known here");
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
