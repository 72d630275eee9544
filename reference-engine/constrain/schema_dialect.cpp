#include "constrain/schema_dialect.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace tessera::engine {
namespace {

using enum schema_dialect;
using holding = schema_keyword::holding;

constexpr unsigned bit(schema_dialect d) { return 1U << static_cast<unsigned>(d); }
constexpr unsigned since(schema_dialect first) { return bit(unnamed) * 2 - bit(first); }
// An older word, which is understood where no dialect is named.
constexpr unsigned until(schema_dialect last) { return (bit(last) * 2 - 1) | bit(unnamed); }
constexpr unsigned always = since(draft4);

// Ascending.
constexpr schema_keyword keywords[] = {
    {"$anchor", since(draft2019)},
    {"$defs", always, holding::members},
    {"$dynamicAnchor", since(draft2020)},
    {"$dynamicRef", since(draft2020)},
    {"$id", since(draft6)},
    {"$recursiveAnchor", bit(draft2019)},
    {"$recursiveRef", bit(draft2019)},
    {"$ref", always},
    {"additionalItems", until(draft2019), holding::one},
    {"additionalProperties", always, holding::one},
    {"allOf", always, holding::list},
    {"anyOf", always, holding::list},
    {"const", since(draft6)},
    {"contains", since(draft6), holding::one},
    {"definitions", always, holding::members},
    {"dependencies", until(draft7), holding::members},
    {"dependentRequired", since(draft2019)},
    {"dependentSchemas", since(draft2019), holding::members},
    {"else", since(draft7), holding::one},
    {"enum", always},
    {"exclusiveMaximum", always},
    {"exclusiveMinimum", always},
    {"format", always},
    {"id", until(draft4)},
    {"if", since(draft7), holding::one},
    {"items", always, holding::one_or_list},
    {"maxContains", since(draft2019)},
    {"maxItems", always},
    {"maxLength", always},
    {"maxProperties", always},
    {"maximum", always},
    {"minContains", since(draft2019)},
    {"minItems", always},
    {"minLength", always},
    {"minProperties", always},
    {"minimum", always},
    {"multipleOf", always},
    {"not", always, holding::one},
    {"nullable", bit(unnamed)},
    {"oneOf", always, holding::list},
    {"pattern", always},
    {"patternProperties", always, holding::members},
    {"prefixItems", since(draft2020), holding::list},
    {"properties", always, holding::members},
    {"propertyNames", since(draft6), holding::one},
    {"required", always},
    {"then", since(draft7), holding::one},
    {"type", always},
    {"unevaluatedItems", since(draft2019), holding::one},
    {"unevaluatedProperties", since(draft2019), holding::one},
    {"uniqueItems", always},
};
static_assert(std::is_sorted(std::begin(keywords), std::end(keywords),
                             [](const auto& a, const auto& b) { return a.name < b.name; }));

constexpr std::pair<std::string_view, schema_dialect> drafts[] = {
    {"draft-04/", draft4}, {"draft-05/", draft4},         {"draft-06/", draft6},
    {"draft-07/", draft7}, {"draft/2019-09/", draft2019}, {"draft/2020-12/", draft2020},
};

}  // namespace

std::optional<schema_dialect> dialect_named(std::string_view meta_schema) {
    const std::string_view scheme = meta_schema.starts_with("https") ? "https" : "http";
    constexpr std::string_view host = "://json-schema.org/";
    if (!meta_schema.starts_with(scheme) || !meta_schema.substr(scheme.size()).starts_with(host))
        return unnamed;
    const auto path = meta_schema.substr(scheme.size() + host.size());
    for (const auto& [name, draft] : drafts)
        if (path.starts_with(name)) return draft;
    if (path.starts_with("draft-0")) return std::nullopt;
    return unnamed;
}

const schema_keyword* find_keyword(std::string_view name) {
    const auto* const found = std::ranges::lower_bound(keywords, name, {}, &schema_keyword::name);
    return found != std::end(keywords) && found->name == name ? found : nullptr;
}

}  // namespace tessera::engine
