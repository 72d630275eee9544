#pragma once
// What is read and answered, as the RFCs have it.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "identity/grants.hpp"
#include "tessera/http/url.hpp"
#include "tessera/json.hpp"
#include "web/exchange.hpp"

namespace tessera::server::identity {

/// RFC 6749 section 5.1.
struct token_answer {
    std::string access_token;
    std::string token_type = "Bearer";
    std::optional<std::int64_t> expires_in{};
    std::optional<std::string> refresh_token{};
    std::string scope{};
};

constexpr auto describe(json::type<token_answer>) {
    using a = token_answer;
    return json::object<a>(
        "TokenAnswer", json::field("access_token", &a::access_token),
        json::field("token_type", &a::token_type), json::field("expires_in", &a::expires_in),
        json::field("refresh_token", &a::refresh_token), json::field("scope", &a::scope));
}

/// RFC 6749 section 5.2.
struct oauth_failure {
    std::string error;
    std::string error_description;
};

constexpr auto describe(json::type<oauth_failure>) {
    using f = oauth_failure;
    return json::object<f>("OAuthFailure", json::field("error", &f::error),
                           json::field("error_description", &f::error_description));
}

/// RFC 8628 section 3.2.
struct device_answer {
    std::string device_code;
    std::string user_code;
    std::string verification_uri;
    std::string verification_uri_complete;
    std::int64_t expires_in;
    std::int64_t interval;
};

constexpr auto describe(json::type<device_answer>) {
    using a = device_answer;
    return json::object<a>("DeviceAnswer", json::field("device_code", &a::device_code),
                           json::field("user_code", &a::user_code),
                           json::field("verification_uri", &a::verification_uri),
                           json::field("verification_uri_complete", &a::verification_uri_complete),
                           json::field("expires_in", &a::expires_in),
                           json::field("interval", &a::interval));
}

/// Parameters of a query or a form; `scope` of a consent comes several times.
class parameters {
  public:
    explicit parameters(std::string_view text) : all_(http::parse_query(text)) {}

    std::string get(std::string_view name) const {
        for (const auto& [each, value] : all_)
            if (each == name) return value;
        return {};
    }
    std::vector<std::string> every(std::string_view name) const {
        std::vector<std::string> made;
        for (const auto& [each, value] : all_)
            if (each == name) made.push_back(value);
        return made;
    }
    // RFC 6749 section 3.1: none may come twice.
    bool repeats() const {
        std::vector<std::string_view> names;
        for (const auto& each : all_) names.push_back(each.first);
        std::sort(names.begin(), names.end());
        return std::adjacent_find(names.begin(), names.end()) != names.end();
    }

  private:
    http::query_pairs all_;
};

inline std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> made;
    while (!text.empty())
        if (const auto word = http::take_until(text, ' '); !word.empty()) made.emplace_back(word);
    return made;
}

inline std::string joined(const std::vector<std::string>& words) {
    std::string made;
    for (const std::string& each : words) made += (made.empty() ? "" : " ") + each;
    return made;
}

/// Answers are kept by nobody (RFC 6749 section 5.1).
template <class T>
void give(const exchange_ptr& asked, int status, const T& value) {
    answer made = json_answer(status, json::encode(value));
    made.headers.add("cache-control", "no-store");
    asked->respond(std::move(made));
}

inline void refuse(const exchange_ptr& asked, const refusal& why) {
    const int status = why.code == "invalid_client" ? 401 : 400;
    answer made = json_answer(status, json::encode(oauth_failure{why.code, why.description}));
    made.headers.add("cache-control", "no-store");
    if (status == 401) made.headers.add("www-authenticate", "Basic realm=\"identity\"");
    asked->respond(std::move(made));
}

}  // namespace tessera::server::identity
