#pragma once
// Answers that are streams of server-sent events.
#include <string>

#include "tessera/json.hpp"
#include "web/exchange.hpp"

namespace tessera::server {

/// Starts the answer unless it has started.
void start_events(exchange& asked);

/// An event, written straight into its buffer.
template <class Data>
void write_event(exchange& asked, const Data& data) {
    std::string& out = asked.body();
    out += "data: ";
    json::encode(out, data);
    out += "\n\n";
}

/// Ends a stream with the mark of OpenAI's.
void end_events_with_done(exchange& asked);

}  // namespace tessera::server
