#include "cortex/translation/thoughts.hpp"

#include <utility>

#include "tessera/json/decode.hpp"
#include "tessera/json/encode.hpp"

namespace tessera::server::cortex {
namespace {

constexpr const char* blocks_name = "thinking_blocks";
constexpr const char* text_name = "reasoning";

json::value& member(json::value& extra, const char* name) {
    if (!extra.is_object()) extra = json::value::object();
    return extra[name];
}

}  // namespace

std::string_view reasoning_in(const json::value& extra) {
    if (!extra.is_object()) return {};
    for (const char* name : {text_name, "reasoning_content"}) {
        const auto found = extra.find(name);
        if (found == extra.end()) continue;
        if (const auto* text = found->get_ptr<const std::string*>(); text && !text->empty())
            return *text;
    }
    return {};
}

std::optional<std::vector<thought>> thoughts_in(const json::value& extra) {
    std::vector<thought> made;
    if (!extra.is_object()) return made;
    const auto found = extra.find(blocks_name);
    if (found == extra.end() || found->is_null()) return made;
    auto read = json::decode<std::vector<thought>>(*found);
    return read ? std::optional(*std::move(read)) : std::nullopt;
}

std::vector<thought> all_thoughts_in(const json::value& extra) {
    std::vector<thought> made = thoughts_in(extra).value_or(std::vector<thought>());
    if (made.empty())
        if (const std::string_view text = reasoning_in(extra); !text.empty())
            made.push_back(anthropic::thinking_block{.thinking = std::string(text)});
    return made;
}

void put_reasoning(json::value& extra, std::string text) {
    member(extra, text_name) = std::move(text);
}

void put_thoughts(json::value& extra, const std::vector<thought>& thoughts) {
    json::value& list = member(extra, blocks_name) = json::value::array();
    for (const thought& each : thoughts) list.push_back(json::to_value(each));
}

bool is_sealed(const thought& given) {
    const auto* readable = std::get_if<anthropic::thinking_block>(&given);
    return !readable || !readable->signature.empty();
}

}  // namespace tessera::server::cortex
