// Every described type with random values: nothing is lost on the wire.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "support/round_trips.hpp"
#include "tessera/anthropic/events.hpp"
#include "tessera/anthropic/models.hpp"

namespace tessera::anthropic {
namespace {

template <class T>
class anthropic_type : public ::testing::Test {};

using wire_types = ::testing::Types<
    json_object, other, cache_control, char_location, page_location, content_block_location,
    web_search_result_location, search_result_location, citation, base64_source, url_source,
    file_source, text_source, content_source, image_source, document_source, text_block,
    image_block, citations_config, document_block, tool_use_block, tool_result_block,
    thinking_block, redacted_thinking_block, content_block, input_block, content, tool, tool_choice,
    json::open_enum<tool_choice_type>, json::open_enum<role>, input_message, thinking_config,
    metadata, message_request, json::open_enum<stop_reason>, cache_creation, usage, message,
    json::open_enum<error_type>, error_detail, error_body, model, model_list, message_start,
    content_block_start, text_delta, input_json_delta, thinking_delta, signature_delta,
    citations_delta, content_delta, content_block_delta, content_block_stop, message_change,
    message_delta_usage, message_delta, message_stop, ping, stream_event>;

TYPED_TEST_SUITE(anthropic_type, wire_types);
TYPED_TEST(anthropic_type, loses_nothing) { tessera::test::loses_nothing<TypeParam>(); }

TEST(message_request, what_a_client_can_say_is_read_strictly) {
    tessera::test::is_strictly_valid<message_request>();
}

}  // namespace
}  // namespace tessera::anthropic
