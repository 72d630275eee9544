#include "emissary/testing_functions.hpp"

#include <utility>

#include "emissary/routes.hpp"
#include "emissary/testing/functions.hpp"
#include "tessera/emissary/operations.hpp"

namespace tessera::server::emissary {
namespace {

void list_testing_functions(service&, const exchange_ptr& asked) {
    wire::testing_functions all;
    for (const test_function& each : test_functions())
        all.push_back({.name = std::string(each.name),
                       .content = std::string(each.source),
                       .dependencies = std::vector<std::string>()});
    succeed(*asked, all);
}

}  // namespace

std::vector<route> testing_function_routes(service& with) {
    route_list made(with);
    made.add(wire::operations::list_testing_functions, &list_testing_functions);
    return std::move(made).take();
}

}  // namespace tessera::server::emissary
