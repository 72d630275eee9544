// An API made up to show that the floors below the APIs suffice for one: its client against its
// server, behind the web room.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "contract/garden/api.hpp"
#include "contract/garden/client.hpp"
#include "contract/specification.hpp"
#include "control/openapi.hpp"
#include "server/made_up_server.hpp"
#include "tessera/call.hpp"

namespace tessera::garden {
namespace {
namespace garden_tests {

using server::testing::head_of;
using server::testing::made_up_server;
using server::testing::post_of;
using server::testing::raw_client;
using server::testing::raw_response;

const std::string key_line = std::string("x-garden-key: ") + server::garden_key + "\r\n";

struct garden : ::testing::Test {
    made_up_server server{server::make_garden_api()};
    client_options options{
        .api_key = server::garden_key,
        .base_url = "http://127.0.0.1:" + std::to_string(server.port()) + "/garden",
        .max_retries = 0};
    client at{options};

    raw_response get(std::string_view path, std::string_view more = {}) {
        return server.ask(head_of("GET", path, key_line + std::string(more)));
    }
    raw_response post(std::string_view path, std::string_view body,
                      std::string_view type = "application/json") {
        return server.ask(post(path, body.size(), type).append(body), "POST");
    }
    static std::string post(std::string_view path, std::size_t size, std::string_view type) {
        return head_of("POST", path,
                       key_line + "content-type: " + std::string(type) +
                           "\r\ncontent-length: " + std::to_string(size) + "\r\n");
    }
};

complaint of(const error& failed) {
    const auto body = body_as<error_envelope>(failed);
    EXPECT_TRUE(body) << failed.body;
    return body ? body->garden_error : complaint();
}
complaint of(const raw_response& got) {
    error made;
    made.body = got.body;
    return of(made);
}

std::string bytes_of_size(std::size_t size) {
    std::string all(size, '\0');
    std::uint32_t state = 1;
    for (char& each : all) each = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
    return all;
}

constexpr std::string_view form_type = "multipart/form-data; boundary=edge";
std::string text_part(std::string_view name, std::string_view text) {
    return std::string("--edge\r\ncontent-disposition: form-data; name=\"")
        .append(name)
        .append("\"\r\n\r\n")
        .append(text)
        .append("\r\n");
}
std::string picture_part(std::string_view content) {
    return std::string("--edge\r\ncontent-disposition: form-data; name=\"picture\"; ")
        .append("filename=\"p.png\"\r\ncontent-type: image/png\r\n\r\n")
        .append(content)
        .append("\r\n");
}

TEST_F(garden, a_form_is_created) {
    const planting asked{.picture = file::of("pixels", "rose.png"),
                         .name = "rose, \"white\"",
                         .depth = 7,
                         .light = exposure::sun,
                         .labels = {{"a", "b c"}}};
    const auto made = at.beds.create("north side", asked);
    EXPECT_EQ(made.info.status, 201);
    EXPECT_EQ(made.bed, "north side");
    EXPECT_EQ(made.name, "rose, \"white\"");
    EXPECT_EQ(made.depth, 7);
    EXPECT_EQ(made.light, exposure::sun);
    EXPECT_EQ(made.labels, (std::vector<std::string>{"a", "b c"}));
    EXPECT_EQ(made.picture_bytes, 6);
    ASSERT_TRUE(std::holds_alternative<seed>(made.state));
    EXPECT_EQ(std::get<seed>(made.state).days_left, 7);
    EXPECT_EQ(at.plants.retrieve(made.id).name, made.name);

    const auto plain = at.beds.create("south", {.picture = file::of("", "p"), .name = "moss"});
    EXPECT_EQ(plain.depth, 5);
    EXPECT_EQ(plain.light, exposure::half);
    EXPECT_TRUE(plain.labels.empty());
    static_assert(!operations::add_plant.is_replayable());
}

TEST_F(garden, a_form_that_breaks_the_schema_names_the_place) {
    planting asked{.picture = file::of("pixels", "rose.png"), .name = "rose", .depth = 51};
    const auto deep = at.beds.try_create("north", asked);
    ASSERT_FALSE(deep);
    EXPECT_EQ(deep.error().status, 422);
    EXPECT_EQ(of(deep.error()).place, "body.depth");
    EXPECT_NE(of(deep.error()).reason.find("50"), std::string::npos);

    const std::string end = "--edge--\r\n";
    const std::pair<std::string, const char*> wrong[] = {
        {text_part("name", "x"), "body.picture"},
        {picture_part("p") + text_part("name", ""), "body.name"},
        {picture_part("p") + text_part("name", "x") + text_part("depth", "deep"), "body.depth"},
        {picture_part("p") + text_part("name", "x") + text_part("light", "moon"), "body.light"},
        {picture_part("p") + text_part("name", "x") + text_part("height", "2"), "body.height"},
        {picture_part("p") + text_part("name", "x") + text_part("name", "y"), "body.name"},
        {text_part("picture", "p") + text_part("name", "x"), "body.picture"}};
    for (const auto& [form, place] : wrong) {
        const raw_response got = post("/v1/beds/north/plants", form + end, form_type);
        EXPECT_EQ(got.status, 422) << form;
        EXPECT_EQ(of(got).place, place);
    }
}

TEST_F(garden, a_large_file_arrives_whole_and_comes_back) {
    const std::string content = bytes_of_size(1'600'000);
    const auto made =
        at.beds.create("north", {.picture = file::of(content, "p.png"), .name = "oak"});
    EXPECT_EQ(made.picture_bytes, 1'600'000);
    EXPECT_EQ(at.plants.picture.retrieve(made.id), content);

    const testing::temporary_folder folder("garden");
    const auto path = folder.path() / "oak.png";
    const auto got = at.plants.picture.retrieve(made.id, {.into = sink::to_file(path)});
    EXPECT_TRUE(got.empty());
    std::ifstream in(path, std::ios::binary);
    EXPECT_TRUE(std::string(std::istreambuf_iterator<char>(in), {}) == content);
}

TEST_F(garden, a_file_over_its_limit_is_refused_while_it_is_read) {
    const std::string content = bytes_of_size(2 * 1024 * 1024 + 1);
    planting asked{.picture = file::of(content, "p.png"), .name = "oak"};
    const auto refused = at.beds.try_create("north", asked);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().status, 400);
    EXPECT_EQ(of(refused.error()).place, "picture");
    asked.picture = file::of(content.substr(1), "p.png");
    EXPECT_TRUE(at.beds.try_create("north", asked));

    // No more than the limit needs to come.
    const std::string begun = text_part("name", "x") + picture_part(content);
    raw_client on(server.port());
    on.send(post("/v1/beds/north/plants", 8'000'000, form_type));
    on.send(begun);
    const raw_response got = on.receive("POST");
    EXPECT_EQ(got.status, 400);
    EXPECT_EQ(of(got).place, "picture");
}

TEST_F(garden, a_form_is_the_same_however_it_is_split) {
    const std::string body = text_part("name", "rose") + text_part("depth", "9") +
                             picture_part("line\r\n--edg\r\n--") + text_part("labels", "a") +
                             text_part("labels", "b") + "--edge--\r\n";
    const std::string bytes = post("/v1/beds/north/plants", body.size(), form_type) + body;
    const auto answer_to = [&](std::size_t size) {
        raw_client on(server.port());
        for (std::string_view left = bytes; !left.empty();
             left.remove_prefix(std::min(size, left.size())))
            on.send(left.substr(0, size));
        const raw_response got = on.receive("POST");
        EXPECT_EQ(got.status, 201) << got.body;
        json::value plain = got.json();
        plain.erase("id");
        return plain;
    };
    const json::value whole = answer_to(bytes.size());
    EXPECT_EQ(whole["picture_bytes"], 15);
    for (const std::size_t size : {1, 2, 3, 5, 7, 11, 64, 300}) EXPECT_EQ(answer_to(size), whole);
}

TEST_F(garden, a_malformed_form_is_a_400) {
    for (const auto& [type, body] :
         {std::pair<std::string_view, std::string>{form_type, text_part("name", "x")},
          {form_type, "--edge\r\nno head"},
          {form_type, ""},
          {"multipart/form-data", text_part("name", "x") + "--edge--\r\n"}}) {
        const raw_response got = post("/v1/beds/north/plants", body, type);
        EXPECT_EQ(got.status, 400) << type << body;
        EXPECT_FALSE(of(got).reason.empty());
    }
}

TEST_F(garden, other_media_types_are_a_415) {
    EXPECT_EQ(post("/v1/beds/north/plants", "{}").status, 415);
    EXPECT_EQ(post("/v1/beds/north/plants", "a=b", "application/x-www-form-urlencoded").status,
              415);
    const raw_response got = post("/v1/plants/sick/care?kind=water", "litres=1", "text/plain");
    EXPECT_EQ(got.status, 415);
    EXPECT_NE(of(got).reason.find("application/json"), std::string::npos);
}

TEST_F(garden, each_parameter_of_a_query_has_its_effect) {
    const auto plain = at.plants.growth.retrieve("fossil");
    ASSERT_EQ(plain.days.size(), 3u);
    EXPECT_EQ(plain.days[2].height, 3);
    EXPECT_EQ(plain.days[2].leaves, 6);
    EXPECT_FALSE(plain.days[2].remark);
    EXPECT_EQ(plain.days[2].kind, step::done);
    EXPECT_EQ(at.plants.growth.retrieve("fossil", {.days = 5}).days.size(), 5u);
    EXPECT_EQ(at.plants.growth.retrieve("fossil", {.light = exposure::sun}).days[2].height, 6);
    const auto high = at.plants.growth.retrieve("fossil", {.show = {{measure::height}}});
    EXPECT_TRUE(high.days[0].height);
    EXPECT_FALSE(high.days[0].leaves);
    const auto both =
        at.plants.growth.retrieve("fossil", {.show = {{measure::leaves, measure::height}}});
    EXPECT_TRUE(both.days[0].height);
    EXPECT_TRUE(both.days[0].leaves);
    EXPECT_EQ(at.plants.growth.retrieve("fossil", {.detailed = true}).days[0].remark,
              "in the bed north");
}

TEST_F(garden, an_invalid_query_names_the_place) {
    for (const auto& [query, place] : {std::pair("days=31", "query.days"),
                                       {"days=two", "query.days"},
                                       {"days=2&days=3", "query.days"},
                                       {"light=moon", "query.light"},
                                       {"show=height&show=age", "query.show[1]"},
                                       {"detailed=1", "query.detailed"},
                                       {"colour=red", "query.colour"}}) {
        const raw_response got = get(std::string("/v1/plants/fossil/growth?") + query);
        EXPECT_EQ(got.status, 422) << query;
        EXPECT_EQ(of(got).place, place);
        EXPECT_FALSE(of(got).reason.empty());
    }
}

TEST_F(garden, the_stream_says_what_the_answer_says) {
    const growth_query query{.days = 4, .show = {{measure::leaves}}};
    const auto whole = at.plants.growth.retrieve("fossil", query);
    std::vector<growth> streamed;
    for (const growth& each : at.plants.growth.stream("fossil", query)) streamed.push_back(each);
    EXPECT_EQ(json::encode(streamed), json::encode(whole.days));

    const raw_response raw =
        get("/v1/plants/fossil/growth?days=2", "accept: text/event-stream\r\n");
    EXPECT_EQ(raw.header("content-type"), "text/event-stream; charset=utf-8");
    EXPECT_TRUE(raw.body.starts_with("event: day\ndata: {\"kind\":\"day\",\"day\":1,")) << raw.body;
    EXPECT_NE(raw.body.find("\n\nevent: done\ndata: {"), std::string::npos) << raw.body;
}

TEST_F(garden, an_error_ends_the_stream) {
    auto stream = at.plants.growth.stream("sick");
    const auto first = stream.next();
    ASSERT_TRUE(first);
    EXPECT_EQ((*first)->day, 1);
    const auto second = stream.next();
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, error_kind::api);
    EXPECT_EQ(of(second.error()).reason, "it died");
    EXPECT_EQ(of(second.error()).place, "day 2");
}

TEST_F(garden, what_is_removed_is_gone) {
    EXPECT_EQ(at.plants.remove("sick").info.status, 204);
    const auto gone = at.plants.try_remove("sick");
    ASSERT_FALSE(gone);
    EXPECT_EQ(gone.error().kind, error_kind::not_found);
    EXPECT_EQ(of(gone.error()).reason, "no plant is sick");
    EXPECT_EQ(of(gone.error()).place, "path.plant");
}

TEST_F(garden, a_fixed_query_tells_operations_apart) {
    EXPECT_EQ(at.plants.water("sick").done, "watered");
    EXPECT_EQ(at.plants.feed("sick").done, "fed");
    EXPECT_EQ(at.plants.feed("sick", {.dry_run = true}).done, "nothing");
    EXPECT_EQ(at.plants.water("sick", watering{.litres = 3}, {.dry_run = true}).done, "nothing");
    for (const char* query : {"", "?kind=prune", "?dry_run=true"}) {
        const raw_response got = post(std::string("/v1/plants/sick/care") + query, "");
        EXPECT_EQ(got.status, 404) << query;
        EXPECT_NE(of(got).reason.find("kind=water"), std::string::npos) << of(got).reason;
    }
}

TEST_F(garden, a_body_may_be_absent) {
    EXPECT_EQ(at.plants.water("sick").amount, 1);
    EXPECT_EQ(at.plants.water("sick", watering{}).amount, 1);
    EXPECT_EQ(at.plants.water("sick", {.litres = 2.5}).amount, 2.5);
    const auto flooded = at.plants.try_water("sick", {.litres = 11});
    ASSERT_FALSE(flooded);
    EXPECT_EQ(of(flooded.error()).place, "body.litres");
}

TEST_F(garden, a_header_has_its_effect) {
    EXPECT_EQ(at.plants.water("sick", {.headers = {{"x-season", "winter"}}}).amount, 0.5);
    EXPECT_EQ(at.plants.water("sick", {.headers = {{"X-Gardener", "Ann"}}}).amount, 1);
    const auto refused = at.plants.try_water("sick", {.headers = {{"X-Season", "spring"}}});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().status, 422);
    EXPECT_EQ(of(refused.error()).place, "header.X-Season");
}

TEST_F(garden, a_key_is_needed) {
    for (const char* wrong :
         {"", "x-garden-key: other\r\n", "authorization: Bearer gk-0123456789\r\n"}) {
        const raw_response got = server.ask(head_of("GET", "/v1/plants/sick", wrong));
        EXPECT_EQ(got.status, 401) << wrong;
        EXPECT_FALSE(of(got).reason.empty());
    }
    options.api_key = "other";
    const auto refused = client(options).plants.try_retrieve("sick");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, error_kind::authentication);
}

TEST_F(garden, what_a_newer_server_says_is_kept) {
    const auto got = at.plants.retrieve("fossil");
    EXPECT_FALSE(got.light.known());
    EXPECT_EQ(got.light.text(), "moon");
    ASSERT_TRUE(std::holds_alternative<json::unknown>(got.state));
    EXPECT_EQ(std::get<json::unknown>(got.state).raw["age"], 7);
    EXPECT_EQ(got.extra["smell"], "none");
    EXPECT_EQ(json::encode(static_cast<const plant&>(got)), got.info.raw);
}

TEST(garden_document, is_that_of_its_specification) {
    using specification::value;
    const value ours =
        value::parse(json::encode(server::openapi_document(*server::make_garden_api())));
    const value theirs = specification::load_facts("garden", "garden");
    for (const auto& [path, difference] : specification::compare_operations(ours, theirs, {}))
        ADD_FAILURE() << path << ": " << difference;
}

}  // namespace garden_tests
}  // namespace
}  // namespace tessera::garden
