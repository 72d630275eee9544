#include "world/topics.hpp"

#include <algorithm>
#include <array>

namespace tessera::engine::world {

namespace {

constexpr std::string_view words[] = {
    "apple",   "river",   "stone",   "window",  "garden",  "summer",   "winter", "morning",
    "evening", "paper",   "pencil",  "table",   "chair",   "bottle",   "candle", "mirror",
    "ladder",  "bridge",  "castle",  "village", "island",  "mountain", "forest", "desert",
    "ocean",   "planet",  "rocket",  "engine",  "wheel",   "button",   "ticket", "basket",
    "blanket", "pillow",  "carpet",  "curtain", "kitchen", "hammer",   "needle", "thread",
    "shirt",   "jacket",  "shoe",    "hat",     "glove",   "ring",     "crown",  "sword",
    "shield",  "arrow",   "flag",    "drum",    "guitar",  "piano",    "violin", "flute",
    "song",    "dance",   "story",   "letter",  "number",  "circle",   "square", "triangle",
    "orange",  "banana",  "cherry",  "lemon",   "grape",   "potato",   "carrot", "onion",
    "pepper",  "butter",  "cheese",  "bread",   "sugar",   "honey",    "coffee", "water",
    "juice",   "tiger",   "zebra",   "monkey",  "rabbit",  "turtle",   "spider", "butterfly",
    "eagle",   "parrot",  "salmon",  "whale",   "dolphin", "horse",    "donkey", "camel",
    "cloud",   "thunder", "rainbow", "storm",   "snow",    "silver",   "golden", "purple",
    "yellow",  "quick",   "brown",   "lazy",    "happy",   "little",   "quiet",  "strong",
    "gentle",  "market",  "museum",  "tessera", "mosaic",  "token",    "server", "memory",
    "signal",  "pixel",   "vector",  "matrix",  "banner",  "cobalt"};
constexpr std::string_view people[] = {
    "Alice", "Bob",   "Carol",  "David",  "Emma",  "Frank",  "Grace", "Henry", "Ivy",
    "Jack",  "Kate",  "Leo",    "Mia",    "Noah",  "Olivia", "Paul",  "Quinn", "Rose",
    "Sam",   "Tom",   "Uma",    "Victor", "Wendy", "Xavier", "Yara",  "Zoe",   "Anna",
    "Ben",   "Clara", "Daniel", "Eva",    "Felix", "Hanna",  "Jane",  "John",  "Lisa",
    "Maria", "Nina",  "Oscar",  "Peter",  "Sarah"};

}  // namespace

std::string number_name(int n) {
    static constexpr std::string_view names[] = {"zero", "one",    "two",   "three", "four",
                                                 "five", "six",    "seven", "eight", "nine",
                                                 "ten",  "eleven", "twelve"};
    return n <= 12 ? std::string(names[n]) : std::to_string(n);
}

std::string shown(const json& value) {
    return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string common_word(random& r) { return std::string(r.pick(words)); }

std::string letters(random& r, int low, int high) {
    std::string out;
    for (int n = r.between(low, high); n > 0; --n) out += static_cast<char>('a' + r.below(26));
    return out;
}

std::string word(random& r) {
    if (r.chance(0.55)) return common_word(r);
    if (r.chance(0.6)) {  // syllables
        static constexpr std::string_view starts = "bcdfghjklmnprstvwz", vowels = "aeiou";
        std::string out;
        for (int n = r.between(2, 4); n > 0; --n) {
            out += starts[static_cast<std::size_t>(r.below(18))];
            out += vowels[static_cast<std::size_t>(r.below(5))];
            if (r.chance(0.3)) out += starts[static_cast<std::size_t>(r.below(18))];
        }
        return out;
    }
    return letters(r, 3, 8);
}

std::string person(random& r) {
    return r.chance(0.8) ? std::string(r.pick(people)) : capital(word(r));
}

std::string city(random& r) {
    const auto& table = fact_tables()[0];
    return r.chance(0.85) ? std::string(r.pick(table.facts).y) : capital(word(r));
}

std::string quoted(random& r, std::string_view text) {
    static constexpr std::pair<std::string_view, std::string_view> marks[] = {
        {"\"", "\""}, {"\"", "\""}, {"\u201c", "\u201d"}, {"'", "'"}, {"\u2018", "\u2019"}};
    const auto& [open, close] = r.pick(marks);
    return std::string(open) + std::string(text) + std::string(close);
}

item fact_item(const fact_table& table, const fact& f, std::string question) {
    const auto& source = *table.source;
    item out{std::move(question), filled(source.sentence, f.x, f.y),
             std::string(source.inverse ? f.x : f.y), "", std::string(source.key)};
    out.thought = out.answer;
    return out;
}

namespace {

// Of words as such: "the opposite of hot".
bool is_about_words(const fact_table& table) {
    static constexpr std::string_view names[] = {"opposite", "plural",  "past",
                                                 "french",   "spanish", "german"};
    return std::find(std::begin(names), std::end(names), table.source->name) != std::end(names);
}

// A question of the corpus with quotation marks around what it asks about.
std::string quoting(random& r, const fact_table& table, const fact& f, int index) {
    const auto in_marks = [&](std::string_view text) {
        const bool article =
            text.starts_with("a ") || text.starts_with("an ") || text.starts_with("the ");
        return article ? std::string(text) : quoted(r, text);
    };
    const std::string x = in_marks(f.x), y = in_marks(f.y);
    return questions_for(table, {x, y}, false)[static_cast<std::size_t>(index)];
}

constexpr std::string_view word_forms[] = {"Repeat the word {x}.",
                                           "Repeat the word {x}.",
                                           "Say {x}.",
                                           "Repeat {x}.",
                                           "Repeat after me: {x}",
                                           "Echo {x}",
                                           "Say the word {x}.",
                                           "Please repeat: {x}",
                                           "Write the word {x}.",
                                           "Answer only with {x}.",
                                           "Reply with the word {x}.",
                                           "Repeat this word: {x}",
                                           "Just say {x}.",
                                           "Can you say {x}?",
                                           "Reply with {x}.",
                                           "Respond with the word {x}.",
                                           "Say exactly: {x}",
                                           "Print {x}.",
                                           "Output the word {x}.",
                                           "Reply with exactly: {x}",
                                           "Say only the word {x}."};

}  // namespace

item fact_item(random& r, side from) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 6> aliases{
        {{"the United States", "USA"},
         {"the United States", "US"},
         {"the United Kingdom", "UK"},
         {"the United Kingdom", "Great Britain"},
         {"the Czech Republic", "Czechia"},
         {"the United States", "America"}}};
    const auto tables = fact_tables();
    for (;;) {
        const auto& table =
            tables[r.pick_weighted(tables, [](const auto& t) { return t.source->weight; })];
        const fact f = r.pick(table.facts);
        const auto questions = questions_for(table, f, from == side::held_out_template);
        // A relation's own questions and the general ones in equal parts.
        const int own = static_cast<int>(from == side::held_out_template ? table.held_out.size()
                                                                         : table.questions.size());
        const int all = static_cast<int>(questions.size());
        const int index = own == all || r.chance(0.5) ? r.below(own) : r.between(own, all - 1);
        std::string question = questions[static_cast<std::size_t>(index)];
        if (from != side::held_out_template &&
            held_out(question) != (from == side::held_out_combination))
            continue;
        if (from == side::corpus && !table.source->inverse && r.chance(0.12)) {
            for (const auto& [name, alias] : aliases)
                if (f.x == name && r.chance(0.5)) question = replace(question, name, alias);
            if (f.x.starts_with("the ")) question = replace(question, f.x, f.x.substr(4));
        }
        if (from == side::corpus && r.chance(is_about_words(table) ? 0.2 : 0.04))
            question = quoting(r, table, f, index);
        return fact_item(table, f, std::move(question));
    }
}

item quoted_item(random& r) {
    if (r.chance(0.5)) {
        const std::string w = word(r);
        return {filled(r.pick(word_forms), quoted(r, w)), w, w, "", "text"};
    }
    for (;;) {
        const auto& table = r.pick(fact_tables());
        const fact f = r.pick(table.facts);
        const auto questions = questions_for(table, f, false);
        const int index = r.below(static_cast<int>(questions.size()));
        const std::string& question = questions[static_cast<std::size_t>(index)];
        if (is_about_words(table) && held_out(question))
            return fact_item(table, f, quoting(r, table, f, index));
    }
}

item sum_item(random& r, bool unseen) {
    for (;;) {
        const double kind = static_cast<double>(r.below(100));
        const bool small = r.chance(0.2);
        int a = r.between(0, small ? 12 : 99), b = r.between(0, small ? 12 : 99);
        char op = '+';
        if (kind >= 55) op = '-';
        if (kind >= 85) op = '*';
        if (op == '-' && a < b) std::swap(a, b);
        if (op == '*') a = r.between(0, 10), b = r.between(0, 10);
        const std::string x = std::to_string(a), y = std::to_string(b);
        const std::string plain = x + " " + op + " " + y;
        const bool may_be_unseen = op != '*' && a > 9;
        if ((may_be_unseen && held_out(plain)) != unseen) continue;
        const int value = op == '+' ? a + b : op == '-' ? a - b : a * b;
        static constexpr std::string_view forms[] = {"What is {x} @ {y}?",
                                                     "What is {x} @ {y}?",
                                                     "{x} @ {y}",
                                                     "{x} @ {y} =",
                                                     "Calculate {x} @ {y}.",
                                                     "How much is {x} @ {y}?",
                                                     "Compute {x} @ {y}.",
                                                     "{x}@{y}",
                                                     "What is {x}@{y}?",
                                                     "{x}@{y}=?",
                                                     "What's {x} @ {y}?",
                                                     "{x} @ {y} = ?",
                                                     "Please calculate {x} @ {y}.",
                                                     "Solve {x} @ {y}.",
                                                     "What does {x} @ {y} give?",
                                                     "What does {x} @ {y} equal?",
                                                     "What is the result of {x} @ {y}?"};
        static constexpr std::string_view plus[] = {
            "What is {x} plus {y}?",
            "Add {x} and {y}.",
            "What is the sum of {x} and {y}?",
            "{x} plus {y}",
            "How much is {x} plus {y}?",
            "I have {x} apples and get {y} more. How many apples do I have?"};
        static constexpr std::string_view minus[] = {
            "What is {x} minus {y}?",
            "Subtract {y} from {x}.",
            "What is the difference of {x} and {y}?",
            "{x} minus {y}",
            "How much is {x} minus {y}?",
            "I have {x} apples and eat {y}. How many apples are left?"};
        static constexpr std::string_view times[] = {"What is {x} times {y}?",
                                                     "Multiply {x} by {y}.",
                                                     "What is the product of {x} and {y}?",
                                                     "{x} times {y}",
                                                     "How much is {x} times {y}?",
                                                     "Multiply {x} and {y}."};
        const std::string_view form = r.chance(0.65) ? r.pick(forms)
                                      : op == '+'    ? r.pick(plus)
                                      : op == '-'    ? r.pick(minus)
                                                     : r.pick(times);
        item out;
        out.user = replace(filled(form, x, y), "@", std::string(1, op));
        if (op == '*' && r.chance(0.2)) out.user = replace(out.user, "*", "x");
        out.brief = std::to_string(value);
        out.answer = plain + " = " + out.brief + ".";
        out.key = r.chance(0.5) ? "result" : op == '+' ? "sum" : "answer";
        if (op == '+') {
            const int ones = a % 10 + b % 10, carry = ones / 10;
            out.thought = std::to_string(a % 10) + " + " + std::to_string(b % 10) + " = " +
                          std::to_string(ones) + ", write " + std::to_string(ones % 10) +
                          ", carry " + std::to_string(carry) + ". " + std::to_string(a / 10) +
                          " + " + std::to_string(b / 10) + " + " + std::to_string(carry) + " = " +
                          std::to_string(a / 10 + b / 10 + carry) + ". ";
        }
        out.thought += out.answer;
        return out;
    }
}

item repeat_item(random& r) {
    item out;
    out.key = "text";
    const int kind = r.below(10);
    if (kind < 5) {
        std::string w = word(r);
        if (r.chance(0.15)) w = capital(w);
        if (r.chance(0.1)) w = std::to_string(r.below(100000));
        out.user = filled(r.pick(word_forms), r.chance(0.3) ? quoted(r, w) : w);
        out.answer = w;
    } else if (kind < 8) {
        std::string text = word(r);
        for (int n = r.between(1, 5); n > 0; --n) text += " " + word(r);
        if (r.chance(0.4)) text = capital(text);
        static constexpr std::string_view forms[] = {"Repeat after me: {x}",
                                                     "Repeat this: {x}",
                                                     "Echo: {x}",
                                                     "Please repeat: {x}",
                                                     "Say exactly: {x}",
                                                     "Repeat the text {x}.",
                                                     "Repeat the sentence: {x}",
                                                     "Say {x}.",
                                                     "Copy this text: {x}",
                                                     "Write exactly: {x}",
                                                     "Repeat the words {x}.",
                                                     "Reply with exactly: {x}"};
        out.user = filled(r.pick(forms), r.chance(0.15) ? quoted(r, text) : text);
        out.answer = text;
    } else {
        const std::string w = word(r);
        const int n = r.between(2, 5);
        static constexpr std::string_view forms[] = {
            "Say {x} {y} times.", "Repeat the word {x} {y} times.", "Write {x} {y} times.",
            "Repeat {x} {y} times."};
        const std::string many = n == 2 && r.chance(0.5) ? "twice" : number_name(n);
        out.user = replace(filled(r.pick(forms), r.chance(0.2) ? quoted(r, w) : w, many),
                           "twice times", "twice");
        out.answer = w;
        for (int i = 1; i < n; ++i) out.answer += " " + w;
    }
    out.brief = out.answer;
    return out;
}

item drill_item(random& r) {
    item out;
    static constexpr std::string_view forms[] = {"Calculate: {x}", "{x}", "Solve: {x}",
                                                 "What are {x}?", "Compute {x}."};
    std::string asked;
    for (int n = r.between(2, 6); n > 0; --n) {
        const auto one = sum_item(r);
        asked += (asked.empty() ? "" : ", ") + one.answer.substr(0, one.answer.find(" ="));
        out.answer += (out.answer.empty() ? "" : " ") + one.answer;
        out.brief += (out.brief.empty() ? "" : ", ") + one.brief;
    }
    out.user = filled(r.pick(forms), asked);
    out.key = "answer";
    return out;
}

item reading_item(random& r) {
    struct aspect {
        std::string_view sentence, question, answer;
    };
    static constexpr aspect aspects[] = {
        {"{x} lives in {y}.", "Where does {x} live?", "{x} lives in {y}."},
        {"{x} has a {y}.", "What does {x} have?", "{x} has a {y}."},
        {"{x} is {y} years old.", "How old is {x}?", "{x} is {y} years old."},
        {"{x} likes {y}.", "What does {x} like?", "{x} likes {y}."},
        {"{x}'s password is {y}.", "What is {x}'s password?", "{x}'s password is {y}."},
        {"{x} lost a {y}.", "What did {x} lose?", "{x} lost a {y}."},
        {"{x} works in {y}.", "Where does {x} work?", "{x} works in {y}."}};
    item out;
    std::string text;
    std::vector<std::string> names;
    const int n = r.between(1, 4), asked = r.below(n);
    for (int i = 0; i < n; ++i) {
        std::string name = person(r);
        for (const auto& other : names)
            if (other == name) name += capital(letters(r, 2, 4));
        names.push_back(name);
        const auto index = static_cast<std::size_t>(r.below(7));
        const auto& a = aspects[index];
        const std::string y = index == 2                 ? std::to_string(r.between(5, 99))
                              : index == 0 || index == 6 ? city(r)
                                                         : word(r);
        text += (i ? " " : "") + filled(a.sentence, name, y);
        if (i == asked) {
            out.user = filled(a.question, name);
            out.answer = filled(a.answer, name, y);
            out.brief = y;
        }
    }
    out.thought = out.answer;
    out.key = "answer";
    const std::string question = out.user;
    switch (r.below(4)) {
        case 0:
            out.user = text + " " + question;
            break;
        case 1:
            out.user = "Context: " + text + "\nQuestion: " + question;
            break;
        case 2:
            out.user = question + "\n\n" + text;
            break;
        default:
            out.user = text + "\n\n" + question;
    }
    return out;
}

}  // namespace tessera::engine::world
