#include "text/tokenizer.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <numeric>
#include <sstream>

#include "core/error.hpp"
#include "core/json_text.hpp"
#include "text/pretokenizer.hpp"
#include "text/unicode.hpp"

namespace tessera::engine {
namespace {

using nlohmann::json;

const std::string data = TESSERA_TEST_DATA;
const char* const all_names[] = {"gpt2", "llama3", "qwen2", "digits", "llama2"};

std::string read(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
}
tokenizer load(const std::string& name) { return tokenizer::load(data + "/tokenizers/" + name); }
json source(const std::string& name) {
    return parse_json(read(data + "/tokenizers/" + name + "/tokenizer.json"), name);
}

TEST(pretokenizer, cuts_as_the_published_expressions_do) {
    const json golden = parse_json(read(data + "/pieces.json"), "pieces.json");
    const std::pair<const char*, detail::split_pattern> patterns[] = {
        {"gpt2", detail::split_pattern::gpt2},
        {"llama3", detail::split_pattern::llama3},
        {"qwen2", detail::split_pattern::qwen2}};
    for (const auto& [name, pattern] : patterns) {
        ASSERT_GT(golden[name].size(), 200U);
        for (const json& row : golden[name]) {
            const auto text = row[0].get<std::string>();
            std::vector<std::string> found;
            for (std::size_t at = 0; at < text.size(); at += found.back().size()) {
                found.push_back(text.substr(at, detail::piece_end(pattern, text, at) - at));
                ASSERT_FALSE(found.back().empty());
            }
            EXPECT_EQ(found, row[1].get<std::vector<std::string>>()) << name << ": " << row[0];
        }
    }
}

TEST(tokenizer, gives_the_tokens_of_the_reference) {
    for (const char* name : all_names) {
        const tokenizer t = load(name);
        const json rows = parse_json(read(data + "/tokenizers/" + name + "/expected.json"), name);
        ASSERT_GT(rows.size(), 20U);
        for (const json& row : rows) {
            const auto text = row["text"].get<std::string>();
            EXPECT_EQ(t.encode(text), row["ids"].get<std::vector<int>>())
                << name << ": " << row["text"];
            EXPECT_EQ(t.encode(text, false), row["plain"].get<std::vector<int>>())
                << name << ": " << row["text"];
            const std::string expected = name == std::string("qwen2") ? unicode::nfc(text) : text;
            EXPECT_EQ(t.decode(t.encode(text, false)), expected) << name;
        }
    }
}

TEST(tokenizer, adds_what_the_post_processor_says_only_when_asked) {
    const tokenizer llama = load("llama2");
    const auto plain = llama.encode("Hi");
    auto whole = llama.encode("Hi", {.parse_special = true, .add_special = true});
    EXPECT_EQ(whole.front(), 1);
    EXPECT_EQ(whole.back(), 2);
    EXPECT_EQ(std::vector<int>(whole.begin() + 1, whole.end() - 1), plain);
    EXPECT_EQ(load("gpt2").encode("", {.parse_special = true, .add_special = true}),
              std::vector<int>{*load("gpt2").id_of("<|begin|>")});
}

TEST(tokenizer, knows_its_tokens) {
    const tokenizer t = load("gpt2");
    const int begin = *t.id_of("<|begin|>");
    EXPECT_TRUE(t.is_special(begin));
    EXPECT_EQ(t.token_bytes(begin), "<|begin|>");
    EXPECT_FALSE(t.is_special(*t.id_of("<call>")));
    EXPECT_EQ(t.token_bytes(*t.id_of("\u0120")), " ");
    EXPECT_EQ(t.id_of("no such token"), std::nullopt);
    EXPECT_EQ(t.token_bytes(-1), "");
    EXPECT_EQ(t.token_bytes(t.vocab_size()), "");
    EXPECT_FALSE(t.is_special(t.vocab_size()));
    const int far[] = {-5, 1 << 30};
    EXPECT_EQ(t.decode(far), "");

    const tokenizer llama = load("llama2");
    EXPECT_EQ(llama.token_bytes(*llama.id_of("<0x0A>")), "\n");
    EXPECT_EQ(llama.token_bytes(*llama.id_of("▁")), " ");
}

TEST(tokenizer, bytes_of_a_text_are_those_of_its_tokens) {
    const tokenizer t = load("llama3");
    const std::string text = "Grüße 你好 😀 tail\xff\xc3(";
    std::string joined;
    for (const int id : t.encode(text)) joined += t.token_bytes(id);
    EXPECT_EQ(joined, unicode::repair(text));
    const int half = *t.id_of("\u00c3");  // the byte C3 alone
    EXPECT_EQ(t.decode({&half, 1}), "\uFFFD");
}

TEST(tokenizer, hostile_texts_take_no_more_than_their_length) {
    // A long run of one letter, of marks in the wrong order, of blanks, of digits, of quotes.
    std::string marks;
    for (int i = 0; i < 50'000; ++i) marks += i < 25'000 ? "\u0301" : "\u0323";
    const std::string texts[] = {std::string(200'000, 'a'),  "x" + marks,
                                 std::string(100'000, ' '),  std::string(100'000, ' ') + "x",
                                 std::string(100'000, '7'),  std::string(100'000, '\''),
                                 std::string(100'000, '\n'), std::string(50'000, '\xff')};
    for (const char* name : all_names) {
        json file = source(name);
        int id = static_cast<int>(file["model"]["vocab"].size()) + 100;
        const bool pairs = file["model"]["merges"][0].is_array();
        for (std::string half = "a"; half.size() < 64; half += half) {
            file["model"]["vocab"].emplace(half + half, id++);
            json rule = json::array({half, half});
            if (!pairs) rule = half + " " + half;
            file["model"]["merges"].push_back(rule);
        }
        const tokenizer t = tokenizer::parse(file.dump());
        for (const std::string& text : texts) {
            const auto ids = t.encode(text);
            EXPECT_FALSE(ids.empty());
            EXPECT_LE(ids.size(), 3 * text.size() + 1);
        }
        EXPECT_LE(t.encode(texts[0]).size(), texts[0].size() / 64 + 10);
    }
    EXPECT_THROW((void)load("gpt2").encode(std::string((64U << 20) + 1, 'x')), engine_error);
}

void expect_refused(const json& file, error_code code, const std::string& word) {
    try {
        (void)tokenizer::parse(file.dump());
        ADD_FAILURE() << "accepted: " << word;
    } catch (const engine_error& e) {
        EXPECT_EQ(e.code, code) << e.what();
        EXPECT_NE(std::string(e.what()).find(word), std::string::npos) << e.what();
    }
}

TEST(tokenizer, names_what_it_does_not_know) {
    struct change {
        const char* path;
        json x;
        error_code code;
        const char* word;
    };
    const change changes[] = {
        {"/model/type", "WordPiece", error_code::unsupported, "'WordPiece'"},
        {"/model/type", 3, error_code::malformed, "type must be a string"},
        {"/model/dropout", 0.5, error_code::unsupported, "dropout"},
        {"/model/end_of_word_suffix", "</w>", error_code::unsupported, "end_of_word_suffix"},
        {"/model/unk_token", "<none>", error_code::malformed, "unk_token"},
        {"/model/vocab", json::array(), error_code::malformed, "vocab"},
        {"/model/vocab/a", -1, error_code::malformed, "'a'"},
        {"/model/vocab/a", 1.5, error_code::malformed, "'a'"},
        {"/model/vocab/a", 1U << 24, error_code::malformed, "'a'"},
        {"/model/vocab/a", 1U << 23, error_code::malformed, "sparse"},
        {"/model/vocab/a", 0, error_code::malformed, "share the id 0"},
        {"/model/merges", "x", error_code::malformed, "merges"},
        {"/model/merges/0", "x", error_code::malformed, "merge 0"},
        {"/model/merges/0", "x y z", error_code::malformed, "merge 0"},
        {"/model/merges/0", {"x"}, error_code::malformed, "merge 0"},
        {"/model/merges/3", 5, error_code::malformed, "merge 3"},
        {"/normalizer", {{"type", "Lowercase"}}, error_code::unsupported, "'Lowercase'"},
        {"/normalizer", 3, error_code::malformed, "normalizer"},
        {"/pre_tokenizer",
         {{"type", "BertPreTokenizer"}},
         error_code::unsupported,
         "'BertPreTokenizer'"},
        {"/pre_tokenizer",
         {{"type", "Split"}, {"pattern", {{"Regex", "a+"}}}, {"behavior", "Isolated"}},
         error_code::unsupported,
         "'a+'"},
        {"/post_processor",
         {{"type", "BertProcessing"}},
         error_code::unsupported,
         "'BertProcessing'"},
        {"/post_processor/processors/1/special_tokens/<|begin|>/ids",
         {99999},
         error_code::malformed,
         "outside"},
        {"/decoder", nullptr, error_code::unsupported, "decoder"},
        {"/decoder/type", "CTC", error_code::unsupported, "'CTC'"},
        {"/added_tokens/0/content", "", error_code::malformed, "added_tokens[0]"},
        {"/added_tokens/1/id", -2, error_code::malformed, "added_tokens[1]"},
        {"/added_tokens/1/special", "yes", error_code::malformed, "special"},
        {"/added_tokens/1/content", std::string(600, 'x'), error_code::limit, "added_tokens[1]"},
    };
    for (const change& c : changes) {
        json file = source("gpt2");
        file[json::json_pointer(c.path)] = c.x;
        expect_refused(file, c.code, c.word);
    }
    EXPECT_THROW((void)tokenizer::load(data), engine_error);
    EXPECT_THROW((void)tokenizer::parse(R"({"model":{},"model":{}})"), engine_error);
    EXPECT_THROW((void)tokenizer::parse(std::string(100000, '[')), engine_error);
}

TEST(tokenizer, steps_that_multiply_a_text_are_named) {
    const auto replace = [](const std::string& from, const std::string& to) {
        return json{{"type", "Replace"}, {"pattern", {{"String", from}}}, {"content", to}};
    };
    const auto sequence = [](const char* list, const std::vector<json>& steps) {
        return json{{"type", "Sequence"}, {list, steps}};
    };
    const auto expect_limit = [](const json& file, const std::string& text, const char* place) {
        const tokenizer t = tokenizer::parse(file.dump());
        try {
            (void)t.encode(text);
            ADD_FAILURE() << "accepted: " << place;
        } catch (const engine_error& e) {
            EXPECT_EQ(e.code, error_code::limit);
            EXPECT_NE(std::string(e.what()).find(place), std::string::npos) << e.what();
        }
    };
    const json more = replace("a", std::string(16, 'a'));
    json file = source("llama2");
    file["normalizer"] = sequence("normalizers", {{{"type", "NFC"}}, more, more, more, more, more});
    expect_limit(file, std::string(100, 'a'), "tokenizer.json.normalizer.normalizers[1]: makes");
    EXPECT_FALSE(tokenizer::parse(file.dump()).encode("Hi").empty());
    // No step alone grows without measure.
    const json prepend = {{"type", "Prepend"}, {"prepend", std::string(16, 'a')}};
    file["normalizer"] = sequence("normalizers", std::vector<json>(60, prepend));
    expect_limit(file, "xyz", "tokenizer.json.normalizer.normalizers[5]");

    file = source("gpt2");
    const json spread = {{"type", "Metaspace"}, {"replacement", std::string(16, '_')}};
    file["pre_tokenizer"] =
        sequence("pretokenizers", {{{"type", "Digits"}}, spread, file["pre_tokenizer"]});
    expect_limit(file, std::string(100, ' '), "tokenizer.json.pre_tokenizer.pretokenizers[1]");
    const json apart = {{"type", "Digits"}, {"individual_digits", true}};
    const json spaced = {{"type", "ByteLevel"}, {"add_prefix_space", true}, {"use_regex", false}};
    std::vector<json> steps;
    for (int i = 0; i < 30; ++i) steps.insert(steps.end(), {apart, spaced});
    file["pre_tokenizer"] = sequence("pretokenizers", steps);
    expect_limit(file, std::string(100, '1'), "tokenizer.json.pre_tokenizer.pretokenizers[");

    file = source("llama2");
    file["normalizer"] = sequence("normalizers", std::vector<json>(65, json{{"type", "NFC"}}));
    expect_refused(file, error_code::limit, "normalizer: has more than 64 normalizers");
    file["normalizer"] = replace(std::string(65, 'a'), "b");
    expect_refused(file, error_code::limit, "longer than 64 bytes");
    file = source("llama2");
    file["pre_tokenizer"] = {{"type", "Metaspace"}, {"replacement", std::string(17, '_')}};
    expect_refused(file, error_code::unsupported, "longer than 16 bytes");
}

TEST(tokenizer, a_token_may_be_as_long_as_a_book) {
    const std::string book(4U << 20, 'a');
    for (const char* name : {"llama3", "llama2"}) {
        json file = source(name);
        const int id = static_cast<int>(file["model"]["vocab"].size()) + 100;
        file["model"]["vocab"][book] = id;
        file["model"]["ignore_merges"] = true;
        file["normalizer"] = nullptr;
        const tokenizer t = tokenizer::parse(file.dump());
        EXPECT_EQ(t.token_bytes(id), book);
        EXPECT_EQ(t.encode(book, false), std::vector<int>{id});
        EXPECT_EQ(t.decode({&id, 1}), book);
    }
}

TEST(tokenizer, every_cut_and_many_flipped_bits_give_a_tokenizer_or_an_error) {
    const std::string whole = read(data + "/tokenizers/llama2/tokenizer.json");
    const auto attempt = [](const std::string& text) {
        try {
            const tokenizer t = tokenizer::parse(text);
            (void)t.decode(
                t.encode("Hello <s> world 123\n", {.parse_special = true, .add_special = true}));
        } catch (const engine_error& e) {
            EXPECT_NE(e.code, error_code::io);
        }
    };
    for (std::size_t size = 0; size < whole.size(); ++size) attempt(whole.substr(0, size));
    for (std::size_t i = 0; i < whole.size(); i += 11) {
        std::string changed = whole;
        changed[i] = static_cast<char>(changed[i] ^ (1 << (i % 8)));
        attempt(changed);
    }
}

TEST(unicode, composes_and_repairs) {
    EXPECT_EQ(unicode::nfc("e\u0301 \u212b \u1100\u1161\u11a8 a\u0323\u0307 a\u0307\u0323"),
              "\u00e9 \u00c5 \uac01 \u1ea1\u0307 \u1ea1\u0307");
    EXPECT_EQ(unicode::repair("a\xf0\x9f\x98z\xc0\x80\xed\xa0\x80"),
              "a\uFFFDz\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD");
    EXPECT_TRUE(unicode::is_valid("\xf4\x8f\xbf\xbf"));
    EXPECT_FALSE(unicode::is_valid("\xf4\x90\x80\x80"));
    EXPECT_FALSE(unicode::is_valid("\xe0\x80\x80"));
}

}  // namespace
}  // namespace tessera::engine
