#pragma once

#include "tessera/cortex/client.hpp"

namespace tessera::cortex {

namespace detail {

TESSERA_COLD_DECL
client_options based_at(client_options options, std::string_view base_url) {
    if (options.base_url.empty()) options.base_url = base_url;
    return options;
}

TESSERA_COLD_DECL
client_options for_gateway(client_options options) {
    return based_at(std::move(options), "http://localhost:8090");
}

TESSERA_COLD_DECL
client_options for_openai(client_options options) {
    return based_at(std::move(options), "https://api.openai.com");
}

TESSERA_COLD_DECL
client_options for_anthropic(client_options options) {
    if (!options.headers.contains("anthropic-version"))
        options.headers.set("anthropic-version", "2023-06-01");
    return based_at(std::move(options), "https://api.anthropic.com");
}

}  // namespace detail

TESSERA_DEF
client::client(const std::shared_ptr<call::channel>& on, bool is_gateway)
    : chat{chat_completions_resource(on)},
      models(on),
      embeddings(on),
      audio{transcriptions_resource(on)},
      messages(on, is_gateway),
      anthropic_models(on, is_gateway),
      providers(on),
      admin(on),
      config{caching_resource(on), token_refresh_resource(on)},
      oauth(on),
      usage(on) {}

TESSERA_DEF
client::client(client_options options)
    : client(call::channel::make(detail::for_gateway(std::move(options))), true) {}

TESSERA_DEF
client::client(net::executor executor, client_options options)
    : client(call::channel::make(detail::for_gateway(std::move(options)), std::move(executor)),
             true) {}

TESSERA_DEF
client client::at_openai(client_options options) {
    return {call::channel::make(detail::for_openai(std::move(options))), true};
}

TESSERA_DEF
client client::at_openai(net::executor executor, client_options options) {
    return {call::channel::make(detail::for_openai(std::move(options)), std::move(executor)), true};
}

TESSERA_DEF
client client::at_anthropic(client_options options) {
    return {call::channel::make(detail::for_anthropic(std::move(options))), false};
}

TESSERA_DEF
client client::at_anthropic(net::executor executor, client_options options) {
    return {call::channel::make(detail::for_anthropic(std::move(options)), std::move(executor)),
            false};
}

}  // namespace tessera::cortex
