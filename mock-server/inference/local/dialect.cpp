#include "inference/local/dialect.hpp"

#include <algorithm>
#include <exception>
#include <string_view>

namespace tessera::server {
namespace {

constexpr const char* question = "a question";

using render_function = std::function<std::string(const json::value&)>;

std::string_view trim_end(std::string_view text) {
    return text.substr(0, text.find_last_not_of(blanks) + 1);
}

// A prompt's end with thoughts left to the model, asked for, forbidden.
void learn_thoughts(dialect& to, const render_function& render) {
    const std::string think = "<think>", end_think = "</think>";
    bool seen = false;
    const auto end = [&](std::optional<bool> wanted) {
        const conversation talk{
            .messages = json::value::array({{{"role", "user"}, {"content", question}}}),
            .think = wanted};
        const std::string text = render(talk.context());
        const std::size_t place = text.rfind(question);
        if (place == text.npos) return dialect::prompt_end::outside;
        const std::string_view tail = trim_end(std::string_view(text).substr(place));
        seen |= tail.find(think) != tail.npos;
        return tail.ends_with(think)       ? dialect::prompt_end::opened
               : tail.ends_with(end_think) ? dialect::prompt_end::closed
                                           : dialect::prompt_end::outside;
    };
    to.free = end(std::nullopt);
    to.asked = end(true);
    to.forbidden = end(false);
    if (!seen) return;
    to.marks.think = think;
    to.marks.end_think = end_think;
}

void learn_calls(dialect& to, const render_function& render) {
    const std::string call = "<tool_call>", end_call = "</tool_call>";
    const json::value made = {
        {"id", "call_0"},
        {"type", "function"},
        {"function", {{"name", "a_tool"}, {"arguments", {{"key", "value"}}}}}};
    const json::value parameters = {{"type", "object"},
                                    {"properties", {{"key", {{"type", "string"}}}}}};
    const json::value tool = {
        {"type", "function"},
        {"function", {{"name", "a_tool"}, {"description", "A tool."}, {"parameters", parameters}}}};
    json::value answer = {{"role", "assistant"}, {"content", ""}};
    answer["tool_calls"] = json::value::array({made});
    const conversation talk{
        .messages = json::value::array({{{"role", "user"}, {"content", question}}, answer}),
        .tools = json::value::array({tool})};
    const std::string text = render(talk.context());
    const std::string_view body = R"({"name": "a_tool", "arguments": {"key": "value"}})";
    const std::size_t begin = text.rfind(body);
    if (begin == text.npos) return;
    const std::string_view before = std::string_view(text).substr(0, begin);
    const std::string_view after = std::string_view(text).substr(begin + body.size());
    const std::size_t blank = std::min(after.find_first_not_of(blanks), after.size());
    if (!trim_end(before).ends_with(call) || !after.substr(blank).starts_with(end_call)) return;
    to.marks.call = call;
    to.marks.end_call = end_call;
    to.marks.arguments = "arguments";
}

}  // namespace

json::value conversation::context() const {
    json::value made = {{"messages", messages}, {"add_generation_prompt", true}};
    if (!tools.empty()) made["tools"] = tools;
    if (think) made["enable_thinking"] = *think;
    return made;
}

dialect::prompt_end dialect::end_of(std::optional<bool> think) const {
    return !think ? free : *think ? asked : forbidden;
}

std::optional<dialect::beginning> dialect::beginning_of(std::optional<bool> think) const {
    if (marks.think.empty()) {
        if (think.value_or(false)) return std::nullopt;
        return beginning{};
    }
    const prompt_end end = end_of(think);
    if (think == false && end != prompt_end::closed) return std::nullopt;
    return beginning{.thinking = think == true || end == prompt_end::opened,
                     .may_think = !think && end == prompt_end::outside};
}

std::string dialect::prompt_tail(std::optional<bool> think) const {
    return think == true && asked != prompt_end::opened ? marks.think : "";
}

dialect learn_dialect(const render_function& render) {
    dialect made;
    for (const auto learn : {&learn_thoughts, &learn_calls}) try {
            learn(made, render);
        } catch (const std::exception&) {
            // The template refuses what it does not know.
        }
    return made;
}

}  // namespace tessera::server
