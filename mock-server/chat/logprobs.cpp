#include "chat/logprobs.hpp"

#include <string_view>
#include <vector>

namespace tessera::server {
namespace {

std::vector<int> bytes_of(std::string_view text) {
    std::vector<int> bytes;
    bytes.reserve(text.size());
    for (const char each : text) bytes.push_back(static_cast<unsigned char>(each));
    return bytes;
}

}  // namespace

void append(std::optional<openai::chat_logprobs>& to, std::span<const token> tokens) {
    if (!to) to.emplace();
    auto& content = to->content ? *to->content : to->content.emplace();
    for (const token& each : tokens) {
        openai::token_logprob entry{.token = each.text,
                                    .logprob = each.logprob,
                                    .bytes = bytes_of(each.text),
                                    .top_logprobs = {}};
        for (const auto& [text, logprob] : each.top)
            entry.top_logprobs.push_back(
                {.token = text, .logprob = logprob, .bytes = bytes_of(text)});
        content.push_back(std::move(entry));
    }
}

}  // namespace tessera::server
