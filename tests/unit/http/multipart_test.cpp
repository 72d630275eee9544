#include "tessera/http/multipart.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "splits.hpp"

namespace tessera::http::test {
namespace {

using namespace std::string_literals;

const std::string form = "multipart/form-data; boundary=b";

std::string transcript(const std::vector<std::string_view>& pieces, multipart_limits limits) {
    multipart_reader reader = multipart_reader::from_content_type(form, limits).value();
    std::string text, data;
    const auto take = [&](const multipart_step& step) {
        switch (step.event) {
            case multipart_event::need_more:
                return false;
            case multipart_event::part:
                text += reader.part().name;
                if (reader.part().filename) text += "|" + *reader.part().filename;
                text += "|" + reader.part().content_type;
                return true;
            case multipart_event::data:
                EXPECT_FALSE(step.data.empty());
                data += step.data;
                return true;
            case multipart_event::part_end:
                text += "<" + data + ">\n";
                data.clear();
                return true;
            case multipart_event::complete:
                text += "complete";
                return true;
            case multipart_event::failed:
                text += std::to_string(reader.status()) + " " + reader.error();
                return false;
        }
        return false;
    };
    for (std::string_view piece : pieces) {
        for (;;) {
            const multipart_step step = reader.next(piece);
            piece.remove_prefix(step.consumed);
            if (take(step)) continue;
            if (step.event == multipart_event::failed) return text;
            break;
        }
        EXPECT_TRUE(piece.empty());
    }
    while (take(reader.finish())) {
    }
    return text;
}

std::string parts_of(std::string_view body, multipart_limits limits = {}) {
    return at_every_split(body, [&](const std::vector<std::string_view>& pieces) {
        return transcript(pieces, limits);
    });
}

const std::string part_head = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n";

TEST(MultipartReader, ReadsParts) {
    EXPECT_EQ(
        parts_of(
            part_head +
            "1\r\n--b\r\ncontent-disposition:form-data;name=f; filename=\"x y.txt\"\r\n"
            "Content-Type: text/plain; charset=x\r\nOther: z\r\n\r\nl1\r\nl2\r\n\r\n--b--\r\n"),
        "a|<1>\nf|x y.txt|text/plain; charset=x<l1\r\nl2\r\n>\ncomplete");
    EXPECT_EQ(parts_of("--b--"), "complete");
    EXPECT_EQ(parts_of("preamble\r\n-- --b\r\n--b--epilogue\r\n--b\r\n"), "complete");
    EXPECT_EQ(parts_of("\r\n" + part_head + "\r\n--b  \r\n" + part_head.substr(5) + "\r\n--b--"),
              "a|<>\na|<>\ncomplete");
}

TEST(MultipartReader, KeepsWhatOnlyLooksLikeABoundary) {
    for (const std::string& data : {"\r"s, "\r\n"s, "\r\n-"s, "\r\n--"s, "\r\r\n\r\n--"s, "--b"s,
                                    "\n--b"s, "\r\n--B"s, "\r--b"s, "\0\r\n-\r\n--\r"s})
        EXPECT_EQ(parts_of(part_head + data + "\r\n--b--"), "a|<" + data + ">\ncomplete");
}

TEST(MultipartReader, ReadsNamesAsBrowsersAndCurlWriteThem) {
    const auto name = [](const std::string& parameters) {
        const std::string text =
            parts_of("--b\r\nContent-Disposition: form-data; " + parameters + "\r\n\r\n\r\n--b--");
        return text.substr(0, text.find('<'));
    };
    EXPECT_EQ(name("name=\"%22%0D%0a%41\""), "\"\r\n%41|");
    EXPECT_EQ(name("name=\"a\\\"b\\\\c\\d\""), "a\"b\\c\\d|");
    EXPECT_EQ(name("filename=\"\xc3\xa4;x\"; NAME=\"n\""), "n|\xc3\xa4;x|");
    EXPECT_EQ(name("name=\"\""), "|");
}

TEST(MultipartReader, RefusesMalformedForms) {
    EXPECT_EQ(parts_of(""), "400 the form ends before its closing boundary");
    EXPECT_EQ(parts_of(part_head + "x"), "a|400 the form ends before its closing boundary");
    EXPECT_EQ(parts_of("--bx\r\n"),
              "400 a boundary is followed by something else than a line's end");
    EXPECT_EQ(parts_of("--b-\r\n"),
              "400 a boundary is followed by something else than a line's end");
    EXPECT_EQ(parts_of("--b\n"), "400 a line of a part's head does not end with CR LF");
    EXPECT_EQ(parts_of("--b\r\nA\r\n"), "400 a header field of a part is malformed");
    EXPECT_EQ(parts_of("--b\r\nA: \1\r\n"), "400 a control character is in a part's head");
    EXPECT_EQ(parts_of("--b\r\nA: \r \r\n"), "400 a control character is in a part's head");
    const std::string disposition =
        "400 a part's Content-Disposition is not of the form form-data; name=\"...\"";
    for (const std::string value :
         {"form-data", "attachment; name=a", "form-data; name",
          "form-data; name=", "form-data; name=\"a", "form-data; name=a b",
          "form-data; name=a; name=b", "form-data; name=a; filename=x; filename=y",
          "form-data; name=a\r\nContent-Disposition: form-data; name=a"})
        EXPECT_EQ(parts_of("--b\r\nContent-Disposition: " + value + "\r\n\r\n"), disposition)
            << value;
    EXPECT_EQ(parts_of("--b\r\n\r\n"),
              "400 a part has no Content-Disposition of the form form-data; name=\"...\"");
}

TEST(MultipartReader, BoundsEveryDimension) {
    EXPECT_EQ(parts_of(part_head + "\r\n" + part_head + "\r\n--b--", {.parts = 1}),
              "a|<>\n413 the form has more parts than the limit allows");
    EXPECT_EQ(parts_of(part_head + "1234567\r\n--b--", {.part_bytes = 7}), "a|<1234567>\ncomplete");
    EXPECT_EQ(parts_of(part_head + "12345678\r\n--b--", {.part_bytes = 7}),
              "a|413 a part is larger than the limit allows");
    EXPECT_EQ(parts_of(part_head, {.head_bytes = 40}),
              "413 the header fields of a part are larger than the limit allows");
    EXPECT_EQ(parts_of("--b            \r\n", {.head_bytes = 8}),
              "413 the header fields of a part are larger than the limit allows");
}

TEST(MultipartReader, TakesTheBoundaryFromTheContentType) {
    const auto good = [](std::string_view type) {
        return multipart_reader::from_content_type(type).has_value();
    };
    EXPECT_TRUE(good("Multipart/Form-Data ; charset=x; BOUNDARY=\"a b:c\""));
    EXPECT_TRUE(good("multipart/form-data;boundary=" + std::string(70, 'x')));
    EXPECT_FALSE(good("multipart/form-data;boundary=" + std::string(71, 'x')));
    EXPECT_FALSE(good("multipart/form-data"));
    EXPECT_FALSE(good("multipart/form-data; boundary="));
    EXPECT_FALSE(good("multipart/form-data; boundary=a; boundary=b"));
    EXPECT_FALSE(good("multipart/form-data; boundary=\"a\tb\""));
    EXPECT_FALSE(good("multipart/form-data; boundary=\"a \""));
    EXPECT_FALSE(good("multipart/mixed; boundary=a"));
    EXPECT_FALSE(good(""));
}

// The first boundary drawn is in the data.
struct colliding_boundary : random_source {
    std::uint64_t bits() override { return calls++ < 2 ? 0 : calls; }
    std::uint64_t calls = 0;
};

TEST(MultipartWriter, WritesWhatTheReaderReads) {
    const std::vector<part> parts{{"a\"\r\n\xc3\xa4", std::nullopt, "", "1"},
                                  {"b", "x\"y\\z\\\\.bin\\", "application/octet-stream",
                                   "\r\n--tessera-00000000000000000000000000000000--\r\n"},
                                  {"c", "", "", ""}};
    colliding_boundary random;
    const multipart_body written = write_multipart(parts, random).value();
    EXPECT_EQ(random.calls, 4U);
    const result<std::vector<part>> read_back = read_multipart(written.content_type, written.body);
    ASSERT_TRUE(read_back) << read_back.error().message;
    EXPECT_EQ(*read_back, parts);
    EXPECT_EQ(read_multipart(written.content_type, written.body.substr(0, 100)).error().kind,
              error_kind::invalid_argument);
}

TEST(MultipartWriter, RefusesControlCharactersInContentTypes) {
    const std::vector<part> parts{{"a", std::nullopt, "text/plain\r\nX: y", ""}};
    EXPECT_FALSE(write_multipart(parts));
}

}  // namespace
}  // namespace tessera::http::test
