#include "emissary/problems.hpp"

#include "tessera/json.hpp"

namespace tessera::server::emissary {

std::string shown(std::string_view text) { return "\"" + json::detail::excerpt(text) + "\""; }

problem unknown(std::string_view kind, std::string_view id) {
    return {.status = 404, .message = "there is no " + std::string(kind) + " " + shown(id)};
}

problem invalid_input(std::string_view place, std::string_view why) {
    return {.status = 400,
            .message = std::string(place) + (place.empty() ? "" : ": ") + std::string(why)};
}

problem invalid_input(std::span<const json::issue> issues) {
    std::string all;
    for (const json::issue& each : issues) {
        const std::string place = json::to_string(each.path);
        all +=
            (all.empty() ? "" : "; ") + (place.empty() ? "the body" : place) + ": " + each.message;
    }
    return {.status = 400, .message = std::move(all)};
}

problem failed(const error& why) {
    return {.status = why.status >= 500 ? why.status : 500, .message = why.message};
}

answer explanation(const problem& reason) {
    std::string body = reason.status == 404
                           ? json::encode(not_found_error{.error = reason.message})
                           : json::encode(api_error{reason.status, reason.message});
    answer made = with_headers_of(reason, json_answer(reason.status, std::move(body)));
    if (reason.status == 401) made.headers.add("www-authenticate", "ApiKey");
    return made;
}

}  // namespace tessera::server::emissary
