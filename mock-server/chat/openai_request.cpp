#include "chat/openai_request.hpp"

#include "chat/openai_chat.hpp"

namespace tessera::server {
namespace {

std::optional<effort> effort_of(const std::optional<std::string>& named, issue_list& issues) {
    if (!named) return std::nullopt;
    if (*named == "none") return effort::none;
    if (*named == "minimal" || *named == "low") return effort::low;
    if (*named == "medium") return effort::medium;
    if (*named == "high" || *named == "xhigh") return effort::high;
    wrong(issues, {"reasoning_effort"}, "enum",
          "must be none, minimal, low, medium, high or xhigh");
    return std::nullopt;
}

}  // namespace

openai::finish_reason finish_of(ending reason) {
    switch (reason) {
        case ending::length:
            return openai::finish_reason::length;
        case ending::calls:
            return openai::finish_reason::tool_calls;
        case ending::filtered:
            return openai::finish_reason::content_filter;
        case ending::stop:
            break;
    }
    return openai::finish_reason::stop;
}

part_names chat_names() {
    return {.prompt = "messages",
            .tools = "tools",
            .thinks = "reasoning_effort",
            .prediction = "prediction"};
}

chat_task read_openai_chat(openai::chat_request& request, const model_card& card,
                           issue_list& issues) {
    chat_task made = read_chat(request, card, issues);
    made.thinks = effort_of(request.reasoning_effort, issues);
    const auto refuse = [&](const char* name, const char* why) {
        wrong(issues, {name}, "unsupported_parameter", why);
    };
    if (request.audio) refuse("audio", "the model does not speak; leave it out");
    if (request.web_search_options) refuse("web_search_options", "the model does not search");
    if (request.modalities && *request.modalities != std::vector<std::string>{"text"})
        refuse("modalities", "must be [\"text\"]");
    return made;
}

}  // namespace tessera::server
