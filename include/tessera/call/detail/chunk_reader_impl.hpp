#pragma once

#include "tessera/call/detail/chunk_reader.hpp"

namespace tessera::call::detail {

TESSERA_DEF
result<void> chunk_memory::look(exchange& call, bool& is_there) {
    if (failed_) return failed_;
    if (!call.outcome()) return fail(std::move(call.outcome()).failure());
    is_there = call.has_event();
    return {};
}

TESSERA_DEF
result<void> chunk_memory::read(exchange& call, const json::detail::node& type, void* into) {
    result<void> done = json::detail::decode_text(type, call.event().data, into, json::limits());
    if (done) return done;
    done.error().message = "a chunk of the stream could not be read: " + done.error().message;
    return fail(std::move(done).failure());
}

TESSERA_DEF
void chunk_memory::remember_event(const exchange& call) {
    constexpr std::size_t most = std::size_t{1} << 20;
    const std::string& data = call.event().data;
    if (so_far_.size() + data.size() < most) so_far_.append(data).append("\n");
}

TESSERA_DEF
result<void> chunk_memory::fail(tessera::detail::boxed_error reason) {
    if (reason->body.empty()) reason->body = so_far_;
    failed_ = std::move(reason);
    return failed_;
}

}  // namespace tessera::call::detail
