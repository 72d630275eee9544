#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "constrain/answer_form.hpp"
#include "constrain/gbnf.hpp"
#include "constrain/rule_builder.hpp"
#include "constrain/token_masks.hpp"
#include "engine/constrain/bundled_tokens.hpp"

namespace tessera::engine {
namespace {

using json = nlohmann::ordered_json;

// Masks of one grammar over a vocabulary.
class masked {
  public:
    masked(const std::vector<std::string>& vocabulary, const json& schema, bool tidy = false)
        : texts_(vocabulary) {
        rules_.tidy = tidy;
        rule_builder build(rules_);
        rules_.start = build.state();
        build.finish(build.value(rules_.start, schema_graph::compile(schema)));
        begin();
    }
    struct gbnf {
        std::string_view text;
    };
    masked(const std::vector<std::string>& vocabulary, gbnf given) : texts_(vocabulary) {
        rules_.start = add_gbnf(rules_, given.text);
        begin();
    }

    std::vector<bool> mask() {
        std::vector<std::uint64_t> words((texts_.size() + 63) / 64);
        masks_->allow(now_, *pool_, words);
        std::vector<bool> made;
        for (std::size_t i = 0; i < texts_.size(); ++i)
            made.push_back((words[i / 64] >> (i % 64) & 1) != 0);
        return made;
    }
    // What the machine says of each token by itself.
    std::vector<bool> tried() {
        std::vector<bool> made;
        for (const auto& text : texts_) {
            frame_pool scratch(pool_.get());
            machine tries(rules_, scratch);
            readings at = now_;
            for (const char byte : text) {
                readings next;
                tries.step(at, static_cast<unsigned char>(byte), next);
                at = std::move(next);
            }
            made.push_back(!at.empty());
        }
        return made;
    }
    void take(std::string_view text) {
        for (const char byte : text) {
            readings next;
            machine_->step(now_, static_cast<unsigned char>(byte), next);
            now_ = std::move(next);
        }
    }

  private:
    void begin() {
        check_rules(rules_);
        const std::vector<std::string_view> views(texts_.begin(), texts_.end());
        masks_ = std::make_unique<token_masks>(rules_, std::make_shared<const token_trie>(views),
                                               token_masks::make_cache());
        machine_ = std::make_unique<machine>(rules_, *pool_);
        now_ = machine_->begin();
    }

    std::vector<std::string> texts_;
    grammar rules_;
    std::unique_ptr<token_masks> masks_;
    std::unique_ptr<frame_pool> pool_ = std::make_unique<frame_pool>();
    std::unique_ptr<machine> machine_;
    readings now_;
};

// Items, the beginnings of others, and what comes between them, in any number of pieces.
std::vector<std::string> pieces(std::mt19937& random) {
    const std::string_view bits[] = {"a",    "b",   "ab",       "\"",   "\",\"",   "\", \"",
                                     ",",    "[",   "]",        " ",    "\\u0061", "\\",
                                     "u",    "00",  "\xc3\xa9", "\xc3", "1",       "12",
                                     "null", "\\n", "0062",     "{",    "}",       ":"};
    std::vector<std::string> made;
    for (const auto bit : bits) made.emplace_back(bit);
    while (made.size() < 700) {
        std::string text;
        for (std::size_t n = 1 + random() % 5; n > 0; --n) text += bits[random() % std::size(bits)];
        made.push_back(text);
    }
    return made;
}

TEST(masks, are_exact_for_items_that_must_differ) {
    std::mt19937 random(3);
    const auto vocabulary = pieces(random);
    const char* const schemas[] = {
        R"({"type":"array","items":{"type":"string"},"uniqueItems":true})",
        R"({"type":"array","items":{"type":["string","integer","null"]},"uniqueItems":true})",
        R"({"type":"array","items":{"enum":["a","ab","b","aba","é",12,null]},"uniqueItems":true})",
        R"({"type":"array","items":{"type":"string","pattern":"^[ab]{1,2}$"},"uniqueItems":true})",
        R"({"type":"array","items":{"type":"string","maxLength":2},"uniqueItems":true})",
        R"({"type":"array","items":{"type":"string","minLength":1},"contains":{"const":"a"},
            "uniqueItems":true})",
    };
    for (const char* schema : schemas)
        for (int n = 0; n < 12; ++n) {
            masked text(vocabulary, json::parse(schema), n % 2 != 0);
            std::string so_far;
            for (int i = 0; i < 14; ++i) {
                const auto mask = text.mask(), tried = text.tried();
                std::vector<std::size_t> allowed;
                for (std::size_t t = 0; t < vocabulary.size(); ++t) {
                    ASSERT_EQ(mask[t], tried[t]) << schema << "\n"
                                                 << so_far << " and " << vocabulary[t];
                    if (tried[t]) allowed.push_back(t);
                }
                if (allowed.empty()) break;
                const auto& chosen = vocabulary[allowed[random() % allowed.size()]];
                so_far += chosen;
                text.take(chosen);
            }
        }
}

// Each byte of a token is a level of the tree.
TEST(masks, take_tokens_of_any_length) {
    const std::string long_one(300'000, 'a');
    const std::vector<std::string> vocabulary{"\"", "a", long_one, long_one + "\""};
    masked rule(vocabulary, masked::gbnf{"root ::= [a-c]* \"\\\"\""});
    EXPECT_EQ(rule.mask(), (std::vector<bool>{true, true, true, true}));
    masked string(vocabulary, json{{"type", "string"}});
    string.take("\"");
    EXPECT_EQ(string.mask(), (std::vector<bool>{true, true, true, true}));
    masked pattern(vocabulary, json{{"type", "string"}, {"pattern", "^a*$"}});
    pattern.take("\"");
    EXPECT_EQ(pattern.mask(), (std::vector<bool>{true, true, true, true}));
    // More than 16 bits count, and so many of them that they would be few again.
    masked bounded({"\"", "a", std::string(65'536 + 100, 'a')},
                   json{{"type", "string"}, {"maxLength", 1000}});
    bounded.take("\"");
    EXPECT_EQ(bounded.mask(), (std::vector<bool>{true, true, false}));
}

// A model may have fewer tokens than its tokenizer, and end tokens that neither has.
TEST(masks, write_no_further_than_they_are_long) {
    answer_compiler compiler(text(), {1, 1'000'000});
    const auto whole_words = (static_cast<std::size_t>(text()->vocab_size()) + 63) / 64;
    for (const char* schema : {R"({"type":"object"})", R"({"type":"string"})", R"({"const":1})"}) {
        const auto reader = compiler.compile({.schema = json::parse(schema)})->begin();
        std::vector<std::uint64_t> whole(whole_words);
        const bool ends = std::string_view(schema).starts_with("{\"const");
        for (const std::string given : {"", ends ? "1" : ""}) {
            for (const auto id : text()->encode(given, false)) ASSERT_TRUE(reader->accept(id));
            reader->allowed(whole);
            constexpr std::size_t few = 2;
            constexpr std::uint64_t untouched = 0x5555555555555555U;
            std::vector<std::uint64_t> shorter(whole_words, untouched);
            reader->allowed(std::span(shorter).first(few));
            for (std::size_t i = 0; i < whole_words; ++i)
                EXPECT_EQ(shorter[i], i < few ? whole[i] : untouched) << schema << i;
            EXPECT_LT(reader->towards_end(), static_cast<token_id>(few * 64));
        }
    }
}

}  // namespace
}  // namespace tessera::engine
