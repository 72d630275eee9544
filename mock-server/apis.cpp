#include "apis.hpp"

#include "cerebras/api.hpp"

namespace tessera::server {
namespace {

struct registration {
    std::string_view name;
    std::unique_ptr<api> (*make)(const services&);
};

constexpr registration registered[] = {
    {"cerebras", &cerebras::make_api},
};

}  // namespace

std::vector<std::string_view> api_names() {
    std::vector<std::string_view> names;
    for (const registration& each : registered) names.push_back(each.name);
    return names;
}

std::vector<std::unique_ptr<api>> make_apis(std::string_view which, const services& with) {
    std::vector<std::unique_ptr<api>> made;
    for (const registration& each : registered)
        if (which == "all" || which == each.name) made.push_back(each.make(with));
    return made;
}

}  // namespace tessera::server
