#include "cerebrium/webhooks.hpp"

#include <algorithm>
#include <asio/bind_executor.hpp>
#include <utility>

#include "tessera/call/invoke.hpp"
#include "tessera/cerebrium/webhook.hpp"
#include "web/application.hpp"

namespace tessera::server::cerebrium {
namespace {

constexpr int most_attempts = 3;
constexpr std::chrono::seconds pause{5};
constexpr std::chrono::seconds timeout{10};

constexpr int most_pending = 256;

// Names of this machine lead to it whatever a name server says.
result<std::vector<std::string>> this_machine(const std::string&) {
    return std::vector<std::string>{"127.0.0.1", "::1"};
}

client_options options_for(const http::url& to, bool is_local) {
    client_options made;
    made.base_url = to.origin() + "/" + (to.query.empty() ? "" : "?" + to.query);
    made.timeout = {.connect = timeout, .first_byte = timeout, .idle = timeout, .total = timeout};
    made.max_retries = 0;
    made.max_redirects = 0;  // another place may be one that is not allowed
    made.max_idle_connections = 0;
    made.max_response_bytes = 64 * 1024;
    made.user_agent = "tessera-server/" TESSERA_VERSION;
    if (is_local) made.resolve = this_machine;
    return made;
}

}  // namespace

struct webhooks::attempt {
    delivery what;
    int number = 1;
};

webhooks::webhooks(std::vector<std::string> hosts, loop& on, journal& to)
    : hosts_(std::move(hosts)), loop_(on), journal_(to) {}

result<webhook> webhooks::target(const std::string& url, std::string_view key) const {
    result<http::url> to = http::parse_url(url);
    if (!to) return to.error();
    const bool allowed = std::any_of(hosts_.begin(), hosts_.end(), [&](const std::string& each) {
        return each == "*" || http::equal_nocase(each, to->host);
    });
    if (!allowed && !is_local_host(to->authority()))
        return error{.kind = error_kind::invalid_argument,
                     .message = "the host " + to->host +
                                " is off this machine: add it to cerebrium.webhook_hosts in the "
                                "server's configuration to allow it"};
    return webhook{*std::move(to), secret(key)};
}

void webhooks::deliver(delivery what) {
    const auto first = std::make_shared<attempt>(attempt{std::move(what)});
    if (pending_.fetch_add(1) < most_pending) return start(first);
    note(*first, {.at = unix_seconds(loop_.time()), .error = "too many deliveries are under way"});
    pending_.fetch_sub(1);
}

void webhooks::start(const std::shared_ptr<attempt>& next) {
    if (stop_.stop_requested()) return;
    const delivery& what = next->what;
    const http::url& to = what.target.to;
    call::spec request;
    request.method = "POST";
    request.target_path = to.path;
    request.content_type = what.content_type;
    request.authentication = http::auth::none;
    request.body = std::make_shared<const std::string>(what.body);
    request.headers.add(tessera::cerebrium::webhook_request_id, what.run_id);
    if (!what.target.key.empty()) {
        const auto now = static_cast<std::int64_t>(unix_seconds(loop_.time()));
        request.headers.add(tessera::cerebrium::webhook_timestamp, std::to_string(now));
        request.headers.add(
            tessera::cerebrium::webhook_signature,
            tessera::cerebrium::sign_webhook(what.target.key, what.run_id, now, what.body));
    }
    try {
        const auto channel =
            call::channel::make(options_for(to, is_local_host(to.authority())), loop_.executor());
        call_options how;
        how.stop = stop_.get_token();
        call::async_try_invoke<std::string>(
            *channel, std::move(request), how,
            asio::bind_executor(loop_.executor(), [self = shared_from_this(),
                                                   next](result<response<std::string>> answered) {
                if (answered)
                    self->end(next, std::nullopt, answered->info.status);
                else
                    self->end(next, answered.error(), answered.error().status);
            }));
    } catch (const exception& thrown) {
        end(next, thrown.error(), 0);
    }
}

void webhooks::note(const attempt& of, const delivery_record& record) {
    journal_.update(of.what.run_id, [&](run_record& run) { run.deliveries.push_back(record); });
}

void webhooks::end(const std::shared_ptr<attempt>& ended, std::optional<error> failed, int status) {
    if (stop_.stop_requested()) return;
    const auto next = loop_.time().now() + pause;
    delivery_record record{.at = unix_seconds(loop_.time())};
    if (status != 0)
        record.status = status;
    else if (failed)
        record.error = failed->message;
    note(*ended, record);
    const bool delivered = status >= 200 && status < 300;
    const bool refused = status >= 400 && status != 404;
    if (delivered || refused || ended->number == most_attempts) {
        pending_.fetch_sub(1);
        return;
    }
    ++ended->number;
    loop_.at(next, [self = shared_from_this(), ended] { self->start(ended); });
}

}  // namespace tessera::server::cerebrium
