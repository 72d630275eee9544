#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "constrain/answer_form.hpp"
#include "constrain/rule_builder.hpp"
#include "constrain/schema_problem.hpp"
#include "constrain/token_masks.hpp"
#include "engine/constrain/bundled_tokens.hpp"
#include "engine/constrain/schema_generator.hpp"
#include "support/sanitized.hpp"
#include "support/validator/validate.hpp"

namespace tessera::engine {
namespace {

using json = nlohmann::ordered_json;

constexpr int schemas_walked = test::sanitized ? 100 : 500;
constexpr int schemas_masked = test::sanitized ? 32 : 160;
constexpr int walks_each = test::sanitized ? 4 : 200;

// The n-th token of a mask.
token_id nth(const mask& m, std::size_t n) {
    for (std::size_t w = 0; w < m.size(); ++w) {
        const auto here = static_cast<std::size_t>(std::popcount(m[w]));
        if (n >= here) {
            n -= here;
            continue;
        }
        auto bits = m[w];
        while (n-- > 0) bits &= bits - 1;
        return static_cast<token_id>(w * 64) + std::countr_zero(bits);
    }
    return -1;
}

// Draws tokens that the masks allow, ever more willing to come to an end. Empty if it did not.
std::optional<std::string> walk(constraint& limits, std::mt19937& random) {
    static const std::vector<token_id> closers = [] {
        std::vector<token_id> made{end_of_turn};
        for (const char* each : {"\"", "}", "]", ":", "null", "0", ","})
            if (const auto ids = text()->encode(each, false); ids.size() == 1)
                made.push_back(ids[0]);
        return made;
    }();
    std::string made;
    mask m = empty_mask();
    for (int i = 0; i < 600; ++i) {
        limits.allowed(m);
        std::size_t allowed = 0;
        for (const auto word : m) allowed += static_cast<std::size_t>(std::popcount(word));
        if (allowed == 0) {
            ADD_FAILURE() << "nothing may follow " << made;
            return std::nullopt;
        }
        token_id chosen = nth(m, random() % allowed);
        if (random() % 40 < static_cast<unsigned>(i) && random() % 4 != 0)
            for (const auto each : closers)
                if (has(m, each)) {
                    chosen = each;
                    break;
                }
        if (!limits.accept(chosen)) {
            ADD_FAILURE() << made
                          << " refuses what its mask allows: " << text()->token_bytes(chosen);
            return std::nullopt;
        }
        if (chosen == end_of_turn) return made;
        made += text()->token_bytes(chosen);
    }
    return std::nullopt;
}

// How many schemas were refused, and how many walks ended of all that began.
struct tally {
    int refused = 0, ended = 0, all = 0;
};

template <class Next>
void expect_what_ends_is_valid(const Next& next, int schemas, int walks, tally& made) {
    answer_compiler compiler(text(), {end_of_turn});
    std::mt19937 random(11);
    for (int walked = 0; walked < schemas;) {
        const json schema = next();
        std::shared_ptr<const answer_grammar> form;
        try {
            form = compiler.compile({.schema = schema});
        } catch (const schema_refused& e) {
            ++made.refused;
            ASSERT_LT(made.refused, schemas) << e.what();
            continue;
        }
        ++walked;
        for (int i = 0; i < walks; ++i, ++made.all) {
            const auto limits = form->begin();
            const auto written = walk(*limits, random);
            if (testing::Test::HasFailure()) FAIL() << schema;
            if (!written) continue;
            ++made.ended;
            const auto value = json::parse(*written, nullptr, false);
            ASSERT_FALSE(value.is_discarded()) << schema << "\n" << *written;
            ASSERT_TRUE(validates(schema, value)) << schema << "\n" << *written;
        }
    }
}

// With any temperature and any seed, what ends is valid: whatever the model's taste, it can only go
// where such a walk goes.
TEST(walk, what_ends_is_valid) {
    schema_generator generator(7);
    tally made;
    expect_what_ends_is_valid([&] { return generator.next(); }, schemas_walked, walks_each, made);
    EXPECT_GT(made.ended, made.all * 80 / 100) << "of " << made.all;
    RecordProperty("refused", made.refused);
}

TEST(walk, what_ends_is_valid_where_parts_are_negated) {
    schema_generator generator(17);
    tally made;
    expect_what_ends_is_valid([&] { return generator.combining(); }, 60,
                              std::max(2, walks_each / 20), made);
    EXPECT_GT(made.ended, made.all * 70 / 100) << "of " << made.all;
    RecordProperty("refused", made.refused);
}

// The masks are what the automaton says of every single token.
TEST(walk, masks_are_exact) {
    schema_generator generator(3);
    std::mt19937 random(5);
    const auto trie = std::make_shared<const token_trie>(*text());
    const std::shared_ptr<token_masks::cache> common[] = {token_masks::make_cache(),
                                                          token_masks::make_cache()};
    for (int n = 0; n < schemas_masked; ++n) {
        const json schema = n < schemas_masked * 3 / 4 ? generator.next() : generator.combining();
        grammar rules;
        rules.tidy = n % 2 != 0;
        rule_builder build(rules);
        try {
            rules.start = build.state();
            auto graph = schema_graph::compile(schema);
            if (!graph.satisfiable()) continue;
            build.finish(build.value(rules.start, std::move(graph)));
        } catch (const schema_refused&) {
            continue;
        }
        check_rules(rules);
        token_masks masks(rules, trie, common[n % 2]);
        frame_pool pool;
        machine steps(rules, pool);
        readings now = steps.begin();
        std::string made;
        for (int i = 0; i < 25; ++i) {
            mask m = empty_mask();
            masks.allow(now, pool, m);
            std::vector<token_id> allowed;
            for (token_id id = 0; id < text()->vocab_size(); ++id) {
                if (text()->is_special(id) || text()->token_bytes(id).empty()) {
                    ASSERT_FALSE(has(m, id));
                    continue;
                }
                frame_pool scratch(&pool);
                machine tries(rules, scratch);
                readings at = now, next;
                for (const char byte : text()->token_bytes(id)) {
                    next.clear();
                    tries.step(at, static_cast<unsigned char>(byte), next);
                    std::swap(at, next);
                    if (at.empty()) break;
                }
                ASSERT_EQ(has(m, id), !at.empty()) << schema << "\n"
                                                   << made << " and " << text()->token_bytes(id);
                if (!at.empty()) allowed.push_back(id);
            }
            if (allowed.empty()) {
                ASSERT_TRUE(steps.complete(now)) << schema << "\n" << made;
                break;
            }
            const auto chosen = allowed[random() % allowed.size()];
            made += text()->token_bytes(chosen);
            for (const char byte : text()->token_bytes(chosen)) {
                readings next;
                steps.step(now, static_cast<unsigned char>(byte), next);
                now = std::move(next);
            }
        }
    }
}

// Every valid instance of the public suite is read to its end, every invalid one refused.
TEST(walk, agrees_with_the_public_suite) {
    const std::filesystem::path folder =
        std::filesystem::path(TESSERA_VECTORS) / "json-schema-test-suite" / "draft2020-12";
    if (!std::filesystem::exists(folder)) GTEST_SKIP() << folder << " is not here";
    int read = 0, refused = 0;
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
        std::ifstream in(file.path());
        for (const auto& group : json::parse(in)) {
            for (const auto& test : group.at("tests")) {
                grammar rules;
                rule_builder build(rules);
                rules.start = build.state();
                try {
                    build.finish(
                        build.value(rules.start, schema_graph::compile(group.at("schema"))));
                } catch (const schema_refused& e) {
                    ++refused;
                    continue;
                }
                check_rules(rules);
                // Compact, with blanks, and escaped.
                for (const auto& written : {test.at("data").dump(), test.at("data").dump(2),
                                            test.at("data").dump(-1, ' ', true)}) {
                    // Numbers within bounds are written without exponents.
                    if (test.at("data").is_number() && written.find('e') != std::string::npos)
                        continue;
                    frame_pool pool;
                    machine steps(rules, pool);
                    readings now = steps.begin();
                    for (const char byte : written) {
                        readings next;
                        steps.step(now, static_cast<unsigned char>(byte), next);
                        now = std::move(next);
                    }
                    EXPECT_EQ(!now.empty() && steps.complete(now), test.at("valid"))
                        << group.at("description") << ": " << test.at("description");
                }
                ++read;
            }
        }
    }
    // Refused: references out of the document, identifiers of parts, and unevaluatedProperties.
    EXPECT_GE(read, 427);
    EXPECT_LE(refused, 78);
}

}  // namespace
}  // namespace tessera::engine
