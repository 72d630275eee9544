#pragma once
// Functions that models call, as Anthropic's dialect has them.
//
//     auto weather = tessera::tool("get_weather", "The weather in a city.",
//                                  [](const weather_query& query) -> weather { ... });
#include <stop_token>
#include <utility>
#include <vector>

#include "tessera/anthropic/content.hpp"
#include "tessera/anthropic/request.hpp"
#include "tessera/anthropic/tools.hpp"
#include "tessera/json/encode.hpp"
#include "tessera/tools/toolbox.hpp"

namespace tessera::anthropic {

using tools::function_tool;
using tools::tool_task;

/// What a request offers to the model of a function.
inline tool definition_of(const function_tool& given) {
    tool made{.name = given.name, .description = given.description};
    made.input_schema.emplace().members = given.parameters;
    return made;
}

/// The same of all functions.
inline std::vector<tool> definitions_of(const tools::toolbox& given) {
    std::vector<tool> all;
    for (const function_tool& each : given.all()) all.push_back(definition_of(each));
    return all;
}

/// What a tool answered to a call.
inline tool_result_block tool_result(std::string tool_use_id, tools::tool_answer answer) {
    tool_result_block made = tool_result(std::move(tool_use_id), std::move(answer.text));
    if (answer.failed) made.is_error = true;
    return made;
}

namespace detail {

inline std::string arguments_of(const tool_use_block& call) {
    return call.input.members.is_null() ? std::string() : json::encode(call.input.members);
}

}  // namespace detail

/// Tools by name. Calling is thread-safe.
class toolbox : public tools::toolbox {
  public:
    using tools::toolbox::toolbox;

    /// What a request offers to the model.
    std::vector<tool> definitions() const { return definitions_of(*this); }

    using tools::toolbox::call;
    /// What the model is told of a call.
    tool_result_block call(const tool_use_block& asked, const std::stop_token& stop = {}) const {
        return tool_result(asked.id, call(asked.name, detail::arguments_of(asked), stop));
    }
};

}  // namespace tessera::anthropic
