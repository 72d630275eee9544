// The parts of a turn, however its text is cut.
#include <gtest/gtest.h>

#include "inference/local/splitter.hpp"

namespace tessera::server::testing {
namespace {

const answer_marks hermes = {.think = "<think>",
                             .end_think = "</think>",
                             .call = "<tool_call>",
                             .end_call = "</tool_call>",
                             .arguments = "arguments"};

struct parted {
    std::string thoughts{};
    std::string content{};
    std::vector<std::pair<std::string, std::string>> calls{};  // names and arguments

    bool operator==(const parted&) const = default;
};

void PrintTo(const parted& what, std::ostream* out) {
    *out << "thoughts \"" << what.thoughts << "\", content \"" << what.content << '"';
    for (const auto& [name, arguments] : what.calls) *out << ", " << name << ' ' << arguments;
}

void add(parted& to, const std::vector<answer_piece>& pieces, std::string& text) {
    for (const answer_piece& each : pieces) {
        EXPECT_FALSE(each.text.empty());
        text += each.text;
        if (each.part == answer_part::thoughts) to.thoughts += each.text;
        if (each.part == answer_part::content) to.content += each.text;
        if (!each.name.empty()) to.calls.emplace_back(each.name, "");
        if (!each.arguments.empty()) to.calls.back().second += each.arguments;
    }
}

parted split(const std::vector<std::string_view>& cuts, answer_splitter::options how) {
    answer_splitter splitter(hermes, how);
    parted made;
    std::string text;
    std::string whole;
    for (const std::string_view each : cuts) {
        whole += each;
        add(made, splitter.push(each), text);
    }
    add(made, splitter.finish(), text);
    EXPECT_EQ(text, whole);  // nothing is lost, nothing comes twice
    return made;
}

// In two pieces at every place, and byte by byte.
void is(const std::string& text, const parted& expected, answer_splitter::options how) {
    const std::string_view all = text;
    for (std::size_t i = 0; i <= all.size(); ++i)
        EXPECT_EQ(split({all.substr(0, i), all.substr(i)}, how), expected) << text << " at " << i;
    std::vector<std::string_view> bytes;
    for (std::size_t i = 0; i < all.size(); ++i) bytes.push_back(all.substr(i, 1));
    EXPECT_EQ(split(bytes, how), expected) << text;
}

constexpr answer_splitter::options thinking = {.thinking = true, .may_call = true};
constexpr answer_splitter::options free_to_think = {.may_think = true, .may_call = true};
constexpr answer_splitter::options calling = {.may_call = true};

TEST(splitter, text_is_content) {
    for (const auto how : {answer_splitter::options{}, free_to_think, calling}) {
        is("", {}, how);
        is("  Hello,\n world. ", {.content = "  Hello,\n world. "}, how);
        is("a <thin < b </think> <tool_cal", {.content = "a <thin < b </think> <tool_cal"}, how);
    }
    const std::string marks = "<think>a</think><tool_call>{\"name\": \"f\", \"arguments\": {}}";
    is(marks, {.content = marks}, {});
}

TEST(splitter, thoughts_come_first) {
    const parted both = {.thoughts = "I see.\n\nYes", .content = "Paris. "};
    is("<think>I see.\n\nYes</think>Paris. ", both, free_to_think);
    is("\n<think>\nI see.\n\nYes\n</think>\n\nParis. ", both, free_to_think);
    is("I see.\n\nYes</think>Paris. ", both, thinking);
    is("\nI see.\n\nYes \n</think> Paris. ", both, thinking);
    is("</think>Paris.", {.content = "Paris."}, thinking);
    is("<think></think>Paris.", {.content = "Paris."}, free_to_think);
    is("a </thin k> b</think>c", {.thoughts = "a </thin k> b", .content = "c"}, thinking);
    // Later ones are text.
    is("a</think>b<think>c</think>", {.thoughts = "a", .content = "b<think>c</think>"}, thinking);
    is("Hm. <think>c", {.content = "Hm. <think>c"}, free_to_think);
}

TEST(splitter, thoughts_that_are_not_closed_go_on_to_the_end) {
    is("I see </thi", {.thoughts = "I see </thi"}, thinking);
    is("<think>I see. ", {.thoughts = "I see. "}, free_to_think);
    is("<thin", {.content = "<thin"}, free_to_think);
    is(" ", {.content = " "}, free_to_think);
}

TEST(splitter, calls) {
    const std::string first =
        R"(<tool_call>{"name": "f", "arguments": {"a": {"b": [1, 2]}}}</tool_call>)";
    const parted one = {.calls = {{"f", R"({"a": {"b": [1, 2]}})"}}};
    is(first, one, calling);
    is("\n" + first + "\n", one, calling);
    is("<tool_call>\n{ \"name\" :\"f\",\n\"arguments\":{\"a\": {\"b\": [1, 2]}} }\n</tool_call>",
       one, calling);
    const std::string second = R"(<tool_call>{"name": "g\n", "arguments": {}}</tool_call>)";
    parted two = one;
    two.calls.emplace_back("g\n", "{}");
    is(first + second, two, calling);
    is(first + "\n" + second, two, calling);
    two.thoughts = "Two.";
    is("Two.</think>" + first + second, two, thinking);
    two.content = "I call. And wait.";
    is("<think>Two.</think>I call. " + first + " " + second + "And wait.",
       {.thoughts = "Two.", .content = "I call.And wait.", .calls = two.calls}, free_to_think);
}

TEST(splitter, marks_inside_of_strings_are_text) {
    const std::string arguments = R"({"a": "</tool_call>\"}", "b\\": "{[<tool_call>"})";
    is(R"(<tool_call>{"name": "f", "arguments": )" + arguments + "}</tool_call>!",
       {.content = "!", .calls = {{"f", arguments}}}, calling);
}

TEST(splitter, calls_that_are_cut_short) {
    const std::string head = R"(<tool_call>{"name": "f", "arguments": )";
    is(head + R"({"a": "b)", {.calls = {{"f", R"({"a": "b)"}}}, calling);
    is(head + R"({"a": 1})", {.calls = {{"f", R"({"a": 1})"}}}, calling);
    is(head + R"({"a": 1}}</tool_c)", {.calls = {{"f", R"({"a": 1})"}}}, calling);
    is(head + R"({"a": 1</tool_call>then)", {.content = "then", .calls = {{"f", R"({"a": 1)"}}},
       calling);
}

TEST(splitter, what_does_not_begin_like_a_call_is_content) {
    for (const std::string text :
         {"<tool_call>", "<tool_call>{\"name\": \"f\"", "<tool_call>f(1)</tool_call>",
          "<tool_call>{\"name\": 1, \"arguments\": {}}", "<tool_call>{\"name\": \"\\x\", ",
          "<tool_call>{\"arguments\": {}, \"name\": \"f\"}</tool_call>",
          "<tool_call>{\"name\": \"f\", \"arguments\": \"{}\"}</tool_call>"})
        is("a " + text, {.content = "a " + text}, calling);
    is(R"(<tool_call><tool_call>{"name": "f", "arguments": {}}</tool_call>)",
       {.content = "<tool_call>", .calls = {{"f", "{}"}}}, calling);
    const std::string endless = "<tool_call>{\"name\": \"" + std::string(5000, 'x');
    EXPECT_EQ(split({endless}, calling), parted{.content = endless});
}

TEST(splitter, a_model_without_marks_only_talks) {
    answer_splitter splitter({}, {.may_think = true, .may_call = true});
    const auto made = splitter.push("<think>");
    ASSERT_EQ(made.size(), 1U);
    EXPECT_EQ(made.front().part, answer_part::content);
}

}  // namespace
}  // namespace tessera::server::testing
