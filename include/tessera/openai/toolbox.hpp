#pragma once
// Functions that models call, as OpenAI's dialect has them.
//
//     auto weather = tessera::tool("get_weather", "The weather in a city.",
//                                  [](const weather_query& query) -> weather { ... });
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "tessera/openai/strict_schema.hpp"
#include "tessera/openai/tools.hpp"
#include "tessera/tools/toolbox.hpp"

namespace tessera::openai {

using tools::function_tool;
using tools::tool_task;

/// What a request offers to the model of a function.
inline tool definition_of(const function_tool& given) {
    tool made;
    made.function.name = given.name;
    made.function.description = given.description;
    made.function.parameters = detail::members_of(given.parameters);
    made.function.strict = true;
    return made;
}

/// The same of all functions.
inline std::vector<tool> definitions_of(const tools::toolbox& given) {
    std::vector<tool> all;
    for (const function_tool& each : given.all()) all.push_back(definition_of(each));
    return all;
}

/// Tools by name. Calling is thread-safe.
class toolbox : public tools::toolbox {
  public:
    using tools::toolbox::toolbox;

    /// What a request offers to the model.
    std::vector<tool> definitions() const { return definitions_of(*this); }

    using tools::toolbox::call;
    /// What the model is told of a call.
    std::string call(const called_function& asked, const std::stop_token& stop = {}) const {
        return call(asked.name, asked.arguments, stop).text;
    }
};

}  // namespace tessera::openai
