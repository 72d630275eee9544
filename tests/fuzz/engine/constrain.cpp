#include "constrain/gbnf.hpp"
#include "constrain/rule_builder.hpp"
#include "core/error.hpp"
#include "core/json_text.hpp"
#include "fuzz.hpp"
#include "support/validator/validate.hpp"

// A schema or a grammar in the first line, a text in the others: what is read to its end is valid,
// and no reading is kept that nothing can follow.
namespace {

using namespace tessera;
using json = nlohmann::ordered_json;

bool reads(engine::grammar& rules, std::string_view text) {
    check_rules(rules);
    engine::frame_pool pool;
    engine::machine steps(rules, pool);
    auto now = steps.begin();
    for (const char byte : text) {
        engine::readings next;
        steps.step(now, static_cast<unsigned char>(byte), next);
        for (const auto* f : next) {
            bool live = steps.complete(f);
            engine::frame_pool scratch(&pool);
            engine::machine tries(rules, scratch);
            for (int b = 0; b < 256 && !live; ++b) {
                engine::readings further;
                tries.step(f, static_cast<unsigned char>(b), further);
                live = !further.empty();
            }
            fuzz::check(live, "what is kept can go on");
        }
        if (next.empty()) return false;
        now = std::move(next);
    }
    return steps.complete(now);
}

}  // namespace

void tessera::fuzz::one_input(std::string_view input) {
    const auto line = std::min(input.find('\n'), input.size());
    const auto first = input.substr(0, line);
    const auto text = input.substr(std::min(line + 1, input.size()));
    engine::grammar rules;
    engine::rule_builder build(rules);
    try {
        if (!first.starts_with('{')) {
            rules.start = add_gbnf(rules, first);
            reads(rules, text);
            return;
        }
        const auto schema = engine::parse_json<json>(first, "schema", {.depth = 40});
        rules.start = build.state();
        build.finish(build.value(rules.start, engine::schema_graph::compile(schema)));
        if (!reads(rules, text)) return;
        const auto value = engine::parse_json<json>(text, "value", {.depth = 128});
        check(engine::validates(schema, value), "what is read to its end is valid");
    } catch (const engine::schema_refused&) {
    } catch (const engine::engine_error& e) {
        check(e.code != engine::error_code::io, "there are no files");
    }
}
