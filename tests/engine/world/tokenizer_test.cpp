#include <gtest/gtest.h>

#include "text/tokenizer.hpp"
#include "world/bpe_trainer.hpp"
#include "world/corpus.hpp"

namespace tessera::engine::world {
namespace {

tokenizer small_tokenizer() {
    bpe_trainer trainer;
    corpus text(1);
    for (int i = 0; i < 300; ++i) {
        const auto c = text.next_conversation();
        for (const auto& m : c.messages)
            if (m.contains("content")) trainer.add(m["content"].get_ref<const std::string&>());
    }
    static constexpr std::string_view visible[] = {special::think};
    return tokenizer::parse(trainer.train(500, special::all, visible).dump());
}

TEST(bpe_trainer, splits_as_gpt2_does_with_single_digits) {
    EXPECT_EQ(
        split_words("Hello world, it's 42 !"),
        (std::vector<std::string_view>{"Hello", " world", ",", " it", "'s", " ", "4", "2", " !"}));
    EXPECT_EQ(split_words("a  b\n\nc "),
              (std::vector<std::string_view>{"a", " ", " b", "\n", "\n", "c", " "}));
    EXPECT_EQ(split_words("  7"), (std::vector<std::string_view>{"  ", "7"}));
}

TEST(bpe_trainer, makes_a_tokenizer_that_reads_back_every_text) {
    const auto tokens = small_tokenizer();
    EXPECT_LE(tokens.vocab_size(), 500);
    EXPECT_GT(tokens.vocab_size(), 450);
    corpus text(2);
    for (int i = 0; i < 300; ++i) {
        const auto whole = text.next().text();
        EXPECT_EQ(tokens.decode(tokens.encode(whole)), whole);
    }
    const std::string bytes = "caf\xc3\xa9 \xf0\x9f\x98\x80\t\r\n \x01";
    EXPECT_EQ(tokens.decode(tokens.encode(bytes)), bytes);
}

TEST(bpe_trainer, gives_special_tokens_the_first_ids) {
    const auto tokens = small_tokenizer();
    int id = 0;
    for (auto text : special::all) {
        EXPECT_EQ(tokens.id_of(text), id);
        EXPECT_EQ(tokens.encode(text), std::vector<int>{id});
        ++id;
    }
    EXPECT_TRUE(tokens.is_special(special::end_id));
    EXPECT_FALSE(tokens.is_special(*tokens.id_of(special::think)));
    EXPECT_EQ(tokens.id_of(special::end), special::end_id);
    EXPECT_EQ(tokens.id_of(special::begin), special::begin_id);
}

TEST(bpe_trainer, joins_what_is_frequent) {
    bpe_trainer trainer;
    for (int i = 0; i < 10; ++i) trainer.add("banana bandana");
    const auto tokens = tokenizer::parse(trainer.train(310, special::all, {}).dump());
    EXPECT_EQ(tokens.encode("banana").size(), 1U);
    EXPECT_EQ(tokens.encode("12").size(), 2U);
}

}  // namespace
}  // namespace tessera::engine::world
