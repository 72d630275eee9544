#pragma once
// From what a model refuses to what an API says of it.
#include <string>

#include "inference/answer.hpp"
#include "tessera/json/issue.hpp"
#include "web/exchange.hpp"

namespace tessera::server {

/// How a dialect calls the parts of a task: places of issues, and the `param` of problems.
struct part_names {
    std::string prompt{};
    std::string tools{};
    json::path_type tool_parameters{"function", "parameters"};  // below one of the tools
    json::path_type form{"response_format", "json_schema", "schema"};
    std::string grammar{};
    std::string thinks{};
    std::string shown{};
    std::string prediction{};
    std::string raw_tokens{};
    std::string echo{};
    std::string ranked{};
    std::string min_tokens{};
    std::string dimensions{};
    std::string labels{};

    std::string of(task_part part) const;
};

/// 400: what the parameter of that name asks for, the model cannot do.
problem unsupported(const std::string& name, const std::string& why);

problem problem_of(const refusal& reason, const part_names& names);

/// Answers in the form of the request's API: rules that cannot be kept are an invalid request.
void respond(exchange& asked, const refusal& reason, const part_names& names);

}  // namespace tessera::server
