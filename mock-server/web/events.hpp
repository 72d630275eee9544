#pragma once
// Event streams as the operation of the route describes them.
#include <concepts>
#include <string>
#include <string_view>

#include "tessera/json.hpp"
#include "web/exchange.hpp"

namespace tessera::server {

/// Begins the answer as a stream, unless it has begun. The head goes out with the first flush.
void start_events(exchange& asked);

/// An event whose data is `chunk` as JSON, written straight into its buffer. Its type is what
/// `chunk.event_name()` says, where there is such a member.
template <class Chunk>
void write_event(exchange& asked, const Chunk& chunk) {
    std::string& out = asked.body();
    if constexpr (requires {
                      { chunk.event_name() } -> std::convertible_to<std::string_view>;
                  })
        out.append("event: ").append(std::string_view(chunk.event_name())).append("\n");
    out += "data: ";
    json::encode(out, chunk);
    out += "\n\n";
}

/// Ends the stream in good order: with the marker, where the operation has one.
void end_events(exchange& asked);

}  // namespace tessera::server
