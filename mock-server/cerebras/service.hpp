#pragma once
// What the handlers of this API share.
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cerebras/quota.hpp"
#include "chat/reply.hpp"
#include "chat/services.hpp"
#include "tessera/cerebras/common.hpp"
#include "web/api.hpp"
#include "web/events.hpp"

namespace tessera::server::cerebras {

namespace wire = tessera::cerebras;

struct service {
    explicit service(const services& with);

    const services& common;
    std::vector<listing> models;
    quota limits;

    const listing* find(std::string_view id) const;
};

problem unknown_model(std::string_view id);

/// 422: what is wrong in the part of the request that `where` names ("body", "query", "header").
answer validation_failure(std::string_view where, std::span<const json::issue> issues);

/// Calls `work` when so many seconds have passed, at once without a number.
void after_delay(const exchange_ptr& asked, std::optional<double> seconds,
                 std::function<void()> work);

/// What every answer to one request has in common.
struct reply_facts {
    service& owner;
    std::string id;
    std::int64_t created;  // Unix seconds
    std::string model;
    std::string fingerprint;
    std::optional<std::string> service_tier{};
    bool logprobs = false;
    bool with_usage = true;  // in a stream

    reply_facts(service& of, const listing& chosen);
};

/// Answers as the request asks to be answered, in the one form or the other.
template <class Whole, class Streamed, class Request, class Task, class... More>
void begin_reply(const exchange_ptr& asked, const Request& request, part_names names,
                 std::size_t choices, reply_facts facts, model& with, Task task, More... more) {
    if (request.stream_options)
        facts.with_usage = request.stream_options->include_usage.value_or(true);
    const auto begin = [&](auto made) { made->begin(with, std::move(task)); };
    if (request.stream.value_or(false))
        begin(std::make_shared<Streamed>(asked, std::move(names), choices, std::move(facts),
                                         more...));
    else
        begin(std::make_shared<Whole>(asked, std::move(names), choices, std::move(facts), more...));
}

/// The last event of a stream that fails.
void fail_stream(exchange& asked, const problem& reason);

}  // namespace tessera::server::cerebras
