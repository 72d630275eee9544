#include "cortex/oauth/flows.hpp"

#include <utility>

#include "core/random_token.hpp"
#include "tessera/core/base64.hpp"

namespace tessera::server::cortex {

flow_handle oauth_flows::begin(oauth_flow flow) {
    flow_handle made{random_token(), random_token()};
    std::string hash = sha256(made.state);
    const std::lock_guard lock(mutex_);
    forget_old();
    waiting_.emplace(hash,
                     waiting{std::move(flow), secret(std::string_view(made.cookie)), time_.now()});
    in_order_.push_back(std::move(hash));
    return made;
}

std::optional<oauth_flow> oauth_flows::take(const std::string& state, const std::string& provider,
                                            const std::string& cookie) {
    const std::string hash = sha256(state);
    const std::lock_guard lock(mutex_);
    auto found = waiting_.extract(hash);
    if (!found) return std::nullopt;
    waiting& flow = found.mapped();
    const bool is_young = time_.now() - flow.began < life;
    if (!is_young || flow.flow.provider != provider || !same_secret(cookie, flow.cookie.reveal()))
        return std::nullopt;
    return std::move(flow.flow);
}

void oauth_flows::forget_old() {
    while (!in_order_.empty()) {
        const auto oldest = waiting_.find(in_order_.front());
        const bool stays = oldest != waiting_.end() && in_order_.size() < most &&
                           time_.now() - oldest->second.began < life;
        if (stays) return;
        if (oldest != waiting_.end()) waiting_.erase(oldest);
        in_order_.pop_front();
    }
}

std::string flow_cookie_name(const std::string& state) {
    return "tessera-oauth-" + encode_base64url(sha256(state)).substr(0, 16);
}

}  // namespace tessera::server::cortex
