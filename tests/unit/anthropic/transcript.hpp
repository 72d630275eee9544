#pragma once
// A streamed answer that has everything: thoughts, cited text, a call, a tool of the service's own.
#include <gtest/gtest.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tessera/anthropic/accumulator.hpp"
#include "tessera/http/sse.hpp"
#include "tessera/json.hpp"

namespace tessera::anthropic::test {

inline constexpr std::string_view transcript =
    R"(event: message_start
data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","content":[],"model":"claude-x","stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":25,"cache_creation_input_tokens":7,"cache_read_input_tokens":0,"cache_creation":{"ephemeral_5m_input_tokens":7,"ephemeral_1h_input_tokens":0},"output_tokens":1,"service_tier":"standard"}}}

event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}

event: ping
data: {"type":"ping"}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Where is "}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"it?"}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"EqoB"}}

event: content_block_stop
data: {"type":"content_block_stop","index":0}

event: content_block_start
data: {"type":"content_block_start","index":1,"content_block":{"type":"text","text":"","citations":[]}}

event: content_block_delta
data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"In Zür"}}

event: content_block_delta
data: {"type":"content_block_delta","index":1,"delta":{"type":"citations_delta","citation":{"type":"char_location","cited_text":"Zürich","document_index":0,"document_title":"Cities","start_char_index":4,"end_char_index":10}}}

event: content_block_delta
data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"ich."}}

event: content_block_stop
data: {"type":"content_block_stop","index":1}

event: content_block_start
data: {"type":"content_block_start","index":2,"content_block":{"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{}}}

event: content_block_delta
data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"query\":"}}

event: content_block_delta
data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"\"weather\"}"}}

event: content_block_stop
data: {"type":"content_block_stop","index":2}

event: moon_phase
data: {"type":"moon_phase","phase":"full"}

event: content_block_start
data: {"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"toolu_1","name":"get_weather","input":{}}}

event: content_block_delta
data: {"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":"{\"city\": \"Zür"}}

event: content_block_delta
data: {"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":"ich\", \"days\": 3}"}}

event: content_block_stop
data: {"type":"content_block_stop","index":3}

event: message_delta
data: {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":89}}

event: message_stop
data: {"type":"message_stop"}

)";

/// The message that the transcript spells, as `create` would have given it.
inline constexpr std::string_view spelled =
    R"({"id":"msg_1","type":"message","role":"assistant","content":[)"
    R"({"type":"thinking","thinking":"Where is it?","signature":"EqoB"},)"
    R"({"type":"text","text":"In Zürich.","citations":[{"type":"char_location",)"
    R"("cited_text":"Zürich","document_index":0,"document_title":"Cities",)"
    R"("start_char_index":4,"end_char_index":10}]},)"
    R"({"type":"server_tool_use","id":"srvtoolu_1","name":"web_search",)"
    R"("input":{"query":"weather"}},)"
    R"({"type":"tool_use","id":"toolu_1","name":"get_weather",)"
    R"("input":{"city":"Zürich","days":3}}],"model":"claude-x","stop_reason":"tool_use",)"
    R"("stop_sequence":null,"usage":{"input_tokens":25,"output_tokens":89,)"
    R"("cache_creation_input_tokens":7,"cache_read_input_tokens":0,"cache_creation":)"
    R"({"ephemeral_5m_input_tokens":7,"ephemeral_1h_input_tokens":0},)"
    R"("service_tier":"standard"}})";

inline stream_event event(std::string_view text) {
    result<stream_event> read = json::decode_text<stream_event>(text);
    EXPECT_TRUE(read) << (read ? "" : read.error().message) << " in " << text;
    return read ? *std::move(read) : stream_event();
}

/// The events of a stream that came in these pieces.
inline std::vector<http::sse_event> events_in(std::span<const std::string_view> pieces) {
    http::sse_reader reader;
    std::vector<http::sse_event> events;
    for (std::string_view piece : pieces)
        while (!piece.empty()) {
            const http::sse_reader::step step = reader.next(piece);
            piece.remove_prefix(step.consumed);
            if (step.kind == http::sse_reader::step::event) events.push_back(reader.event());
        }
    return events;
}

inline std::vector<http::sse_event> events_in(std::string_view text) {
    return events_in(std::span(&text, 1));
}

}  // namespace tessera::anthropic::test
