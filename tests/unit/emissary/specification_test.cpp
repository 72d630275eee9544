// The types and operations against the facts of the specification, property by property: neither
// can drift.
#include "contract/specification.hpp"

#include <gtest/gtest.h>

#include <cctype>

#include "tessera/emissary.hpp"
#include "tessera/emissary/errors.hpp"

namespace tessera::emissary {
namespace {

using specification::value;

// Where the code says more than the specification, and why: parts of the paths of differences.
constexpr specification::deliberate deliberate[] = {
    {"/checkpoint", "a whole number (DECISIONS)"},
    {"_size", "rows are counted"},
    {"/num_generations", "answers are counted"},
    {"/rebalance_data/", "counts are whole numbers"},
    {"/reward/", "weights by the names of functions (DECISIONS), of which the page shows two"},
    {"/resource_management_config/", "told apart by management_type (DECISIONS)"},
    {"/task_type/", "one of the task types, where the page has an example"},
    {"Engine/answer/properties/base_model_option/", "the same"},
    {"/index/", "a whole number"},
    {"getCompletionsFromDeployment/answer/properties/created/", "a whole number of seconds"},
    {"_tokens/", "tokens are counted"},
    {"getCompletionsFromDeployment/answer/properties/object/", "it says nothing else"},
    {"getChatCompletions/request/properties/stream", "it can be streamed"},
    {"getChatCompletions/answer/", "OpenAI's answer: see the test of its members"},
};

const value& facts() {
    static const value all = specification::load_facts("emissary");
    return all;
}

const value& components() { return facts().at("components").at("schemas"); }

value documented(const value& schema) { return specification::normaliser(components())(schema); }

template <class T>
value described() {
    const value schema = json::schema<T>();
    return specification::normaliser(schema.value("$defs", value::object()))(schema);
}

// Answers have what makes them useful; the specification requires no member of any.
bool is_required_of_answers(const std::string& path) {
    return path.find("/answer") != path.npos && path.find("/required") != path.npos;
}

class comparison {
  public:
    template <class T>
    void compare(const value& schema, const std::string& path) {
        std::map<std::string, std::string> differences;
        specification::compare(described<T>(), documented(schema), path, differences);
        for (const auto& [place, difference] : differences) {
            if (is_required_of_answers(place)) continue;
            if (!specification::is_deliberate(deliberate, place))
                ADD_FAILURE() << place << ": " << difference;
            for (const auto& [part, reason] : deliberate)
                if (place.find(part) != place.npos) used_.insert(part);
        }
    }

    // An operation with all that it sends and receives.
    template <const auto& Op>
    void compare() {
        using operation = std::remove_cvref_t<decltype(Op)>;
        const std::string id(Op.id);
        SCOPED_TRACE(id);
        std::string method(Op.method);
        for (char& c : method) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        const value& there = facts().at("paths").at(std::string(Op.path)).at(method);
        EXPECT_EQ(there.at("operationId"), id);
        seen_.insert(id);
        EXPECT_EQ(Op.authentication, http::auth::api_key_header);
        EXPECT_EQ(names_in(there, "query"), names_of<typename operation::query>());
        EXPECT_EQ(names_in(there, "path").size(), call::detail::count_path_parameters<Op>());

        const value& answer = there.at("responses").at(std::to_string(Op.status));
        EXPECT_EQ(answer.contains("content"), !std::is_void_v<typename operation::response>);
        if constexpr (!std::is_void_v<typename operation::response>)
            compare<typename operation::response>(
                answer.at("content").at("application/json").at("schema"), id + "/answer");
        EXPECT_EQ(there.contains("requestBody"), !std::is_void_v<typename operation::request>);
        if constexpr (!std::is_void_v<typename operation::request>) {
            const value& body = there.at("requestBody");
            EXPECT_EQ(body.value("required", false), !Op.body.optional);
            const bool is_form = Op.takes == http::media::form;
            compare<typename operation::request>(
                body.at("content")
                    .at(is_form ? "multipart/form-data" : "application/json")
                    .at("schema"),
                id + "/request");
        }
    }

    void has_seen_all() const {
        for (const auto& [path, methods] : facts().at("paths").items())
            for (const auto& [method, operation] : methods.items())
                EXPECT_TRUE(seen_.contains(operation.at("operationId").get<std::string>()))
                    << method << ' ' << path;
        for (const auto& [part, reason] : deliberate)
            EXPECT_TRUE(used_.contains(part)) << part << " is no difference any more";
    }

  private:
    template <class Query>
    static std::set<std::string> names_of() {
        std::set<std::string> names;
        if constexpr (!std::is_void_v<Query>)
            for (const json::part_info& part : json::description<Query>.parts)
                names.insert(std::string(part.name));
        return names;
    }
    static std::set<std::string> names_in(const value& operation, const std::string& place) {
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

    std::set<std::string> seen_;
    std::set<std::string_view> used_;
};

TEST(emissary_operations, are_those_of_the_specification) {
    using namespace operations;
    comparison all;
    all.compare<list_models>();
    all.compare<get_model>();
    all.compare<create_project>();
    all.compare<list_projects>();
    all.compare<get_project>();
    all.compare<delete_project>();
    all.compare<create_dataset>();
    all.compare<list_datasets>();
    all.compare<get_dataset>();
    all.compare<delete_dataset>();
    all.compare<create_training_job>();
    all.compare<create_grpo_training_job>();
    all.compare<list_training_jobs>();
    all.compare<get_training_job>();
    all.compare<delete_training_job>();
    all.compare<cancel_training_job>();
    all.compare<list_checkpoints>();
    all.compare<create_engine>();
    all.compare<list_engines>();
    all.compare<get_engine>();
    all.compare<delete_engine>();
    all.compare<deploy_on_engine>();
    all.compare<undeploy_from_engine>();
    all.compare<reactivate_engine>();
    all.compare<deactivate_engine>();
    all.compare<create_deployment>();
    all.compare<list_deployments>();
    all.compare<get_deployment>();
    all.compare<delete_deployment>();
    all.compare<reactivate_deployment>();
    all.compare<create_completion>();
    all.compare<create_chat_completion>();
    all.compare<create_embedding>();
    all.compare<create_classification>();
    all.compare<list_testing_functions>();
    all.has_seen_all();
}

// Three schemas that differ in what they require.
TEST(emissary_schemas, one_body_is_that_of_every_error) {
    const value ours = described<error_body>();
    for (const char* name : {"ApiErrorInvalidInput", "ApiErrorNotFound", "ApiErrorUnauthorized"}) {
        const value theirs = documented(components().at(name));
        for (const auto& [member, schema] : theirs.at("properties").items())
            EXPECT_EQ(ours.at("properties").at(member), schema) << name << ' ' << member;
        for (const value& required : ours.at("required"))
            EXPECT_NE(
                std::find(theirs.at("required").begin(), theirs.at("required").end(), required),
                theirs.at("required").end())
                << name << ' ' << required;
    }
}

// ApiResponse is in the document, and in no operation.
TEST(emissary_schemas, all_are_reached) {
    const std::string text = facts().dump();
    std::set<std::string> unreached;
    for (const auto& [name, schema] : components().items())
        if (text.find("\"#/components/schemas/" + name + "\"") == text.npos) unreached.insert(name);
    EXPECT_EQ(unreached, std::set<std::string>{"ApiResponse"});
}

void has_members(const value& ours, const value& theirs, const std::string& path) {
    if (theirs.contains("items")) has_members(ours.at("items"), theirs.at("items"), path + "[]");
    const value properties = theirs.value("properties", value::object());
    for (const auto& [name, member] : properties.items()) {
        // No model here hears or speaks: it stays in `extra`.
        if (name == "audio_tokens") continue;
        ASSERT_TRUE(ours.at("properties").contains(name)) << path << '/' << name;
        has_members(ours.at("properties").at(name), member, path + '/' + name);
    }
}

TEST(emissary_schemas, a_chat_answer_has_the_members_that_the_page_names) {
    has_members(described<openai::chat_response>(),
                documented(components().at("ChatCompletionObject")), "");
}

// What creates or begins something is sent once; what asks, removes or infers may be sent again.
TEST(emissary_operations, are_sent_again_where_that_does_no_harm) {
    using namespace operations;
    EXPECT_FALSE(create_project.is_replayable());
    EXPECT_FALSE(create_dataset.is_replayable());
    EXPECT_FALSE(create_training_job.is_replayable());
    EXPECT_FALSE(create_grpo_training_job.is_replayable());
    EXPECT_FALSE(create_engine.is_replayable());
    EXPECT_FALSE(deploy_on_engine.is_replayable());
    EXPECT_FALSE(undeploy_from_engine.is_replayable());
    EXPECT_FALSE(reactivate_engine.is_replayable());
    EXPECT_FALSE(deactivate_engine.is_replayable());
    EXPECT_FALSE(create_deployment.is_replayable());
    EXPECT_FALSE(reactivate_deployment.is_replayable());
    EXPECT_TRUE(cancel_training_job.is_replayable());
    EXPECT_TRUE(delete_project.is_replayable());
    EXPECT_TRUE(create_completion.is_replayable());
    EXPECT_TRUE(create_chat_completion.is_replayable());
    EXPECT_TRUE(create_embedding.is_replayable());
    EXPECT_TRUE(create_classification.is_replayable());
    EXPECT_TRUE(get_training_job.is_replayable());
}

}  // namespace
}  // namespace tessera::emissary
