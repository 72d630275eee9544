#include "tessera/core/file.hpp"

#include <gtest/gtest.h>

#include <sys/resource.h>

#include <csignal>
#include <fstream>

#include "support/certificates.hpp"
#include "support/read_all.hpp"
#include "tessera/core/spool.hpp"

namespace tessera {
namespace {

using test::read_all;

class File : public testing::Test {
  protected:
    std::string write(const std::string& name, const std::string& content) const {
        const std::string path = folder_.file(name);
        std::ofstream(path, std::ios::binary) << content;
        return path;
    }
    test::temporary_folder folder_;
};

TEST_F(File, OnDisk) {
    const std::string content = std::string(100'000, 'a') + '\0' + "\r\nz";
    const std::string path = write("speech.MP3", content);
    const file given = file::at(path);
    EXPECT_EQ(given.name(), "speech.MP3");
    EXPECT_EQ(given.content_type(), "audio/mpeg");
    EXPECT_EQ(given.size(), content.size());
    EXPECT_EQ(given.bytes(), nullptr);
    for (const std::size_t piece : {1, 7, 65536, 1'000'000})
        EXPECT_TRUE(read_all(given.open(), piece) == content) << piece;
}

TEST_F(File, OnDiskThatCannotBeRead) {
    const file absent = file::at(folder_.file("absent"));
    EXPECT_FALSE(absent.size());
    ASSERT_FALSE(absent.open());
    EXPECT_EQ(absent.open().error().kind, error_kind::invalid_argument);
    EXPECT_EQ(absent.open().error().message,
              "the file " + folder_.file("absent") + " cannot be read: No such file or directory");
    const file folder = file::at(folder_.file("."));
    EXPECT_FALSE(folder.size());
    EXPECT_EQ(read_all(folder.open()),
              "the file " + folder_.file(".") + " cannot be read: Is a directory");
}

TEST_F(File, InMemory) {
    const file given = file::of("a,b\n", "table.csv");
    EXPECT_EQ(given.name(), "table.csv");
    EXPECT_EQ(given.content_type(), "text/csv");
    EXPECT_EQ(given.size(), 4u);
    ASSERT_NE(given.bytes(), nullptr);
    EXPECT_EQ(*given.bytes(), "a,b\n");
    for (int i = 0; i < 2; ++i) EXPECT_EQ(read_all(given.open(), 3), "a,b\n");
    const file copy = given;
    EXPECT_EQ(copy.bytes(), given.bytes());
    file source = given;
    const file taken = std::move(source);
    EXPECT_EQ(read_all(source.open()), read_all(taken.open()));
    EXPECT_EQ(read_all(file().open()), "");
    EXPECT_EQ(file().size(), 0u);
}

TEST_F(File, FromACallback) {
    int opened = 0;
    const file given = file::from(
        [&opened] {
            ++opened;
            return [left = std::string("hello")](char* to, std::size_t most) mutable {
                const std::size_t size = left.copy(to, most);
                left.erase(0, size);
                return size;
            };
        },
        "a.jsonl", 5);
    EXPECT_EQ(given.size(), 5u);
    EXPECT_EQ(given.content_type(), "application/jsonl");
    EXPECT_EQ(read_all(given.open(), 2), "hello");
    EXPECT_EQ(read_all(given.open(), 2), "hello");
    EXPECT_EQ(opened, 2);
    EXPECT_FALSE(file::from([]() -> result<file::reader> { return error{}; }, "x").size());
}

TEST_F(File, TypesAreGuessedWhereNoneIsGiven) {
    const auto type = [](const char* name) { return file::of("", name).content_type(); };
    EXPECT_EQ(type("a.b.JSON"), "application/json");
    EXPECT_EQ(type("x.wav"), "audio/wav");
    EXPECT_EQ(type("x.txt"), "text/plain");
    for (const char* name : {"", "wav", "x.", "x.wav.gz", "."})
        EXPECT_EQ(type(name), "application/octet-stream") << name;
    EXPECT_EQ(file::of("", "x.wav").as("y.csv").content_type(), "text/csv");
    EXPECT_EQ(file::of("", "x.wav").as("y.csv", "a/b").as("z.txt").content_type(), "a/b");
}

TEST_F(File, Equality) {
    const auto of = [](const char* bytes, const char* name) { return file::of(bytes, name); };
    EXPECT_EQ(of("a", "n"), of("a", "n"));
    EXPECT_NE(of("a", "n"), of("b", "n"));
    EXPECT_NE(of("a", "n"), of("a", "m"));
    EXPECT_NE(of("a", "n"), of("a", "n").as("n", "x/y"));
    EXPECT_EQ(of("a", "n.txt"), of("a", "n.txt").as("n.txt", "text/plain"));
    EXPECT_EQ(file::at("x/n"), file::at("x/n"));
    EXPECT_NE(file::at("x/n"), file::at("y/n"));
    EXPECT_NE(file::at("n"), of("", "n"));
    const file told = file::from([]() -> result<file::reader> { return error{}; }, "n");
    EXPECT_EQ(told, file(told));
    EXPECT_NE(told, file::from([]() -> result<file::reader> { return error{}; }, "n"));
}

TEST(Spool, KeepsLittleInMemoryAndMuchOnDisk) {
    const std::string little = "0123456789", much(100'000, 'x');
    for (const std::size_t pieces : {1, 2, 5}) {
        spool in(10 * pieces);
        std::string all;
        for (std::size_t i = 0; i < pieces; ++i) {
            ASSERT_TRUE(in.write(little));
            all += little;
        }
        EXPECT_EQ(in.size(), all.size());
        const file few = in.finish("n.csv").value();
        ASSERT_NE(few.bytes(), nullptr);
        EXPECT_EQ(*few.bytes(), all);
        EXPECT_EQ(few.content_type(), "text/csv");
        for (std::size_t i = 0; i < pieces; ++i) ASSERT_TRUE(in.write(little));
        ASSERT_TRUE(in.write("y"));
        ASSERT_TRUE(in.write(much));
        all += 'y' + much;
        const file many = in.finish("n.csv", "a/b").value();
        EXPECT_EQ(many.bytes(), nullptr);
        EXPECT_EQ(many.size(), all.size());
        EXPECT_EQ(many.name(), "n.csv");
        EXPECT_EQ(many.content_type(), "a/b");
        EXPECT_TRUE(read_all(many.open(), 999) == all);
        EXPECT_EQ(in.finish("").value().size(), 0u);
    }
}

TEST(Spool, ReadersDoNotDisturbEachOther) {
    spool in(0);
    ASSERT_TRUE(in.write("abcdef"));
    const file made = in.finish("n").value();
    const file::reader one = made.open().value(), other = made.open().value();
    std::string read(6, '\0');
    EXPECT_EQ(one(read.data(), 4).value(), 4u);
    EXPECT_EQ(other(read.data() + 4, 1).value(), 1u);
    EXPECT_EQ(one(read.data() + 5, 1).value(), 1u);
    EXPECT_EQ(read, "abcdae");
}

TEST(Spool, ADiskThatIsFullIsAnError) {
    spool in(0);
    ASSERT_TRUE(in.write("a"));
    const std::string much(1 << 20, 'x');
    // The limit stands for a disk; the signal that goes with it would end the program.
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    ::getrlimit(RLIMIT_FSIZE, &before);
    const rlimit small{.rlim_cur = 4096, .rlim_max = before.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
    const result<void> written = in.write(much);
    ::setrlimit(RLIMIT_FSIZE, &before);
    ASSERT_FALSE(written);
    const std::string expected = "a temporary file cannot be written: File too large";
    EXPECT_EQ(written.error().message, expected);
    EXPECT_EQ(in.write("a").error().message, expected);
    EXPECT_EQ(in.finish("n").error().message, expected);
}

}  // namespace
}  // namespace tessera
