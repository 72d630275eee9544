#pragma once

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

namespace tessera::engine {

/// One schema of the public JSON-Schema-Test-Suite, with its dialect's `$schema`, and its
/// instances.
struct suite_group {
    std::string what;
    nlohmann::ordered_json schema;
    nlohmann::ordered_json tests;
};

inline constexpr std::pair<const char*, const char*> suite_drafts[] = {
    {"draft4", "http://json-schema.org/draft-04/schema#"},
    {"draft6", "http://json-schema.org/draft-06/schema#"},
    {"draft7", "http://json-schema.org/draft-07/schema#"},
    {"draft2019-09", "https://json-schema.org/draft/2019-09/schema"},
    {"draft2020-12", "https://json-schema.org/draft/2020-12/schema"},
};

/// Calls `each` with every group of a draft's folder; returns whether there is one.
template <class Each>
bool each_suite_group(const char* draft, const char* meta_schema, const Each& each) {
    const std::filesystem::path folder =
        std::filesystem::path(TESSERA_VECTORS) / "json-schema-test-suite" / draft;
    if (!std::filesystem::exists(folder)) return false;
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
        const std::string name = file.path().filename().string();
        // The one has `format` as an annotation, which is an assertion here; the other is of
        // meta-schemas of its own, which are not there.
        if (!file.is_regular_file() || name == "format.json" || name == "vocabulary.json") continue;
        std::ifstream in(file.path());
        for (auto& group : nlohmann::ordered_json::parse(in)) {
            auto& schema = group.at("schema");
            if (schema.is_object() && !schema.contains("$schema")) schema["$schema"] = meta_schema;
            each(suite_group{std::string(draft) + ", " + name + ": " +
                                 group.at("description").get<std::string>(),
                             schema, group.at("tests")});
        }
    }
    return true;
}

/// Why a schema of the suite may be refused: it refers to another document, or to what the way of
/// an evaluation decides, or asks for what no reading of a text from the left can keep to.
inline bool refused_for_a_reason(const std::string& message) {
    for (const char* reason :
         {"is not inside this document", "may mean several schemas",
          "this keyword cannot be enforced", "is not supported", "uniqueItems can be enforced for",
          "the negation of", "multiples are kept of numbers", "no value satisfies"})
        if (message.find(reason) != std::string::npos) return true;
    return false;
}

}  // namespace tessera::engine
