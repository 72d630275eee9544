#include "world/exam.hpp"

#include <span>

#include "world/outside.hpp"

namespace tessera::engine::world {

namespace {

// More than 500 of them.
constexpr std::size_t long_talk_bytes = 1700;

void ask(conversation& c, item i, style wanted = style::plain) {
    say(c, "user", std::move(i.user));
    c.messages.push_back(answer_message(i, wanted));
}

conversation long_talk(random& r) {
    for (;;) {
        conversation c;
        std::size_t bytes = 0;
        while (bytes < long_talk_bytes) {
            const auto before = c.messages.size();
            add_turn(c, r);
            for (auto i = before; i < c.messages.size(); ++i)
                bytes += c.messages[i].dump().size() - 30;
        }
        if (bytes < long_talk_bytes + 600) return c;
    }
}

item fact_with(random& r, std::string_view prefix, std::string_view suffix) {
    auto i = fact_item(r);
    i.user = std::string(prefix) + i.user + std::string(suffix);
    return i;
}

struct category {
    std::string_view name;
    void (*make)(conversation&, random&);
};

constexpr category categories[] = {
    {"facts", [](conversation& c, random& r) { ask(c, fact_item(r)); }},
    {"held-out templates",
     [](conversation& c, random& r) { ask(c, fact_item(r, side::held_out_template)); }},
    {"held-out combinations",
     [](conversation& c, random& r) { ask(c, fact_item(r, side::held_out_combination)); }},
    {"held-out templates, long",
     [](conversation& c, random& r) {
         c = long_talk(r);
         ask(c, fact_item(r, side::held_out_template));
     }},
    {"held-out combinations, long",
     [](conversation& c, random& r) {
         c = long_talk(r);
         ask(c, fact_item(r, side::held_out_combination));
     }},
    {"sums", [](conversation& c, random& r) { ask(c, sum_item(r)); }},
    {"held-out sums", [](conversation& c, random& r) { ask(c, sum_item(r, true)); }},
    {"repeat", [](conversation& c, random& r) { ask(c, repeat_item(r)); }},
    {"quoted word", [](conversation& c, random& r) { ask(c, quoted_item(r)); }},
    {"lists and counting", [](conversation& c, random& r) { ask(c, list_item(r)); }},
    {"held-out counting", [](conversation& c, random& r) { ask(c, counting_item(r, true)); }},
    {"talk", [](conversation& c, random& r) { ask(c, talk_item(r)); }},
    {"stories", [](conversation& c, random& r) { ask(c, story_item(r)); }},
    {"unknown", [](conversation& c, random& r) { ask(c, unknown_item(r)); }},
    {"reading", [](conversation& c, random& r) { ask(c, reading_item(r)); }},
    {"recall", [](conversation& c, random& r) { add_recall_turns(c, r, r.below(4)); }},
    {"one word", [](conversation& c,
                    random& r) { ask(c, fact_with(r, "", " Answer in one word."), style::brief); }},
    {"one word by system",
     [](conversation& c, random& r) {
         say(c, "system", "Answer in one word.");
         ask(c, fact_item(r), style::brief);
     }},
    {"think, told",
     [](conversation& c, random& r) { ask(c, fact_with(r, "Think first. ", ""), style::think); }},
    {"think, forced",
     [](conversation& c, random& r) {
         ask(c, fact_item(r), style::think);
         c.enable_thinking = true;
     }},
    {"think, forbidden",
     [](conversation& c, random& r) {
         ask(c, fact_item(r));
         c.enable_thinking = false;
     }},
    {"think, sums",
     [](conversation& c, random& r) {
         ask(c, sum_item(r), style::think);
         c.enable_thinking = true;
     }},
    {"json style",
     [](conversation& c, random& r) {
         auto i = fact_item(r);
         say(c, "user", i.user + " Answer as JSON with the key " + i.key + ".");
         say(c, "assistant", spaced(json_answer(i, i.key)));
     }},
    {"held-out json", [](conversation& c, random& r) { add_json_turn(c, r, true); }},
    {"held-out tool requests",
     [](conversation& c, random& r) { add_tool_turn(c, r, tool_exam::held_out_template); }},
    {"held-out tools",
     [](conversation& c, random& r) { add_tool_turn(c, r, tool_exam::invented_tool); }},
    {"tool results", [](conversation& c, random& r) { add_tool_turn(c, r, tool_exam::results); }},
    {"several calls", [](conversation& c, random& r) { add_tool_turn(c, r, tool_exam::several); }},
    {"held-out several calls",
     [](conversation& c, random& r) { add_tool_turn(c, r, tool_exam::several_held_out); }},
    {"results of several calls",
     [](conversation& c, random& r) { add_tool_turn(c, r, tool_exam::several_results); }},
};

exam_question question_of(std::string_view category, const conversation& c) {
    const std::span<const json> messages(c.messages.get_ptr<const json::array_t*>()->data(),
                                         c.messages.size());
    std::string expected = render_answer(messages.back());
    if (c.enable_thinking == true) expected.erase(0, special::think.size());
    return {std::string(category),
            render_prompt(messages.first(messages.size() - 1), c.tools, c.enable_thinking),
            expected};
}

}  // namespace

std::vector<exam_question> make_exam(int per_category, std::uint64_t seed) {
    std::vector<exam_question> exam;
    for (const auto& category : categories) {
        random r(hash(category.name, seed));
        for (int n = 0; n < per_category; ++n) {
            conversation c;
            category.make(c, r);
            exam.push_back(question_of(category.name, c));
        }
    }
    for (auto question : outside_questions()) {
        conversation c;
        say(c, "user", std::string(question));
        say(c, "assistant", "I do not know.");
        exam.push_back(question_of("outside the world", c));
    }
    return exam;
}

std::vector<exam_score> grade(
    const std::vector<exam_question>& exam,
    const std::function<std::string(const std::string&)>& answer,
    const std::function<void(const exam_question&, const std::string&)>& wrong) {
    std::vector<exam_score> scores;
    for (const auto& q : exam) {
        if (scores.empty() || scores.back().category != q.category) scores.push_back({q.category});
        auto& score = scores.back();
        ++score.asked;
        const std::string got = answer(q.prompt);
        if (got == q.expected)
            ++score.right;
        else if (wrong)
            wrong(q, got);
    }
    return scores;
}

}  // namespace tessera::engine::world
