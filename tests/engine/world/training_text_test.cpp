#include "world/training_text.hpp"

#include <gtest/gtest.h>

namespace tessera::engine::world {
namespace {

TEST(training_text, is_a_function_of_seed_and_step) {
    const auto tokens = tokenizer::load(TESSERA_SOURCE_DIR "/reference-engine/bundled");
    training_text text(3, tokens, 2, 100), again(3, tokens, 2, 100), other(4, tokens, 2, 100);
    for (int step = 0; step < 17; ++step) {
        const auto rows = text.rows(step);
        ASSERT_EQ(rows.size(), 2U);
        for (const auto& row : rows) {
            EXPECT_GE(row.tokens.size(), row.pairs ? 1U : 100U);
        }
        // The 32nd row of all.
        EXPECT_FALSE(rows[0].pairs);
        EXPECT_EQ(rows[1].pairs, step == 15);
    }
    for (const int step : {16, 3, 15, 3}) {
        const auto first = text.rows(step), second = again.rows(step);
        for (std::size_t i = 0; i < 2; ++i) {
            EXPECT_EQ(first[i].tokens, second[i].tokens);
            EXPECT_EQ(first[i].loss_mask, second[i].loss_mask);
            EXPECT_EQ(first[i].document_starts, second[i].document_starts);
        }
        EXPECT_NE(first[0].tokens, other.rows(step)[0].tokens);
        EXPECT_NE(first[0].tokens, text.rows(step + 1)[0].tokens);
    }
}

}  // namespace
}  // namespace tessera::engine::world
