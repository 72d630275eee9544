#include "tessera/call/form.hpp"

#include <gtest/gtest.h>

#include "support/read_all.hpp"
#include "tessera/http/multipart.hpp"
#include "tessera/json/equal.hpp"
#include "tessera/json/schema.hpp"

namespace tessera::call {
namespace {

struct upload {
    std::string model{};
    tessera::file file{};
    std::optional<double> temperature{};
    std::optional<tessera::file> cover{};
    std::vector<tessera::file> images{};
    std::vector<std::string> tags{};
};
constexpr auto describe(json::type<upload>) {
    using t = upload;
    return json::object<t>("Upload", json::closed, json::field("model", &t::model, json::length(1)),
                           json::field("file", &t::file),
                           json::field("temperature", &t::temperature, json::range(0, 2)),
                           json::field("cover", &t::cover),
                           json::field("image[]", &t::images, json::items(0, 2)),
                           json::field("tag", &t::tags));
}

upload sample() {
    return {"m",
            file::of("RIFF", "a.wav"),
            0.5,
            std::nullopt,
            {file::of("1", "1.bin"), file::of("2", "2.bin")},
            {"x", "y"}};
}

std::vector<http::part> written(const upload& given) {
    const auto form = encode_form(given);
    return http::read_multipart(form->content_type(), test::read_all(form->open())).value();
}

std::vector<http::form_part> received(const std::vector<http::part>& parts) {
    std::vector<http::form_part> all;
    for (const http::part& each : parts)
        all.push_back({each.name, each.filename, each.content_type, file::of(each.data)});
    return all;
}

std::string issues_of(const std::vector<http::form_part>& parts) {
    std::vector<json::issue> issues;
    const auto decoded = decode_form<upload>(parts, json::mode::strict, issues);
    EXPECT_EQ(decoded.has_value(), issues.empty());
    std::string out;
    for (const json::issue& each : issues)
        out += (out.empty() ? "" : " ") + json::to_string(each.path) + ':' + each.type;
    return out;
}

TEST(Forms, SayTextsThenFiles) {
    EXPECT_EQ(written(sample()),
              (std::vector<http::part>{{"model", std::nullopt, "", "m"},
                                       {"temperature", std::nullopt, "", "0.5"},
                                       {"tag", std::nullopt, "", "x"},
                                       {"tag", std::nullopt, "", "y"},
                                       {"file", "a.wav", "audio/wav", "RIFF"},
                                       {"image[]", "1.bin", "application/octet-stream", "1"},
                                       {"image[]", "2.bin", "application/octet-stream", "2"}}));
}

TEST(Forms, AreReadStrictly) {
    upload given = sample();
    for (int i = 0; i < 2; ++i) {
        std::vector<json::issue> issues;
        const auto decoded =
            decode_form<upload>(received(written(given)), json::mode::strict, issues);
        ASSERT_TRUE(decoded) << json::to_string(issues.at(0).path) << issues.at(0).message;
        EXPECT_TRUE(json::equal(*decoded, given));
        EXPECT_EQ(decoded->file.content_type(), "audio/wav");
        EXPECT_EQ(*decoded->file.bytes(), "RIFF");
        given.cover = file::of("c", "c.txt").as("c.txt", "x/y");
        given.images.pop_back();
        given.tags.clear();
    }
}

TEST(Forms, HaveTheUsualIssues) {
    const auto text = [](const char* name, const char* said) {
        return http::form_part::text(name, said);
    };
    const auto part = [](const char* name) { return http::form_part::of(name, file::of("", "n")); };
    EXPECT_EQ(issues_of({text("model", "m"), part("file")}), "");
    EXPECT_EQ(issues_of({text("model", "m")}), "file:missing");
    EXPECT_EQ(issues_of({text("model", ""), text("temperature", "3"), part("file")}),
              "model:string_too_short temperature:less_than_equal");
    EXPECT_EQ(issues_of({text("model", "m"), text("file", "RIFF")}), "file:file_type");
    EXPECT_EQ(issues_of({part("model"), part("file")}), "model:string_type");
    EXPECT_EQ(issues_of({text("model", "m"), part("file"), part("file")}), "file:repeated");
    EXPECT_EQ(issues_of({text("model", "m"), part("file"), text("image[]", "x")}),
              "image[][0]:file_type");
    EXPECT_EQ(issues_of({text("model", "m"), part("file"), part("image[]"), part("image[]"),
                         part("image[]")}),
              "image[]:too_long");
    EXPECT_EQ(issues_of({text("model", "m"), part("file"), part("x"), text("y", "")}),
              "x:extra_forbidden y:extra_forbidden");
    http::form_part spooled = text("model", "");
    spooled.content = file::at("elsewhere");
    EXPECT_EQ(issues_of({spooled, part("file")}), "model:string_too_long model:missing");
}

TEST(Forms, JsonCarriesNoFile) {
    const json::value written = json::to_value(sample());
    EXPECT_EQ(written["file"], "[file a.wav]");
    for (const auto how : {json::mode::lenient, json::mode::strict}) {
        std::vector<json::issue> issues;
        EXPECT_FALSE(json::decode<upload>(written, how, issues));
        ASSERT_EQ(issues.size(), 3u);
        EXPECT_EQ(json::to_string(issues[0].path), "file");
        EXPECT_EQ(issues[0].type, "file_type");
        EXPECT_EQ(json::to_string(issues[1].path), "image[][0]");
    }
    const json::value schema = json::schema<upload>();
    const json::value binary = {{"type", "string"}, {"format", "binary"}};
    EXPECT_EQ(schema["properties"]["file"], binary);
    EXPECT_EQ(schema["properties"]["cover"], binary);
    EXPECT_EQ(schema["properties"]["image[]"]["items"], binary);
    EXPECT_EQ(schema["required"], (json::value{"model", "file", "image[]", "tag"}));
    upload other = sample();
    other.images[1] = file::of("3", "2.bin");
    EXPECT_FALSE(json::equal(sample(), other));
}

}  // namespace
}  // namespace tessera::call
