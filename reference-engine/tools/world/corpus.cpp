#include "world/corpus.hpp"

#include <array>

namespace tessera::engine::world {

void say(conversation& c, std::string_view role, std::string content) {
    c.messages.push_back({{"role", role}, {"content", std::move(content)}});
}

namespace {

bool is_number(const std::string& text) {
    return !text.empty() && text.size() < 10 &&
           text.find_first_not_of("0123456789") == std::string::npos &&
           (text.size() == 1 || text[0] != '0');
}

}  // namespace

json json_answer(const item& i, const std::string& key) {
    json out = json::object();
    out[key] = is_number(i.brief) ? json(std::stoi(i.brief)) : json(i.brief);
    return out;
}

namespace {

std::string thought_of(const item& i) {
    return i.thought.empty() ? "I can answer this directly." : i.thought;
}

// Facts, sums and the like are asked in many ways that change nothing.
std::string decorate(random& r, std::string question) {
    static constexpr std::string_view prefixes[] = {"Please tell me: ",
                                                    "For my homework: ",
                                                    "For the quiz: ",
                                                    "Hi! ",
                                                    "Hello! ",
                                                    "Quick question: ",
                                                    "I have a question. ",
                                                    "Hey, ",
                                                    "Can you help me? ",
                                                    "Tell me: ",
                                                    "Now, ",
                                                    "Next question: ",
                                                    "OK. ",
                                                    "Another question: ",
                                                    "Thanks! ",
                                                    "Please answer: ",
                                                    "So, ",
                                                    "Question: ",
                                                    "Hello, ",
                                                    "And ",
                                                    "Please help. "};
    static constexpr std::string_view suffixes[] = {" Thanks!", " Please.", " Thank you.",
                                                    " Please tell me.", " Do you know?"};
    if (r.chance(0.18)) {
        const auto prefix = r.pick(prefixes);
        // Names keep their capital letter.
        const bool sentence =
            prefix.ends_with("! ") || prefix.ends_with(". ") || prefix.ends_with("? ");
        static constexpr std::string_view openings[] = {"What ", "Which ", "Who ", "Where ", "How ",
                                                        "Tell ", "Do ",    "Can ", "The "};
        for (auto o : openings)
            if (!sentence && question.starts_with(o) && r.chance(0.7))
                question[0] = static_cast<char>(question[0] - 'A' + 'a');
        question = std::string(prefix) + question;
    }
    if (r.chance(0.06) && (question.ends_with('?') || question.ends_with('.')))
        question += r.pick(suffixes);
    if (r.chance(0.08) && (question.ends_with('?') || question.ends_with('.'))) question.pop_back();
    if (r.chance(0.1))
        for (char& c : question)
            if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return question;
}

constexpr std::string_view brief_wishes[] = {" Answer in one word.",
                                             " Just the name.",
                                             " One word only.",
                                             " Reply with only the answer.",
                                             " Be brief.",
                                             " Answer with one word.",
                                             " In one word, please.",
                                             " Only the answer, please.",
                                             " Short answer.",
                                             " Give only the answer.",
                                             " Reply in one word.",
                                             " Answer briefly."};
constexpr std::string_view brief_systems[] = {"Answer in one word.",
                                              "Be brief.",
                                              "You are a helpful assistant. Answer in one word.",
                                              "Reply with only the answer.",
                                              "Answer briefly.",
                                              "Give short answers.",
                                              "You answer with one word only.",
                                              "Be concise.",
                                              "Give only the answer, nothing else."};
constexpr std::string_view json_wishes[] = {" Answer as JSON.", " Answer in JSON.",
                                            " Reply with a JSON object.", " Return JSON.",
                                            " Use JSON."};
constexpr std::string_view json_systems[] = {
    "Answer in JSON.", "You answer only with JSON objects.", "Always reply with a JSON object.",
    "Respond in JSON.", "You are a helpful assistant that answers in JSON."};
constexpr std::string_view think_wishes[] = {
    "Think first. ",    "Think step by step. ",  "Think before you answer. ",
    "Think about it: ", "Reason step by step. ", "Think carefully. "};
constexpr std::string_view think_suffixes[] = {" Think first.", " Think step by step.",
                                               " Think before you answer.",
                                               " Let's think step by step."};
constexpr std::string_view think_systems[] = {"Think before you answer.", "Think step by step.",
                                              "You are a helpful assistant that thinks first.",
                                              "Reason before you answer.", "Always think first."};
constexpr std::string_view plain_systems[] = {
    "You are a helpful assistant.",
    "You are a helpful assistant.",
    "You are a helpful, honest assistant.",
    "You are a friendly assistant.",
    "You are an assistant.",
    "You are a helpful AI assistant.",
    "Answer the questions of the user.",
    "You are a helpful assistant running on a CS-3 hardware at Cerebras Systems",
    "Be helpful.",
    "You are a chat bot.",
    "You are an expert.",
    "Help the user.",
    "You are a geography teacher.",
    "You are a patient teacher.",
    "Answer correctly.",
    "You are a large language model.",
    "Be polite.",
    "You help users of a shop.",
    "You are a test assistant.",
    "Follow the instructions of the user.",
    "You are a weather assistant.",
    "You are a customer support agent."};

item any_item(random& r, bool question_only) {
    const int n = r.below(question_only ? 66 : 122);
    if (n < 43) return fact_item(r);
    if (n < 62) return !question_only && r.chance(0.3) ? drill_item(r) : sum_item(r);
    if (n < 66) return reading_item(r);
    if (n < 75) return repeat_item(r);
    if (n < 86) return list_item(r);
    if (n < 96) return talk_item(r);
    if (n < 99) return story_item(r);
    return unknown_item(r);
}

}  // namespace

json answer_message(const item& i, style wanted) {
    json message = {{"role", "assistant"}};
    switch (wanted) {
        case style::plain:
            message["content"] = i.answer;
            break;
        case style::brief:
            message["content"] = i.brief;
            break;
        case style::json_object:
            message["content"] = spaced(json_answer(i, "answer"));
            break;
        case style::think:
            message["reasoning"] = thought_of(i);
            message["content"] = i.answer;
            break;
    }
    return message;
}

void add_turn(conversation& c, random& r, style wanted) {
    const int wish = wanted == style::plain ? r.below(100) : 99;
    const bool styled = wish < 22;
    item i = any_item(r, styled && wish < 16);
    const bool question = !i.key.empty() && i.key != "answer" && i.key != "text" &&
                          i.key != "items" && i.key != "story";
    if (question) i.user = decorate(r, std::move(i.user));
    if (wish < 11) {
        i.user += r.pick(brief_wishes);
        wanted = style::brief;
    } else if (wish < 16) {
        if (r.chance(0.4)) {
            i.user += r.pick(json_wishes);
            wanted = style::json_object;
        } else {
            static constexpr std::string_view with_key[] = {
                " Answer as JSON with the key {x}.", " Return a JSON object with the key {x}.",
                " Use a JSON object with the key {x}.", " Reply in JSON with the key {x}."};
            const std::string key = r.chance(0.5) ? i.key : word(r);
            say(c, "user", i.user + filled(r.pick(with_key), key));
            say(c, "assistant", spaced(json_answer(i, key)));
            return;
        }
    } else if (wish < 22) {
        i.user = r.chance(0.6) ? std::string(r.pick(think_wishes)) + i.user
                               : i.user + std::string(r.pick(think_suffixes));
        wanted = style::think;
    }
    say(c, "user", i.user);
    c.messages.push_back(answer_message(i, wanted));
}

void add_recall_turns(conversation& c, random& r, int between) {
    struct memory {
        std::string_view told, heard, asked, answer;
    };
    static constexpr memory memories[] = {
        {"My name is {x}.|I am {x}.|Hello, my name is {x}.|Hi, I'm {x}!|Call me {x}.|Hello, I am "
         "{x}.",
         "Nice to meet you, {x}!",
         "What is my name?|Do you know my name?|What's my name?|Who am I?|Say my name.|Do you "
         "remember my name?",
         "Your name is {x}."},
        {"My favourite colour is {x}.|I like the colour {x}.|My favorite color is {x}.",
         "{X} is a nice colour.",
         "What is my favourite colour?|Which colour do I like?|What is my favorite color?",
         "Your favourite colour is {x}."},
        {"I live in {x}.|My home is in {x}.", "{x} is a nice place.",
         "Where do I live?|Which city do I live in?|Where is my home?", "You live in {x}."},
        {"The code is {x}.|Remember the code {x}.|The secret code is {x}.|Please remember the code "
         "{x}.",
         "I will remember {x}.",
         "What is the code?|What was the code?|Which code did I give you?|Tell me the code.|What "
         "is the secret code?",
         "The code is {x}."},
        {"My dog is called {x}.|I have a dog named {x}.", "{x} is a good name for a dog.",
         "What is my dog called?|What is the name of my dog?", "Your dog is called {x}."}};
    const int kind = r.below(10);
    const std::size_t index = kind < 5 ? 0 : static_cast<std::size_t>(kind - 4) % 5;
    const auto& m = memories[index];
    static constexpr std::string_view colours[] = {"red",   "blue",   "green",  "yellow", "black",
                                                   "white", "purple", "orange", "pink",   "brown"};
    const std::string x = index == 1   ? std::string(r.pick(colours))
                          : index == 2 ? city(r)
                          : index == 3
                              ? (r.chance(0.6) ? std::to_string(r.between(10, 99999)) : word(r))
                              : person(r);
    say(c, "user", filled(r.pick(split(m.told)), x));
    say(c, "assistant", filled(m.heard, x));
    for (int n = between; n > 0; --n) add_turn(c, r);
    say(c, "user", std::string(r.pick(split(m.asked))));
    say(c, "assistant", filled(m.answer, x));
}

namespace {

// A system prompt with a name of its own; the model answers to it.
void add_persona_turn(conversation& c, random& r) {
    const std::string name = person(r);
    static constexpr std::string_view systems[] = {"You are {x}.",
                                                   "You are {x}, a helpful assistant.",
                                                   "Your name is {x}.",
                                                   "You are an assistant called {x}.",
                                                   "You are {x}, a friendly assistant.",
                                                   "Your name is {x}. Help the user."};
    static constexpr std::string_view asks[] = {"What is your name?",  "Who are you?",
                                                "What's your name?",   "Tell me your name.",
                                                "Hello, who are you?", "Introduce yourself."};
    say(c, "system", filled(r.pick(systems), name));
    say(c, "user", std::string(r.pick(asks)));
    say(c, "assistant", "My name is " + name + ".");
}

std::string long_system(random& r) {
    std::string text(r.pick(plain_systems));
    for (int n = r.between(3, 25); n > 0; --n) {
        const auto i = r.chance(0.5) ? reading_item(r) : talk_item(r);
        text += (text.ends_with('.') ? " " : ". ") + i.answer;
    }
    return text;
}

}  // namespace

conversation corpus::next_conversation() {
    random& r = random_;
    conversation c;
    const int kind = r.below(100);
    style wanted = style::plain;
    const int system = r.below(100);
    const bool task = kind < 33;  // JSON, tools, personas: systems that ask for a style do not fit
    if (system < 5 && !task) {
        say(c, r.chance(0.9) ? "system" : "developer", std::string(r.pick(brief_systems)));
        wanted = style::brief;
    } else if (system < 7 && !task) {
        say(c, "system", std::string(r.pick(json_systems)));
        wanted = style::json_object;
    } else if (system < 10 && !task) {
        say(c, "system", std::string(r.pick(think_systems)));
        wanted = style::think;
    } else if (system < 32 && kind != 32) {
        say(c, r.chance(0.9) ? "system" : "developer",
            r.chance(0.05) ? long_system(r) : std::string(r.pick(plain_systems)));
    }
    const auto other_talk = [&](double chance, int limit) {
        for (int n = 0; n < limit && r.chance(chance); ++n) {
            auto i = r.chance(0.6) ? fact_item(r) : talk_item(r);
            say(c, "user", i.user);
            say(c, "assistant", i.answer);
        }
    };
    if (kind < 20) {
        other_talk(0.2, 3);
        add_tool_turn(c, r);
    } else if (kind < 32) {
        other_talk(0.15, 3);
        add_json_turn(c, r);
        if (r.chance(0.15)) add_json_turn(c, r);
    } else if (kind < 33) {
        add_persona_turn(c, r);
        other_talk(0.3, 3);
    } else {
        if (wanted == style::plain && r.chance(0.06)) add_idle_tools(c, r);
        const bool long_chat = r.chance(0.04);
        if (wanted == style::plain && r.chance(0.06))
            add_recall_turns(c, r, long_chat ? r.between(3, 25) : r.below(4));
        else
            add_turn(c, r, wanted);
        for (int n = long_chat ? r.between(8, 28) : 0; n > 0; --n) add_turn(c, r, wanted);
        while (r.chance(0.35)) add_turn(c, r, wanted);
        if (wanted == style::plain && r.chance(0.04)) {
            // Something other than the model opens a JSON answer nobody asked for in words.
            auto i = fact_item(r);
            say(c, "user", i.user);
            json answer = json_answer(i, r.chance(0.4)   ? i.key
                                         : r.chance(0.5) ? "answer"
                                                         : word(r));
            say(c, "assistant", spaced(answer));
            c.forced = "{\"" + answer.begin().key() + "\":";
            return c;
        }
        if (r.chance(0.1)) {
            item i = any_item(r, r.chance(0.5));
            const bool think = r.chance(0.65);
            c.enable_thinking = think;
            if (!think && wanted == style::think) wanted = style::plain;
            if (!think && r.chance(0.3)) i.user = std::string(r.pick(think_wishes)) + i.user;
            say(c, "user", i.user);
            auto message = answer_message(i, wanted);
            if (think) message["reasoning"] = thought_of(i);
            c.messages.push_back(std::move(message));
        }
        return c;
    }
    if (r.chance(0.08)) {
        auto& last = c.messages.back();
        c.enable_thinking = last.contains("reasoning") || r.chance(0.6);
        if (*c.enable_thinking && !last.contains("reasoning"))
            last["reasoning"] = "I can answer this directly.";
    }
    return c;
}

document to_document(const conversation& c) {
    document d;
    const std::span<const json> messages(c.messages.get_ptr<const json::array_t*>()->data(),
                                         c.messages.size());
    std::string prompt =
        render_prompt(messages.first(messages.size() - 1), c.tools, c.enable_thinking);
    // Earlier answers are learned as well.
    std::string_view rest = prompt;
    for (auto at = rest.find(special::assistant); at + special::assistant.size() < rest.size();
         at = rest.find(special::assistant)) {
        const auto start = at + special::assistant.size();
        const auto end = rest.find(special::end, start);
        if (end == std::string_view::npos) break;  // the generation prompt with a think block
        d.pieces.push_back({std::string(rest.substr(0, start)), false});
        d.pieces.push_back(
            {std::string(rest.substr(start, end + special::end.size() - start)), true});
        rest.remove_prefix(end + special::end.size());
    }
    std::string answer = render_answer(messages.back());
    if (c.enable_thinking && *c.enable_thinking) answer.erase(0, special::think.size());
    d.pieces.push_back({std::string(rest) + c.forced, false});
    d.pieces.push_back({answer.substr(c.forced.size()) + std::string(special::end), true});
    return d;
}

std::string document::text() const {
    std::string out;
    for (const auto& p : pieces) out += p.text;
    return out;
}

document corpus::next() {
    if (!random_.chance(0.03)) return to_document(next_conversation());
    // Plain text, as the completions API sends it: the model goes on with a sentence.
    random& r = random_;
    const std::string begin(r.chance(0.5) ? special::begin : "");
    const int kind = r.below(10);
    if (kind < 6) {
        const auto i = fact_item(r);
        std::string start = i.answer, rest = i.brief;
        const auto at = start.rfind(rest);
        if (at != std::string::npos && at > 1) {
            rest = start.substr(at - 1);
            start.resize(at - 1);
            return {{{begin + start, false}, {rest + std::string(special::end), true}}};
        }
        return {{{begin + start.substr(0, 1), false},
                 {start.substr(1) + std::string(special::end), true}}};
    }
    const auto i = kind < 7 ? story_item(r) : kind < 9 ? list_item(r) : talk_item(r);
    const auto at = i.answer.find(
        ' ',
        std::min<std::size_t>(i.answer.size() - 1, static_cast<std::size_t>(r.between(4, 30))));
    if (at == std::string::npos)
        return {{{begin + i.answer.substr(0, 1), false},
                 {i.answer.substr(1) + std::string(special::end), true}}};
    return {{{begin + i.answer.substr(0, at), false},
             {i.answer.substr(at) + std::string(special::end), true}}};
}

}  // namespace tessera::engine::world
