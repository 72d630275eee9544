// The types of the SDK against the facts of the specification, property by property: neither can
// drift.
#include <gtest/gtest.h>

#include <cctype>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "tessera/cerebras/operations.hpp"
#include "tessera/json.hpp"

namespace tessera {
namespace {

// Sorted members: the order of keywords means nothing here.
using value = nlohmann::json;

value load_facts(const std::string& api) {
    std::ifstream file(TESSERA_SOURCE_DIR "/tests/contract/specs/" + api + ".json");
    return json::parse(std::string(std::istreambuf_iterator<char>(file), {})).value();
}

// One spelling for what JSON Schema can say in several: references resolved, "or null" as a flag, a
// single-valued enum as const, oneOf as anyOf, silence about additional members as permission.
class normaliser {
  public:
    explicit normaliser(const value& definitions) : definitions_(definitions) {}

    value operator()(const value& schema, int depth = 0) const {
        if (depth > 40) return {{"recursive", true}};
        if (schema.contains("$ref")) {
            const std::string reference = schema["$ref"];
            return (*this)(definitions_.at(reference.substr(reference.rfind('/') + 1)), depth + 1);
        }
        value flat = value::object();
        for (const char* keyword :
             {"type", "const", "enum", "minimum", "maximum", "exclusiveMinimum", "minLength",
              "maxLength", "minItems", "maxItems", "pattern"})
            if (schema.contains(keyword)) flat[keyword] = number(schema[keyword]);
        if (flat.contains("enum") && flat["enum"].size() == 1) flat["const"] = flat["enum"][0];
        if (flat.contains("const")) flat.erase("enum");
        if (flat.contains("enum") || flat.contains("const")) flat.erase("type");
        if (flat.contains("enum")) flat["enum"] = sorted(flat["enum"]);
        if (schema.contains("items")) flat["items"] = (*this)(schema["items"], depth + 1);
        if (schema.contains("default") && !schema["default"].is_null())
            flat["default"] = number(schema["default"]);
        if (schema.value("deprecated", false)) flat["deprecated"] = true;
        if (schema.contains("properties")) {
            for (const auto& [name, property] : schema["properties"].items())
                flat["properties"][name] = (*this)(property, depth + 1);
            flat["required"] = sorted(schema.value("required", value::array()));
        }
        if (schema.contains("additionalProperties") && schema["additionalProperties"] != true &&
            schema["additionalProperties"] != value::object())
            flat["additionalProperties"] = schema["additionalProperties"].is_object()
                                               ? (*this)(schema["additionalProperties"], depth + 1)
                                               : schema["additionalProperties"];
        for (const char* keyword : {"anyOf", "oneOf"})
            if (schema.contains(keyword)) take_alternatives(flat, schema[keyword], depth);
        if (flat.contains("type") && flat["type"].is_array()) {
            value alternatives = value::array();
            for (const value& type : flat["type"]) alternatives.push_back({{"type", type}});
            flat.erase("type");
            take_alternatives(flat, alternatives, depth);
        }
        return flat;
    }

  private:
    static value number(const value& of) { return of.is_number() ? value(of.get<double>()) : of; }

    static value sorted(const value& list) {
        std::set<value> ordered(list.begin(), list.end());
        return value(std::vector<value>(ordered.begin(), ordered.end()));
    }

    void take_alternatives(value& flat, const value& alternatives, int depth) const {
        std::set<value> kept;
        for (const value& alternative : alternatives) {
            const value plain = (*this)(alternative, depth + 1);
            if (plain == value{{"type", "null"}})
                flat["nullable"] = true;
            else if (plain.contains("anyOf"))
                kept.insert(plain["anyOf"].begin(), plain["anyOf"].end());
            else
                kept.insert(plain);
        }
        if (kept.size() == 1) {
            for (const auto& [keyword, content] : kept.begin()->items()) flat[keyword] = content;
        } else if (!kept.empty()) {
            flat["anyOf"] = std::vector<value>(kept.begin(), kept.end());
        }
    }

    const value& definitions_;
};

// Every difference, with its path.
void compare(const value& ours, const value& theirs, const std::string& path,
             std::map<std::string, std::string>& differences) {
    if (ours == theirs) return;
    if (ours.is_object() && theirs.is_object()) {
        std::set<std::string> names;
        for (const auto& [name, member] : ours.items()) names.insert(name);
        for (const auto& [name, member] : theirs.items()) names.insert(name);
        for (const std::string& name : names)
            compare(ours.value(name, value("(absent)")), theirs.value(name, value("(absent)")),
                    path + "/" + name, differences);
    } else if (ours.is_array() && theirs.is_array() && ours.size() == theirs.size()) {
        for (std::size_t i = 0; i < ours.size(); ++i)
            compare(ours[i], theirs[i], path + "/" + std::to_string(i), differences);
    } else {
        differences[path] = "the code says " + ours.dump() + ", the specification " + theirs.dump();
    }
}

// Where the code says more than the specification, and why: parts of the paths of differences.
constexpr std::pair<std::string_view, std::string_view> deliberate[] = {
    {"sage/properties", "usage is any object there; DECISIONS names the members that are sent"},
    {"sage/required", "the same"},
    {"/token_logprobs/items/nullable", "the first token of an echoed prompt has no probability"},
    {"/properties/top_logprobs/items/nullable", "the same"},
};

class schemas : public ::testing::Test {
  protected:
    static const value& components() {
        static const value facts = load_facts("cerebras").at("components").at("schemas");
        return facts;
    }

    template <class T>
    void matches(const std::string& name) {
        seen_.insert(name);
        const value ours = json::schema<T>();
        const value definitions = ours.value("$defs", value::object());
        std::map<std::string, std::string> differences;
        compare(normaliser(definitions)(ours), normaliser(components())(components().at(name)),
                name, differences);
        for (const auto& [path, difference] : differences)
            if (!is_deliberate(path)) ADD_FAILURE() << path << ": " << difference;
    }

    static bool is_deliberate(const std::string& path) {
        for (const auto& [part, reason] : deliberate)
            if (path.find(part) != std::string::npos) return true;
        return false;
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
    const value paths = load_facts("cerebras").at("paths");
    std::size_t documented = 0;
    for (const auto& [path, methods] : paths.items()) documented += methods.size();
    namespace made = cerebras::operations;
    const auto all = std::tie(made::warm_tcp, made::create_chat_completion, made::create_completion,
                              made::list_models, made::get_model, made::list_public_models,
                              made::get_public_model);
    EXPECT_EQ(documented, std::tuple_size_v<decltype(all)>);

    const auto check = [&](const auto& operation) {
        std::string method(operation.method);
        for (char& letter : method) letter = static_cast<char>(std::tolower(letter));
        const value* facts = nullptr;
        if (paths.contains(operation.path) && paths.at(operation.path).contains(method))
            facts = &paths.at(operation.path).at(method);
        ASSERT_TRUE(facts) << operation.method << " " << operation.path;
        EXPECT_EQ(facts->at("operationId"), operation.id);
        EXPECT_EQ(facts->contains("security"), operation.authentication != http::auth::none)
            << operation.path;
        using request = typename std::remove_cvref_t<decltype(operation)>::request;
        EXPECT_EQ(facts->contains("requestBody"), !std::is_void_v<request>) << operation.path;
    };
    std::apply([&](const auto&... operation) { (check(operation), ...); }, all);
}

}  // namespace
}  // namespace tessera
