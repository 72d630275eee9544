#pragma once

#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "tessera/core/result.hpp"
#include "tessera/http/sse.hpp"
#include "tessera/json.hpp"

namespace tessera::call::detail {

// Turns events into chunks and remembers what came, for the error of a stream that ends early: the
// chunks' text where they have one, else the events' data, a line each.
template <class Chunk>
class chunk_reader {
  public:
    result<std::optional<Chunk>> take(result<std::optional<http::sse_event>> event) {
        if (failed_) return *failed_;
        if (!event) return fail(std::move(event.error()));
        if (!*event) return std::optional<Chunk>();
        std::string& data = (*event)->data;
        if constexpr (std::same_as<Chunk, http::sse_event>) {
            remember(data);
            return std::optional<Chunk>(*std::move(*event));
        } else {
            result<Chunk> chunk = json::decode_text<Chunk>(data);
            if (!chunk) {
                chunk.error().message = "a chunk of the stream could not be read: " + chunk.error().message;
                return fail(std::move(chunk.error()));
            }
            if constexpr (requires { { chunk->text() } -> std::convertible_to<std::string_view>; })
                so_far_ += std::string_view(chunk->text());
            else
                remember(data);
            return std::optional<Chunk>(*std::move(chunk));
        }
    }

  private:
    static constexpr std::size_t longest_memory = std::size_t{1} << 20;

    void remember(std::string_view data) {
        if (so_far_.size() + data.size() < longest_memory) so_far_.append(data).append("\n");
    }
    error fail(error reason) {
        if (reason.body.empty()) reason.body = so_far_;
        failed_ = std::move(reason);
        return *failed_;
    }

    std::string so_far_;
    std::optional<error> failed_;
};

}  // namespace tessera::call::detail
