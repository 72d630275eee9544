#include "tessera/http/form.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <vector>

#include "support/certificates.hpp"
#include "support/read_all.hpp"
#include "tessera/http/multipart.hpp"

namespace tessera::http::test {
namespace {

using tessera::test::read_all;

form_body make(std::vector<form_part> parts) { return form_body::make(std::move(parts)).value(); }

// Content that comes in small pieces, of a size that was not told, or was told wrong.
file told(std::string bytes, std::optional<std::uint64_t> size) {
    return file::from(
        [bytes] {
            return [left = bytes](char* to, std::size_t most) mutable {
                const std::size_t taken = left.copy(to, std::min<std::size_t>(most, 3));
                left.erase(0, taken);
                return taken;
            };
        },
        "told", size);
}

TEST(Form, IsReadInPiecesOfAnySize) {
    const form_body form = make({form_part::text("model", "m\r\n"),
                                 form_part::of("file", file::of("a,b\r\n", "t\"a.csv")),
                                 form_part::of("more", told("0123456789", {}))});
    const std::string whole = read_all(form.open());
    for (std::size_t piece = 1; piece <= 64; ++piece)
        EXPECT_EQ(read_all(form.open(), piece), whole) << piece;
    const auto parts = read_multipart(form.content_type(), whole);
    ASSERT_TRUE(parts) << parts.error().message;
    EXPECT_EQ(*parts,
              (std::vector<part>{{"model", std::nullopt, "", "m\r\n"},
                                 {"file", "t\"a.csv", "text/csv", "a,b\r\n"},
                                 {"more", "told", "application/octet-stream", "0123456789"}}));
}

TEST(Form, KnowsItsSizeWhereAllSizesAreKnown) {
    for (const std::vector<form_part>& parts :
         {std::vector<form_part>{},
          {form_part::text("a", "b")},
          {form_part::text("a", ""), form_part::of("f", told("12345", 5))}}) {
        const form_body form = make(parts);
        EXPECT_EQ(form.size(), read_all(form.open()).size());
    }
    EXPECT_FALSE(make({form_part::of("f", told("1", {})), form_part::text("a", "b")}).size());
    EXPECT_TRUE(
        read_multipart(make({}).content_type(), read_all(make({}).open(), 1)).error().kind ==
        error_kind::invalid_argument);
    const form_body nothing = make({});
    EXPECT_TRUE(read_multipart(nothing.content_type(), read_all(nothing.open()))->empty());
}

TEST(Form, HoldsToTheSizeThatWasTold) {
    const std::string expected =
        "the content of the file told has not the size that was told: 5 bytes";
    for (const std::size_t piece : {1, 4096}) {
        EXPECT_EQ(read_all(make({form_part::of("f", told("1234", 5))}).open(), piece), expected);
        EXPECT_EQ(read_all(make({form_part::of("f", told("123456", 5))}).open(), piece), expected);
        EXPECT_EQ(read_all(make({form_part::of("f", told("", 5))}).open(), piece), expected);
    }
}

TEST(Form, EndsInTheErrorOfAPart) {
    const tessera::test::temporary_folder folder;
    const std::string path = folder.file("speech.wav");
    std::ofstream(path) << "RIFF";
    const form_body form = make({form_part::of("file", file::at(path))});
    EXPECT_EQ(form.size(), read_all(form.open()).size());
    std::remove(path.c_str());
    EXPECT_EQ(read_all(form.open()),
              "the file " + path + " cannot be read: No such file or directory");
    const file broken =
        file::from([] { return [](char*, std::size_t) {
                            return error{{}, "broken"};
                        }; }, "n");
    EXPECT_EQ(read_all(make({form_part::of("f", broken)}).open()), "broken");
    const file greedy =
        file::from([] { return [](char*, std::size_t most) { return most + 1; }; }, "n");
    EXPECT_EQ(read_all(make({form_part::of("f", greedy)}).open()),
              "a reader gave more than it was asked for");
}

TEST(Form, OpensContentsOneAfterTheOtherAndAnewForEachReading) {
    std::string log;
    const auto noting = [&log](const char* name) {
        return form_part::of("f", file::from(
                                      [&log, name] {
                                          log += name;
                                          return [](char*, std::size_t) { return std::size_t{0}; };
                                      },
                                      name));
    };
    const form_body form = make({noting("a"), noting("b")});
    EXPECT_EQ(log, "");
    const file::reader first = form.open().value();
    char byte = 0;
    while (log.empty()) ASSERT_EQ(first(&byte, 1).value(), 1u);
    EXPECT_EQ(log, "a");
    read_all(form.open());
    EXPECT_EQ(log, "aab");
}

// Draws zeros before other numbers.
struct zeros_first : random_source {
    std::uint64_t bits() override { return calls++ < 2 ? 0 : calls; }
    std::uint64_t calls = 0;
};

TEST(Form, NoPartInMemoryHoldsTheBoundary) {
    zeros_first random;
    const std::string first = "tessera-00000000000000000000000000000000";
    const auto form = form_body::make({form_part::of("f", file::of("x" + first, "n"))}, random);
    EXPECT_EQ(random.calls, 4u);
    EXPECT_EQ(form->content_type().find(first), std::string::npos);
    zeros_first again;
    EXPECT_EQ(form_body::make({form_part::text("f", "tessera-0")}, again)->content_type(),
              "multipart/form-data; boundary=" + first);
}

TEST(Form, RefusesControlCharactersInContentTypes) {
    const auto form = form_body::make({form_part::of("f", file::of("").as("n", "a/b\r\nX: y"))});
    ASSERT_FALSE(form);
    EXPECT_EQ(form.error().kind, error_kind::invalid_argument);
}

TEST(Form, FilesWithoutANameGetOne) {
    EXPECT_EQ(form_part::of("f", file::of("")).filename, "file");
}

}  // namespace
}  // namespace tessera::http::test
