#include "emissary/training/question.hpp"

#include <algorithm>
#include <iterator>
#include <variant>

namespace tessera::server::emissary {

question question_of(const conversation_example& example) {
    const auto last = std::find_if(
        example.messages.rbegin(), example.messages.rend(), [](const openai::message& each) {
            return std::holds_alternative<openai::assistant_message>(each);
        });
    const auto& content = std::get<openai::assistant_message>(*last).content;
    return {{example.messages.begin(), std::prev(last.base())},
            content ? openai::text_of(*content) : std::string()};
}

}  // namespace tessera::server::emissary
