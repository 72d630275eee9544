#include "cortex/providers/cache_marks.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace tessera::server::cortex {
namespace {

template <class Block>
bool is_marked(const Block& block);

template <class Blocks>
bool any_marked(const Blocks& blocks) {
    return std::any_of(blocks.begin(), blocks.end(), [](const auto& each) {
        if constexpr (requires { std::variant_size<std::remove_cvref_t<decltype(each)>>::value; })
            return std::visit([](const auto& block) { return is_marked(block); }, each);
        else
            return is_marked(each);
    });
}

template <class Text, class Blocks>
bool any_marked(const std::variant<Text, Blocks>& content) {
    const auto* blocks = std::get_if<Blocks>(&content);
    return blocks && any_marked(*blocks);
}

template <class Block>
bool is_marked(const Block& block) {
    if constexpr (requires { block.cache_control; })
        if (block.cache_control) return true;
    if constexpr (requires { block.extra; })
        if (block.extra.is_object() && block.extra.contains("cache_control")) return true;
    if constexpr (std::is_same_v<Block, anthropic::tool_result_block>)
        return block.content && any_marked(*block.content);
    return false;
}

bool has_marks(const anthropic::message_request& request) {
    return is_marked(request) || (request.system && any_marked(*request.system)) ||
           (request.tools && any_marked(*request.tools)) ||
           std::any_of(request.messages.begin(), request.messages.end(),
                       [](const auto& each) { return any_marked(each.content); });
}

}  // namespace

void mark_cache(anthropic::message_request& request) {
    if (has_marks(request)) return;
    if (request.tools && !request.tools->empty()) request.tools->back().cache_control.emplace();
    if (!request.system) return;
    if (auto* text = std::get_if<std::string>(&*request.system)) {
        if (text->empty()) return;
        anthropic::text_block block;
        block.text = std::move(*text);
        *request.system = std::vector{std::move(block)};
    }
    auto& blocks = std::get<std::vector<anthropic::text_block>>(*request.system);
    if (!blocks.empty()) blocks.back().cache_control.emplace();
}

}  // namespace tessera::server::cortex
