// The types and operations against the facts of the specification, property by property: neither
// can drift. What is in Anthropic's dialect is in unit/anthropic.
#include "contract/specification.hpp"

#include <gtest/gtest.h>

#include <cctype>

#include "tessera/cortex.hpp"
#include "tessera/cortex/errors.hpp"

namespace tessera::cortex {
namespace {

using specification::value;

// Where the code says more than the specification, and why: parts of the paths of differences. The
// page names few members of OpenAI's dialect; the others are OpenAI's.
constexpr specification::deliberate deliberate[] = {
    {"ChatCompletionRequest/properties/", "all members are OpenAI's: see the test of its members"},
    {"ChatCompletion/properties/choices", "members of OpenAI's in them"},
    {"ChatCompletion/properties/service_tier", "a member of OpenAI's"},
    {"ChatCompletion/properties/system_fingerprint", "the same"},
    {"ChatCompletion/properties/usage", "see ChatUsage"},
    {"ChatCompletion/required", "usage is read where it is"},
    {"ChatCompletionChunk/properties/choices", "as of ChatCompletion"},
    {"ChatCompletionChunk/properties/service_tier", "a member of OpenAI's"},
    {"ChatCompletionChunk/properties/system_fingerprint", "the same"},
    {"ChatCompletionChunk/properties/usage", "see ChatUsage"},
    {"ChatUsage/properties", "counts are read where they are, with OpenAI's details"},
    {"ChatUsage/required", "the same"},
    {"ChatTool/properties/function/properties", "null for absence, as OpenAI takes it"},
    {"ChatTool/properties/type", "a kind that is newer than this client is kept"},
    {"EmbeddingRequest/properties/input/anyOf", "rules of elements; the server holds to them"},
    {"items/properties/enabled", "a constant that is no text"},
    {"properties/success", "the same"},
    {"OAuthStatus/", "one struct for the three states there; see the test of it"},
    {"UsageSummary/properties/by_", "a count is not negative"},
    {"Update/properties/", "null is absence (A36)"},
    {"UsageRecord/", "two schemas that differ in one member there; see the test of it"},
};

const value& facts() {
    static const value all = specification::load_facts("cortex-gateway");
    return all;
}

const value& components() { return facts().at("components").at("schemas"); }

value documented(const std::string& name) {
    return specification::normaliser(components())(components().at(name));
}

template <class T>
value described() {
    const value schema = json::schema<T>();
    return specification::normaliser(schema.value("$defs", value::object()))(schema);
}

std::map<std::string, std::string> differences(const value& ours, const value& theirs,
                                               const std::string& name) {
    std::map<std::string, std::string> all;
    specification::compare(ours, theirs, name, all);
    return all;
}

template <class T>
void matches(const std::string& name, std::set<std::string_view>& used) {
    for (const auto& [path, difference] : differences(described<T>(), documented(name), name)) {
        if (!specification::is_deliberate(deliberate, path))
            ADD_FAILURE() << path << ": " << difference;
        for (const auto& [part, reason] : deliberate)
            if (path.find(part) != path.npos) used.insert(part);
    }
}

TEST(cortex_schemas, are_those_of_the_specification) {
    std::set<std::string_view> used;
    matches<error_type>("ErrorType", used);
    matches<error_detail>("OpenAIErrorDetail", used);
    matches<error_body>("OpenAIError", used);
    matches<openai::finish_reason>("FinishReason", used);
    matches<openai::chat_request>("ChatCompletionRequest", used);
    matches<openai::chat_response>("ChatCompletion", used);
    matches<openai::chat_chunk>("ChatCompletionChunk", used);
    matches<openai::usage>("ChatUsage", used);
    matches<openai::tool>("ChatTool", used);
    matches<openai::tool_call>("ChatToolCall", used);
    matches<openai::model_list>("ModelList", used);
    matches<openai::embedding_request>("EmbeddingRequest", used);
    matches<openai::embedding_response>("EmbeddingList", used);
    matches<openai::transcription_request>("TranscriptionRequest", used);
    matches<openai::plain_transcription>("TranscriptionJson", used);
    matches<openai::verbose_transcription>("TranscriptionVerbose", used);
    matches<openai::diarized_segment>("TranscriptionDiarizedSegment", used);
    matches<openai::diarized_transcription>("TranscriptionDiarized", used);
    matches<openai::transcription_usage>("TranscriptionUsage", used);
    matches<std::vector<openai::transcription_logprob>>("TranscriptionLogprobs", used);
    matches<openai::transcript_delta>("TranscriptionTextDelta", used);
    matches<openai::transcript_done>("TranscriptionTextDone", used);
    matches<openai::transcription_event>("TranscriptionStreamEvent", used);
    matches<provider_models>("ProviderModels", used);
    matches<provider_auth>("ProviderAuth", used);
    matches<inflight_snapshot>("InflightSnapshot", used);
    matches<caching_config>("CachingConfig", used);
    matches<caching_config_update>("CachingConfigUpdate", used);
    matches<token_refresh_config>("TokenRefreshConfig", used);
    matches<token_refresh_config_update>("TokenRefreshConfigUpdate", used);
    matches<usage_record>("UsageRecord", used);
    matches<usage_summary>("UsageSummary", used);
    matches<oauth_success>("OAuthCallbackSuccess", used);
    matches<oauth_status>("OAuthStatus", used);
    matches<oauth_refreshed>("OAuthRefreshSuccess", used);
    matches<oauth_deleted>("OAuthDeleteSuccess", used);
    matches<device_authorization>("DeviceAuthorization", used);
    matches<oauth_error>("DevicePollError", used);
    for (const auto& [part, reason] : deliberate)
        EXPECT_TRUE(used.contains(part)) << part << " is no difference any more";
}

// A record is that of a request that failed, whose code the other kind lacks.
TEST(cortex_schemas, a_record_has_the_members_of_both_kinds) {
    value base = documented("UsageRecordBase");
    const value ours = described<usage_record>();
    for (const auto& [name, member] : base.at("properties").items())
        EXPECT_TRUE(differences(ours.at("properties").at(name), member, name).empty()) << name;
    value required = base.at("required");
    required.push_back("status");
    std::sort(required.begin(), required.end());
    EXPECT_EQ(ours.at("required"), required);
    EXPECT_EQ(ours.at("properties").at("status").at("enum"), value({"error", "success"}));
    EXPECT_TRUE(ours.at("properties").contains("error_code"));
}

// Whatever is required in all of its states is required, and there are the members of all.
TEST(cortex_schemas, a_status_of_oauth_has_the_members_of_all_its_states) {
    const value ours = described<oauth_status>();
    std::set<std::string> members;
    for (const char* state :
         {"OAuthStatusNotAuthenticated", "OAuthStatusAuthenticated", "OAuthStatusPermanent"}) {
        const value theirs = documented(state);
        for (const auto& [name, member] : theirs.at("properties").items()) members.insert(name);
        for (const auto& each : ours.at("required"))
            EXPECT_NE(std::find(theirs.at("required").begin(), theirs.at("required").end(), each),
                      theirs.at("required").end())
                << state << " " << each;
    }
    for (const std::string& each : members)
        EXPECT_TRUE(ours.at("properties").contains(each)) << each;
    EXPECT_EQ(ours.at("properties").size(), members.size());
}

// The members of the page have the page's rules.
TEST(cortex_schemas, a_chat_request_has_the_members_that_the_page_names) {
    const value ours = described<openai::chat_request>();
    const value theirs = documented("ChatCompletionRequest");
    EXPECT_EQ(ours.at("required"), theirs.at("required"));
    for (const auto& [name, member] : theirs.at("properties").items()) {
        ASSERT_TRUE(ours.at("properties").contains(name)) << name;
        for (const char* rule : {"minimum", "maximum", "minItems", "default"})
            EXPECT_EQ(ours.at("properties").at(name).value(rule, value()),
                      member.value(rule, value()))
                << name << " " << rule;
    }
}

template <class Query>
std::set<std::string> names_of() {
    std::set<std::string> names;
    if constexpr (!std::is_void_v<Query>)
        for (const json::part_info& part : json::description<Query>.parts)
            names.insert(std::string(part.name));
    return names;
}

std::set<std::string> names_in(const value& operation, const std::string& place) {
    std::set<std::string> names;
    for (const value& each : operation.value("parameters", value::array())) {
        const value& parameter =
            each.contains("$ref")
                ? facts().at(value::json_pointer(each["$ref"].get<std::string>().substr(1)))
                : each;
        if (parameter.at("in") == place) names.insert(parameter.at("name").get<std::string>());
    }
    return names;
}

template <const auto& Op>
void is_documented(std::set<std::string>& seen) {
    using operation = std::remove_cvref_t<decltype(Op)>;
    std::string method(Op.method);
    for (char& c : method) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    const value& there = facts().at("paths").at(std::string(Op.path)).at(method);
    const std::string id(Op.id);
    EXPECT_EQ(there.at("operationId"), id);
    seen.insert(id);
    const bool by_key = Op.authentication == http::auth::api_key_header;
    if (Op.authentication == http::auth::none) {
        EXPECT_TRUE(there.at("security").empty()) << id;
    } else {
        EXPECT_TRUE(there.at("security")[0].contains(by_key ? "xApiKey" : "bearerAuth")) << id;
    }
    const std::string status = std::to_string(Op.status);
    ASSERT_TRUE(there.at("responses").contains(status)) << id;
    EXPECT_EQ(there.contains("requestBody"), !std::is_void_v<typename operation::request>) << id;
    EXPECT_EQ(there.at("responses")
                  .at(status)
                  .value("content", value::object())
                  .contains("text/event-stream"),
              !std::is_void_v<typename operation::chunk>)
        << id;
    // Anthropic has pages of models; the gateway has one.
    if (id != "listAnthropicModels") {
        EXPECT_EQ(names_of<typename operation::query>(), names_in(there, "query")) << id;
    }
    EXPECT_EQ(names_of<typename operation::headers>(), names_in(there, "header")) << id;
    // Inference and reading may be sent again, and so may what sets a state. What takes codes and
    // tokens that are good once may not.
    static const std::set<std::string> once = {"oauthCallback", "oauthRefresh", "oauthQwenDevice",
                                               "oauthQwenDevicePoll"};
    EXPECT_EQ(Op.is_replayable(), !once.contains(id)) << id;
}

TEST(cortex_operations, are_those_of_the_specification) {
    std::set<std::string> seen;
    is_documented<operations::create_chat_completion>(seen);
    is_documented<operations::list_models>(seen);
    is_documented<operations::create_embedding>(seen);
    is_documented<operations::create_transcription>(seen);
    is_documented<operations::create_message>(seen);
    is_documented<operations::list_anthropic_models>(seen);
    is_documented<operations::list_provider_models>(seen);
    is_documented<operations::get_provider_auth>(seen);
    is_documented<operations::list_inflight_requests>(seen);
    is_documented<operations::get_caching_config>(seen);
    is_documented<operations::update_caching_config>(seen);
    is_documented<operations::get_token_refresh_config>(seen);
    is_documented<operations::update_token_refresh_config>(seen);
    is_documented<operations::list_usage>(seen);
    is_documented<operations::summarize_usage>(seen);
    is_documented<operations::oauth_authorize>(seen);
    is_documented<operations::oauth_callback>(seen);
    is_documented<operations::oauth_status_of>(seen);
    is_documented<operations::oauth_refresh>(seen);
    is_documented<operations::oauth_delete_token>(seen);
    is_documented<operations::oauth_qwen_device>(seen);
    is_documented<operations::oauth_qwen_device_poll>(seen);
    for (const auto& [path, methods] : facts().at("paths").items())
        for (const auto& [method, operation] : methods.items()) {
            const std::string id = operation.at("operationId");
            EXPECT_TRUE(seen.contains(id)) << id;
        }
}

}  // namespace
}  // namespace tessera::cortex
