#include "web/application.hpp"

#include <algorithm>
#include <asio/ip/address.hpp>

#include "tessera/http/grammar.hpp"
#include "tessera/http/url.hpp"
#include "web/media.hpp"

namespace tessera::server {
namespace {

// Errors outside of every API.
class no_api : public api {
  public:
    std::string_view name() const override { return {}; }
    std::span<const route> routes() const override { return {}; }
};

// What an API throws must not end the process: `otherwise` gets a problem to answer with instead.
template <class Work, class Otherwise>
auto guarded(Work work, Otherwise otherwise) {
    try {
        return work();
    } catch (const std::exception& thrown) {
        return otherwise(problem{.status = 500, .message = thrown.what()});
    } catch (...) {
        return otherwise(problem{.status = 500, .message = "the server failed"});
    }
}

// RFC 9112 section 3.2: origin form, or absolute form as proxies receive it.
void split_target(request& asked) {
    std::string_view target = asked.head.target;
    if (!target.starts_with('/')) {
        const std::size_t scheme = target.find("://");
        if (scheme != std::string_view::npos) {
            target.remove_prefix(scheme + 3);
            const std::size_t end = target.find_first_of("/?");
            target.remove_prefix(std::min(end, target.size()));
        }
    }
    const std::size_t mark = target.find('?');
    asked.path = target.substr(0, mark);
    if (asked.path.empty()) asked.path = "/";
    asked.query = mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
}

answer options_answer(const request& asked, const std::string& allow) {
    answer made{.status = 204};
    made.headers.add("allow", allow);
    const std::string_view origin = asked.header("origin");
    if (origin.empty() || !is_local_origin(origin)) return made;
    made.headers.add("access-control-allow-methods", allow);
    if (const auto wanted = asked.head.headers.find("access-control-request-headers"))
        made.headers.add("access-control-allow-headers", *wanted);
    if (asked.head.headers.contains("access-control-request-private-network"))
        made.headers.add("access-control-allow-private-network", "true");
    made.headers.add("access-control-max-age", "600");
    return made;
}

}  // namespace

bool is_local_host(std::string_view host) {
    if (host.starts_with('[')) {
        const std::size_t end = host.find(']');
        host = host.substr(1, end == std::string_view::npos ? end : end - 1);
    } else if (std::count(host.begin(), host.end(), ':') == 1) {
        host = host.substr(0, host.find(':'));
    }
    if (http::equal_nocase(host, "localhost")) return true;
    constexpr std::string_view suffix = ".localhost";
    if (host.size() > suffix.size() &&
        http::equal_nocase(host.substr(host.size() - suffix.size()), suffix))
        return true;
    std::error_code error;
    const asio::ip::address address = asio::ip::make_address(std::string(host), error);
    return !error && address.is_loopback();
}

bool is_local_origin(std::string_view origin) {
    const std::size_t scheme = origin.find("://");
    return scheme != std::string_view::npos && is_local_host(origin.substr(scheme + 3));
}

void application::mount(std::unique_ptr<api> added, bool at_root) {
    for (const route& each : added->routes()) {
        router_.add("/" + std::string(added->name()), each);
        if (at_root) router_.add("", each);
    }
    if (at_root) root_ = added.get();
    apis_.push_back(std::move(added));
}

void application::stop() {
    for (const auto& each : apis_) each->stop();
}

json::value application::credentials() const {
    json::value all = json::value::object();
    for (const auto& each : apis_)
        if (json::value credential = each->credential(); !credential.is_null())
            all[std::string(each->name())] = std::move(credential);
    return all;
}

api* application::owner_of(std::string_view path) const {
    // As the router reads it.
    const result<std::string> first = http::percent_decode(path.substr(1, path.find('/', 1) - 1));
    for (const auto& each : apis_)
        if (first && *first == each->name()) return each.get();
    return root_;
}

std::optional<answer> application::admit(request& asked) {
    asked.id = ids_.make("req_");
    split_target(asked);
    if (asked.path == "*") return options_answer(asked, "GET, HEAD, POST, OPTIONS");
    api* const owner = owner_of(asked.path);
    asked.api = owner;
    destination found = router_.find(asked.head.method, asked.path, asked.query);
    if (found.allow.empty())
        return explain(&asked, {.status = 404,
                                .message = "nothing is at " + std::string(asked.path),
                                .code = "unknown_url"});
    if (asked.head.method == "OPTIONS") return options_answer(asked, found.allow);
    if (!found.route && !found.queries.empty())
        return explain(&asked, {.status = 404,
                                .message = std::string(asked.path) + " needs " + found.queries,
                                .code = "unknown_url"});
    if (!found.route)
        return explain(&asked, {.status = 405,
                                .message = std::string(asked.path) + " does not take " +
                                           asked.head.method + ", but " + found.allow,
                                .code = "method_not_allowed",
                                .allow = found.allow});
    asked.route = found.route;
    asked.parameters = std::move(found.parameters);
    const auto broken = guarded(
        [&] {
            asked.state = owner->begin(asked);
            return std::optional<problem>();
        },
        [](problem failed) { return std::optional(std::move(failed)); });
    if (broken) return explain(&asked, *broken);
    const auto refused = guarded([&] { return owner->admit(asked); },
                                 [](problem failed) { return std::optional(std::move(failed)); });
    if (refused) return explain(&asked, *refused);
    if (const auto wrong = wrong_media(asked)) return explain(&asked, *wrong);
    return std::nullopt;
}

void application::handle(exchange_ptr exchange) {
    guard(exchange, [&] { exchange->request().route->handle(exchange); });
}

answer application::explain(const request* asked, const problem& reason) {
    if (!asked || !asked->api) return no_api().explain(asked, reason);
    return guarded([&] { return asked->api->explain(asked, reason); },
                   [&](const problem& failed) { return no_api().explain(asked, failed); });
}

void application::decorate(const request* asked, answer& to) {
    if (asked && asked->api)
        guarded([&] { asked->api->decorate(*asked, to.headers); },
                [&](const problem& failed) {
                    // The head of a stream has no body, and must not get one.
                    if (to.body.empty())
                        to.status = failed.status;
                    else
                        to = no_api().explain(asked, failed);
                });
    to.headers.add("server", "tessera/" TESSERA_VERSION);
    to.headers.add("x-request-id", asked && !asked->id.empty() ? asked->id : ids_.make("req_"));
    if (!asked) return;
    const std::string_view origin = asked->header("origin");
    if (origin.empty()) return;
    to.headers.add("vary", "origin");
    if (!is_local_origin(origin)) return;
    to.headers.add("access-control-allow-origin", origin);
    to.headers.add("access-control-expose-headers", "*");
}

}  // namespace tessera::server
