#include "web/events.hpp"

#include <utility>

#include "web/api.hpp"

namespace tessera::server {

void start_events(exchange& asked) {
    if (asked.started()) return;
    answer head{.status = asked.request().route->status};
    head.headers.add("content-type", "text/event-stream; charset=utf-8");
    head.headers.add("cache-control", "no-cache");
    asked.start(std::move(head));
}

void end_events(exchange& asked) {
    const std::string_view marker = asked.request().route->stream.end.marker;
    asked.finish(marker.empty() ? std::string() : "data: " + std::string(marker) + "\n\n");
}

}  // namespace tessera::server
