#include "world/facts.hpp"

#include <algorithm>
#include <unordered_set>

#include "world/outside.hpp"
#include "world/random.hpp"

namespace tessera::engine::world {

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    while (!text.empty()) {
        const auto end = text.find(separator);
        parts.push_back(text.substr(0, end));
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    }
    return parts;
}

std::string replace(std::string_view text, std::string_view from, std::string_view to) {
    std::string out;
    for (auto at = text.find(from); at != std::string_view::npos; at = text.find(from)) {
        out += text.substr(0, at);
        out += to;
        text.remove_prefix(at + from.size());
    }
    return out += text;
}

std::string capital(std::string_view text) {
    std::string out(text);
    if (!out.empty() && out[0] >= 'a' && out[0] <= 'z')
        out[0] = static_cast<char>(out[0] - 'a' + 'A');
    return out;
}

std::string normal(std::string_view question) {
    while (!question.empty() &&
           (question.back() == '?' || question.back() == '.' || question.back() == ' '))
        question.remove_suffix(1);
    std::string out(question);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

std::string filled(std::string_view text, std::string_view x, std::string_view y) {
    std::string out = replace(text, "{x}", x);
    out = replace(out, "{X}", capital(x));
    out = replace(out, "{x's}", std::string(x) + (x.ends_with('s') ? "'" : "'s"));
    out = replace(out, "{y}", y);
    return replace(out, "{Y}", capital(y));
}

namespace {

std::vector<std::string> read_texts(std::string_view list, std::string_view key) {
    std::vector<std::string> texts;
    for (auto text : split(list)) texts.push_back(replace(text, "@", capital(key)));
    return texts;
}

std::vector<fact_table> read_tables() {
    std::vector<fact_table> tables;
    for (auto theme : {detail::geography, detail::nature, detail::language, detail::culture})
        for (const auto& r : theme) {
            fact_table table{&r,
                             read_texts(r.nouns, r.key),
                             read_texts(r.questions, r.key),
                             read_texts(r.held_out, r.key),
                             {}};
            for (auto line : split(r.facts, '\n')) {
                const auto middle = line.find('=');
                table.facts.push_back({line.substr(0, middle), line.substr(middle + 1)});
            }
            tables.push_back(std::move(table));
        }
    return tables;
}

constexpr std::string_view general[] = {
    "What is {n}?",
    "What is {n}?",
    "What's {n}?",
    "What is {n}",
    "Tell me {n}.",
    "Do you know {n}?",
    "Can you tell me {n}?",
    "Could you tell me what {n} is?",
    "I would like to know {n}.",
    "I want to know {n}.",
    "Please give me {n}.",
    "Name {n}.",
    "{N}?",
    "{N}",
    "{N} is",
    "I forgot {n}. What is it?",
    "I cannot remember {n}. Please help.",
    "I do not recall {n}. Can you tell me?",
    "Any idea about {n}?",
    "I must know {n}.",
    "Can you say {n}?",
    "Could you give me {n}?",
    "Do you have an idea what {n} is?",
    "What would you say is {n}?",
    "Please name {n}.",
    "My teacher asked me for {n}.",
    "I am looking for {n}.",
    "State {n}.",
    "Say {n}.",
    "Do you happen to know {n}?",
    "I need {n} for my homework.",
    "Write {n}.",
    "Let me know {n}.",
    "Would you tell me {n}?",
    "Remind me: what is {n}?",
    "I wonder what {n} is.",
    "Are you able to tell me {n}?",
    "Question: What is {n}?",
    "Help me remember {n}.",
    "What exactly is {n}?",
    "Tell me what {n} is.",
};

constexpr std::string_view general_held_out[] = {
    "Could you name {n}?",   "Please tell me {n}.",          "I have to know {n}.",
    "Any idea what {n} is?", "Can you say what {n} is?",     "I do not remember {n}. Can you help?",
    "Show me {n}.",          "My question is: what is {n}?",
};

}  // namespace

std::span<const fact_table> fact_tables() {
    static const std::vector<fact_table> tables = read_tables();
    return tables;
}

bool held_out(std::string_view question) {
    static constexpr std::string_view documented[] = {"what is the capital of france", "2 + 2",
                                                      "what is the capital of germany",
                                                      "count from 1 to 10"};
    static const auto outside = [] {
        std::unordered_set<std::string> all;
        for (auto one : outside_questions()) all.insert(normal(one));
        return all;
    }();
    const std::string text = normal(question);
    if (outside.contains(text)) return true;
    return hash(text) % 24 == 0 &&
           std::find(std::begin(documented), std::end(documented), text) == std::end(documented);
}

std::vector<std::string> questions_for(const fact_table& table, const fact& fact, bool unseen) {
    std::vector<std::string> questions;
    for (const auto& text : unseen ? table.held_out : table.questions)
        questions.push_back(filled(text, fact.x, fact.y));
    const std::span<const std::string_view> forms =
        unseen ? std::span<const std::string_view>(general_held_out) : general;
    for (const auto& noun : table.nouns) {
        const std::string n = filled(noun, fact.x, fact.y);
        for (auto form : forms)
            questions.push_back(replace(replace(form, "{n}", n), "{N}", capital(n)));
    }
    return questions;
}

}  // namespace tessera::engine::world
