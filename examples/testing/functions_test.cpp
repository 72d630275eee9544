// Functions of this program, called through its own server as the cloud would call them.
#include <gtest/gtest.h>

#include <string>
#include <tessera/cerebrium.hpp>
#include <tessera/server.hpp>
#include <vector>

namespace {

// [deploy]
struct order {
    std::string article;
    int count = 1;
};
constexpr auto describe(tessera::json::type<order>) {
    namespace json = tessera::json;
    return json::object<order>("Order", json::field("article", &order::article),
                               json::field("count", &order::count, json::defaults(1)));
}

TEST(orders, are_priced_and_packed) {
    tessera::server::local backend;
    backend.deploy("p-shop", "orders", "price", [](const order& given) { return 3 * given.count; });
    backend.deploy("p-shop", "orders", "pack",
                   [](const order& given, tessera::server::invocation& run) {
                       for (int i = 1; i <= given.count; ++i)
                           if (!run.yield(given.article + " " + std::to_string(i))) return;
                   });

    const tessera::cerebrium::client client{
        {.api_key = backend.token("p-shop"), .base_url = backend.url("cerebrium")}};
    const order tea{.article = "tea", .count = 2};
    EXPECT_EQ(client.run<int>("p-shop", "orders", "price", tea).result, 6);
    std::vector<std::string> packed;
    for (const auto& event : client.stream("p-shop", "orders", "pack", tea))
        packed.push_back(event.data);
    EXPECT_EQ(packed, (std::vector<std::string>{"tea 1", "tea 2"}));
}
// [/deploy]

}  // namespace
