#include "world/topics.hpp"
#include "world/unknown_questions.hpp"

namespace tessera::engine::world {

namespace {

// A name that does not exist, said as names are.
std::string invented_name(random& r) {
    if (r.chance(0.4)) return capital(letters(r, 4, 9));
    static constexpr std::string_view starts[] = {"Mor", "Zan", "Kel", "Tar", "Vol", "Bra", "Lun",
                                                  "Ost", "Pel", "Gar", "Xan", "Dru", "Fen", "Hol",
                                                  "Ild", "Jor", "Nev", "Qua", "Ril", "Syl"};
    static constexpr std::string_view middles[] = {"", "a", "e", "i", "o", "an", "er", "il", "ov"};
    static constexpr std::string_view ends[] = {"via",  "dor",   "land", "stan", "burg", "ium",
                                                "mere", "thia",  "ton",  "gard", "nia",  "qua",
                                                "rik",  "ville", "ska",  "wen"};
    return std::string(r.pick(starts)) + std::string(r.pick(middles)) + std::string(r.pick(ends));
}

std::string invented_word(random& r) {
    std::string out = r.chance(0.5) ? letters(r, 4, 9) : invented_name(r);
    if (out[0] >= 'A' && out[0] <= 'Z') out[0] = static_cast<char>(out[0] - 'A' + 'a');
    return out;
}

std::string invented_title(random& r) {
    std::string out = r.chance(0.7) ? "The " : "";
    out += capital(common_word(r));
    const int kind = r.below(3);
    if (kind == 0) return out + " " + capital(common_word(r));
    if (kind == 1) return out + " of the " + capital(common_word(r));
    return out + " and the " + capital(common_word(r));
}

std::string acronym(random& r) {
    std::string out = letters(r, 2, 4);
    for (char& each : out) each = static_cast<char>(each - 'a' + 'A');
    return out;
}

std::string filling(random& r, std::string_view name) {
    for (const auto& g : detail::gaps)
        if (g.name == name) return std::string(r.pick(split(g.fillings)));
    const auto& capitals = fact_tables()[0];
    if (name == "{country}") return std::string(r.pick(capitals.facts).x);
    if (name == "{city}") return std::string(r.pick(capitals.facts).y);
    if (name == "{person}") return person(r) + (r.chance(0.5) ? " " + invented_name(r) : "");
    if (name == "{noun}") {
        static constexpr std::string_view kinds[] = {"{thing}", "{being}", "{sight}", "{kind}"};
        return r.chance(0.4) ? common_word(r) : filling(r, r.pick(kinds));
    }
    if (name == "{title}") return invented_title(r);
    if (name == "{acronym}") return acronym(r);
    return name == "{odd}" ? invented_word(r) : invented_name(r);
}

// Fills every gap of a text.
std::string with_fillings(random& r, std::string text) {
    for (auto start = text.find('{'); start != text.npos; start = text.find('{')) {
        const auto size = text.find('}') + 1 - start;
        text.replace(start, size, filling(r, text.substr(start, size)));
    }
    // "a apple"
    for (auto at = text.find(" a "); at != text.npos; at = text.find(" a ", at + 1))
        if (std::string_view("aeiou").find(text[at + 3]) != std::string_view::npos)
            text.insert(at + 2, "n");
    return text;
}

// A question for a kind of fact, of something of which there is none.
std::string strange_question(random& r) {
    static constexpr std::pair<std::string_view, std::string_view> kinds[] = {
        {"capital", "{place}|{name}"},
        {"capital", "{place}|{name}"},
        {"country of capital", "{place}|{name}"},
        {"continent", "{name}"},
        {"currency", "{name}|{place}"},
        {"language", "{name}|{place}"},
        {"landmark", "{title}|{name}"},
        {"author", "{work}|{title}"},
        {"author", "{work}|{title}"},
        {"painter", "{work}|{title}"},
        {"inventor", "the {thing}|the {odd}|{topic}"},
        {"inventor", "the {thing}|the {odd}|{topic}"},
        {"birthplace", "{person}|{name}"},
        {"opposite", "{odd}|{thing}"},
        {"plural", "{odd}"},
        {"past", "{odd}"},
        {"french", "{thing}|{odd}"},
        {"spanish", "{thing}|{odd}"},
        {"german", "{thing}|{odd}"},
        {"symbol", "{odd}|{food}"},
        {"element", "{name}"},
        {"atomic number", "{odd}"},
        {"colour", "a {odd}"},
        {"sound", "a {odd}"},
        {"young", "a {odd}"},
        {"legs", "a {odd}"},
        {"class", "a {odd}"},
        {"home", "a {odd}"},
        {"job", "a {odd}"},
        {"number of", "{odd}s in a {thing}|{being}s in {place}"},
    };
    const auto& [name, things] = r.pick(kinds);
    const std::string thing = with_fillings(r, " " + std::string(r.pick(split(things)))).substr(1);
    for (const auto& table : fact_tables())
        if (table.source->name == name) return r.pick(questions_for(table, {thing, thing}, false));
    return {};
}

std::string outside_question(random& r) {
    static const auto whole = split(detail::whole_questions),
                      forms = split(detail::questions_with_gaps);
    const int kind = r.below(10);
    return kind < 3   ? strange_question(r)
           : kind < 6 ? std::string(r.pick(whole))
                      : with_fillings(r, std::string(r.pick(forms)));
}

}  // namespace

item unknown_item(random& r) {
    if (r.chance(0.12)) {
        const bool weather = r.chance(0.6);
        std::string where = city(r);
        if (r.chance(0.3)) where += (r.chance(0.5) ? " and " : " and in ") + city(r);
        static constexpr std::string_view weathers[] = {
            "What is the weather in {x}?",      "What's the weather in {x}?",
            "How is the weather in {x}?",       "Weather in {x}?",
            "What is the weather like in {x}?", "Is it raining in {x}?"};
        static constexpr std::string_view times[] = {
            "What time is it in {x}?", "What is the time in {x}?", "What's the time in {x}?"};
        return {filled(weather ? r.pick(weathers) : r.pick(times), where),
                weather ? "I do not know. I have no access to the weather."
                        : "I do not know. I have no access to a clock.",
                "unknown", "I have no tool for that.", "answer"};
    }
    for (;;) {
        std::string question = outside_question(r);
        if (held_out(question)) continue;
        return {std::move(question), "I do not know.", "unknown", "I do not know this.", "unknown"};
    }
}

}  // namespace tessera::engine::world
