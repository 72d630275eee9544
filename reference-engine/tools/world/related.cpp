#include "world/related.hpp"

#include <unordered_set>

#include "world/topics.hpp"

namespace tessera::engine::world {

namespace {

// The same for a fact and its inverse.
std::string meaning(const fact& f) { return std::string(f.x) + "=" + std::string(f.y); }

bool left_out(const fact& f) { return hash(meaning(f), 12) % 12 == 0; }

const fact_table& any_table(random& r) {
    const auto tables = fact_tables();
    return tables[r.pick_weighted(tables, [](const auto& t) { return t.source->weight; })];
}

// Another table of the same facts, or the table itself.
const fact_table& counterpart(const fact_table& table) {
    for (const auto& other : fact_tables())
        if (&other != &table && other.source->facts.data() == table.source->facts.data())
            return other;
    return table;
}

std::string statement(const fact_table& table, const fact& f) {
    return filled(table.source->sentence, f.x, f.y);
}

std::string question(random& r, const fact_table& table, const fact& f, bool unseen) {
    const auto questions = questions_for(table, f, unseen);
    for (;;) {
        const std::string& one = r.pick(questions);
        if (unseen || !held_out(one)) return one;
    }
}

}  // namespace

std::vector<std::pair<std::string, std::string>> related_pairs(random& r, int count) {
    std::vector<std::pair<std::string, std::string>> pairs;
    std::unordered_set<std::string> meanings;
    while (static_cast<int>(pairs.size()) < count) {
        if (r.chance(0.2)) {
            const int kind = r.below(10);
            const item i = kind < 6 ? talk_item(r) : kind < 8 ? sum_item(r) : counting_item(r);
            if (i.user != i.answer && meanings.insert(i.answer).second)
                pairs.emplace_back(i.user, i.answer);
            continue;
        }
        const auto& table = any_table(r);
        const fact f = r.pick(table.facts);
        if (left_out(f) || !meanings.insert(meaning(f)).second) continue;
        const auto& other = r.chance(0.2) ? counterpart(table) : table;
        std::string first = question(r, table, f, false), second;
        do second = r.chance(0.5) ? statement(other, f) : question(r, other, f, false);
        while (second == first);
        pairs.emplace_back(std::move(first), std::move(second));
    }
    return pairs;
}

std::vector<triplet> make_triplets(int count, std::uint64_t seed, difference from) {
    random r(hash("triplets", seed));
    const auto left_out_fact = [&](const fact_table& table) {
        std::vector<fact> facts;
        for (const auto& f : table.facts)
            if (left_out(f)) facts.push_back(f);
        return facts.empty() ? fact{} : r.pick(facts);
    };
    std::vector<triplet> triplets;
    while (static_cast<int>(triplets.size()) < count) {
        const auto& table = any_table(r);
        const auto& other = from == difference::entity ? table : any_table(r);
        if (from == difference::topic && (&other == &table || &other == &counterpart(table)))
            continue;
        const fact f = left_out_fact(table), g = left_out_fact(other);
        if (f.x.empty() || g.x.empty() || f.x == g.x || f.y == g.y || f.x == g.y || f.y == g.x)
            continue;
        const bool ask = r.chance(0.5);
        const auto text = [&](const fact_table& t, const fact& one) {
            return ask ? question(r, t, one, true) : statement(t, one);
        };
        triplet made{question(r, table, f, true), text(table, f), text(other, g)};
        if (made.anchor != made.related) triplets.push_back(std::move(made));
    }
    return triplets;
}

}  // namespace tessera::engine::world
