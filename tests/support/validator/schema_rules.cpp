#include "support/validator/schema_rules.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "support/validator/schema_keywords.hpp"

namespace tessera::engine {

using nlohmann::ordered_json;

void schema_evaluation::spend(std::size_t work) {
    constexpr std::size_t most_work = 5'000'000;
    spent_ += work;
    if (spent_ > most_work)
        throw engine_error(error_code::limit, "the value takes too much work to validate");
}

bool schema_rule::holds(const ordered_json& value, schema_evaluation& run) const {
    constexpr int most_nesting = 600;
    if (run.depth >= most_nesting)
        throw engine_error(error_code::limit, "the value nests too deep to validate");
    run.spend(1 + assertions.size());
    ++run.depth;
    const bool all =
        std::ranges::all_of(assertions, [&](const assertion& each) { return each(value, run); });
    --run.depth;
    return all;
}

void schema_rule::evaluate(const ordered_json& object, schema_evaluation& run,
                           std::set<std::string>& to) const {
    run.spend(1 + evaluations.size());
    for (const auto& each : evaluations) each(object, run, to);
    if (schema->find("unevaluatedProperties"))
        for (const auto& [name, unused] : object.items()) to.insert(name);
}

schema_rules::schema_rules(const ordered_json& document) : tree_(document) {
    of(tree_.root());
    for (std::size_t i = 0; i < rules_.size(); ++i) {
        rules_[i].assertions = schema_assertions(*this, *rules_[i].schema);
        rules_[i].evaluations = schema_evaluations(*this, *rules_[i].schema);
    }
}

const schema_rule& schema_rules::of(const schema_node& schema) {
    const auto [found, made] = by_schema_.try_emplace(&schema, nullptr);
    if (made) found->second = &rules_.emplace_back(schema_rule{&schema});
    return *found->second;
}

}  // namespace tessera::engine
