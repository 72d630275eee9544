// Every operation wants a key, and every name in a path is of something.
#include "contract/emissary/workshop.hpp"

namespace tessera::contract::emissary_tests {
namespace {
namespace access_tests {

struct operation {
    std::string method;
    std::string path;
    std::string body{};  // that is as it should be
};

// Those of the published document; paths have ids of nothing.
std::vector<operation> operations() {
    static const std::map<std::string, std::string> bodies{
        {"createTrainingJob", R"({"base_model": "m", "train_dataset_id": "ds-1"})"},
        {"createGRPOTrainingJob", R"({"base_model": "m", "train_dataset_id": "ds-1",
            "test_functions": ["exact_match_shared"], "reward": {"exact_match_shared": 1}})"},
        {"createEngine", R"({"base_model": "Llama-3.2-1B-Instruct"})"},
        {"deployOnEngine", R"({"project_id": "ms-1", "training_id": "tr-1", "checkpoint": 1})"},
        {"unDeployFromEngine", R"({"deployment_name": "d"})"},
        {"createDeployment", R"({"training_job_id": "Llama-3.2-1B-Instruct", "checkpoint": 0})"},
        {"getCompletionsFromDeployment", R"({"model": "nobody", "prompt": "a"})"},
        {"getChatCompletions",
         R"({"model": "nobody", "messages": [{"role": "user", "content": "a"}]})"},
        {"getEmbeddingsFromDeployment", R"({"model": "nobody", "input": "a", "target": "b"})"},
        {"getClassificationFromDeployment", R"({"model": "nobody", "input": "a"})"},
    };
    const json::value document =
        running_server::shared().ask(head_of("GET", "/_tessera/openapi/emissary.json")).json();
    std::vector<operation> all;
    for (const auto& [path, methods] : document["paths"].items())
        for (const auto& [method, described] : methods.items()) {
            operation made{.method = method, .path = path};
            for (char& each : made.method) each = static_cast<char>(std::toupper(each));
            std::size_t open = 0;
            while ((open = made.path.find('{')) != std::string::npos)
                made.path.replace(open, made.path.find('}') - open + 1, "nothing");
            const auto body = bodies.find(described["operationId"].get<std::string>());
            if (body != bodies.end()) made.body = body->second;
            all.push_back(std::move(made));
        }
    return all;
}

TEST(emissary_access, needs_the_key_everywhere) {
    workshop at;
    const auto all = operations();
    EXPECT_EQ(all.size(), 35U);
    for (const operation& each : all)
        for (const char* shown : {"", "emissary-tessera-dew", "Bearer emissary-tessera-dev"}) {
            const raw_response got = at.ask(each.method, each.path, each.body, shown);
            EXPECT_EQ(refusal_of(got).first, 401) << each.method << ' ' << each.path;
            EXPECT_NE(got.header("www-authenticate"), "(absent)");
        }
    // Also where there is nothing.
    EXPECT_EQ(refusal_of(at.ask("GET", "/v1/other")).first, 404);
    EXPECT_EQ(refusal_of(at.ask("PUT", "/v1/projects")).first, 405);
}

TEST(emissary_access, finds_nothing_where_there_is_nothing) {
    workshop at;
    int seen = 0;
    for (const operation& each : operations()) {
        if (each.path.find("nothing") == std::string::npos) continue;
        // An upload is a form.
        if (each.method == "POST" && each.path.ends_with("/datasets")) continue;
        ++seen;
        const auto [status, message] = refusal_of(at.ask(each.method, each.path, each.body));
        EXPECT_EQ(status, 404) << each.method << ' ' << each.path << ": " << message;
        EXPECT_NE(message.find("nothing"), std::string::npos) << message;
    }
    EXPECT_GE(seen, 24);
}

TEST(emissary_access, what_is_not_in_a_project_is_not_found_below_it) {
    workshop at;
    const std::string mine = at.new_project(), other = at.new_project();
    const std::string deployment = at.new_deployment(mine);
    const std::string path = "/deployments/" + deployment;
    EXPECT_EQ(at.ask("GET", "/v1/projects/" + mine + path).status, 200);
    for (const auto& [method, below] :
         {std::pair("GET", ""), std::pair("DELETE", ""), std::pair("POST", "/reactivate")})
        EXPECT_EQ(refusal_of(at.ask(method, "/v1/projects/" + other + path + below)).first, 404);
    EXPECT_EQ(at.status(mine, deployment), "Deployed");
}

TEST(emissary_access, bodies_that_are_none_are_refused_with_their_place) {
    workshop at;
    const std::string project = at.new_project();
    const struct {
        std::string path, body, message;
    } cases[] = {
        {"/v1/projects", "{", "the body: "},
        {"/v1/projects", "[]", "the body: "},
        {"/v1/projects", R"({"name": 5})", "name: "},
        {"/v1/projects", R"({"name": ""})", "name: must have 1 to 256 bytes"},
        {"/v1/projects", R"({"name": "a\nb"})", "name: must not have control characters"},
        {"/v1/engines", "{}", "base_model: "},
        {"/v1/engines", R"({"base_model": "GPT"})", "base_model: there is no base model \"GPT\""},
        {"/v1/projects/" + project + "/deployments", R"({"checkpoint": 0})", "training_job_id: "},
        {"/v1/projects/" + project + "/deployments",
         R"({"training_job_id": "x", "checkpoint": 1.5})", "checkpoint: "},
    };
    for (const auto& each : cases) {
        const auto [status, message] = refusal_of(at.ask("POST", each.path, each.body));
        EXPECT_EQ(status, 400) << each.body;
        EXPECT_EQ(message.find(each.message), 0U) << message;
    }
    // What is told of a long text is its beginning.
    const std::string many(1000, 'x');
    const std::string much = "{\"base_model\": \"" + many + "\"}";
    EXPECT_LT(refusal_of(at.ask("POST", "/v1/engines", much)).second.size(), 400U);
    EXPECT_LT(refusal_of(at.ask("GET", "/v1/models/" + many)).second.size(), 400U);
    // Members that nobody knows are passed over.
    EXPECT_EQ(at.ask("POST", "/v1/projects", R"({"name": "a", "colour": "red"})").status, 201);
}

}  // namespace access_tests
}  // namespace
}  // namespace tessera::contract::emissary_tests
