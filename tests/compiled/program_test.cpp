// A program whose headers only declare: everything it calls is in library.cpp, the tables of the
// library's types as well, while those of its own types are its own.
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "note.hpp"
#include "tessera/json.hpp"
#include "tessera/json/partial.hpp"
#include "tessera/json/texts.hpp"

namespace program {

struct folder {
    std::vector<library::note> notes;
};
constexpr auto describe(tessera::json::type<folder>) {
    return tessera::json::object<folder>("Folder", tessera::json::field("notes", &folder::notes));
}

}  // namespace program

namespace {

namespace json = tessera::json;

static_assert(json::is_compiled<library::note>);
static_assert(!json::is_compiled<program::folder> && !json::is_compiled<std::string>);

constexpr const char* text =
    R"({"text":"a","ink":"green","answers":[{"text":"b","ink":"blue","answers":[],"weights":{},)"
    R"("more":[1,2]}],"stars":4,"weights":{"x":0.5},"more":"m","z":null})";

TEST(compiled, types_of_a_library_are_read_and_written) {
    const auto note = json::decode_text<library::note>(text);
    ASSERT_TRUE(note) << note.error().message;
    EXPECT_EQ(note->ink, library::colour::green);
    EXPECT_EQ(note->answers->at(0).ink.text(), "blue");
    EXPECT_EQ(json::encode(*note), text);
    EXPECT_TRUE(json::equal(*note, *note));
}

TEST(compiled, types_of_the_program_hold_those_of_a_library) {
    const std::string folder = std::string(R"({"notes":[)") + text + "]}";
    EXPECT_EQ(json::encode(json::decode_text<program::folder>(folder).value()), folder);
    std::vector<json::issue> issues;
    EXPECT_FALSE(json::decode_text<program::folder>(R"({"notes":[{"text":""}]})",
                                                    json::mode::strict, issues));
    ASSERT_EQ(issues.size(), 3u);
    EXPECT_EQ(json::to_string(issues[0].path) + ' ' + issues[0].type,
              "notes[0].text string_too_short");
}

TEST(compiled, all_that_descriptions_are_for_is_there) {
    library::note note{.text = "a"};
    json::apply_defaults(note);
    EXPECT_EQ(note.stars, 3);
    EXPECT_EQ(json::schema<library::note>()["title"], "Note");
    const auto texts = json::encode_texts(note);
    std::vector<json::issue> issues;
    const auto again = json::decode_texts<library::note>(texts, json::mode::strict, issues);
    ASSERT_TRUE(again);
    EXPECT_TRUE(json::equal(*again, note));
    json::partial_reader reader;
    EXPECT_TRUE(reader.feed(text));
    EXPECT_TRUE(reader.is_complete());
}

}  // namespace
