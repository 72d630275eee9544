#pragma once

#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "tessera/call/exchange.hpp"
#include "tessera/core/result.hpp"
#include "tessera/json.hpp"

namespace tessera::call::detail {

// Turns events into chunks and remembers what came, for the error of a stream that ends early: the
// chunks' text where they have one, else the events' data, a line each.
template <class Chunk>
class chunk_reader {
  public:
    // What the step `next` of the call gave.
    result<std::optional<Chunk>> take(exchange& call) {
        if (failed_) return failed_;
        if (!call.outcome()) return fail(std::move(call.outcome()).failure());
        if (!call.has_event()) return std::optional<Chunk>();
        http::sse_event& event = call.event();
        if constexpr (std::same_as<Chunk, http::sse_event>) {
            remember(event.data);
            return std::optional<Chunk>(std::move(event));
        } else {
            result<Chunk> chunk = json::decode_text<Chunk>(event.data);
            if (!chunk) {
                chunk.error().message =
                    "a chunk of the stream could not be read: " + chunk.error().message;
                return fail(std::move(chunk).failure());
            }
            if constexpr (requires {
                              { chunk->text() } -> std::convertible_to<std::string_view>;
                          })
                so_far_ += std::string_view(chunk->text());
            else
                remember(event.data);
            return std::optional<Chunk>(*std::move(chunk));
        }
    }

  private:
    static constexpr std::size_t longest_memory = std::size_t{1} << 20;

    void remember(std::string_view data) {
        if (so_far_.size() + data.size() < longest_memory) so_far_.append(data).append("\n");
    }
    tessera::detail::boxed_error fail(tessera::detail::boxed_error reason) {
        if (reason->body.empty()) reason->body = so_far_;
        failed_ = std::move(reason);
        return failed_;
    }

    std::string so_far_;
    tessera::detail::boxed_error failed_;
};

}  // namespace tessera::call::detail
