#include "tessera/openai/embeddings.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "tessera/json.hpp"

namespace tessera::openai {
namespace {

std::string answer_with(const std::string& vector) {
    return R"({"object":"list","data":[{"object":"embedding","embedding":)" + vector +
           R"(,"index":0}],"model":"m","usage":{"prompt_tokens":2,"total_tokens":2}})";
}

embedding_vector vector_of(const std::string& json) {
    auto read = json::decode_text<embedding_response>(answer_with(json));
    EXPECT_TRUE(read) << read.error().message;
    return read ? read->data.at(0).embedding : embedding_vector();
}

std::string message_of(const std::string& json) {
    const auto read = json::decode_text<embedding_response>(answer_with(json));
    return read ? "was read" : read.error().message;
}

TEST(embeddings, numbers_and_base64_are_the_same_vector) {
    const std::vector<float> expected = {0.0F, 1.0F, -2.5F, 3.0e-39F, 0.1F};
    for (const std::string text : {"[0,1,-2.5,3e-39,0.1]", R"("AAAAAAAAgD8AACDAyKogAM3MzD0=")"}) {
        const embedding_vector read = vector_of(text);
        const std::span<const float> view = read;
        EXPECT_EQ(std::vector<float>(view.begin(), view.end()), expected);
        EXPECT_EQ(read.encoding(),
                  text.front() == '[' ? embedding_encoding::floats : embedding_encoding::base64);
    }
    EXPECT_TRUE(vector_of("[]").values().empty());
    EXPECT_TRUE(vector_of("\"\"").values().empty());
}

TEST(embeddings, are_written_as_they_say) {
    const std::vector<float> values = {0.0F, 1.0F, -2.5F, 3.0e-39F, 0.1F};
    EXPECT_EQ(json::encode(embedding{.object = "embedding", .embedding = values}),
              R"({"object":"embedding","embedding":[0.0,1.0,-2.5,3e-39,0.1],"index":0})");
    EXPECT_EQ(
        json::encode(embedding{.embedding = {values, embedding_encoding::base64}, .index = 3}),
        R"({"object":"embedding","embedding":"AAAAAAAAgD8AACDAyKogAM3MzD0=","index":3})");
    EXPECT_EQ(json::encode(embedding{}), R"({"object":"embedding","embedding":[],"index":0})");
}

TEST(embeddings, keep_every_bit_in_either_form) {
    std::vector<float> values = {std::numeric_limits<float>::max(),
                                 std::numeric_limits<float>::min(),
                                 std::numeric_limits<float>::denorm_min(), -0.0F};
    std::uint32_t bits = 1;
    while (values.size() < 200000) {
        bits = bits * 1664525U + 1013904223U;
        const auto value = std::bit_cast<float>(bits);
        if (std::isfinite(value)) values.push_back(value);
    }
    for (const auto encoding : {embedding_encoding::floats, embedding_encoding::base64}) {
        const auto read =
            json::decode_text<embedding>(json::encode(embedding{.embedding = {values, encoding}}));
        ASSERT_TRUE(read);
        const auto got = read->embedding.values();
        ASSERT_EQ(got.size(), values.size());
        for (std::size_t i = 0; i < values.size(); ++i)
            ASSERT_EQ(std::bit_cast<std::uint32_t>(got[i]), std::bit_cast<std::uint32_t>(values[i]))
                << values[i];
    }
}

TEST(embeddings, say_what_is_wrong_with_a_vector) {
    const std::string place = "data[0].embedding: ";
    const std::string base64 = place + "expected base64 of finite little-endian 32 bit floats";
    EXPECT_EQ(message_of("\"AAAA\""), base64);      // three bytes
    EXPECT_EQ(message_of("\"AAAAA\""), base64);     // no base64
    EXPECT_EQ(message_of("\"AACAfw==\""), base64);  // infinite
    EXPECT_EQ(message_of("{}"), place + "expected a string or an array");
    EXPECT_EQ(message_of(R"([1,"a"])"), "data[0].embedding[1]: expected a number");
    EXPECT_EQ(message_of("[1e39]"), "data[0].embedding[0]: the number is out of range");
}

TEST(embeddings, move_their_values_out) {
    embedding_vector vector(std::vector<float>(1000));
    const float* const where = vector.values().data();
    const std::vector<float> taken = std::move(vector).values();
    EXPECT_EQ(taken.data(), where);
}

embedding_input input_of(const std::string& json) {
    std::vector<json::issue> issues;
    const auto read = json::decode<embedding_request>(
        *json::parse(R"({"model":"m","input":)" + json + "}"), json::mode::strict, issues);
    EXPECT_TRUE(read && issues.empty()) << json;
    return read ? read->input : embedding_input();
}

TEST(embeddings, take_texts_and_tokens) {
    EXPECT_EQ(input_of(R"("a")"), embedding_input("a"));
    EXPECT_EQ(input_of(R"(["a","b"])"), embedding_input(std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(input_of("[1,2]"), embedding_input(std::vector{1, 2}));
    EXPECT_EQ(input_of("[[1],[2,3]]"), embedding_input(std::vector<std::vector<int>>{{1}, {2, 3}}));
}

TEST(embeddings, requests_are_held_to_their_rules) {
    for (const std::string bad :
         {R"({"model":"","input":"a"})", R"({"model":"m","input":""})",
          R"({"model":"m","input":[]})", R"({"model":"m"})", R"({"input":"a"})",
          R"({"model":"m","input":"a","dimensions":0})", R"({"model":"m","input":[1,"a"]})",
          R"({"model":"m","input":"a","encoding_format":"int8"})"}) {
        std::vector<json::issue> issues;
        (void)json::decode<embedding_request>(*json::parse(bad), json::mode::strict, issues);
        EXPECT_EQ(issues.size(), 1U) << bad;
    }
    EXPECT_EQ(
        json::encode(embedding_request{.model = "m",
                                       .input = std::vector<std::string>{"a"},
                                       .dimensions = 8,
                                       .encoding_format = embedding_encoding::base64,
                                       .user = "u"}),
        R"({"model":"m","input":["a"],"dimensions":8,"encoding_format":"base64","user":"u"})");
}

TEST(embeddings, the_schema_knows_both_forms) {
    const json::value schema = json::schema<embedding>();
    EXPECT_EQ(schema["properties"]["embedding"].dump(),
              R"({"anyOf":[{"type":"array","items":{"type":"number"}},{"type":"string"}]})");
}

}  // namespace
}  // namespace tessera::openai
