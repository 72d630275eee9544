#include "web/events.hpp"

#include <utility>

namespace tessera::server {

void start_events(exchange& asked) {
    if (asked.started()) return;
    answer head;
    head.headers.add("content-type", "text/event-stream; charset=utf-8");
    head.headers.add("cache-control", "no-cache");
    asked.start(std::move(head));
}

void end_events_with_done(exchange& asked) {
    asked.body() += "data: [DONE]\n\n";
    asked.finish();
}

}  // namespace tessera::server
