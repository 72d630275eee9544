// POST /v1/embeddings.
#include <cmath>
#include <cstring>

#include "contract/cortex/gateway.hpp"
#include "tessera/core/base64.hpp"

namespace tessera::contract::gateway_tests {
namespace {
namespace embeddings_tests {

const json::value one_text = {{"model", "text-embedding-3-small"}, {"input", "The capital"}};

raw_response ask(const json::value& body) { return gateway::shared().post("/v1/embeddings", body); }

std::vector<std::vector<float>> vectors_of(const raw_response& got) {
    std::vector<std::vector<float>> made;
    EXPECT_EQ(got.status, 200) << got.body;
    const json::value body = got.json();
    for (const auto& each : body.at("data"))
        made.push_back(each.at("embedding").get<std::vector<float>>());
    return made;
}

TEST(gateway_embeddings, take_a_provider_before_the_model_and_name_the_model_without) {
    SCOPED_TRACE("rule: emb-prefix-optional");
    SCOPED_TRACE("rule: emb-model-unprefixed");
    for (const char* model : {"text-embedding-3-small", "openai:text-embedding-3-small"}) {
        const raw_response got = ask(with(one_text, {{"model", model}}));
        EXPECT_EQ(got.status, 200);
        EXPECT_EQ(got.json()["model"], "text-embedding-3-small");
    }
}

TEST(gateway_embeddings, are_one_for_each_input_in_its_place) {
    SCOPED_TRACE("rule: emb-input-forms");
    SCOPED_TRACE("rule: emb-order");
    SCOPED_TRACE("rule: emb-encoding-default");
    SCOPED_TRACE("rule: emb-total-equals-prompt");
    const std::vector<std::pair<json::value, std::size_t>> inputs = {
        {"one", 1},
        {{"one", "two", "three"}, 3},
        {json::value::array({json::value::array({65, 66}), json::value::array({67})}), 2},
        {json::value::array({65, 66, 67}), 1}};
    for (const auto& [input, count] : inputs) {
        const raw_response got = ask(with(one_text, {{"input", input}}));
        ASSERT_EQ(got.status, 200) << got.body;
        const json::value body = got.json();
        EXPECT_EQ(body["object"], "list");
        ASSERT_EQ(body["data"].size(), count) << input;
        for (std::size_t i = 0; i < count; ++i) {
            EXPECT_EQ(body["data"][i]["object"], "embedding");
            EXPECT_EQ(body["data"][i]["index"], i);
            EXPECT_TRUE(body["data"][i]["embedding"].at(0).is_number_float());
        }
        EXPECT_GT(body["usage"]["prompt_tokens"], 0);
        EXPECT_EQ(body["usage"]["total_tokens"], body["usage"]["prompt_tokens"]);
    }
    // Alone or beside others, a text has the same vector.
    const auto alone = vectors_of(ask(with(one_text, {{"input", "two"}})));
    const auto beside = vectors_of(ask(with(one_text, {{"input", {"one", "two", "three"}}})));
    ASSERT_EQ(beside.size(), 3U);
    EXPECT_EQ(alone.at(0), beside[1]);
    EXPECT_NE(beside[0], beside[1]);
}

TEST(gateway_embeddings, in_base64_are_the_same_floats_in_little_endian_order) {
    SCOPED_TRACE("rule: emb-encoding-base64");
    SCOPED_TRACE("rule: emb-base64-float32");
    const auto plain = vectors_of(ask(with(one_text, {{"encoding_format", "float"}})));
    const raw_response got = ask(with(one_text, {{"encoding_format", "base64"}}));
    ASSERT_EQ(got.status, 200) << got.body;
    const auto bytes =
        decode_base64(got.json()["data"][0]["embedding"].get_ref<const std::string&>());
    ASSERT_TRUE(bytes);
    ASSERT_EQ(bytes->size(), 4 * plain.at(0).size());
    for (std::size_t i = 0; i < plain[0].size(); ++i) {
        std::uint32_t bits = 0;
        for (std::size_t byte = 0; byte < 4; ++byte)
            bits |= static_cast<std::uint32_t>(static_cast<unsigned char>((*bytes)[4 * i + byte]))
                    << (8 * byte);
        float value = 0;
        std::memcpy(&value, &bits, sizeof value);
        EXPECT_EQ(value, plain[0][i]) << i;
    }
}

TEST(gateway_embeddings, of_fewer_dimensions_are_their_begin_of_length_one) {
    SCOPED_TRACE("rule: emb-dimensions");
    const auto whole = vectors_of(ask(one_text)).at(0);
    const auto some = vectors_of(ask(with(one_text, {{"dimensions", 4}}))).at(0);
    ASSERT_EQ(some.size(), 4U);
    double squares = 0, scale = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        squares += double(some[i]) * some[i];
        scale += double(whole[i]) * whole[i];
    }
    EXPECT_NEAR(squares, 1, 1e-5);
    for (std::size_t i = 0; i < 4; ++i)
        EXPECT_NEAR(some[i], whole[i] / std::sqrt(scale), 1e-5) << i;
}

TEST(gateway_embeddings, work_with_these_types_of_providers) {
    SCOPED_TRACE("rule: emb-provider-supported");
    using enum provider_type;
    const json::value answer = {
        {"object", "list"},
        {"data", {{{"object", "embedding"}, {"index", 0}, {"embedding", {0.5, -0.5}}}}},
        {"model", "vectors"},
        {"usage", {{"prompt_tokens", 3}, {"total_tokens", 3}}}};
    for (const provider_type type :
         {openai, mistral, azure, together, fireworks, groq, deepseek, custom}) {
        const provider upstream(answer);
        gateway of(with_provider("mine", upstream.settings(type, {"vectors"})));
        const raw_response got =
            of.post("/v1/embeddings", {{"model", "mine:vectors"}, {"input", "Hi"}});
        EXPECT_EQ(got.status, 200) << static_cast<int>(type) << got.body;
        EXPECT_EQ(got.json()["data"][0]["embedding"], (json::value{0.5, -0.5}));
        EXPECT_EQ(got.json()["usage"]["prompt_tokens"], 3);
        EXPECT_EQ(upstream.last()["model"], "vectors");
    }
}

TEST(gateway_embeddings, of_anthropic_there_are_none) {
    SCOPED_TRACE("rule: emb-provider-unsupported");
    const raw_response got = ask(with(one_text, {{"model", "claude-3-5-sonnet-20241022"}}));
    EXPECT_EQ(got.status, 400);
    EXPECT_EQ(error_type(got), "invalid_request_error");
}

TEST(gateway_embeddings, by_a_virtual_model_need_exactly_one_candidate) {
    SCOPED_TRACE("rule: emb-virtual-one");
    SCOPED_TRACE("rule: emb-virtual-zero");
    SCOPED_TRACE("rule: emb-virtual-many");
    cortex_options how;
    how.virtual_models["one"].candidates = {
        {.model = "openai:text-embedding-3-large", .enabled = false},
        {.model = "openai:text-embedding-3-small"}};
    how.virtual_models["none"].candidates = {
        {.model = "openai:text-embedding-3-small", .enabled = false}};
    how.virtual_models["empty"].candidates = {};
    how.virtual_models["many"].candidates = {{.model = "openai:text-embedding-3-small"},
                                             {.model = "openai:text-embedding-3-large"}};
    gateway of(how);
    const raw_response got = of.post("/v1/embeddings", with(one_text, {{"model", "one"}}));
    EXPECT_EQ(got.status, 200) << got.body;
    EXPECT_EQ(got.json()["model"], "text-embedding-3-small");
    for (const char* model : {"none", "empty", "many"}) {
        const raw_response refused = of.post("/v1/embeddings", with(one_text, {{"model", model}}));
        EXPECT_EQ(refused.status, 400) << model;
        EXPECT_EQ(error_type(refused), "invalid_request_error");
    }
}

TEST(gateway_embeddings, of_nothing_are_400) {
    SCOPED_TRACE("rule: emb-empty-model");
    SCOPED_TRACE("rule: emb-empty-input");
    for (const json::value& wrong :
         {with(one_text, {{"model", ""}}), with(one_text, {{"input", ""}}),
          with(one_text, {{"input", json::value::array()}}),
          with(one_text, {{"input", {"one", ""}}}),
          with(one_text, {{"input", json::value::array({json::value::array()})}})}) {
        const raw_response got = ask(wrong);
        EXPECT_EQ(got.status, 400) << wrong;
        EXPECT_EQ(error_type(got), "invalid_request_error") << got.body;
    }
}

TEST(gateway_embeddings, of_an_unknown_model_are_404) {
    SCOPED_TRACE("rule: emb-not-found");
    for (const char* model : {"no-such-model", "nobody:text-embedding-3-small"}) {
        const raw_response got = ask(with(one_text, {{"model", model}}));
        EXPECT_EQ(got.status, 404) << model;
        EXPECT_EQ(error_type(got), "invalid_request_error");
    }
}

}  // namespace embeddings_tests
}  // namespace
}  // namespace tessera::contract::gateway_tests
