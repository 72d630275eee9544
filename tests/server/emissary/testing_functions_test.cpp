// Each test function in Python and in C++ gives the same numbers for the same texts.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "emissary/testing/functions.hpp"
#include "support/random_model.hpp"
#include "tessera/json.hpp"

namespace tessera::server::emissary {
namespace {

using text_pair = std::pair<std::string, std::string>;

double score(std::string_view name, std::string_view completion, std::string_view expected) {
    const test_function* const found = find_test_function(name);
    if (!found) ADD_FAILURE() << name;
    return found ? found->score(completion, expected) : -1;
}

TEST(TestingFunctions, ScoreAnswers) {
    const struct {
        std::string_view name, completion, expected;
        double score;
    } cases[] = {
        {"exact_match_shared", " Paris\n", "Paris", 1},
        {"exact_match_shared", "paris", "Paris", 0},
        {"exact_match_shared", "", " ", 1},
        {"contains_expected_shared", "It is Paris.", " Paris ", 1},
        {"contains_expected_shared", "It is Rome.", "Paris", 0},
        {"contains_expected_shared", "anything", "", 1},
        {"similarity_score_shared", "kitten", "sitting", 1 - 3.0 / 7},
        {"similarity_score_shared", "", "", 1},
        {"similarity_score_shared", "a", "", 0},
        {"similarity_score_shared", "caf\xc3\xa9", "cafe", 0.75},
        {"length_ratio_shared", "four", "12345678", 0.5},
        {"length_ratio_shared", "\xc3\xa9\xc3\xa9", "a", 0.5},
        {"length_ratio_shared", "", "", 1},
        {"length_ratio_shared", "", "a", 0},
        {"json_valid_shared", "{\"a\": [1, 2.5, null]}", "", 1},
        {"json_valid_shared", "{\"a\": 1,}", "", 0},
        {"json_valid_shared", "NaN", "", 0},
    };
    for (const auto& [name, completion, expected, wanted] : cases)
        EXPECT_EQ(score(name, completion, expected), wanted)
            << name << ' ' << completion << ' ' << expected;
    EXPECT_EQ(find_test_function("absent"), nullptr);
}

// Texts that a function may see, sound and broken ones.
std::vector<text_pair> inputs() {
    const std::string deep(100, '[');
    const std::string bottom(100, ']');
    std::vector<text_pair> made = {
        {"", ""},
        {" ", "\n\t"},
        {"\x0b same \x0b", "same"},
        {"\xc2\xa0nbsp", "nbsp"},
        {"\xf0\x9f\x98\x80 smile", "\xf0\x9f\x98\x80"},
        {"e\xcc\x81", "\xc3\xa9"},
        {std::string(3000, 'a') + "b", "b"},
        {std::string(1, '\0'), ""},
        {"\xef\xbb\xbf{}", "{}"},
        {deep + bottom, "nested"},
        {"[" + deep + bottom + "]", "nested too deep"},
        {std::string(5000, '['), "not closed"},
        {std::string(5000, '[') + std::string(5000, ']'), "nested much too deep"},
        {"{\"a\":" + deep.substr(1) + bottom.substr(1) + "}", "nested"},
        {"{\"a\":" + deep + bottom + "}", "nested too deep"},
    };
    for (const char* each : {"null",
                             "true",
                             " false ",
                             "-0",
                             "0",
                             "01",
                             "1.",
                             ".5",
                             "1e5",
                             "1E+5",
                             "1e",
                             "-",
                             "+1",
                             "1e308",
                             "1e309",
                             "-1e309",
                             "1e-400",
                             "Infinity",
                             "-Infinity",
                             "NaN",
                             "\"\\ud800\"",
                             "\"\\ud83d\\ude00\"",
                             "\"\\ude00\\ud83d\"",
                             "{\"a\":\"\\ud800\",\"a\":1}",
                             "{\"\\udfff\":1}",
                             "\"\\x\"",
                             "\"\\u12\"",
                             "\"a\tb\"",
                             "\"\x7f\"",
                             "[1,]",
                             "{\"a\"}",
                             "{\"a\":1,\"a\":2}",
                             "{a:1}",
                             "'a'",
                             "[1 2]",
                             "[] []",
                             "// no\n1",
                             "\x0c[]",
                             "\xc2\xa0[]",
                             "{}",
                             "[]",
                             "\"\"",
                             "1\xd9\xa3",
                             "tru",
                             "nullx",
                             "[1,2,{\"b\":[{}]}]",
                             "{\"a\":1}}"})
        made.emplace_back(each, "1");
    made.emplace_back(std::string(400, '9'), "a long number");
    made.emplace_back(std::string(5000, '9'), "a number longer than Python reads");

    std::mt19937 random(17);
    const auto text = [&](const std::vector<std::string>& parts, std::size_t most) {
        std::string all;
        for (std::size_t left = random() % most; left > 0; --left)
            all += parts[random() % parts.size()];
        return all;
    };
    for (int i = 0; i < 300; ++i) {
        const std::vector<std::string> letters = {"a",  "b",        "c",           " ",
                                                  "\n", "\xc3\xa9", "\xe2\x82\xac"};
        std::string completion = text(letters, 40);
        // What is expected is at times nearly what came.
        std::string expected = i % 3 == 0 ? text(letters, 3) + completion : text(letters, 40);
        made.emplace_back(std::move(completion), std::move(expected));
        made.emplace_back(
            text({"{", "}",  "[",   "]",     ",", ":",    "\"",   "1",      "-",  ".", "e",
                  "a", "\\", "\\n", "\"a\"", " ", "null", "true", "\"a\":", "[]", "{}"},
                 9),
            "json");
    }
    return made;
}

TEST(TestingFunctions, AreTheSameInPython) {
    if (std::system("python3 --version > /dev/null 2>&1") != 0)
        GTEST_SKIP() << "python3 is not installed: scripts/setup.sh installs it";
    const tessera::testing::temporary_folder folder("tessera-functions");
    const std::vector<text_pair> texts = inputs();
    json::value asked = json::value::object();
    for (const test_function& each : test_functions())
        asked["sources"][std::string(each.name)] = each.source;
    for (const auto& [completion, expected] : texts)
        asked["texts"].push_back(json::value::array({completion, expected}));
    const auto path = [&](const char* name) { return (folder.path() / name).string(); };
    std::ofstream(path("asked.json")) << json::encode(asked);
    std::ofstream(path("ask.py"))
        << "import json, sys\n"
           "asked = json.load(open(sys.argv[1], encoding='utf-8'))\n"
           "scores = {}\n"
           "for name, source in asked['sources'].items():\n"
           "    module = {}\n"
           "    exec(source, module)\n"
           "    scores[name] = [module[name](*each) for each in asked['texts']]\n"
           "json.dump(scores, open(sys.argv[2], 'w'))\n";
    ASSERT_EQ(std::system(("python3 '" + path("ask.py") + "' '" + path("asked.json") + "' '" +
                           path("told.json") + "'")
                              .c_str()),
              0);
    std::ifstream from(path("told.json"));
    const json::value told = *json::parse(std::string{std::istreambuf_iterator<char>(from), {}});
    for (const test_function& each : test_functions()) {
        const json::value& scores = told.at(std::string(each.name));
        ASSERT_EQ(scores.size(), texts.size());
        for (std::size_t i = 0; i < texts.size(); ++i)
            EXPECT_EQ(each.score(texts[i].first, texts[i].second), scores[i].get<double>())
                << each.name << ": " << texts[i].first.substr(0, 200) << " | "
                << texts[i].second.substr(0, 200);
    }
}

}  // namespace
}  // namespace tessera::server::emissary
