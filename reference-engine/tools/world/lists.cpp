#include "world/topics.hpp"

namespace tessera::engine::world {

item counting_item(random& r, bool unseen) {
    for (;;) {
        const bool down = r.chance(0.2), from_one = r.chance(0.45), many = r.chance(0.1);
        const int usual = from_one ? 19 : 14, most = from_one && r.chance(0.3) ? 99 : 40;
        const int low = from_one ? 1 : r.between(0, 90);
        const int high = low + r.between(1, many ? most : usual);
        const std::string first = std::to_string(down ? high : low),
                          last = std::to_string(down ? low : high);
        if (held_out("count from " + std::to_string(low) + " to " + std::to_string(high)) != unseen)
            continue;
        static constexpr std::string_view up_forms[] = {"Count from {x} to {y}.",
                                                        "Count from {x} to {y}",
                                                        "Count from {x} to {y}, please.",
                                                        "Please count from {x} to {y}.",
                                                        "Can you count from {x} to {y}?",
                                                        "List the numbers from {x} to {y}.",
                                                        "Write the numbers from {x} to {y}.",
                                                        "Give me the numbers {x} to {y}."};
        static constexpr std::string_view to_forms[] = {
            "Count to {y}.", "Count up to {y}.", "Can you count to {y}?", "Please count to {y}."};
        static constexpr std::string_view down_forms[] = {"Count down from {x} to {y}.",
                                                          "Count backwards from {x} to {y}.",
                                                          "Count from {x} down to {y}."};
        item out;
        out.key = "items";
        out.user = filled(down                        ? r.pick(down_forms)
                          : low == 1 && r.chance(0.4) ? r.pick(to_forms)
                                                      : r.pick(up_forms),
                          first, last);
        for (int i = 0; i <= high - low; ++i)
            out.answer += (i ? ", " : "") + std::to_string(down ? high - i : low + i);
        out.brief = out.answer;
        return out;
    }
}

item list_item(random& r) {
    struct category {
        std::string_view name, items;
    };
    static constexpr category categories[] = {
        {"fruits", "apple|banana|cherry|grape|lemon|orange"},
        {"colours", "red|blue|green|yellow|black|white"},
        {"colors", "red|blue|green|yellow|black|white"},
        {"animals", "dog|cat|horse|cow|lion|mouse"},
        {"vegetables", "carrot|potato|onion|tomato|pea|bean"},
        {"countries", "France|Germany|Italy|Spain|Japan|Brazil"},
        {"cities", "Paris|London|Berlin|Rome|Madrid|Tokyo"},
        {"birds", "eagle|owl|sparrow|parrot|swan|duck"},
        {"languages", "English|French|German|Spanish|Italian|Chinese"},
        {"metals", "iron|gold|silver|copper|lead|tin"},
        {"planets", "Mercury|Venus|Earth|Mars|Jupiter|Saturn"},
        {"sports", "football|tennis|swimming|running|golf|skiing"},
        {"programming languages", "C++|Python|Java|Rust|Go|JavaScript"},
        {"seasons", "spring|summer|autumn|winter"},
        {"instruments", "piano|violin|guitar|flute|drum|trumpet"}};
    struct fixed {
        std::string_view questions, items;
    };
    static constexpr fixed all[] = {
        {"List the days of the week.|What are the days of the week?|Name the days of the "
         "week.|Name all days of the week.|Days of the week?",
         "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday"},
        {"List the months of the year.|What are the months?|Name the months of the year.|List the "
         "months.|Name all months.",
         "January|February|March|April|May|June|July|August|September|October|November|December"},
        {"List the planets.|What are the planets?|Name the planets of the solar system.|List the "
         "planets of the solar system.|Name all planets.",
         "Mercury|Venus|Earth|Mars|Jupiter|Saturn|Uranus|Neptune"},
        {"Say the alphabet.|List the letters of the alphabet.|Recite the alphabet.|Write the "
         "alphabet.|What is the alphabet?",
         "A|B|C|D|E|F|G|H|I|J|K|L|M|N|O|P|Q|R|S|T|U|V|W|X|Y|Z"},
        {"List the seasons.|What are the seasons?|Name the four seasons.|Name the seasons of the "
         "year.",
         "spring|summer|autumn|winter"},
        {"List the continents.|What are the continents?|Name the continents.|Name all continents.",
         "Africa|Antarctica|Asia|Europe|North America|Oceania|South America"},
        {"List the colours of the rainbow.|What are the colors of the rainbow?|Name the colours of "
         "the rainbow.|List the colors of the rainbow.",
         "red|orange|yellow|green|blue|indigo|violet"}};
    item out;
    out.key = "items";
    std::vector<std::string> items;
    const int kind = r.below(10);
    if (kind < 6) return counting_item(r);
    if (kind < 8) {
        const auto& c = r.pick(categories);
        const auto source = split(c.items);
        const int n = r.between(2, static_cast<int>(source.size()));
        static constexpr std::string_view forms[] = {"List {y} {x}.",         "Name {y} {x}.",
                                                     "Give me {y} {x}.",      "Tell me {y} {x}.",
                                                     "Can you name {y} {x}?", "Write down {y} {x}.",
                                                     "Please list {y} {x}."};
        out.user =
            filled(r.pick(forms), c.name, r.chance(0.3) ? std::to_string(n) : number_name(n));
        for (int i = 0; i < n; ++i) items.emplace_back(source[static_cast<std::size_t>(i)]);
    } else {
        const auto& f = r.pick(all);
        out.user = std::string(r.pick(split(f.questions)));
        for (auto i : split(f.items)) items.emplace_back(i);
    }
    const bool numbered = r.chance(0.2);
    if (numbered)
        out.user += r.chance(0.5) ? " Use a numbered list." : " Answer as a numbered list.";
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (numbered)
            out.answer += (i ? "\n" : "") + std::to_string(i + 1) + ". " + items[i];
        else
            out.answer += (i ? ", " : "") + items[i];
    }
    out.brief = out.answer;
    return out;
}

}  // namespace tessera::engine::world
