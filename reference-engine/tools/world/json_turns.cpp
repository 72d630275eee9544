#include "world/topics.hpp"

namespace tessera::engine::world {

namespace {

struct pair {
    std::string key;
    json value;
    std::string sentence;  ///< "is 30 years old"
};

pair person_field(random& r) {
    const auto& capitals = fact_tables()[0];
    switch (r.below(8)) {
        case 0: {
            const int n = r.between(1, 99);
            return {"age", n, "is " + std::to_string(n) + " years old"};
        }
        case 1: {
            auto c = city(r);
            return {"city", c, "lives in " + c};
        }
        case 2: {
            static constexpr std::string_view jobs[] = {
                "teacher", "doctor", "nurse",   "cook",   "pilot",  "farmer",    "judge",
                "sailor",  "baker",  "painter", "singer", "writer", "programmer"};
            std::string j(r.pick(jobs));
            return {"job", j, "works as a " + j};
        }
        case 3: {
            std::string x(r.pick(capitals.facts).x);
            return {"country", x, "comes from " + x};
        }
        case 4: {
            static constexpr std::string_view colours[] = {"red",   "blue",  "green", "yellow",
                                                           "black", "white", "pink",  "orange"};
            std::string x(r.pick(colours));
            return {"color", x, "likes the color " + x};
        }
        case 5: {
            static constexpr std::string_view pets[] = {"dog",   "cat",    "horse", "rabbit",
                                                        "mouse", "parrot", "fish",  "turtle"};
            std::string x(r.pick(pets));
            return {"pet", x, "has a " + x};
        }
        case 6: {
            auto x = word(r) + "@example.com";
            return {"email", x, "has the email " + x};
        }
        default: {
            const int n = r.between(0, 500);
            return {"score", n, "has a score of " + std::to_string(n)};
        }
    }
}

std::vector<pair> person_fields(random& r, int count) {
    std::vector<pair> fields{{"name", person(r), ""}};
    while (static_cast<int>(fields.size()) < count) {
        auto field = person_field(r);
        bool fresh = true;
        for (const auto& f : fields) fresh = fresh && f.key != field.key;
        if (fresh) fields.push_back(std::move(field));
    }
    return fields;
}

std::vector<pair> any_fields(random& r, int count) {
    static constexpr std::string_view keys[] = {
        "name",   "title",   "id",     "price",  "color", "size",     "city",
        "count",  "status",  "type",   "author", "year",  "language", "owner",
        "result", "message", "active", "item",   "total", "weight",   "speed"};
    std::vector<pair> fields;
    while (static_cast<int>(fields.size()) < count) {
        std::string key = r.chance(0.7) ? std::string(r.pick(keys)) : word(r);
        if (r.chance(0.1)) key += "_" + word(r);
        bool fresh = true;
        for (const auto& f : fields) fresh = fresh && f.key != key;
        if (!fresh) continue;
        json value = word(r);
        if (r.chance(0.2)) value = person(r);
        if (r.chance(0.35)) value = r.between(0, r.chance(0.5) ? 100 : 3000);
        if (r.chance(0.08)) value = r.chance(0.5);
        fields.push_back({key, value, ""});
    }
    return fields;
}

// "a, b and c"
template <class Text>
std::string joined(const std::vector<pair>& fields, Text text) {
    std::string out;
    for (std::size_t i = 0; i < fields.size(); ++i)
        out += (i == 0 ? "" : i + 1 == fields.size() ? " and " : ", ") + text(fields[i]);
    return out;
}

json object_of(const std::vector<pair>& fields) {
    json out = json::object();
    for (const auto& f : fields) out[f.key] = f.value;
    return out;
}

std::string given_values(random& r, const std::vector<pair>& fields, bool unseen) {
    static constexpr std::string_view links[] = {" ", " = ", " is ", ": ", " as "};
    const std::string link(r.pick(links));
    const auto text = joined(fields, [&](const pair& f) { return f.key + link + shown(f.value); });
    static constexpr std::string_view forms[] = {"Write a JSON object with {x}.",
                                                 "Make a JSON object with {x}.",
                                                 "Return JSON: {x}",
                                                 "Create a JSON object: {x}.",
                                                 "JSON object with {x}",
                                                 "Give me a JSON object with {x}.",
                                                 "Turn this into JSON: {x}",
                                                 "Return a JSON object where {x}.",
                                                 "Write JSON with {x}.",
                                                 "Output a JSON object with {x}.",
                                                 "I need a JSON object with {x}.",
                                                 "Please make a JSON object with {x}.",
                                                 "Convert to JSON: {x}",
                                                 "As JSON: {x}",
                                                 "Return a JSON object with {x}.",
                                                 "Answer with a JSON object: {x}."};
    static constexpr std::string_view held[] = {"Build a JSON object with {x}.",
                                                "Can you write a JSON object with {x}?",
                                                "Put this into JSON: {x}"};
    return filled(unseen ? r.pick(held) : r.pick(forms), text);
}

std::string extraction(random& r, const std::vector<pair>& fields, bool unseen) {
    const std::string name = shown(fields[0].value);
    std::string story = name + " ";
    if (fields.size() == 1) story += "is here.";
    for (std::size_t i = 1; i < fields.size(); ++i)
        story += (i == 1 ? "" : i + 1 == fields.size() ? " and " : ", ") + fields[i].sentence;
    if (fields.size() > 1) story += ".";
    const auto keys = joined(fields, [](const pair& f) { return f.key; });
    static constexpr std::string_view forms[] = {
        "{x} Extract {y} as JSON.",
        "Extract {y} as JSON: {x}",
        "{x} Return JSON with the keys {y}.",
        "Return a JSON object with the keys {y}. {x}",
        "{x}\nGive me {y} as a JSON object.",
        "Extract {y} from this text as JSON: {x}",
        "{x} Write a JSON object with {y}.",
        "Read this: {x} Answer with a JSON object with the keys {y}.",
        "Text: {x}\nKeys: {y}\nJSON:",
        "Extract the {y}. Answer in JSON. {x}",
        "{x} Put {y} into a JSON object.",
        "Extract the information as JSON with the keys {y}: {x}"};
    static constexpr std::string_view held[] = {
        "{x} Show {y} as JSON.", "Make a JSON object with the keys {y} from this text: {x}",
        "Text: {x} Extract {y} as a JSON object."};
    return replace(replace(unseen ? r.pick(held) : r.pick(forms), "{y}", keys), "{x}", story);
}

}  // namespace

void add_json_turn(conversation& c, random& r, bool unseen) {
    const int kind = unseen ? r.below(7) : r.below(10);
    std::string user;
    json answer;
    if (kind < 4) {
        const auto fields =
            r.chance(0.5) ? person_fields(r, r.between(1, 4)) : any_fields(r, r.between(1, 4));
        user = given_values(r, fields, unseen);
        answer = object_of(fields);
    } else if (kind < 7) {
        auto fields = person_fields(r, r.between(2, 4));
        user = extraction(r, fields, unseen);
        answer = object_of(fields);
    } else if (kind < 8) {  // a fact with both sides
        const auto tables = fact_tables();
        const auto& table = tables[r.pick_weighted(tables, [](const auto& t) {
            return t.source->inverse || t.nouns.empty() ? 0.0 : t.source->weight;
        })];
        const fact f = r.pick(table.facts);
        const std::string key(table.source->key),
            other = table.source == fact_tables()[0].source || r.chance(0.3) ? "country" : "item";
        static constexpr std::string_view forms[] = {
            "Let me see {x} as JSON.",      "Return {x} as JSON.",
            "Answer in JSON: what is {x}?", "What is {x}? Answer with a JSON object.",
            "{X} as JSON, please.",         "Write {x} as a JSON object."};
        user = filled(r.pick(forms), filled(r.pick(table.nouns), f.x, f.y));
        answer[key] = f.y;
        if (r.chance(0.4)) {
            user += " Use the keys " + other + " and " + key + ".";
            answer = json::object({{other, f.x}, {key, f.y}});
        }
    } else if (kind < 9) {  // nested
        const auto fields = person_fields(r, r.between(1, 3));
        const std::string outer = r.chance(0.5) ? "person" : word(r);
        user = "Write a JSON object with the key " + outer + " that holds an object with " +
               joined(fields, [](const pair& f) { return f.key + " " + shown(f.value); }) + ".";
        answer[outer] = object_of(fields);
    } else {  // a list
        std::vector<std::string> items;
        for (int n = r.between(1, 5); n > 0; --n) items.push_back(word(r));
        const std::string key = r.chance(0.5) ? "items" : word(r);
        std::string text;
        for (std::size_t i = 0; i < items.size(); ++i) text += (i ? ", " : "") + items[i];
        static constexpr std::string_view forms[] = {
            "Write a JSON array of: {x}", "Return a JSON array with {x}.", "Make a JSON list: {x}"};
        if (r.chance(0.5)) {
            user = filled(r.pick(forms), text);
            answer = items;
        } else {
            user = "Write a JSON object with the key " + key + " and the list " + text + ".";
            answer[key] = items;
        }
    }
    say(c, "user", user);
    say(c, "assistant", spaced(answer));
}

}  // namespace tessera::engine::world
