#pragma once

#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "tessera/call/exchange.hpp"
#include "tessera/core/linkage.hpp"
#include "tessera/core/result.hpp"
#include "tessera/json.hpp"

namespace tessera::call::detail {

// What of a chunk_reader no chunk's type is needed for.
class chunk_memory {
  protected:
    // Whether the step `next` of the call gave an event.
    TESSERA_DECL result<void> look(exchange& call, bool& is_there);
    TESSERA_DECL result<void> read(exchange& call, const json::detail::node& type, void* into);
    TESSERA_DECL void remember_event(const exchange& call);
    void remember_text(std::string_view text) { so_far_ += text; }

  private:
    TESSERA_COLD_DECL result<void> fail(tessera::detail::boxed_error reason);

    std::string so_far_;
    tessera::detail::boxed_error failed_;
};

// Turns events into chunks and remembers what came, for the error of a stream that ends early: the
// chunks' text where they have one, else the events' data, a line each.
template <class Chunk>
class chunk_reader : chunk_memory {
  public:
    // What the step `next` of the call gave, into `chunk`: nothing at the end.
    result<void> take(exchange& call, std::optional<Chunk>& chunk) {
        chunk.reset();
        bool is_there = false;
        result<void> looked = look(call, is_there);
        if (!looked || !is_there) return looked;
        if constexpr (std::same_as<Chunk, http::sse_event>) {
            remember_event(call);
            chunk.emplace(std::move(call.event()));
        } else {
            constexpr auto how = json::detail::use::reading;
            Chunk& made = chunk.emplace();
            result<void> done = read(call, json::detail::node_of<Chunk, how>(), &made);
            if (!done) {
                chunk.reset();
                return done;
            }
            if constexpr (requires {
                              { made.text() } -> std::convertible_to<std::string_view>;
                          })
                remember_text(made.text());
            else
                remember_event(call);
        }
        return {};
    }
};

}  // namespace tessera::call::detail

#ifdef TESSERA_DEFINITIONS
#include "tessera/call/detail/chunk_reader_impl.hpp"
#endif
