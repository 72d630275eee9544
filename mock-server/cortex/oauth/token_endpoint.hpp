#pragma once
// What a provider is asked for beside the browser.
#include <asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/cortex_options.hpp"
#include "cortex/oauth/tokens.hpp"
#include "tessera/cortex/oauth.hpp"

namespace tessera::server::cortex {

/// Why a provider gave nothing. Without secrets.
struct oauth_refusal {
    std::string code;  // of RFC 6749 and 8628, such as "invalid_grant"; empty: it did not answer so
    std::string reason;  // for people
};

using oauth_form = std::vector<std::pair<std::string, std::string>>;

/// Where to ask, and as whom.
struct oauth_endpoint {
    std::string url;
    std::string client_id;
    std::string client_secret{};  // empty: a public client
};

template <class T>
using oauth_told = std::function<void(std::variant<T, oauth_refusal>)>;

/// Ask once, never follow a redirect, and take no more than 64 KiB. `done` is told through
/// `executor`, unless a stop was asked for.
///@{
/// `form` without what says who the client is. `asked_for` are the scopes of a reply that names
/// none.
void ask_token(asio::io_context::executor_type executor, std::stop_token stop,
               const oauth_endpoint& at, oauth_form form, std::vector<std::string> asked_for,
               std::chrono::system_clock::time_point now, oauth_told<oauth_token> done);
void ask_device(asio::io_context::executor_type executor, std::stop_token stop,
                const oauth_endpoint& at, oauth_form form,
                oauth_told<tessera::cortex::device_authorization> done);
///@}

}  // namespace tessera::server::cortex
