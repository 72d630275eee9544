#include "chat/conversation.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <variant>

namespace tessera::server {
namespace {

using mode = openai::tool_choice_mode;

constexpr std::size_t most_tools = 128;
constexpr std::size_t longest_name = 64;

bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= longest_name &&
           std::all_of(text.begin(), text.end(), [](char byte) {
               return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                      (byte >= '0' && byte <= '9') || byte == '_' || byte == '-';
           });
}

// One function alone is required as well.
mode mode_of(const openai::tool_choice* choice) {
    if (!choice) return mode::automatic;
    const auto* chosen = std::get_if<json::open_enum<mode>>(choice);
    return chosen ? chosen->known().value_or(mode::automatic) : mode::required;
}

}  // namespace

void forget_thoughts(std::vector<openai::message>& messages) {
    const auto latest = std::find_if(messages.rbegin(), messages.rend(), [](const auto& each) {
        return std::holds_alternative<openai::user_message>(each);
    });
    std::for_each(latest, messages.rend(), [](openai::message& each) {
        if (auto* said = std::get_if<openai::assistant_message>(&each)) said->reasoning.reset();
    });
}

void read_tools(const offered_tools& offered, chat_task& to, issue_list& issues) {
    static const std::vector<openai::tool> none;
    const auto& tools = offered.tools ? *offered.tools : none;
    const std::string& place = offered.tools_name;
    if (tools.size() > most_tools)
        return wrong(issues, {place}, "too_long",
                     "must not be more than " + std::to_string(most_tools));
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < tools.size(); ++i) {
        const std::string& name = tools[i].function.name;
        if (tools[i].type != "function")
            wrong(issues, {place, i, "type"}, "value_error", "must be \"function\"");
        if (!is_name(name))
            wrong(issues, {place, i, "function", "name"}, "string_pattern_mismatch",
                  "must be 1 to 64 letters, digits, _ and -");
        else if (!names.insert(name).second)
            wrong(issues, {place, i, "function", "name"}, "value_error",
                  "is the name of another tool as well");
    }
    const auto* named = offered.choice ? std::get_if<openai::chosen_tool>(offered.choice) : nullptr;
    const mode wanted = mode_of(offered.choice);
    if (named && !names.contains(named->function.name))
        return wrong(issues, {offered.choice_name, "function", "name"}, "value_error",
                     "names none of the tools");
    if (wanted == mode::required && tools.empty())
        return wrong(issues, {offered.choice_name}, "value_error",
                     "requires tools, and there are none");
    to.tools = tools;
    to.use = {.calls = wanted == mode::required ? tool_use::mode::required
                       : wanted == mode::none   ? tool_use::mode::forbidden
                                                : tool_use::mode::free,
              .parallel = offered.parallel};
    if (named) to.use.only = named->function.name;
}

}  // namespace tessera::server
