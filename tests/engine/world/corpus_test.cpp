#include "world/corpus.hpp"

#include <gtest/gtest.h>

#include <set>
#include <unordered_set>

#include "support/sanitized.hpp"
#include "world/outside.hpp"

namespace tessera::engine::world {
namespace {

// Of documents that are looked at.
constexpr int looked_at_one_in = test::sanitized ? 10 : 1;

TEST(corpus, is_the_same_for_the_same_seed) {
    corpus a(7), b(7), c(8);
    std::string first, second, other;
    for (int i = 0; i < 200; ++i) {
        first += a.next().text();
        second += b.next().text();
        other += c.next().text();
    }
    EXPECT_EQ(first, second);
    EXPECT_NE(first, other);
}

TEST(corpus, ends_every_document_with_a_learned_end_of_turn) {
    corpus text(3);
    for (int i = 0; i < 500; ++i) {
        const auto d = text.next();
        ASSERT_FALSE(d.pieces.empty());
        EXPECT_TRUE(d.pieces.back().learned);
        EXPECT_TRUE(d.pieces.back().text.ends_with(special::end)) << d.text();
        EXPECT_FALSE(d.pieces.front().learned);
    }
}

TEST(corpus, learns_nothing_that_was_forced) {
    corpus text(11);
    int forced = 0;
    for (int i = 0; i < 3000 / looked_at_one_in; ++i) {
        const auto c = text.next_conversation();
        if (c.forced.empty() && !c.enable_thinking) continue;
        ++forced;
        const auto d = to_document(c);
        const auto& prompt = d.pieces[d.pieces.size() - 2].text;
        const auto& answer = d.pieces.back().text;
        EXPECT_FALSE(d.pieces[d.pieces.size() - 2].learned);
        EXPECT_TRUE(prompt.ends_with(c.forced));
        EXPECT_FALSE(answer.starts_with(special::think)) << answer;
        if (c.enable_thinking == true) {
            EXPECT_NE(answer.find(special::think_end), std::string::npos);
        }
    }
    EXPECT_GT(forced, 100 / looked_at_one_in);
}

// Every stretch of whole words of a request, as it would be compared.
void expect_none_held_out(const std::string& request, const std::unordered_set<std::string>& held) {
    const std::string text = normal(request);
    for (std::size_t start = 0; start < text.size(); ++start) {
        if (start > 0 && text[start - 1] != ' ') continue;
        for (std::size_t end = start + 1; end <= text.size(); ++end) {
            if (end < text.size() && text[end] != ' ') continue;
            const auto part = normal(std::string_view(text).substr(start, end - start));
            EXPECT_FALSE(held.contains(part)) << request;
        }
    }
}

TEST(corpus, never_asks_what_is_held_out) {
    std::unordered_set<std::string> templates, combinations;
    for (const auto& table : fact_tables())
        for (const auto& f : table.facts) {
            for (const auto& q : questions_for(table, f, true)) templates.insert(normal(q));
            for (const auto& q : questions_for(table, f, false))
                // Two words or a noun alone may stand inside another question.
                if (held_out(q) && (q.ends_with('?') || q.ends_with('.')) &&
                    q.find(' ', q.find(' ') + 1) != q.npos)
                    combinations.insert(normal(q));
        }
    EXPECT_GT(templates.size(), 5000U);
    EXPECT_GT(combinations.size(), 1000U);
    corpus text(5);
    for (int i = 0; i < 4000 / looked_at_one_in; ++i) {
        const auto c = text.next_conversation();
        for (const auto& message : c.messages) {
            if (message["role"] != "user") continue;
            const auto& request = message["content"].get_ref<const std::string&>();
            if (request.size() > 300) continue;
            expect_none_held_out(request, templates);
            EXPECT_FALSE(combinations.contains(normal(request))) << request;
        }
    }
}

TEST(corpus, never_asks_the_questions_outside_the_world) {
    std::unordered_set<std::string> outside;
    for (auto question : outside_questions()) {
        EXPECT_TRUE(outside.insert(normal(question)).second) << question;
        EXPECT_TRUE(held_out(question)) << question;
    }
    EXPECT_EQ(outside.size(), 200U);
    for (std::size_t i = 0; i < talk_size(); ++i)
        EXPECT_FALSE(outside.contains(normal(talk_sample(i).first)));
    corpus text(6);
    for (int i = 0; i < 6000 / looked_at_one_in; ++i)
        for (const auto& message : text.next_conversation().messages)
            if (message["role"] == "user" && message["content"].is_string())
                expect_none_held_out(message["content"].get<std::string>(), outside);
    random r(7);
    for (int i = 0; i < 100000 / looked_at_one_in; ++i) {
        const auto question = unknown_item(r).user;
        ASSERT_FALSE(outside.contains(normal(question))) << question;
    }
}

TEST(counting, ends_at_its_number_and_leaves_ranges_out) {
    const auto range = [](const item& i) {
        const auto last = i.answer.rfind(' ') + 1;
        const int a = std::stoi(i.answer), b = std::stoi(i.answer.substr(last));
        EXPECT_NE(i.user.find(std::to_string(b)), std::string::npos) << i.user;
        return std::pair(std::min(a, b), std::max(a, b));
    };
    std::set<std::pair<int, int>> seen, unseen;
    random r(3);
    for (int i = 0; i < 20000; ++i) seen.insert(range(counting_item(r)));
    for (int i = 0; i < 1000; ++i) unseen.insert(range(counting_item(r, true)));
    EXPECT_TRUE(seen.contains({1, 10}));
    EXPECT_GT(unseen.size(), 20U);
    for (const auto& one : unseen) EXPECT_FALSE(seen.contains(one)) << one.first;
}

TEST(quotation_marks, change_nothing) {
    random r(4);
    int words = 0;
    for (int i = 0; i < 300; ++i) {
        const auto asked = quoted_item(r);
        EXPECT_NE(asked.user.find_first_of("\"'\u201c\u2018"), std::string::npos) << asked.user;
        EXPECT_EQ(asked.answer.find_first_of("\"\u201c\u2018"), std::string::npos) << asked.answer;
        words += asked.answer == asked.brief;
    }
    EXPECT_GT(words, 100);
    EXPECT_LT(words, 200);
}

TEST(corpus, asks_what_the_documentation_asks) {
    EXPECT_FALSE(held_out("What is the capital of France?"));
    std::unordered_set<std::string> asked;
    for (std::size_t i = 0; i < talk_size(); ++i) asked.insert(talk_sample(i).first);
    for (const auto* prompt : {"Say hello.", "Why is fast inference important?",
                               "What is Generative AI?", "Write a haiku."})
        EXPECT_TRUE(asked.contains(prompt)) << prompt;
}

TEST(sums, are_right) {
    random r(1);
    for (int i = 0; i < 500; ++i) {
        const auto item = sum_item(r, i % 2 == 1);
        int a = 0, b = 0, value = 0;
        char op = 0;
        ASSERT_EQ(std::sscanf(item.answer.c_str(), "%d %c %d = %d.", &a, &op, &b, &value), 4)
            << item.answer;
        EXPECT_EQ(value, op == '+' ? a + b : op == '-' ? a - b : a * b) << item.answer;
        EXPECT_TRUE(item.thought.ends_with(item.answer));
    }
}

}  // namespace
}  // namespace tessera::engine::world
