// What a constrained answer costs: microseconds for a token's mask, milliseconds to compile a
// schema, over a vocabulary of 128,000 tokens (or as many as the argument says) whose make-up is
// that of large models: words with and without a blank before them, numbers up to three digits,
// runs of marks and blanks, single bytes. Texts are read in the longest tokens that fit; the first
// reading of a schema fills its caches, as the first request would, and is counted as well.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "constrain/rule_builder.hpp"
#include "constrain/token_masks.hpp"
#include "world/random.hpp"

namespace {

using namespace tessera::engine;
using json = nlohmann::ordered_json;
using clock_type = std::chrono::steady_clock;

double microseconds(clock_type::time_point from) {
    return std::chrono::duration<double, std::micro>(clock_type::now() - from).count();
}

std::vector<std::string> vocabulary(std::size_t size) {
    world::random r(5);
    std::set<std::string> made;
    for (int c = 0; c < 256; ++c) made.insert(std::string(1, static_cast<char>(c)));
    for (int n = 0; n < 1000; ++n) made.insert(std::to_string(n));
    for (int n = 1; n <= 80; ++n) made.insert(std::string(static_cast<std::size_t>(n), ' '));
    constexpr std::string_view marks = "\"\"\"{}[]::,,.;()'-_/\\<>=\n ";
    while (made.size() < size / 25) {
        std::string run;
        for (int n = r.between(2, 5); n > 0; --n)
            run += marks[static_cast<std::size_t>(r.below(static_cast<int>(marks.size())))];
        made.insert(run);
    }
    constexpr std::string_view consonants = "bcdfghjklmnprstvwz", vowels = "aeiou";
    while (made.size() < size) {
        std::string word;
        for (int n = r.between(1, 4); n > 0; --n) {
            word += consonants[static_cast<std::size_t>(r.below(18))];
            word += vowels[static_cast<std::size_t>(r.below(5))];
            if (r.chance(0.4)) word += consonants[static_cast<std::size_t>(r.below(18))];
        }
        if (r.chance(0.2)) word[0] = static_cast<char>(word[0] - 'a' + 'A');
        if (r.chance(0.005)) word += "\":";
        made.insert(r.chance(0.5) ? " " + word : word);
    }
    return {made.begin(), made.end()};
}

struct sample {
    std::string name;
    json schema;
    std::vector<json> values;
};

std::vector<sample> samples() {
    const json text = {{"type", "string"}};
    std::vector<sample> made;
    made.push_back({"tool arguments",
                    json::parse(R"({"type": "object", "properties": {"city": {"type": "string"},
        "unit": {"enum": ["celsius", "fahrenheit"]}, "days": {"type": "integer", "minimum": 1, "maximum": 14}},
        "required": ["city"], "additionalProperties": false})"),
                    {json::parse(R"({"city": "San Francisco", "unit": "celsius", "days": 10})"),
                     json::parse(R"({"city": "Bogota"})")}});
    sample wide{"30 fields", {{"type", "object"}, {"additionalProperties", false}}, {}};
    json value;
    for (int i = 0; i < 30; ++i) {
        const std::string name = "field_" + std::to_string(i);
        wide.schema["required"].push_back(name);
        auto& member = wide.schema["properties"][name];
        switch (i % 5) {
            case 0:
                member = text;
                value[name] = "the value of a field, with some words in it";
                break;
            case 1:
                member = {{"type", "number"}, {"minimum", 0}};
                value[name] = 12.5 * i;
                break;
            case 2:
                member = {{"enum", {"draft", "open", "closed", "cancelled"}}};
                value[name] = "cancelled";
                break;
            case 3:
                member = {{"type", {"string", "null"}}, {"maxLength", 200}};
                value[name] = "short text";
                break;
            default:
                member = {{"type", "array"}, {"items", {{"type", "boolean"}}}, {"maxItems", 5}};
                value[name] = {true, false};
        }
    }
    wide.values = {value};
    made.push_back(wide);
    made.push_back(
        {"tree",
         json::parse(R"({"$ref": "#/$defs/node", "$defs": {"node": {"type": "object",
        "properties": {"name": {"type": "string"}, "children": {"type": "array", "items": {"$ref": "#/$defs/node"}}},
        "required": ["name", "children"], "additionalProperties": false}}})"),
         {json::parse(R"({"name": "root", "children": [{"name": "left branch", "children": []},
        {"name": "right", "children": [{"name": "leaf", "children": []}]}]})")}});
    made.push_back(
        {"tagged union",
         json::parse(R"({"type": "array", "items": {"oneOf": [
        {"type": "object", "properties": {"kind": {"const": "circle"}, "radius": {"type": "number"}}, "required": ["kind", "radius"], "additionalProperties": false},
        {"type": "object", "properties": {"kind": {"const": "square"}, "side": {"type": "number"}}, "required": ["kind", "side"], "additionalProperties": false}]}})"),
         {json::parse(R"([{"kind": "circle", "radius": 2.5}, {"kind": "square", "side": 44}])")}});
    made.push_back(
        {"patterns and formats",
         json::parse(R"({"type": "object", "properties": {
        "id": {"type": "string", "pattern": "^[A-Z]{3}-[0-9]{4,8}$"}, "at": {"type": "string", "format": "date-time"},
        "mail": {"type": "string", "format": "email"}}, "required": ["id", "at", "mail"]})"),
         {json::parse(
             R"({"id": "ABC-12345", "at": "2026-11-20T12:30:00Z", "mail": "alice@example.org", "more": [1, 2, {"x": null}]})")}});
    made.push_back(
        {"any object",
         {{"type", "object"}},
         {json::parse(
             R"({"title": "some long title of a text", "tags": ["one", "two"], "n": {"a": 1, "b": [null, 2.5]}})")}});
    json tags;
    for (const char* first : {"open", "late", "old", "new", "blue", "quick"})
        for (const char* second : {"door", "train", "value", "friend"})
            tags.push_back(std::string(first) + " " + second);
    made.push_back(
        {"distinct strings", {{"type", "array"}, {"items", text}, {"uniqueItems", true}}, {tags}});
    return made;
}

// The longest token that a text begins with.
token_id longest(const token_trie& trie, std::string_view text) {
    token_id found = -1;
    std::uint32_t node = 0;
    for (const char c : text) {
        std::uint32_t child = node + 1;
        while (child < trie[node].end && trie[child].byte != static_cast<unsigned char>(c))
            child = trie[child].end;
        if (child >= trie[node].end) break;
        node = child;
        if (trie[node].first_token < trie[node].last_token)
            found = trie.token(trie[node].first_token);
    }
    return found;
}

void report(const char* what, std::vector<double> all) {
    std::sort(all.begin(), all.end());
    double sum = 0;
    for (const double x : all) sum += x;
    const auto part = [&](double share) {
        return all[static_cast<std::size_t>(share * static_cast<double>(all.size() - 1))];
    };
    std::printf("  %-28s mean %8.1f  p50 %8.1f  p99 %8.1f  p99.9 %8.1f  most %8.1f  (%zu)\n", what,
                sum / static_cast<double>(all.size()), part(0.5), part(0.99), part(0.999),
                all.back(), all.size());
}

}  // namespace

int main(int argc, char** argv) {
    const auto texts = vocabulary(argc > 1 ? std::stoul(argv[1]) : 128'000);
    const std::vector<std::string_view> views(texts.begin(), texts.end());
    const auto begun = clock_type::now();
    const auto trie = std::make_shared<const token_trie>(views);
    std::printf("%zu tokens, trie of %u nodes in %.1f ms\n", texts.size(), trie->size(),
                microseconds(begun) / 1000);
    std::vector<std::uint64_t> mask(trie->words());
    const auto common = token_masks::make_cache();
    std::vector<double> all_first, all_warm;
    for (const auto& s : samples()) {
        std::vector<double> compile, first, warm;
        for (int round = 0; round < 12; ++round) {
            const auto start = clock_type::now();
            grammar rules;
            rule_builder build(rules);
            rules.start = build.state();
            build.finish(build.value(rules.start, schema_graph::compile(s.schema)));
            check_rules(rules);
            compile.push_back(microseconds(start));
            token_masks masks(rules, trie, common);
            for (int again = 0; again < 2; ++again)
                for (const auto& value : s.values) {
                    const std::string text = value.dump();
                    frame_pool pool;
                    machine steps(rules, pool);
                    auto now = steps.begin();
                    std::string_view rest = text;
                    while (!rest.empty()) {
                        const auto at = clock_type::now();
                        std::fill(mask.begin(), mask.end(), 0);
                        masks.allow(now, pool, mask);
                        const auto token = longest(*trie, rest);
                        const auto bytes = views[static_cast<std::size_t>(token)];
                        for (const char c : bytes) {
                            readings next;
                            steps.step(now, static_cast<unsigned char>(c), next);
                            now = std::move(next);
                        }
                        (again == 0 ? first : warm).push_back(microseconds(at));
                        if (now.empty() ||
                            (mask[static_cast<std::size_t>(token) / 64] >> (token % 64) & 1) == 0) {
                            std::fprintf(stderr, "%s: refused at %.*s\n", s.name.c_str(),
                                         static_cast<int>(rest.size()), rest.data());
                            return EXIT_FAILURE;
                        }
                        rest.remove_prefix(bytes.size());
                    }
                }
        }
        std::printf("%s\n", s.name.c_str());
        report("compile, us", compile);
        report("mask, first text, us", first);
        report("mask, second text, us", warm);
        all_first.insert(all_first.end(), first.begin(), first.end());
        all_warm.insert(all_warm.end(), warm.begin(), warm.end());
    }
    std::printf("all\n");
    report("mask, first text, us", all_first);
    report("mask, second text, us", all_warm);
}
