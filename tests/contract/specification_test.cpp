// The types of the SDK and the operations of the server against the facts of the specification,
// property by property: neither can drift.
#include "contract/specification.hpp"

#include <gtest/gtest.h>

#include "contract/service.hpp"
#include "tessera/cerebras/operations.hpp"
#include "tessera/cerebrium/operations.hpp"

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

constexpr specification::deliberate deliberate_cerebrium[] = {
    {"hoice/required", "chunks in OpenAI's form are read as well, and have no text"},
    {"choices/items/required", "the same"},
    {"/finish_reason/", "the same: theirs is null until the end; the known ones have names here"},
    {"/delta/", "any object there; OpenAI's is read"},
    {"/logprobs/", "the same"},
    {"/usage/", "the same"},
};

// Types against the schemas of one API; each schema has to have a type.
class schemas {
  public:
    schemas(const std::string& api, std::span<const specification::deliberate> allowed)
        : components_(specification::load_facts(api).at("components").at("schemas")),
          allowed_(allowed) {}
    ~schemas() {
        for (const auto& [name, schema] : components_.items())
            EXPECT_TRUE(seen_.contains(name)) << name << " has no type";
    }

    template <class T>
    void match(const std::string& name) {
        seen_.insert(name);
        const value ours = json::schema<T>();
        const value definitions = ours.value("$defs", value::object());
        std::map<std::string, std::string> differences;
        specification::compare(specification::normaliser(definitions)(ours),
                               specification::normaliser(components_)(components_.at(name)), name,
                               differences);
        for (const auto& [path, difference] : differences)
            if (!specification::is_deliberate(allowed_, path))
                ADD_FAILURE() << path << ": " << difference;
    }

  private:
    value components_;
    std::span<const specification::deliberate> allowed_;
    std::set<std::string> seen_;
};

TEST(schemas, of_cerebras_are_those_of_the_specification) {
    using namespace cerebras;
    schemas all("cerebras", deliberate);
    all.match<openai::assistant_message>("AssistantMessageRequest");
    all.match<openai::tool_call>("AssistantToolCall");
    all.match<openai::called_function>("AssistantToolCallFunction");
    all.match<chat_chunk_choice>("ChatChunkChoice");
    all.match<chat_chunk>("ChatChunkResponse");
    all.match<chat_choice>("ChatCompletionChoice");
    all.match<openai::chat_logprobs>("ChatCompletionLogProbs");
    all.match<chat_request>("ChatCompletionRequest");
    all.match<chat_response>("ChatCompletionResponse");
    all.match<chat_response_message>("ChatCompletionResponseMessage");
    all.match<openai::chosen_tool>("ChoiceObject");
    all.match<openai::chosen_function>("ChoiceObjectFunction");
    all.match<openai::tool_call_delta>("ChunkAssistantToolCall");
    all.match<openai::called_function_delta>("ChunkAssistantToolCallFunction");
    all.match<message_delta>("ChunkResponseMessage");
    all.match<completion_choice>("CompletionChoice");
    all.match<completion_chunk_choice>("CompletionChunkChoice");
    all.match<completion_chunk>("CompletionChunkResponse");
    all.match<completion_logprobs>("CompletionLogProbs");
    all.match<completion_request>("CompletionRequest");
    all.match<completion_response>("CompletionResponse");
    all.match<create_chat_response>("CreateChatCompletionResponse");
    all.match<create_completion_response>("CreateCompletionResponse");
    all.match<datacenter_location>("DatacenterLocation");
    all.match<openai::developer_message>("DeveloperMessageRequest");
    all.match<error_content>("ErrorChunkContent");
    all.match<error_chunk>("ErrorChunkResponse");
    all.match<openai::function_definition>("FunctionObject");
    all.match<http_validation_error>("HTTPValidationError");
    all.match<hugging_face_capabilities>("HuggingFaceCapabilities");
    all.match<hugging_face_model>("HuggingFaceModel");
    all.match<hugging_face_model_list>("HuggingFaceModelsResponse");
    all.match<hugging_face_pricing>("HuggingFacePricing");
    all.match<openai::image_content>("ImageContent");
    all.match<openai::image_url>("ImageUrl");
    all.match<openai::image_url_content>("ImageUrlContent");
    all.match<openai::json_schema_format>("JSONSchema");
    all.match<openai::token_logprob>("LogProbsContent");
    all.match<model_architecture>("ModelArchitecture");
    all.match<model_capabilities>("ModelCapabilities");
    all.match<model_format>("ModelFormat");
    all.match<model_limits>("ModelLimits");
    all.match<model>("ModelMetadata");
    all.match<model_list>("ModelMetadataList");
    all.match<model_pricing>("ModelPricing");
    all.match<open_router_info>("OpenRouterInfo");
    all.match<open_router_model>("OpenRouterModel");
    all.match<open_router_model_list>("OpenRouterModelsResponse");
    all.match<open_router_pricing>("OpenRouterPricing");
    all.match<openai::json_object>("Parameters");
    all.match<openai::prediction>("Prediction");
    all.match<public_model>("PublicModel");
    all.match<public_model_list>("PublicModelsListResponse");
    all.match<reasoning_effort>("ReasoningEffort");
    all.match<reasoning_format>("ReasoningFormat");
    all.match<openai::response_format_json_object>("ResponseFormatJSONObject");
    all.match<openai::response_format_json_schema>("ResponseFormatJSONSchema");
    all.match<openai::response_format_text>("ResponseFormatText");
    all.match<service_tier>("ServiceTier");
    all.match<openai::stream_options>("StreamOptions");
    all.match<supported_parameters>("SupportedParameters");
    all.match<openai::system_message>("SystemMessageRequest");
    all.match<openai::text_content>("TextContent");
    all.match<time_info>("TimeInfo");
    all.match<openai::tool>("Tool");
    all.match<openai::tool_choice_mode>("ToolChoice");
    all.match<openai::tool_message>("ToolMessageRequest");
    all.match<openai::top_logprob>("TopLogProbs");
    all.match<openai::usage>("Usage");
    all.match<openai::user_message>("UserMessageRequest");
    all.match<validation_error>("ValidationError");
}

TEST(schemas, of_cerebrium_are_those_of_the_specification) {
    using namespace cerebrium;
    schemas all("cerebrium", deliberate_cerebrium);
    all.match<run_response<>>("RunResponse");
    all.match<accepted_run>("AsyncAcceptedResponse");
    all.match<chat_chunk>("ChatCompletionChunk");
    all.match<chat_chunk_choice>("ChatCompletionChunkChoice");
}

void compare_operations(const std::string& api, const std::string& facts,
                        std::span<const specification::deliberate> more) {
    const std::string target = "/_tessera/openapi/" + api + ".json";
    const value ours = value::parse(
        contract::running_server::shared().ask(server::testing::head_of("GET", target)).body);
    const value theirs = specification::load_facts(facts);
    for (const auto& [path, difference] : specification::compare_operations(ours, theirs, more))
        ADD_FAILURE() << path << ": " << difference;
}

TEST(operations, of_cerebras_are_those_of_the_specification) {
    static constexpr specification::deliberate more[] = {
        {"text/event-stream", "streams are described in prose there"},
        {"X-delay-time/schema/m", "no answer is delayed for longer than an hour"},
        {"completions/responses/200/application/json", "answers and chunks are one schema there"},
        {"tcp_warming/responses/200", "any JSON there; an empty object is sent"},
    };
    compare_operations("cerebras", "cerebras", more);
}

TEST(operations, of_cerebrium_are_those_of_the_specification) {
    static constexpr specification::deliberate more[] = {
        {"header Accept", "OpenAPI takes no notice of a parameter of this name"},
        {"query webhookEndpoint", "deliveries are on the vendor's other pages"},
        {"header X-Webhook-Secret", "the same"},
        {"/embeddings", "another name of the path, for OpenAI's clients"},
        {"/embedding/responses/200", "no body is described there"},
        {"text/event-stream/properties/", "what `schemas` says of chunks"},
    };
    compare_operations("cerebrium", "cerebrium", more);
}

TEST(operations, of_the_gateway_are_those_of_the_specification) {
    static constexpr specification::deliberate more[] = {
        {" /v1/audio/transcriptions/responses/200/text/plain/",
         "all forms of a transcript are one schema, the texts among them"},
        {" /v1/*/application/json/",
         "the types are OpenAI's and Anthropic's, of which the page names some"},
        {" /anthropic/*/application/json/", "the same"},
        {" /api/*/application/json/", "each type is held against its schema on its own"},
        {" /usage*/application/json/", "the same"},
        {" /oauth/{provider}/status/responses/200/application/json/", "the same"},
        {" /oauth/*/properties/success/", "a constant that is no text"},
        {"/text/event-stream/", "the same; each type is held against its schema on its own"},
        {"/anthropic/v1/models/parameters", "pages, which the gateway takes and has one of"},
    };
    compare_operations("cortex", "cortex-gateway", more);
}

TEST(operations, of_emissary_are_those_of_the_specification) {
    static constexpr specification::deliberate more[] = {
        {"/responses/2*/required", "answers have what makes them useful; none is required there"},
        {"/task_type/", "one of the task types, where the page has an example"},
        {"query task_type/", "the same"},
        {"/base_model_option/", "the same"},
        {"/resource_management_config/", "told apart by management_type (DECISIONS)"},
        {"/reward/", "weights by the names of functions (DECISIONS), of which the page shows two"},
        {"/rebalance_data/", "counts are whole numbers"},
        {"post /v1/chat/completions/", "OpenAI's answer, which can be streamed (DECISIONS)"},
        {"/checkpoint/type", "a whole number (DECISIONS)"},
        {"_size/type", "rows are counted"},
        {"/num_generations/type", "answers are counted"},
        {"_tokens/type", "tokens are counted"},
        {"/index/type", "a whole number"},
        {"completions/responses/200/application/json/properties/created/type", "the same"},
        {"completions/responses/200/application/json/properties/object/", "it says nothing else"},
    };
    compare_operations("emissary", "emissary", more);
}

}  // namespace
}  // namespace tessera
