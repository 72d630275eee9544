#pragma once
// The tools of a conversation.
#include <initializer_list>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tessera/core/linkage.hpp"
#include "tessera/tools/function_tool.hpp"

namespace tessera::tools {

/// Tools by name. Calling is thread-safe.
class toolbox {
  public:
    toolbox() = default;
    /// Throws invalid_argument_error for two tools of one name.
    toolbox(std::initializer_list<function_tool> tools) {
        for (const function_tool& each : tools) add(each);
    }

    /// Throws invalid_argument_error for a name that is taken.
    void add(function_tool tool) {
        if (find(tool.name))
            throw_error(
                error{error_kind::invalid_argument, "two tools are named '" + tool.name + "'"});
        tools_.push_back(std::move(tool));
    }

    /// The tools, in the order in which they were added.
    const std::vector<function_tool>& all() const { return tools_; }

    /// Runs the tool `name`, an awaitable one to its end, with arguments in JSON, and gives what the
    /// model is told: a string as it is, anything else as JSON; `{"error": "..."}` for a tool that is
    /// not here, for arguments that do not fit (every place is named), and for a tool that throws or
    /// gives an error: its message is the model's to read.
    TESSERA_COLD_DECL tool_answer call(std::string_view name, std::string_view arguments,
                                       const std::stop_token& stop = {}) const;

    /// The same for a coroutine; plain functions run in it. The toolbox and the texts must outlive
    /// it.
    TESSERA_COLD_DECL tool_task<tool_answer> async_call(std::string_view name,
                                                        std::string_view arguments,
                                                        std::stop_token stop) const;

  private:
    TESSERA_COLD_DECL const function_tool* find(std::string_view name) const;
    TESSERA_COLD_DECL tool_answer unknown(std::string_view name) const;
    TESSERA_COLD_DECL tool_answer run_to_end(std::string_view name, std::string_view arguments,
                                             const std::stop_token& stop) const;

    std::vector<function_tool> tools_;
};

}  // namespace tessera::tools

#ifdef TESSERA_DEFINITIONS
#include "tessera/tools/detail/toolbox_impl.hpp"
#endif
