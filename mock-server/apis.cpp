#include "apis.hpp"

#include <span>

#include "cerebras/api.hpp"
#include "cerebrium/api.hpp"
#include "cortex/api.hpp"
#include "emissary/api.hpp"

namespace tessera::server {
namespace {

// What a vendor's own SDK reads its base URL and its key from.
struct sdk_variables {
    std::string_view url;
    std::string_view key;
    std::string_view below{};  // the API's folder, where the SDK's paths begin
};

constexpr sdk_variables cerebras_sdk[] = {{"CEREBRAS_BASE_URL", "CEREBRAS_API_KEY"}};
constexpr sdk_variables cerebrium_sdk[] = {{"CEREBRIUM_BASE_URL", "CEREBRIUM_API_KEY"}};
constexpr sdk_variables cortex_sdks[] = {{"OPENAI_BASE_URL", "OPENAI_API_KEY", "/v1"},
                                         {"ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY", "/anthropic"}};
constexpr sdk_variables emissary_sdk[] = {{"EMISSARY_BASE_URL", "EMISSARY_API_KEY"}};

struct registration {
    std::string_view name;
    std::unique_ptr<api> (*make)(const services&);
    std::span<const sdk_variables> sdks;
};

constexpr registration registered[] = {
    {"cerebras", &cerebras::make_api, cerebras_sdk},
    {"cerebrium", &cerebrium::make_api, cerebrium_sdk},
    {"cortex", &cortex::make_api, cortex_sdks},
    {"emissary", &emissary::make_api, emissary_sdk},
};

bool asked_for(const registration& each, std::string_view which) {
    return which == "all" || which == each.name;
}

std::string shell_word(std::string_view text) {
    std::string made = "'";
    for (const char each : text) {
        if (each == '\'')
            made += "'\\''";
        else
            made += each;
    }
    return made + "'";
}

}  // namespace

std::vector<std::string_view> api_names() {
    std::vector<std::string_view> names;
    for (const registration& each : registered) names.push_back(each.name);
    return names;
}

std::vector<std::unique_ptr<api>> make_apis(std::string_view which, const services& with) {
    std::vector<std::unique_ptr<api>> made;
    for (const registration& each : registered)
        if (asked_for(each, which)) made.push_back(each.make(with));
    return made;
}

std::string environment(const options& settings) {
    id_source ids(0);
    const catalog models({});
    store::database database(std::nullopt);
    const std::string url = url_of(settings.host, settings.port);
    std::string lines;
    for (const registration& each : registered) {
        if (!asked_for(each, settings.api)) continue;
        const auto made = each.make({settings, ids, models, database});
        const json::value credential = made->credential();
        const std::string key =
            shell_word(credential.is_string() ? credential.get<std::string>() : std::string());
        // The semicolon is for `eval $(...)`, which makes one line of all.
        for (const sdk_variables& sdk : each.sdks)
            lines += "export " + std::string(sdk.url) + "=" +
                     shell_word(url + "/" + std::string(each.name) + std::string(sdk.below)) + " " +
                     std::string(sdk.key) + "=" + key + ";\n";
    }
    return lines;
}

}  // namespace tessera::server
