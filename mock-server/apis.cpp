#include "apis.hpp"

#include "cerebras/api.hpp"
#include "cerebrium/api.hpp"

namespace tessera::server {
namespace {

struct registration {
    std::string_view name;
    std::unique_ptr<api> (*make)(const services&);
    // What the vendor's own SDK reads its base URL and its key from.
    std::string_view url_variable;
    std::string_view key_variable;
};

constexpr registration registered[] = {
    {"cerebras", &cerebras::make_api, "CEREBRAS_BASE_URL", "CEREBRAS_API_KEY"},
    {"cerebrium", &cerebrium::make_api, "CEREBRIUM_BASE_URL", "CEREBRIUM_API_KEY"},
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
        // The semicolon is for `eval $(...)`, which makes one line of all.
        lines += "export " + std::string(each.url_variable) + "=" +
                 shell_word(url + "/" + std::string(each.name)) + " " +
                 std::string(each.key_variable) + "=" +
                 shell_word(made->credential().get<std::string>()) + ";\n";
    }
    return lines;
}

}  // namespace tessera::server
