#pragma once

#include "tessera/emissary/client.hpp"

namespace tessera::emissary {

namespace detail {

TESSERA_COLD_DECL
client_options at_vendor(client_options options) {
    if (options.base_url.empty()) options.base_url = "https://api.withemissary.com";
    return options;
}

}  // namespace detail

TESSERA_DEF
client::client(const std::shared_ptr<call::channel>& on)
    : models(on),
      projects(on),
      datasets(on),
      training_jobs(on),
      engines(on),
      deployments(on),
      completions(on),
      chat{chat_completions_resource(on)},
      embeddings(on),
      classification(on),
      testing_functions(on),
      files(on) {}

TESSERA_DEF
client::client(client_options options)
    : client(call::channel::make(detail::at_vendor(std::move(options)))) {}

TESSERA_DEF
client::client(net::executor executor, client_options options)
    : client(call::channel::make(detail::at_vendor(std::move(options)), std::move(executor))) {}

}  // namespace tessera::emissary
