#include "tessera/json/texts.hpp"

#include <gtest/gtest.h>

#include "support/sample.hpp"

namespace listed {

namespace json = tessera::json;

enum class order { ascending, descending };
constexpr auto describe(json::type<order>) {
    return json::enumeration<order>("", json::enumerator("asc", order::ascending),
                                    json::enumerator("desc", order::descending));
}

struct listing {
    std::int64_t limit = 20;
    std::optional<std::string> after{};
    std::optional<bool> verbose{};
    std::optional<order> sort{};
    std::optional<double> ratio{};
    std::vector<std::string> include{};
    std::optional<std::vector<std::int64_t>> numbers{};
    std::optional<std::variant<std::string, std::vector<std::string>>> stop{};
    std::optional<sample::node> tree{};
    std::optional<std::map<std::string, std::string>> metadata{};
    json::nullable<std::string> note{};
};
constexpr auto describe(json::type<listing>) {
    using t = listing;
    return json::object<t>("Listing", json::closed,
                           json::field("limit", &t::limit, json::defaults(20), json::range(1, 100)),
                           json::field("after", &t::after, json::length(1, 3)),
                           json::field("verbose", &t::verbose), json::field("sort", &t::sort),
                           json::field("ratio", &t::ratio),
                           json::field("include[]", &t::include, json::items(0, 2)),
                           json::field("numbers", &t::numbers), json::field("stop", &t::stop),
                           json::field("tree", &t::tree), json::field("metadata", &t::metadata),
                           json::field("note", &t::note));
}

}  // namespace listed

namespace {

namespace json = tessera::json;
using listed::listing, listed::order;
using texts = std::vector<json::named_text>;

template <class T = listing>
std::string problems_of(const texts& given, json::mode how = json::mode::strict,
                        json::names compare = json::names::exact) {
    std::vector<json::issue> issues;
    const auto decoded = json::decode_texts<T>(given, how, issues, compare);
    EXPECT_EQ(decoded.has_value(), issues.empty());
    std::string out;
    for (const json::issue& each : issues) {
        EXPECT_FALSE(each.message.empty());
        out += (out.empty() ? "" : " ") + json::to_string(each.path) + ':' + each.type;
    }
    return out;
}

template <class T = listing>
T read(const texts& given, json::names compare = json::names::exact) {
    std::vector<json::issue> issues;
    auto decoded = json::decode_texts<T>(given, json::mode::strict, issues, compare);
    for (const json::issue& each : issues)
        ADD_FAILURE() << json::to_string(each.path) << ' ' << each.message;
    return decoded.value_or(T{});
}

TEST(texts, say_each_member_by_its_name) {
    listing given;
    EXPECT_EQ(json::encode_texts(given), (texts{{"limit", "20"}}));
    given.after = "a b&c";
    given.verbose = false;
    given.sort = order::descending;
    given.ratio = 0.25;
    given.include = {"x", ""};
    given.numbers = {{1, -2}};
    given.stop = "5";
    given.tree = sample::node{"root", {}};
    given.metadata.emplace()["k"] = "v\"";
    given.note = "null";
    EXPECT_EQ(json::encode_texts(given), (texts{{"limit", "20"},
                                                {"after", "a b&c"},
                                                {"verbose", "false"},
                                                {"sort", "desc"},
                                                {"ratio", "0.25"},
                                                {"include[]", "x"},
                                                {"include[]", ""},
                                                {"numbers", "1"},
                                                {"numbers", "-2"},
                                                {"stop", "5"},
                                                {"tree", R"({"name":"root","children":[]})"},
                                                {"metadata", R"({"k":"v\""})"},
                                                {"note", "null"}}));
}

TEST(texts, become_what_their_members_read) {
    const listing absent = read({});
    EXPECT_EQ(absent.limit, 20);
    EXPECT_FALSE(absent.after || absent.verbose || absent.numbers || absent.stop);
    EXPECT_TRUE(absent.include.empty());
    EXPECT_TRUE(absent.note.is_null());
    const listing all = read({{"numbers", "1"},
                              {"limit", "7"},
                              {"after", "42"},
                              {"verbose", "true"},
                              {"sort", "asc"},
                              {"ratio", "-1e2"},
                              {"include[]", "true"},
                              {"include[]", "7"},
                              {"stop", "5"},
                              {"tree", R"({"name":"1","children":[]})"},
                              {"metadata", "{}"},
                              {"note", ""}});
    EXPECT_EQ(all.limit, 7);
    EXPECT_EQ(all.after, "42");
    EXPECT_EQ(all.verbose, true);
    EXPECT_EQ(all.sort, order::ascending);
    EXPECT_EQ(all.ratio, -100);
    EXPECT_EQ(all.include, (std::vector<std::string>{"true", "7"}));
    EXPECT_EQ(all.numbers, std::vector<std::int64_t>{1});
    EXPECT_EQ(std::get<std::string>(*all.stop), "5");
    EXPECT_EQ(all.tree->name, "1");
    EXPECT_TRUE(all.metadata->empty());
    EXPECT_EQ(*all.note, "");
    EXPECT_EQ(std::get<1>(*read({{"stop", "5"}, {"stop", "x"}}).stop),
              (std::vector<std::string>{"5", "x"}));
}

TEST(texts, are_decoded_with_the_usual_issues) {
    EXPECT_EQ(problems_of({{"limit", "0"}}), "limit:greater_than_equal");
    EXPECT_EQ(problems_of({{"limit", "1.5"}}), "limit:int_from_float");
    EXPECT_EQ(problems_of({{"limit", "123456789012345678901234567890"}}), "limit:int_parsing_size");
    for (const char* text :
         {"", " 7", "7 ", "+7", "07", "0x7", "seven", "true", "1e999", "-", "[7]"})
        EXPECT_EQ(problems_of({{"limit", text}}), "limit:int_type") << text;
    EXPECT_EQ(problems_of({{"after", ""}}), "after:string_too_short");
    EXPECT_EQ(problems_of({{"verbose", "1"}}), "verbose:bool_type");
    EXPECT_EQ(problems_of({{"sort", "up"}}), "sort:enum");
    EXPECT_EQ(problems_of({{"ratio", "nan"}}), "ratio:float_type");
    EXPECT_EQ(problems_of({{"numbers", "1"}, {"numbers", "x"}}), "numbers[1]:int_type");
    EXPECT_EQ(problems_of({{"include[]", "1"}, {"include[]", "2"}, {"include[]", "3"}}),
              "include[]:too_long");
    EXPECT_EQ(problems_of({{"tree", "{"}}), "tree:dict_type");
    EXPECT_EQ(problems_of({{"tree", "{}"}}), "tree.name:missing tree.children:missing");
    EXPECT_EQ(problems_of({{"limit", "0"}, {"sort", ""}}), "limit:greater_than_equal sort:enum");
    EXPECT_EQ(problems_of({{"limit", "0"}}, json::mode::lenient), "");
}

TEST(texts, come_once_where_one_is_read) {
    EXPECT_EQ(problems_of({{"limit", "1"}, {"limit", "1"}}), "limit:repeated");
    EXPECT_EQ(problems_of({{"limit", "1"}, {"limit", "1"}}, json::mode::lenient), "limit:repeated");
    EXPECT_EQ(problems_of({{"limit", "0"}, {"limit", "1"}, {"verbose", "x"}}),
              "limit:repeated limit:greater_than_equal verbose:bool_type");
}

TEST(texts, of_unknown_names) {
    EXPECT_EQ(problems_of({{"Limit", "1"}, {"x", "1"}, {"x", "2"}}),
              "Limit:extra_forbidden x:extra_forbidden");
    EXPECT_EQ(problems_of({{"x", "1"}}, json::mode::lenient), "");
    EXPECT_EQ(problems_of<sample::node>({{"name", "1"}, {"more", "x"}}), "");
    const auto kept = read<sample::label>(
        {{"shape", "label"}, {"text", "t"}, {"more", "1"}, {"list", "a"}, {"list", "b"}});
    EXPECT_EQ(kept.extra, (json::value{{"list", {"a", "b"}}, {"more", "1"}}));
}

TEST(texts, of_headers_have_names_in_any_case) {
    constexpr auto compare = json::names::without_case;
    EXPECT_EQ(read({{"LIMIT", "3"}, {"After", "x"}}, compare).limit, 3);
    EXPECT_EQ(read({{"NUMBERS", "3"}, {"numbers", "4"}}, compare).numbers,
              (std::vector<std::int64_t>{3, 4}));
    EXPECT_EQ(problems_of({{"Limit", "1"}, {"limit", "1"}}, json::mode::strict, compare),
              "limit:repeated");
    EXPECT_EQ(problems_of({{"Limit[", "1"}}, json::mode::strict, compare),
              "Limit[:extra_forbidden");
}

TEST(texts, that_are_many_take_little_time) {
    texts many;
    for (int i = 0; i < 50'000; ++i) many.emplace_back("x" + std::to_string(i), "1");
    EXPECT_EQ(read<sample::label>([&] {
                  texts all = many;
                  all.emplace_back("shape", "label");
                  all.emplace_back("text", "t");
                  return all;
              }())
                  .extra.size(),
              many.size());
}

}  // namespace
