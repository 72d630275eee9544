// The types of the SDK and the operations of the server against the facts of the specification,
// property by property: neither can drift.
#include "contract/specification.hpp"

#include <gtest/gtest.h>

#include "contract/service.hpp"
#include "tessera/cerebras/operations.hpp"

namespace tessera {
namespace {

using specification::value;

// Where the code says more than the specification, and why: parts of the paths of differences.
constexpr specification::deliberate deliberate[] = {
    {"sage/properties", "usage is any object there; DECISIONS names the members that are sent"},
    {"sage/required", "the same"},
    {"/token_logprobs/items/nullable", "the first token of an echoed prompt has no probability"},
    {"/properties/top_logprobs/items/nullable", "the same"},
};

class schemas : public ::testing::Test {
  protected:
    static const value& components() {
        static const value facts =
            specification::load_facts("cerebras").at("components").at("schemas");
        return facts;
    }

    template <class T>
    void matches(const std::string& name) {
        seen_.insert(name);
        const value ours = json::schema<T>();
        const value definitions = ours.value("$defs", value::object());
        std::map<std::string, std::string> differences;
        specification::compare(specification::normaliser(definitions)(ours),
                               specification::normaliser(components())(components().at(name)), name,
                               differences);
        for (const auto& [path, difference] : differences)
            if (!specification::is_deliberate(deliberate, path))
                ADD_FAILURE() << path << ": " << difference;
    }

    std::set<std::string> seen_;
};

TEST_F(schemas, of_cerebras_are_those_of_the_specification) {
    using namespace cerebras;
    matches<openai::assistant_message>("AssistantMessageRequest");
    matches<openai::tool_call>("AssistantToolCall");
    matches<openai::called_function>("AssistantToolCallFunction");
    matches<chat_chunk_choice>("ChatChunkChoice");
    matches<chat_chunk>("ChatChunkResponse");
    matches<chat_choice>("ChatCompletionChoice");
    matches<openai::chat_logprobs>("ChatCompletionLogProbs");
    matches<chat_request>("ChatCompletionRequest");
    matches<chat_response>("ChatCompletionResponse");
    matches<chat_response_message>("ChatCompletionResponseMessage");
    matches<openai::chosen_tool>("ChoiceObject");
    matches<openai::chosen_function>("ChoiceObjectFunction");
    matches<openai::tool_call_delta>("ChunkAssistantToolCall");
    matches<openai::called_function_delta>("ChunkAssistantToolCallFunction");
    matches<message_delta>("ChunkResponseMessage");
    matches<completion_choice>("CompletionChoice");
    matches<completion_chunk_choice>("CompletionChunkChoice");
    matches<completion_chunk>("CompletionChunkResponse");
    matches<completion_logprobs>("CompletionLogProbs");
    matches<completion_request>("CompletionRequest");
    matches<completion_response>("CompletionResponse");
    matches<create_chat_response>("CreateChatCompletionResponse");
    matches<create_completion_response>("CreateCompletionResponse");
    matches<datacenter_location>("DatacenterLocation");
    matches<openai::developer_message>("DeveloperMessageRequest");
    matches<error_content>("ErrorChunkContent");
    matches<error_chunk>("ErrorChunkResponse");
    matches<openai::function_definition>("FunctionObject");
    matches<http_validation_error>("HTTPValidationError");
    matches<hugging_face_capabilities>("HuggingFaceCapabilities");
    matches<hugging_face_model>("HuggingFaceModel");
    matches<hugging_face_model_list>("HuggingFaceModelsResponse");
    matches<hugging_face_pricing>("HuggingFacePricing");
    matches<openai::image_content>("ImageContent");
    matches<openai::image_url>("ImageUrl");
    matches<openai::image_url_content>("ImageUrlContent");
    matches<openai::json_schema_format>("JSONSchema");
    matches<openai::token_logprob>("LogProbsContent");
    matches<model_architecture>("ModelArchitecture");
    matches<model_capabilities>("ModelCapabilities");
    matches<model_format>("ModelFormat");
    matches<model_limits>("ModelLimits");
    matches<model>("ModelMetadata");
    matches<model_list>("ModelMetadataList");
    matches<model_pricing>("ModelPricing");
    matches<open_router_info>("OpenRouterInfo");
    matches<open_router_model>("OpenRouterModel");
    matches<open_router_model_list>("OpenRouterModelsResponse");
    matches<open_router_pricing>("OpenRouterPricing");
    matches<openai::json_object>("Parameters");
    matches<openai::prediction>("Prediction");
    matches<public_model>("PublicModel");
    matches<public_model_list>("PublicModelsListResponse");
    matches<reasoning_effort>("ReasoningEffort");
    matches<reasoning_format>("ReasoningFormat");
    matches<openai::response_format_json_object>("ResponseFormatJSONObject");
    matches<openai::response_format_json_schema>("ResponseFormatJSONSchema");
    matches<openai::response_format_text>("ResponseFormatText");
    matches<service_tier>("ServiceTier");
    matches<openai::stream_options>("StreamOptions");
    matches<supported_parameters>("SupportedParameters");
    matches<openai::system_message>("SystemMessageRequest");
    matches<openai::text_content>("TextContent");
    matches<time_info>("TimeInfo");
    matches<openai::tool>("Tool");
    matches<openai::tool_choice_mode>("ToolChoice");
    matches<openai::tool_message>("ToolMessageRequest");
    matches<openai::top_logprob>("TopLogProbs");
    matches<openai::usage>("Usage");
    matches<openai::user_message>("UserMessageRequest");
    matches<validation_error>("ValidationError");

    for (const auto& [name, schema] : components().items())
        EXPECT_TRUE(seen_.contains(name)) << name << " has no type";
}

TEST(operations, of_cerebras_are_those_of_the_specification) {
    static constexpr specification::deliberate more[] = {
        {"text/event-stream", "streams are described in prose there"},
        {"X-delay-time/schema/m", "no answer is delayed for longer than an hour"},
        {"completions/responses/200/application/json", "answers and chunks are one schema there"},
        {"tcp_warming/responses/200", "any JSON there; an empty object is sent"},
    };
    const value ours =
        value::parse(contract::running_server::shared()
                         .ask(server::testing::head_of("GET", "/_tessera/openapi/cerebras.json"))
                         .body);
    const value theirs = specification::load_facts("cerebras");
    for (const auto& [path, difference] : specification::compare_operations(ours, theirs, more))
        ADD_FAILURE() << path << ": " << difference;
}

}  // namespace
}  // namespace tessera
