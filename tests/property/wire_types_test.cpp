// Every described type of the APIs, with random values: nothing is lost on the wire.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

#include "support/round_trips.hpp"
#include "tessera/cerebras/operations.hpp"
#include "tessera/cerebrium.hpp"
#include "tessera/json.hpp"
#include "tessera/openai/embeddings.hpp"

namespace tessera {
namespace {

using namespace cerebras;

template <class T>
class wire_type : public ::testing::Test {};

// Not create_completion_response: an answer to a text completion and a chunk of one can be the same
// text, so that the union alone cannot tell which it was.
using wire_types = ::testing::Types<
    openai::assistant_message, openai::tool_call, openai::called_function, chat_chunk_choice,
    chat_chunk, chat_choice, openai::chat_logprobs, chat_request, chat_response,
    chat_response_message, openai::chosen_tool, openai::chosen_function, openai::tool_call_delta,
    openai::called_function_delta, message_delta, completion_choice, completion_chunk_choice,
    completion_chunk, completion_logprobs, completion_request, completion_response,
    create_chat_response, datacenter_location, openai::developer_message, error_content,
    error_chunk, openai::embedding_request, openai::embedding_response, openai::function_definition,
    http_validation_error, hugging_face_capabilities, hugging_face_model, hugging_face_model_list,
    hugging_face_pricing, openai::image_content, openai::image_url, openai::image_url_content,
    openai::json_schema_format, openai::token_logprob, model_architecture, model_capabilities,
    json::open_enum<model_format>, model_limits, model, model_list, model_pricing, open_router_info,
    open_router_model, open_router_model_list, open_router_pricing, openai::json_object,
    openai::prediction, public_model, public_model_list, public_model_response,
    public_model_list_response, json::open_enum<reasoning_effort>,
    json::open_enum<reasoning_format>, openai::response_format_json_object,
    openai::response_format_json_schema, openai::response_format_text,
    json::open_enum<service_tier>, openai::stream_options, supported_parameters,
    openai::system_message, openai::text_content, time_info, openai::tool,
    json::open_enum<openai::tool_choice_mode>, openai::tool_message, openai::top_logprob,
    openai::usage, openai::user_message, validation_error, json::open_enum<openai::role>,
    json::open_enum<finish_reason>, json::open_enum<completion_finish_reason>,
    json::open_enum<chunk_object>, json::open_enum<modality>, openai::message, openai::content,
    openai::response_format, openai::tool_choice, openai::stop_sequences, prompt,
    openai::chat_request, openai::chat_response, openai::chat_choice, openai::chat_response_message,
    openai::chat_chunk, openai::chat_chunk_choice, openai::message_delta, cerebrium::run_response<>,
    cerebrium::accepted_run, cerebrium::chat_chunk, cerebrium::chat_chunk_choice,
    cerebrium::token_claims>;

TYPED_TEST_SUITE(wire_type, wire_types);
TYPED_TEST(wire_type, loses_nothing) { test::loses_nothing<TypeParam>(); }

TEST(requests, are_read_strictly) {
    test::is_strictly_valid<chat_request>();
    test::is_strictly_valid<completion_request>();
    test::is_strictly_valid<openai::chat_request>();
    test::is_strictly_valid<openai::embedding_request>();
}

// An enumerator that is not known yet, wherever a described enum is written.
TEST(unknown_enum_texts, survive_in_an_answer) {
    const std::string text =
        R"({"id":"a","choices":[{"finish_reason":"refined","index":0,"message":{"content":"x",)"
        R"("role":"narrator"}}],"created":1,"model":"m","service_tier":"gold",)"
        R"("system_fingerprint":"f","object":"chat.completion","usage":{"total_tokens":3,)"
        R"("joules":0.25},"time_info":{"idle_time":1}})";
    const auto decoded = json::decode_text<chat_response>(text);
    ASSERT_TRUE(decoded) << decoded.error().message;
    EXPECT_EQ(decoded->choices.front().finish_reason.text(), "refined");
    EXPECT_FALSE(decoded->choices.front().finish_reason.known());
    EXPECT_EQ(json::encode(*decoded), text);
}

}  // namespace
}  // namespace tessera
