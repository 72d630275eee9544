#include <chrono>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "store/fixture.hpp"
#include "tessera/json/describe.hpp"

namespace tessera::server::store::testing {
namespace {

using std::chrono::system_clock;

struct sample {
    std::int64_t id = 0;
    std::string text{};
    double real = 0;
    bool flag = false;
    std::vector<std::byte> bytes{};
    system_clock::time_point at{};
    std::optional<std::int64_t> number{};
    std::optional<std::string> word{};

    bool operator==(const sample&) const = default;
};
constexpr auto describe(json::type<sample>) {
    return json::object<sample>(
        "Sample", json::field("id", &sample::id), json::field("text", &sample::text),
        json::field("real", &sample::real), json::field("flag", &sample::flag),
        json::field("bytes", &sample::bytes), json::field("at", &sample::at),
        json::field("number", &sample::number), json::field("word", &sample::word));
}

class statements : public ::testing::Test {
  protected:
    void SetUp() override {
        on_.run_all(
            "CREATE TABLE samples (id INTEGER PRIMARY KEY, text TEXT NOT NULL, real REAL NOT NULL, "
            "flag INTEGER NOT NULL, bytes BLOB NOT NULL, at INTEGER NOT NULL, number INTEGER, "
            "word TEXT) STRICT");
    }
    static constexpr sql insert =
        "INSERT INTO samples (id, text, real, flag, bytes, at, number, word) "
        "VALUES (:id, :text, :real, :flag, :bytes, :at, :number, :word)";
    // Not in the order of the members.
    static constexpr sql select =
        "SELECT word, number, at, bytes, flag, real, text, id FROM samples WHERE id = ?1";

    connection on_{{}, connection::access::writing};
};

TEST_F(statements, what_a_struct_gives_comes_back) {
    const system_clock::time_point at(std::chrono::microseconds(1'764'000'000'123'456));
    const sample full{
        1,  std::string("a\0\"';--\xc3\xa9", 8),      -0.1,  true, {std::byte{0}, std::byte{255}},
        at, std::numeric_limits<std::int64_t>::min(), "word"};
    const sample empty{.id = std::numeric_limits<std::int64_t>::max(),
                       .at = system_clock::time_point(std::chrono::microseconds(-1))};
    for (const sample& each : {full, empty}) {
        EXPECT_EQ(on_.run(insert, each), 1);
        EXPECT_EQ(on_.first<sample>(select, each.id), each);
    }
    EXPECT_EQ(on_.first<sample>(select, 2), std::nullopt);
}

TEST_F(statements, times_are_microseconds_rounded_down) {
    using namespace std::chrono_literals;
    const auto kept = [&](system_clock::duration since) {
        const system_clock::time_point at(since);
        return on_.first<std::int64_t>("SELECT ?1", at);
    };
    EXPECT_EQ(kept(1999ns), 1);
    EXPECT_EQ(kept(-1ns), -1);
    const auto read = [&](std::int64_t stored) {
        return on_.first<system_clock::time_point>("SELECT ?1", stored);
    };
    EXPECT_EQ(read(1'764'000'000'000'000), system_clock::time_point(1'764'000'000s));
    EXPECT_THROW(read(std::numeric_limits<std::int64_t>::max()), exception);
    EXPECT_THROW(read(std::numeric_limits<std::int64_t>::min()), exception);
}

TEST_F(statements, times_in_seconds_are_rounded_down_as_they_are_read) {
    using std::chrono::sys_seconds, std::chrono::seconds;
    EXPECT_EQ(on_.first<std::int64_t>("SELECT ?1", sys_seconds(seconds(3))), 3'000'000);
    EXPECT_EQ(on_.first<sys_seconds>("SELECT 3999999"), sys_seconds(seconds(3)));
    EXPECT_EQ(on_.first<sys_seconds>("SELECT -1"), sys_seconds(seconds(-1)));
    EXPECT_TRUE(on_.first<sys_seconds>("SELECT ?1", std::numeric_limits<std::int64_t>::max()));
}

enum class colour { red, dark_blue };
constexpr auto describe(json::type<colour>) {
    return json::enumeration<colour>("Colour", json::enumerator("red", colour::red),
                                     json::enumerator("dark-blue", colour::dark_blue));
}

TEST_F(statements, enumerations_are_their_texts) {
    EXPECT_EQ(on_.first<std::string>("SELECT ?1", colour::dark_blue), "dark-blue");
    EXPECT_EQ(on_.first<colour>("SELECT 'dark-blue'"), colour::dark_blue);
    EXPECT_THROW(on_.first<colour>("SELECT 'green'"), exception);
    EXPECT_THROW(on_.first<colour>("SELECT 1"), exception);
    using open = json::open_enum<colour>;
    EXPECT_EQ(on_.first<std::string>("SELECT ?1", open("green")), "green");
    EXPECT_EQ(on_.first<open>("SELECT 'green'"), open("green"));
    EXPECT_EQ(on_.first<open>("SELECT 'red'"), colour::red);
}

TEST_F(statements, single_values_are_rows) {
    EXPECT_EQ(on_.first<std::string>("SELECT ?2 || ?1", "b", std::string("a")), "ab");
    EXPECT_EQ(on_.first<bool>("SELECT EXISTS (SELECT 1 FROM samples)"), false);
    EXPECT_EQ(on_.first<double>("SELECT 3"), 3.0);
    const std::optional<std::int64_t> none;
    EXPECT_EQ(on_.rows<std::optional<std::int64_t>>("SELECT ?1 UNION ALL SELECT ?2", none, 7),
              (std::vector<std::optional<std::int64_t>>{none, 7}));
    EXPECT_EQ(on_.first<std::string>("SELECT typeof(?1)", std::nan("")), "null");
    EXPECT_EQ(on_.first<std::string>("SELECT typeof(?1)", std::string_view()), "text");
    EXPECT_EQ(on_.first<std::string>("SELECT typeof(?1)", bytes_view()), "blob");
}

TEST_F(statements, what_does_not_fit_is_an_error) {
    EXPECT_THROW(on_.first<std::int64_t>("SELECT 'x'"), exception);
    EXPECT_THROW(on_.first<std::int64_t>("SELECT 1.5"), exception);
    EXPECT_THROW(on_.first<std::int64_t>("SELECT NULL"), exception);
    EXPECT_THROW(on_.first<std::int8_t>("SELECT 128"), exception);
    EXPECT_THROW(on_.first<std::int32_t>("SELECT 1 << 31"), exception);
    EXPECT_THROW(on_.first<bool>("SELECT 2"), exception);
    EXPECT_THROW(on_.first<double>("SELECT 'x'"), exception);
    EXPECT_THROW(on_.first<std::string>("SELECT x'00'"), exception);
    EXPECT_THROW(on_.first<std::vector<std::byte>>("SELECT 'x'"), exception);
    EXPECT_EQ(message_of([&] { on_.first<std::int64_t>("SELECT 'x' AS wrong"); }),
              "the database in memory cannot do \"SELECT 'x' AS wrong\": the value of its column "
              "wrong does not fit the member's type");
}

TEST_F(statements, parameters_and_columns_are_counted_and_named) {
    const auto complaint = [](const std::string& message) {
        return message.substr(message.find("\": ") + 3);
    };
    const auto running = [&](sql text, const auto&... values) {
        return complaint(message_of([&] { on_.run(text, values...); }));
    };
    EXPECT_EQ(running("SELECT ?1, ?2", 1), "it has 2 parameters, and was given 1");
    EXPECT_EQ(running("SELECT 1", 1), "it has 0 parameters, and was given 1");
    EXPECT_EQ(running("SELECT :id", 1), "nothing was given for its parameter :id");
    EXPECT_EQ(running("SELECT :no", sample()), "nothing was given for its parameter :no");
    EXPECT_EQ(running("SELECT ?1", sample()), "nothing was given for its parameter ?1");
    EXPECT_EQ(running("SELECT 1; SELECT 2"), "it is not one statement");
    EXPECT_EQ(running(" "), "it is not one statement");
    EXPECT_EQ(running("SELEC 1"), "near \"SELEC\": syntax error");
    const auto reading = [&](sql text) {
        return complaint(message_of([&] { on_.rows<sample>(text); }));
    };
    EXPECT_EQ(reading("SELECT id, text FROM samples"), "it answers 2 columns for the 8 of a row");
    EXPECT_EQ(reading("SELECT id, id, real, flag, bytes, at, number, word FROM samples"),
              "a row has no member for its column id");
    EXPECT_EQ(reading("SELECT id, text AS t, real, flag, bytes, at, number, word FROM samples"),
              "a row has no member for its column t");
}

TEST_F(statements, values_stay_values) {
    const std::string hostile = "'); DROP TABLE samples; --";
    on_.run(insert, sample{.id = 1, .text = hostile});
    EXPECT_EQ(on_.first<std::string>("SELECT text FROM samples WHERE text = ?1", hostile), hostile);
    static_assert(!std::is_constructible_v<sql, std::string>);
    static_assert(!std::is_constructible_v<sql, std::string_view>);
    static_assert(!std::is_constructible_v<sql, const char*>);
}

TEST_F(statements, keep_nothing_of_the_last_run) {
    for (const std::int64_t each : {1, 2, 3})
        EXPECT_EQ(on_.first<std::int64_t>("SELECT ?1", each), each);
    on_.run(insert, sample{.id = 1});
    EXPECT_EQ(message_of([&] { on_.run(insert, sample{.id = 1}); }),
              "the database in memory failed: UNIQUE constraint failed: samples.id");
    EXPECT_EQ(on_.run(insert, sample{.id = 2}), 1);
    // A schema that changed is no matter to a statement that is kept.
    on_.run_all("ALTER TABLE samples ADD COLUMN more TEXT");
    EXPECT_EQ(on_.run(insert, sample{.id = 3}), 1);
}

}  // namespace
}  // namespace tessera::server::store::testing
