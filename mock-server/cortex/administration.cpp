#include "cortex/administration.hpp"

#include <asio/post.hpp>
#include <optional>
#include <utility>

#include "tessera/cortex/operations.hpp"

namespace tessera::server::cortex {
namespace {

namespace operations = tessera::cortex::operations;

// Answers with what `find` finds, on a thread that may wait for it.
template <class Find>
void answer_later(threads& workers, const exchange_ptr& asked, Find find) {
    workers.run([asked, find = std::move(find)]() mutable {
        asio::post(asked->executor(), [asked, found = find()] {
            if (found)
                succeed(*asked, *found);
            else
                asked->respond(problem{
                    .status = 500, .message = found.error().message, .type = "server_error"});
        });
    });
}

template <class T>
void take(T& setting, const std::optional<T>& given) {
    if (given) setting = *given;
}

}  // namespace

std::vector<route> administration_routes(const administered& what) {
    std::vector<route> made;
    const auto serve = [&](const auto& operation, auto handler) {
        made.push_back(make_route(operation, std::move(handler)));
    };
    serve(operations::list_usage, [what](const exchange_ptr& asked, wire::usage_query query) {
        answer_later(what.workers, asked,
                     [&usage = what.usage, query = std::move(query)] { return usage.list(query); });
    });
    serve(operations::summarize_usage,
          [what](const exchange_ptr& asked, wire::usage_summary_query query) {
              answer_later(what.workers, asked, [&usage = what.usage, query = std::move(query)] {
                  return usage.summary(query);
              });
          });
    serve(operations::list_inflight_requests,
          [what](const exchange_ptr& asked) { succeed(*asked, what.requests.snapshot()); });
    // Settings have the members that the operations describe.
    serve(operations::get_caching_config,
          [what](const exchange_ptr& asked) { succeed(*asked, what.caching.get()); });
    serve(operations::update_caching_config,
          [what](const exchange_ptr& asked, const wire::caching_config_update& given) {
              succeed(*asked, what.caching.update([&](caching_settings& now) {
                  take(now.auto_inject_anthropic_cache_control,
                       given.auto_inject_anthropic_cache_control);
                  take(now.response_cache_enabled, given.response_cache_enabled);
                  take(now.response_cache_ttl_secs, given.response_cache_ttl_secs);
              }));
          });
    serve(operations::get_token_refresh_config,
          [what](const exchange_ptr& asked) { succeed(*asked, what.token_refresh.get()); });
    serve(operations::update_token_refresh_config,
          [what](const exchange_ptr& asked, const wire::token_refresh_config_update& given) {
              succeed(*asked, what.token_refresh.update([&](token_refresh_settings& now) {
                  take(now.enabled, given.enabled);
                  take(now.refresh_threshold_secs, given.refresh_threshold_secs);
                  take(now.check_interval_secs, given.check_interval_secs);
              }));
          });
    return made;
}

}  // namespace tessera::server::cortex
