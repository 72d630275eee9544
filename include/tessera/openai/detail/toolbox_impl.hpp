#pragma once

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/use_future.hpp>

#include "tessera/openai/toolbox.hpp"

namespace tessera::openai {

TESSERA_DEF
std::string toolbox::call(const called_function& asked, const std::stop_token& stop) const {
    const function_tool* found = find(asked.name);
    if (!found) return unknown(asked.name);
    try {
        if (const auto* plain = std::get_if<function_tool::plain>(&found->function))
            return (*plain)(asked.arguments, stop);
        return run_to_end(asked, stop);
    } catch (...) {
        return detail::tool_failure(std::current_exception());
    }
}

TESSERA_DEF
tool_task<std::string> toolbox::async_call(const called_function& asked,
                                           std::stop_token stop) const {
    const function_tool* found = find(asked.name);
    if (!found) co_return unknown(asked.name);
    std::exception_ptr thrown;
    try {
        if (const auto* plain = std::get_if<function_tool::plain>(&found->function))
            co_return (*plain)(asked.arguments, stop);
        const auto& awaitable = std::get<function_tool::awaitable>(found->function);
        co_return co_await awaitable(asked.arguments, stop);
    } catch (...) {
        thrown = std::current_exception();
    }
    co_return detail::tool_failure(thrown);
}

TESSERA_DEF
const function_tool* toolbox::find(std::string_view name) const {
    for (const function_tool& each : tools_)
        if (each.definition.function.name == name) return &each;
    return nullptr;
}

TESSERA_DEF
std::string toolbox::unknown(std::string_view name) const {
    std::string why = "there is no tool '" + json::detail::excerpt(name) + "'; there are";
    for (std::size_t i = 0; i < tools_.size(); ++i)
        why += (i ? ", " : ": ") + tools_[i].definition.function.name;
    return detail::tool_failure(tools_.empty() ? why + " none" : why);
}

TESSERA_DEF
std::string toolbox::run_to_end(const called_function& asked, const std::stop_token& stop) const {
    asio::io_context context;
    auto later = asio::co_spawn(context, async_call(asked, stop), asio::use_future);
    context.run();
    return later.get();
}

}  // namespace tessera::openai
