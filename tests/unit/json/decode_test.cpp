#include "tessera/json/decode.hpp"

#include <gtest/gtest.h>

#include "support/sample.hpp"
#include "tessera/json/defaults.hpp"
#include "tessera/json/encode.hpp"
#include "tessera/json/equal.hpp"

namespace {

namespace json = tessera::json;
using sample::everything;
using sample::valid_everything;

template <class T = everything>
std::string issues_of(const json::value& in, json::mode how = json::mode::strict) {
    std::vector<json::issue> issues;
    const auto decoded = json::decode<T>(in, how, issues);
    EXPECT_EQ(decoded.has_value(), issues.empty());
    std::string out;
    for (const json::issue& each : issues) {
        EXPECT_FALSE(each.message.empty());
        out += (out.empty() ? "" : " ") + json::to_string(each.path) + ':' + each.type;
    }
    return out;
}

// The issues after one member was changed.
std::string with(const char* member, json::value given, json::mode how = json::mode::strict) {
    json::value in = valid_everything();
    in[member] = std::move(given);
    return issues_of(in, how);
}

std::string without(const char* member, json::mode how = json::mode::strict) {
    json::value in = valid_everything();
    in.erase(member);
    return issues_of(in, how);
}

TEST(decode, a_valid_value_has_no_issue_and_all_its_members) {
    EXPECT_EQ(issues_of(valid_everything()), "");
    const auto read = json::decode<everything>(valid_everything());
    ASSERT_TRUE(read);
    EXPECT_EQ(read->small, -5);
    EXPECT_EQ(read->large, 18446744073709551615u);
    EXPECT_EQ(read->closed_colour, sample::colour::blue);
    EXPECT_FALSE(read->maybe.has_value());
    EXPECT_TRUE(read->null_or_text.is_null());
    ASSERT_TRUE(read->absent_or_null.has_value());
    EXPECT_TRUE(read->absent_or_null->is_null());
    EXPECT_EQ(std::get<std::vector<std::int64_t>>(read->text_or_numbers).size(), 2u);
    EXPECT_EQ(std::get<sample::circle>(read->shapes[0]).radius, 2);
    EXPECT_EQ(std::get<sample::label>(read->shapes[1]).extra, (json::value{{"more", {true}}}));
    EXPECT_EQ(read->tree->children[0].name, "leaf");
    EXPECT_EQ(json::to_value(*read)["anything"], valid_everything()["anything"]);
}

TEST(decode, types) {
    EXPECT_EQ(with("flag", 1), "flag:bool_type");
    EXPECT_EQ(with("small", "1"), "small:int_type");
    EXPECT_EQ(with("small", 1.5), "small:int_from_float");
    EXPECT_EQ(with("small", 2147483648), "small:int_parsing_size");
    EXPECT_EQ(with("small", -2147483649), "small:int_parsing_size");
    EXPECT_EQ(with("small", 1e300), "small:int_parsing_size");
    EXPECT_EQ(with("small", 7.0), "");
    EXPECT_EQ(with("large", -1), "large:int_parsing_size");
    EXPECT_EQ(with("large", -1.0), "large:int_parsing_size");
    EXPECT_EQ(with("large", 0x1p63), "");
    EXPECT_EQ(with("large", 0x1p64), "large:int_parsing_size");
    EXPECT_EQ(with("ratio", "x"), "ratio:float_type");
    EXPECT_EQ(with("ratio", 1), "");
    EXPECT_EQ(with("single", 1e300), "single:finite_number");
    EXPECT_EQ(with("text", nullptr), "text:string_type");
    EXPECT_EQ(with("list", "a"), "list:list_type");
    EXPECT_EQ(with("table", {1}), "table:dict_type");
    EXPECT_EQ(with("table", {{"a", "b"}}), "table.a:float_type");
    EXPECT_EQ(with("tree", 1), "tree:dict_type");
    EXPECT_EQ(with("nothing", 1), "nothing:none_required");
    EXPECT_EQ(with("anything", 1), "");
    EXPECT_EQ(issues_of(json::value::array()), ":dict_type");
}

TEST(decode, rules_of_members) {
    EXPECT_EQ(with("ratio", 2.1), "ratio:less_than_equal");
    EXPECT_EQ(with("ratio", -2.1), "ratio:greater_than_equal");
    EXPECT_EQ(with("bounded", 0), "bounded:greater_than_equal");
    EXPECT_EQ(with("bounded", 11), "bounded:less_than_equal");
    EXPECT_EQ(with("list", json::value::array()), "list:too_short");
    EXPECT_EQ(with("list", {"a", "b", "c", "d"}), "list:too_long");
    EXPECT_EQ(with("text_or_numbers", {1, 2, 3}), "text_or_numbers:too_long");
    EXPECT_EQ(with("kind", "thang"), "kind:literal_error");
    EXPECT_EQ(with("decimal", "4x"), "decimal:string_pattern_mismatch");
    EXPECT_EQ(with("shapes", {{{"shape", "circle"}, {"radius", 0}}}),
              "shapes[0].radius:greater_than");
    EXPECT_EQ(with("shapes", {{{"shape", "label"}, {"text", ""}}}),
              "shapes[0].text:string_too_short");
    EXPECT_EQ(with("shapes", {{{"shape", "label"}, {"text", "ééééé"}}}), "");
    EXPECT_EQ(with("shapes", {{{"shape", "label"}, {"text", "éééééé"}}}),
              "shapes[0].text:string_too_long");
    EXPECT_EQ(with("closed_colour", "mauve"), "closed_colour:enum");
    EXPECT_EQ(with("open_colour", "mauve"), "open_colour:enum");
    EXPECT_EQ(with("open_colour", 3), "open_colour:string_type");
}

TEST(decode, absence_and_null) {
    EXPECT_EQ(without("small"), "small:missing");
    EXPECT_EQ(without("small", json::mode::lenient), "small:missing");
    EXPECT_EQ(without("kind"), "kind:missing");
    EXPECT_EQ(without("kind", json::mode::lenient), "");
    EXPECT_EQ(without("required_or_null"), "required_or_null:missing");
    EXPECT_EQ(without("maybe"), "");
    EXPECT_EQ(without("absent_or_null"), "");
    EXPECT_EQ(with("bounded", nullptr), "bounded:int_type");
    EXPECT_EQ(with("bounded", nullptr, json::mode::lenient), "");
    EXPECT_EQ(with("text", nullptr, json::mode::lenient), "text:string_type");
}

TEST(decode, absent_members_that_are_not_optional_take_their_default) {
    json::value in = valid_everything();
    in.erase("flag");
    in.erase("closed_colour");
    const auto read = json::decode<everything>(in);
    ASSERT_TRUE(read);
    EXPECT_TRUE(read->flag);
    EXPECT_EQ(read->closed_colour, sample::colour::green);
    in["flag"] = nullptr;
    EXPECT_TRUE(json::decode<everything>(in)->flag);
    EXPECT_EQ(issues_of(in), "flag:bool_type");
}

TEST(decode, unknown_members) {
    EXPECT_EQ(with("more", 1), "more:extra_forbidden");
    EXPECT_EQ(with("more", 1, json::mode::lenient), "");
    EXPECT_EQ(with("shapes", {{{"shape", "circle"}, {"radius", 1}, {"x", 1}}}), "");
}

TEST(decode, lenient_looks_at_types_only) {
    constexpr auto lenient = json::mode::lenient;
    EXPECT_EQ(with("ratio", 99, lenient), "");
    EXPECT_EQ(with("list", json::value::array(), lenient), "");
    EXPECT_EQ(with("kind", "thang", lenient), "");
    EXPECT_EQ(with("open_colour", "mauve", lenient), "");
    EXPECT_EQ(with("closed_colour", "mauve", lenient), "closed_colour:enum");
    EXPECT_EQ(with("small", "1", lenient), "small:int_type");
}

TEST(decode, unknown_text_and_members_survive_a_round_trip) {
    json::value in = valid_everything();
    in["open_colour"] = "mauve";
    in["kind"] = "thang";
    const auto read = json::decode<everything>(in);
    ASSERT_TRUE(read);
    const json::value out = json::to_value(*read);
    EXPECT_EQ(out["open_colour"], "mauve");
    EXPECT_EQ(out["kind"], "thang");
    EXPECT_EQ(out["shapes"], in["shapes"]);
}

TEST(decode, unions) {
    EXPECT_EQ(with("shapes", {{{"shape", "square"}}}), "shapes[0]:union_tag_invalid");
    EXPECT_EQ(with("shapes", {{{"radius", 1}}}), "shapes[0]:union_tag_not_found");
    EXPECT_EQ(with("shapes", {5}), "shapes[0]:union_type");
    EXPECT_EQ(with("text_or_numbers", true), "text_or_numbers:union_type");
    EXPECT_EQ(with("text_or_numbers", {1, "x"}), "text_or_numbers[1]:int_type");
    std::vector<json::issue> issues;
    json::value in = valid_everything();
    in["shapes"] = {{{"shape", "square"}}};
    EXPECT_FALSE(json::decode<everything>(in, json::mode::strict, issues));
    EXPECT_EQ(issues.at(0).message, "expected shape 'circle' or shape 'label'");
}

TEST(decode, unions_of_arrays_are_tried_and_the_closest_speaks) {
    using prompt = std::variant<std::string, std::vector<std::string>, std::vector<int>,
                                std::vector<std::vector<int>>>;
    const auto index = [](const char* text) {
        const auto read = json::decode_text<prompt>(text);
        return read ? static_cast<int>(read->index()) : -1;
    };
    EXPECT_EQ(index(R"("a")"), 0);
    EXPECT_EQ(index(R"(["a","b"])"), 1);
    EXPECT_EQ(index("[1,2]"), 2);
    EXPECT_EQ(index("[[1],[2,3]]"), 3);
    EXPECT_EQ(index("[1,\"a\"]"), -1);
    EXPECT_EQ(issues_of<prompt>({{1, 2}, {3, "x"}}), "[1][1]:int_type");
}

TEST(decode, every_issue_is_reported_up_to_a_hundred) {
    json::value in = valid_everything();
    in["flag"] = 1;
    in["text"] = 1;
    in.erase("small");
    EXPECT_EQ(issues_of(in), "flag:bool_type small:missing text:string_type");
    in = valid_everything();
    in["shapes"] = std::vector<int>(1000, 0);
    std::vector<json::issue> issues;
    EXPECT_FALSE(json::decode<everything>(in, json::mode::strict, issues));
    EXPECT_EQ(issues.size(), 100u);
}

// Their elements are read before there is memory for all of them.
TEST(decode, large_arrays_are_read_like_small_ones) {
    constexpr std::size_t many = 20000;
    sample::node tree{.name = "root"};
    for (std::size_t i = 0; i < many; ++i) tree.children.push_back({.name = std::to_string(i)});
    sample::node next = tree;
    next.children[7] = tree;
    next.children[9] = tree;
    const std::string text = json::encode(next);
    const auto read = json::decode_text<sample::node>(text);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(json::encode(*read), text);

    json::value in = json::parse(text).value();
    in["children"][7]["children"][many - 1]["name"] = 1;
    in["children"][many - 1]["name"] = 2;
    EXPECT_EQ(issues_of<sample::node>(in, json::mode::lenient),
              "children[7].children[19999].name:string_type children[19999].name:string_type");
    in["children"] = std::vector<int>(1000000, 0);
    std::vector<json::issue> issues;
    EXPECT_FALSE(json::decode<sample::node>(in, json::mode::strict, issues));
    EXPECT_EQ(issues.size(), 100u);
}

TEST(decode, paths_stay_short_whatever_the_names) {
    json::value in = valid_everything();
    in[std::string(100000, 'x')] = 1;
    std::vector<json::issue> issues;
    EXPECT_FALSE(json::decode<everything>(in, json::mode::strict, issues));
    EXPECT_LT(std::get<std::string>(issues.at(0).path.at(0)).size(), 300u);
}

TEST(decode, the_error_of_a_client_names_the_path) {
    json::value in = valid_everything();
    in["tree"]["children"][0]["name"] = 3;
    const auto read = json::decode_text<everything>(in.dump());
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().kind, tessera::error_kind::decode);
    EXPECT_EQ(read.error().message, "tree.children[0].name: expected a string");
    EXPECT_EQ(json::decode_text<everything>("[").error().kind, tessera::error_kind::decode);
}

TEST(decode, what_is_no_json_is_one_issue) {
    std::vector<json::issue> issues;
    EXPECT_FALSE(json::decode_text<everything>("{\"a\"", json::mode::strict, issues));
    ASSERT_EQ(issues.size(), 1u);
    EXPECT_EQ(issues[0].type, "json_invalid");
    EXPECT_TRUE(issues[0].path.empty());
}

TEST(decode, deep_values_end_in_an_issue) {
    json::value deep = json::value::object(),
                tree = {{"name", ""}, {"children", json::value::array()}};
    for (int i = 0; i < 20000; ++i) {
        json::value outer = json::value::array();
        outer.push_back(std::move(deep));
        deep = std::move(outer);
        json::value parent = {{"name", ""}, {"children", json::value::array()}};
        parent["children"].push_back(std::move(tree));
        tree = std::move(parent);
    }
    std::vector<json::issue> issues;
    json::value in = json::value::object();
    in["name"] = "";
    in["children"] = json::value::array();
    in["children"].push_back(std::move(tree));
    EXPECT_FALSE(json::decode<sample::node>(in, json::mode::lenient, issues));
    ASSERT_FALSE(issues.empty());
    EXPECT_EQ(issues[0].type, "recursion_limit");
    EXPECT_EQ(json::decode<json::value>(deep).error().kind, tessera::error_kind::decode);
}

TEST(defaults, fill_what_is_absent) {
    everything given;
    given.shapes.push_back(sample::circle{});
    json::apply_defaults(given);
    EXPECT_EQ(given.maybe, "some");
    EXPECT_FALSE(given.bounded.has_value());
    given.maybe = "mine";
    json::apply_defaults(given);
    EXPECT_EQ(given.maybe, "mine");
}

TEST(open_unions, keep_what_no_alternative_claims) {
    using sample::open_shape;
    const auto kept = [](const char* text) {
        const auto read = json::decode_text<open_shape>(text);
        if (!read) return read.error().message;
        return (std::holds_alternative<json::unknown>(*read) ? "kept " : "known ") +
               json::encode(*read);
    };
    EXPECT_EQ(kept(R"({"shape":"square","side":[1,{"a":null}]})"),
              R"(kept {"shape":"square","side":[1,{"a":null}]})");
    EXPECT_EQ(kept(R"({"shape":7})"), R"(kept {"shape":7})");
    EXPECT_EQ(kept("[1.5]"), "kept [1.5]");
    EXPECT_EQ(kept("null"), "kept null");
    EXPECT_EQ(kept("\"text\""), "kept \"text\"");
    EXPECT_EQ(kept(R"({"shape":"circle","radius":2.5})"),
              R"(known {"shape":"circle","radius":2.5})");
    // A tag may be left out by an answer, but then the rest has to fit.
    EXPECT_EQ(kept(R"({"radius":2.5})"), R"(known {"shape":"circle","radius":2.5})");
    EXPECT_EQ(kept(R"({"side":2.5})"), R"(kept {"side":2.5})");
    // What has a known tag is that, malformed or not.
    EXPECT_EQ(kept(R"({"shape":"circle","radius":"x"})"), "radius: expected a number");
    EXPECT_EQ(kept(R"({"shape":"label"})"), "text: required member is missing");
}

TEST(open_unions, kinds_that_are_known_are_claimed) {
    const auto read = json::decode_text<sample::sheet>(R"({"shapes":[],"title":[{"shape":1},[]]})");
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(json::encode(*read), R"({"shapes":[],"title":[{"shape":1},[]]})");
    EXPECT_EQ(json::decode_text<sample::sheet>(R"({"shapes":[{"shape":"circle"}],"title":1})")
                  .error()
                  .message,
              "shapes[0].radius: required member is missing");
    EXPECT_TRUE(json::decode_text<sample::sheet>(R"({"shapes":[1,null],"title":1})"));
}

TEST(open_unions, are_closed_to_strict_readers) {
    for (const auto how : {json::mode::strict, json::mode::generated})
        for (const char* text : {R"({"shape":"square"})", R"({"radius":1})", "5", "null", "[]",
                                 R"({"shape":"circle","radius":0})", R"({"shape":"label"})"}) {
            const json::value in = json::value::parse(text);
            std::vector<json::issue> open, closed;
            EXPECT_FALSE(json::decode<sample::open_shape>(in, how, open)) << text;
            EXPECT_FALSE(json::decode<sample::shape>(in, how, closed)) << text;
            ASSERT_EQ(open.size(), closed.size()) << text;
            for (std::size_t i = 0; i < open.size(); ++i) {
                EXPECT_EQ(open[i].type, closed[i].type);
                EXPECT_EQ(open[i].message, closed[i].message);
                EXPECT_EQ(open[i].path, closed[i].path);
            }
        }
}

TEST(open_unions, hand_on_what_says_its_kind) {
    const auto relayed = [](const char* text) {
        std::vector<json::issue> issues;
        const auto read =
            json::decode<sample::open_shape>(json::value::parse(text), json::mode::relayed, issues);
        return read ? "kept " + json::encode(*read) : issues.front().message;
    };
    EXPECT_EQ(relayed(R"({"shape":"square","side":[1]})"), R"(kept {"shape":"square","side":[1]})");
    EXPECT_EQ(relayed(R"({"shape":"circle","radius":2.5})"),
              R"(kept {"shape":"circle","radius":2.5})");
    for (const char* text : {R"({"shape":7})", R"({"side":1})", R"({"radius":1})", "5", "null",
                             "[]", R"({"shape":"circle","radius":0})", R"({"shape":"label"})"}) {
        const json::value in = json::value::parse(text);
        std::vector<json::issue> issues, of_strict;
        EXPECT_FALSE(json::decode<sample::open_shape>(in, json::mode::relayed, issues)) << text;
        json::decode<sample::open_shape>(in, json::mode::strict, of_strict);
        ASSERT_EQ(issues.size(), of_strict.size()) << text;
        EXPECT_EQ(issues.front().message, of_strict.front().message);
    }
}

TEST(open_unions, differ_by_what_they_keep) {
    const auto kept = [](json::value raw) {
        return sample::open_shape(json::unknown{std::move(raw)});
    };
    EXPECT_TRUE(json::equal(kept({{"a", 1}}), kept({{"a", 1}})));
    EXPECT_FALSE(json::equal(kept({{"a", 1}}), kept({{"a", 2}})));
    EXPECT_FALSE(json::equal(kept({{"a", 1}}), sample::open_shape(sample::circle{})));
}

// Forty alternatives, told apart by their tags.
constexpr std::string_view digits =
    "0001020304050607080910111213141516171819202122232425262728293031"
    "3233343536373839";
template <std::size_t I>
struct numbered {
    std::string tag = std::string(digits.substr(2 * I, 2));
    int number = 0;
};
template <std::size_t I>
constexpr auto describe(json::type<numbered<I>>) {
    using t = numbered<I>;
    return json::object<t>("", json::field("tag", &t::tag, json::constant(digits.substr(2 * I, 2))),
                           json::field("number", &t::number));
}
template <class Indices>
struct many_of;
template <std::size_t... I>
struct many_of<std::index_sequence<I...>> {
    using type = std::variant<numbered<I>...>;
};
using forty_kinds = many_of<std::make_index_sequence<40>>::type;

TEST(decode, unions_of_many_alternatives) {
    for (std::size_t i = 0; i < 40; ++i) {
        const std::string tag(digits.substr(2 * i, 2));
        const json::value in = {{"tag", tag}, {"number", i}};
        std::vector<json::issue> issues;
        const auto read = json::decode<forty_kinds>(in, json::mode::strict, issues);
        ASSERT_TRUE(read) << tag << issues.at(0).message;
        EXPECT_EQ(read->index(), i);
        EXPECT_EQ(json::to_value(*read), in);
        json::value bare = in;
        bare.erase("number");
        EXPECT_EQ(issues_of<forty_kinds>(bare), "number:missing");
    }
    EXPECT_EQ(issues_of<forty_kinds>({{"tag", "40"}, {"number", 1}}), ":union_tag_invalid");
}

}  // namespace
