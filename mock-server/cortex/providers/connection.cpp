#include "cortex/providers/connection.hpp"

#include <string_view>
#include <utility>

#include "cortex/providers/provider.hpp"
#include "tessera/http/url.hpp"

namespace tessera::server::cortex {
namespace {

// Of Anthropic the version is in the operations' paths. For all others it is in the URL, but for
// one that has no path at all.
std::string base_of(const provider_settings& settings) {
    std::string url = *settings.base_url;
    while (url.ends_with('/')) url.pop_back();
    constexpr std::string_view version = "/v1";
    if (speaks_messages(settings)) {
        if (url.ends_with(version)) url.resize(url.size() - version.size());
    } else if (const auto parsed = http::parse_url(url); parsed && parsed->path == "/") {
        url += version;
    }
    return url;
}

client_options options_of(const provider_settings& settings, const provider_tokens& tokens) {
    client_options made;
    if (settings.auth == auth_method::oauth && tokens.give)
        made.api_key = credential::from_async(tokens.give);
    if (settings.auth == auth_method::automatic && tokens.give)
        made.api_key = credential::from_async([tokens](bool fresh, credential::receiver done) {
            if (tokens.has()) return tokens.give(fresh, std::move(done));
            done(secret());
        });
    made.base_url = base_of(settings);
    made.timeout.first_byte = made.timeout.idle = std::chrono::seconds(settings.timeout_secs);
    // What is tried again, and where, is not for a connection to say.
    made.max_retries = 0;
    made.max_redirects = 0;
    made.user_agent = "tessera-server/" TESSERA_VERSION;
    return made;
}

}  // namespace

connection::connection(std::string name, provider_settings settings, provider_tokens tokens)
    : connection(std::move(name), settings, tokens,
                 call::channel::make(options_of(settings, tokens))) {}

connection::connection(std::string name, provider_settings settings, provider_tokens tokens,
                       const std::shared_ptr<call::channel>& on)
    : chat_calls(on),
      message_calls(on),
      embedding_calls(on),
      transcription_calls(on),
      model_calls(on),
      anthropic_model_calls(on),
      name_(std::move(name)),
      settings_(std::move(settings)),
      tokens_(std::move(tokens)),
      keys_(settings_.api_keys.value_or(std::vector<std::string>{})) {}

bool connection::shows_token() const {
    return settings_.auth == auth_method::oauth ||
           (settings_.auth == auth_method::automatic && tokens_.has && tokens_.has());
}

call_options connection::how(std::size_t turn, bool streams) const {
    call_options made;
    // The head and the body of a whole answer have the time-out each.
    const std::chrono::seconds timeout(settings_.timeout_secs);
    made.timeout.total = streams ? std::chrono::seconds(0) : 2 * timeout;
    if (keys_.empty() || shows_token()) return made;
    const std::string& key = keys_[turn % keys_.size()];
    if (settings_.type == provider_type::anthropic)
        made.headers.set("x-api-key", key);
    else if (settings_.type == provider_type::azure)
        made.headers.set("api-key", key);
    else
        made.headers.set("authorization", "Bearer " + key);
    return made;
}

bool is_of_the_key(const error& reason) {
    return reason.kind == error_kind::authentication || reason.kind == error_kind::rate_limit;
}

}  // namespace tessera::server::cortex
