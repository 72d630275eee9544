#include "emissary/data/rows.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <random>
#include <string>

#include "tessera/json.hpp"

namespace tessera::server::emissary {
namespace {

// What is wrong, or nothing.
std::string problem_of(const std::function<void()>& reading) {
    try {
        reading();
    } catch (const unreadable_data& wrong) {
        return wrong.what();
    }
    return {};
}

// Rows in few words: "question>answer", "text#label+other", "text=1.5", "text~target:0.5".
std::string in_words(const training_example& example) {
    if (const auto* talk = std::get_if<conversation_example>(&example)) {
        std::string all;
        for (const openai::message& each : talk->messages) {
            const json::value said = *json::parse(json::encode(each));
            all +=
                (&each == &talk->messages.front() ? "" : ">") + said["content"].get<std::string>();
        }
        return all;
    }
    if (const auto* labelled = std::get_if<labelled_example>(&example)) {
        std::string all = labelled->text + "#";
        for (const auto& [name, holds] : labelled->labels)
            all += (all.back() == '#' ? "" : "+") + std::string(holds ? "" : "!") + name;
        return all;
    }
    if (const auto* valued = std::get_if<valued_example>(&example))
        return valued->text + "=" + json::encode(valued->value);
    const auto& pair = std::get<pair_example>(example);
    return pair.text + "~" + pair.target + (pair.score ? ":" + json::encode(*pair.score) : "");
}

std::string rows_of(std::string_view text, training_task task, const data_bounds& bounds = {}) {
    std::string all;
    for (const data_row& each : read_rows(text, task, bounds))
        all += (all.empty() ? "" : " ") + std::to_string(each.line) + ":" + in_words(each.example);
    return all;
}

TEST(DataRows, AreReadFromEachFormatForEachTask) {
    using enum training_task;
    const struct {
        training_task task;
        std::string_view text;
        std::string_view rows;
    } cases[] = {
        {text, "{\"prompt\":\"a\",\"completion\":\"b\"}\n", "1:a>b"},
        {text,
         "\xef\xbb\xbf\n {\"prompt\":\"a\",\"completion\":\"b\",\"more\":[1]}\r\n\r\n"
         "{\"prompt\":\"\",\"completion\":\"d\"}",
         "2:a>b 4:>d"},
        {text,
         "{\"messages\":[{\"role\":\"system\",\"content\":\"s\"},{\"role\":\"user\","
         "\"content\":\"u\"},{\"role\":\"assistant\",\"content\":\"x\"}]}",
         "1:s>u>x"},
        {text,
         "[\n{\"prompt\":\"],}\\\"\",\n\"completion\":\"[\"}\n,{\"prompt\":\"c\","
         "\"completion\":\"d\"}]\n",
         "2:],}\">[ 4:c>d"},
        {text, "prompt,completion\na,b\n\n\"c, \"\"d\"\"\ne\",f\ng,h",
         "2:a>b 4:c, \"d\"\ne>f 6:g>h"},
        {text, "prompt,completion\r\na, b \r\nc,d\r\n", "2:a> b  3:c>d"},
        {text, "prompt,completion\ra,b\rc,d", "2:a>b 3:c>d"},
        {text, "\xef\xbb\xbf,completion , prompt,other\n0,b,a,\n1,\xc3\xa9,\"\",\n,d,c,x\n",
         "2:a>b 3:>\xc3\xa9 4:c>d"},
        {text,
         "messages\n\"[{\"\"role\"\":\"\"user\"\",\"\"content\"\":\"\"u\"\"},"
         "{\"\"role\"\":\"\"assistant\"\",\"\"content\"\":\"\"x\"\"}]\"\n",
         "2:u>x"},
        {classification,
         "{\"input\":\"a\",\"label\":\"x\"}\n{\"input\":\"b\",\"label\":3}\n"
         "{\"input\":\"c\",\"label\":true}",
         "1:a#x 2:b#3 3:c#true"},
        {classification,
         "{\"prompt\":\"a\",\"completion\":{\"x\":1,\"y\":0}}\n"
         "{\"prompt\":\"b\",\"completion\":{\"x\":false,\"y\":true}}",
         "1:a#x+!y 2:b#!x+y"},
        {classification, "prompt,completion\na,\"{\"\"x\"\":1}\"\n", "2:a#x"},
        {classification, "input,label\na,x\nb,7\n", "2:a#x 3:b#7"},
        {regression, "{\"input\":\"a\",\"label\":3}\n{\"prompt\":\"b\",\"completion\":-2.5}",
         "1:a=3.0 2:b=-2.5"},
        {regression, "prompt,completion\na,1e2\n", "2:a=100.0"},
        {embedding,
         "{\"input\":\"a\",\"target\":\"b\"}\n"
         "{\"input\":\"c\",\"target\":\"d\",\"score\":0.5}",
         "1:a~b 2:c~d:0.5"},
        {embedding, "input,target,score\na,b,\nc,d,1\n", "2:a~b 3:c~d:1.0"},
    };
    for (const auto& [task, text, rows] : cases) {
        SCOPED_TRACE(text);
        EXPECT_EQ(problem_of([&, &all = text, of = task] {
                      check_rows(all);
                      rows_of(all, of);
                  }),
                  "");
        EXPECT_EQ(rows_of(text, task), rows);
    }
}

TEST(DataRows, ThatCannotBeReadAreNamedByTheirLines) {
    using enum training_task;
    const struct {
        training_task task;
        std::string_view text;
        std::string_view problem;
    } cases[] = {
        {text, "", "the file is empty"},
        {text, " \n\n", "the file is empty"},
        {text, "[ ]", "the file has no rows"},
        {text, "prompt,completion\n", "the file has no rows"},
        {text, "\xff\xfe{", "the file is UTF-16"},
        {text, "{\"prompt\":\"a\",\"completion\":\"b\"}\n{\"prompt\":", "line 2: invalid JSON"},
        {text, "{\"prompt\":\"a\",\"completion\":\"b\"}\n[]\n", "line 2: a row is an object"},
        {text, "{\n\"prompt\":\"a\"}\n", "line 1: invalid JSON"},
        {text, "{\"prompt\":\"a\",\"completion\":\"\xff\"}", "line 1: invalid JSON"},
        {text, "{\"prompt\":\"a\"}\n{\"completion\":\"\"}", "line 1: text-generation needs"},
        {text, "{\"prompt\":\"a\"}\n{\"completion\":\"\"}", "; line 2: text-generation needs"},
        {text, "{\"prompt\":\"a\",\"completion\":\" \"}", "line 1: 'completion' is empty"},
        {text, "{\"prompt\":1,\"completion\":\"a\"}", "line 1: 'prompt' is no text"},
        {text, "{\"prompt\":\"a\",\"completion\":{\"x\":1}}", "line 1: 'completion' is no text"},
        {text, "{\"messages\":[{\"role\":\"user\",\"content\":\"u\"}]}",
         "line 1: 'messages' has to end with what the assistant says"},
        {text, "{\"messages\":[]}", "line 1: 'messages' has to end"},
        {text, "{\"messages\":[{\"role\":\"nobody\",\"content\":\"u\"}]}", "line 1: messages[0]"},
        {text, "messages\n[{]\n", "line 2: 'messages': invalid JSON"},
        {text, "[{\"prompt\":\"a\",\"completion\":\"b\"},\n{\"prompt\"}]", "line 2: invalid JSON"},
        {text, "[{\"prompt\":\"a\",\"completion\":\"b\"}\n", "line 2: the array does not end"},
        {text, "[{\"prompt\":\"a\",\"completion\":\"b\"}\n,]", "line 2: invalid JSON"},
        {text, "[{\"prompt\":\"a\",\"completion\":\"b\"}]\n{}", "line 2: nothing may follow"},
        {text, "[{\"prompt\":\"a\",\"completion\":\"b\"}}", "line 1: a '}' closes nothing"},
        {text, "[1,2]", "line 1: a row is an object"},
        {text, "[{\"prompt\":\"a", "line 1: invalid JSON"},
        {text, "a,b\nc,d\n", "line 2: text-generation needs"},
        {text, "prompt,completion\na,b\n,c\n", "line 3: text-generation needs"},
        {text, "prompt,completion\na\nb,c\n", "line 2: the row has 1 fields, the header 2"},
        {text, "prompt,completion\na,b\nc,d,e\n", "line 3: the row has 3 fields, the header 2"},
        {text, "prompt,prompt\na,b\n", "line 1: two columns are named 'prompt'"},
        {text, "prompt,completion\na,b\nc,\"d\ne\n", "line 3: a quote is opened and never closed"},
        {text, "prompt,completion\na,b\nc,d \"e\"\n", "line 3: a quote stands inside a field"},
        {text, "prompt,completion\na,\"b\"c\n", "line 2: a quote stands inside a field"},
        {text, "prompt,completion\na,\xe9\n", "line 2: the field 'completion' is no UTF-8 text"},
        {text, std::string_view("prompt,completion\na,\0b\n", 23),
         "line 2: the field 'completion'"},
        {text, "prompt,\xff\na,b\n", "line 1: the header is no UTF-8 text"},
        {classification, "{\"input\":\"\",\"label\":\"x\"}", "line 1: 'input' is empty"},
        {classification, "{\"input\":\"a\",\"label\":[]}", "line 1: 'label' is no text"},
        {classification, "{\"input\":\"a\",\"label\":\"\"}", "line 1: a label has no name"},
        {classification, "{\"prompt\":\"a\",\"completion\":{}}",
         "line 1: 'completion' is no object"},
        {classification, "{\"prompt\":\"a\",\"completion\":\"x\"}", "line 1: 'completion' is no"},
        {classification, "{\"prompt\":\"a\",\"completion\":{\"x\":0.5}}",
         "line 1: the label 'x' is neither 0 nor 1"},
        {classification, "{\"prompt\":\"a\",\"completion\":{\"x\":\"1\"}}",
         "line 1: the label 'x' is neither 0 nor 1"},
        {regression, "{\"input\":\"a\",\"label\":\"3\"}", "line 1: 'label' is no number"},
        {regression, "{\"input\":\"a\",\"label\":1e39}", "line 1: 'label' is no number"},
        {regression, "{\"input\":\"a\",\"label\":true}", "line 1: 'label' is no number"},
        {regression, "input,label\na,nan\nb,3 \nc,0x1\n", "line 2: 'label' is no number"},
        {regression, "input,label\na,nan\nb,3 \nc,0x1\n", "; line 4: 'label' is no number"},
        {regression, "{\"prompt\":\"a\"}", "line 1: regression needs"},
        {embedding, "{\"input\":\"a\",\"target\":\"b\",\"score\":2}",
         "line 1: 'score' is no number"},
        {embedding, "{\"input\":\"a\",\"label\":\"b\"}", "line 1: embedding needs"},
    };
    for (const auto& [task, text, problem] : cases) {
        const std::string told = problem_of([&, &all = text, of = task] { read_rows(all, of); });
        EXPECT_NE(told.find(problem), told.npos) << text << "\n" << told << "\n" << problem;
    }
}

TEST(DataRows, AreBounded) {
    const std::string row = "{\"prompt\":\"a\",\"completion\":\"b\"}\n";
    const auto told = [](const std::string& text, const data_bounds& bounds) {
        return problem_of([&] { read_rows(text, training_task::text, bounds); });
    };
    EXPECT_EQ(told(row + row, {.rows = 2}), "");
    EXPECT_EQ(told(row + row + row + row, {.rows = 2}),
              "line 3: more than 2 rows: leave some out, or spread them over several datasets; the "
              "file is read no further");
    EXPECT_EQ(told("prompt,completion\na,b\na,b\na,b\n", {.rows = 2}).substr(0, 7), "line 4:");
    EXPECT_EQ(told("[" + row + "," + row + "]", {.rows = 1}).substr(0, 7), "line 2:");
    EXPECT_EQ(told("prompt,completion,c\na,b,\n", {.columns = 2}), "line 1: more than 2 fields");
    EXPECT_EQ(told("prompt,completion\na,b,c\n", {.columns = 2}), "line 2: more than 2 fields");
    // Only the first problems are told.
    std::string wrong;
    for (int i = 0; i < 1000; ++i) wrong += "{}\n";
    const std::string some = told(wrong, {.told_problems = 2});
    EXPECT_NE(some.find("line 2: "), some.npos);
    EXPECT_EQ(some.find("line 3: "), some.npos);
    EXPECT_TRUE(some.ends_with("; the file is read no further")) << some;

    // What is nested deeply or has many values is refused without much memory, in any format.
    const std::string deep(1'000'000, '[');
    EXPECT_NE(told("{\"prompt\":" + deep, {}).find("line 1: invalid JSON"), std::string::npos);
    EXPECT_NE(told(deep, {}).find("line 1: invalid JSON"), std::string::npos);
    EXPECT_NE(told("messages\n" + deep + "\n", {}).find("line 2: 'messages': invalid JSON"),
              std::string::npos);
    std::string many = "{\"messages\":[0";
    for (int i = 0; i < 100'000; ++i) many += ",0";
    EXPECT_NE(told(many + "]}", {}).find("line 1: invalid JSON"), std::string::npos);
    EXPECT_EQ(told(std::string(5'000'000, ','), {}), "line 1: more than 256 fields");
    EXPECT_EQ(told("prompt,completion\n\"" + std::string(5'000'000, '\n'), {}),
              "line 2: a quote is opened and never closed");
    EXPECT_EQ(told("prompt,completion\na," + std::string(5'000'000, 'b'), {}), "");
}

// Whatever the bytes are, a file is read or refused in few words.
TEST(DataRows, OfBrokenFilesAreReadOrRefused) {
    using enum training_task;
    const std::string sound[] = {
        "{\"prompt\":\"a\",\"completion\":\"b\"}\n{\"messages\":[{\"role\":\"user\",\"content\":"
        "\"u\"},{\"role\":\"assistant\",\"content\":\"x\"}]}\n",
        "[{\"prompt\":\"a\",\"completion\":{\"x\":1}},\n{\"input\":\"b\",\"label\":\"y\"}]",
        "prompt,completion\n\"a, \"\"b\"\"\n\",c\nd,{\"\"x\"\":1}\n",
        "input,target,score\na,b,0.5\n\"c\",d,\n",
    };
    std::mt19937 random(7);
    constexpr char bytes[] = "\"\n\r,{}[]:\\ 01.e-au\0\xff\xc3\xa9";
    std::size_t read = 0;
    for (int i = 0; i < 4000; ++i) {
        std::string text = sound[random() % std::size(sound)];
        for (auto changes = random() % 4; changes > 0; --changes) {
            const std::size_t at = random() % text.size();
            if (random() % 3 == 0)
                text.erase(at, random() % 5);
            else
                text.insert(at, 1, bytes[random() % (sizeof bytes - 1)]);
            if (text.empty()) text = ",";
        }
        for (const training_task task :
             {training_task::text, classification, regression, embedding}) {
            const std::string told = problem_of([&] { read_rows(text, task); });
            EXPECT_LT(told.size(), 2000U) << text;
            read += told.empty();
        }
        problem_of([&] { check_rows(text); });
    }
    EXPECT_GT(read, 500U);
}

TEST(DataRows, OfAnyTaskAreTaken) {
    EXPECT_EQ(problem_of([] {
                  check_rows(
                      "{\"prompt\":\"a\",\"completion\":\"b\"}\n"
                      "{\"input\":\"a\",\"target\":\"b\"}\n"
                      "{\"prompt\":\"a\",\"completion\":{\"x\":1}}\n"
                      "{\"input\":\"a\",\"label\":1.5}\n");
              }),
              "");
    const std::string told = problem_of([] { check_rows("{\"prompt\":\"a\"}"); });
    EXPECT_EQ(told.find("line 1: the row is of no task"), 0U) << told;
}

TEST(DataRows, TellTheHeadThatLearnsThem) {
    const auto head = [](std::string_view text) {
        return head_of(read_rows(text, training_task::classification));
    };
    const trained_head one = head("input,label\na,x\nb,w\nc,x\n");
    EXPECT_EQ(one.labels, (std::vector<std::string>{"w", "x"}));
    EXPECT_FALSE(one.several);
    const trained_head binary = head(
        "{\"prompt\":\"a\",\"completion\":{\"x\":1}}\n{\"prompt\":\"b\",\"completion\":{\"x\":0}}");
    EXPECT_EQ(binary.labels, (std::vector<std::string>{"x"}));
    EXPECT_TRUE(binary.several);
    EXPECT_TRUE(head("{\"prompt\":\"a\",\"completion\":{\"x\":1,\"y\":1}}").several);
    EXPECT_THROW(head("input,label\na,x\nb,x\n"), std::invalid_argument);
    std::string many = "input,label\n";
    for (int i = 0; i <= 1000; ++i) many += "a," + std::to_string(i) + "\n";
    EXPECT_THROW(head(many), std::invalid_argument);
}

}  // namespace
}  // namespace tessera::server::emissary
