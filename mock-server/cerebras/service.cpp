#include "cerebras/service.hpp"

#include <asio/steady_timer.hpp>
#include <chrono>
#include <memory>

#include "tessera/json.hpp"
#include "web/events.hpp"

namespace tessera::server::cerebras {

service::service(const services& with)
    : common(with),
      models(with.models.of_api("cerebras")),
      limits(with.options.cerebras, *with.options.clock) {}

const listing* service::find(std::string_view id) const {
    for (const listing& each : models)
        if (each.id == id) return &each;
    return nullptr;
}

problem unknown_model(std::string_view id) {
    return {.status = 404,
            .message =
                "there is no model " + std::string(id) + "; GET /v1/models lists those that answer",
            .param = "model",
            .code = "model_not_found"};
}

answer validation_failure(std::string_view where, std::span<const json::issue> issues) {
    wire::http_validation_error body;
    auto& detail = body.detail.emplace();
    for (const json::issue& each : issues) {
        wire::validation_error& made =
            detail.emplace_back(wire::validation_error{{}, each.message, each.type});
        made.loc.emplace_back(std::string(where));
        for (const auto& segment : each.path) {
            if (const auto* index = std::get_if<std::size_t>(&segment))
                made.loc.emplace_back(static_cast<std::int64_t>(*index));
            else
                made.loc.emplace_back(std::get<std::string>(segment));
        }
    }
    return json_answer(422, json::encode(body));
}

void after_delay(const exchange_ptr& asked, std::optional<double> seconds,
                 std::function<void()> work) {
    if (!seconds) return work();
    const auto timer = std::make_shared<asio::steady_timer>(
        asked->executor(), std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                               std::chrono::duration<double>(*seconds)));
    asked->on_gone([timer] { timer->cancel(); });
    timer->async_wait([asked, timer, work = std::move(work)](std::error_code error) {
        if (!error && asked->open()) guard(asked, work);
    });
}

reply_facts::reply_facts(service& of, const listing& chosen)
    : owner(of),
      id(of.common.ids.make("chatcmpl-")),
      created(std::chrono::duration_cast<std::chrono::seconds>(
                  of.common.options.clock->wall().time_since_epoch())
                  .count()),
      model(chosen.id),
      fingerprint(chosen.model->card().fingerprint) {}

void fail_stream(exchange& asked, const problem& reason) {
    wire::error_chunk last{.status_code = reason.status, .error = {}};
    last.error.message = reason.message;
    last.error.type = reason.status == 429 ? "too_many_requests_error" : "server_error";
    last.error.code = reason.code;
    write_event(asked, last);
    asked.finish();
}

}  // namespace tessera::server::cerebras
