#pragma once

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/use_future.hpp>

#include "tessera/tools/toolbox.hpp"

namespace tessera::tools {

TESSERA_DEF
tool_answer toolbox::call(std::string_view name, std::string_view arguments,
                          const std::stop_token& stop) const {
    const function_tool* found = find(name);
    if (!found) return unknown(name);
    try {
        if (const auto* plain = std::get_if<function_tool::plain>(&found->function))
            return (*plain)(arguments, stop);
        return run_to_end(name, arguments, stop);
    } catch (...) {
        return detail::tool_failure(std::current_exception());
    }
}

TESSERA_DEF
tool_task<tool_answer> toolbox::async_call(std::string_view name, std::string_view arguments,
                                           std::stop_token stop) const {
    const function_tool* found = find(name);
    if (!found) co_return unknown(name);
    std::exception_ptr thrown;
    try {
        if (const auto* plain = std::get_if<function_tool::plain>(&found->function))
            co_return (*plain)(arguments, stop);
        const auto& awaitable = std::get<function_tool::awaitable>(found->function);
        co_return co_await awaitable(std::string(arguments), stop);
    } catch (...) {
        thrown = std::current_exception();
    }
    co_return detail::tool_failure(thrown);
}

TESSERA_DEF
const function_tool* toolbox::find(std::string_view name) const {
    for (const function_tool& each : tools_)
        if (each.name == name) return &each;
    return nullptr;
}

TESSERA_DEF
tool_answer toolbox::unknown(std::string_view name) const {
    std::string why = "there is no tool '" + json::detail::excerpt(name) + "'; there are";
    for (std::size_t i = 0; i < tools_.size(); ++i) why += (i ? ", " : ": ") + tools_[i].name;
    return detail::tool_failure(tools_.empty() ? why + " none" : why);
}

TESSERA_DEF
tool_answer toolbox::run_to_end(std::string_view name, std::string_view arguments,
                                const std::stop_token& stop) const {
    asio::io_context context;
    auto later = asio::co_spawn(context, async_call(name, arguments, stop), asio::use_future);
    context.run();
    return later.get();
}

}  // namespace tessera::tools
