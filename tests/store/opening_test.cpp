#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "store/fixture.hpp"
#include "support/child.hpp"

namespace tessera::server::store::testing {
namespace {

namespace fs = std::filesystem;

std::string refused(const fs::path& folder) {
    return message_of([&] { const database opened(folder); });
}

using tessera::test::child;
using tessera::test::say;

TEST(opening, sets_every_connection_as_stated) {
    const temporary_folder folder("store");
    for (const bool on_disk : {true, false}) {
        notes data(on_disk ? std::optional(folder.path()) : std::nullopt);
        const auto check = [](connection& on) {
            const auto is = [&](sql pragma) { return on.first<std::int64_t>(pragma).value(); };
            EXPECT_EQ(is("PRAGMA synchronous"), 2);
            EXPECT_EQ(is("PRAGMA foreign_keys"), 1);
            EXPECT_EQ(is("PRAGMA busy_timeout"), 5000);
            EXPECT_EQ(is("PRAGMA trusted_schema"), 0);
            EXPECT_EQ(is("PRAGMA cell_size_check"), 1);
            EXPECT_EQ(is("PRAGMA temp_store"), 2);
            EXPECT_THROW(on.run("SELECT \"no column\""), exception);
            EXPECT_THROW(on.run("ATTACH ':memory:' AS other"), exception);
            return true;
        };
        EXPECT_TRUE(data.write(check));
        EXPECT_TRUE(data.read(check));
        EXPECT_TRUE(data.write([&](connection& to) {
            EXPECT_EQ(to.first<std::string>("PRAGMA journal_mode"), on_disk ? "wal" : "memory");
            EXPECT_EQ(to.first<std::int64_t>("PRAGMA journal_size_limit"), 64 << 20);
            to.run("PRAGMA writable_schema = 1");
            EXPECT_THROW(to.run("DELETE FROM sqlite_schema"), exception);
        }));
    }
}

TEST(opening, a_stopped_store_is_one_file_of_its_user) {
    const temporary_folder folder("store");
    const fs::path below = folder.path() / "made" / "for it";
    {
        notes data(below);
        for (int i = 0; i < 10; ++i)
            data.async_write(add_note(std::to_string(i)), [](const result<void>&) {});
    }
    std::vector<fs::path> files(fs::directory_iterator(below), {});
    ASSERT_EQ(files.size(), 1U);
    EXPECT_EQ(files[0].filename(), database::file_name);
    struct stat about {};
    ASSERT_EQ(stat(files[0].c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777, 0600U);
    EXPECT_EQ(notes(below).all().size(), 10U);
}

TEST(opening, steps_are_carried_out_once_and_in_order) {
    const temporary_folder folder("store");
    static constexpr sql steps[] = {"CREATE TABLE t (a INTEGER) STRICT; INSERT INTO t VALUES (1)",
                                    "ALTER TABLE t ADD COLUMN b INTEGER",
                                    "UPDATE t SET b = a + 1; INSERT INTO t VALUES (3, 4)"};
    const std::span<const sql> all(steps);
    const auto b = [](database& of) {
        return of.read([](connection& on) { return on.rows<std::int64_t>("SELECT b FROM t"); });
    };
    {
        database data(folder.path());
        data.migrate("one", all.first(1));
        data.migrate("one", all.first(1));
    }
    database data(folder.path());
    data.migrate("one", all);
    data.migrate("one", all);
    EXPECT_EQ(b(data).value(), (std::vector<std::int64_t>{2, 4}));
    // Rooms count for themselves.
    data.migrate("two", note_steps);
    EXPECT_TRUE(data.write(add_note("x")));
}

TEST(opening, a_step_that_fails_takes_the_others_back) {
    database data(std::nullopt);
    static constexpr sql steps[] = {"CREATE TABLE t (a INTEGER) STRICT",
                                    "INSERT INTO u VALUES (1)"};
    EXPECT_EQ(message_of([&] { data.migrate("a.room", steps); }),
              "the database in memory failed: no such table: u");
    EXPECT_NO_THROW(data.migrate("a.room", std::span(steps).first(1)));
}

TEST(opening, a_file_of_a_newer_program_is_refused) {
    const temporary_folder folder("store");
    static constexpr sql steps[] = {"CREATE TABLE t (a INTEGER) STRICT", "DROP TABLE t"};
    for (const char* room : {"cortex.usage", "store"}) {
        database data(folder.path());
        data.migrate(room, steps);
        EXPECT_EQ(message_of([&] { data.migrate(room, std::span(steps).first(1)); }),
                  "the database " + (folder.path() / database::file_name).string() +
                      " was written by a newer program (" + room +
                      " is at step 2, and this one knows 1): use that one, or another data folder");
    }
    EXPECT_NE(refused(folder.path()).find("newer program (store is at step 2"), std::string::npos);
}

TEST(opening, broken_and_foreign_files_are_refused_by_name) {
    const temporary_folder folder("store");
    const fs::path file = folder.path() / database::file_name;
    std::ofstream(file) << std::string(5000, 'x');
    EXPECT_EQ(refused(folder.path()),
              "the database " + file.string() +
                  " failed: file is not a database: put a copy in its place, or move it away to "
                  "begin anew");
    fs::remove(file);

    { notes data(folder.path()); }
    fs::resize_file(file, 4096);
    EXPECT_NE(refused(folder.path()).find("malformed: put a copy in its place"), std::string::npos);
    fs::remove(file);

    {
        database data(folder.path());
        data.migrate("notes", note_steps);
        ASSERT_TRUE(
            data.write([](connection& to) { return to.run_all("DROP TABLE schema_versions"); }));
    }
    EXPECT_EQ(refused(folder.path()), file.string() +
                                          " is the database of another program: move it away, or "
                                          "choose another data folder");
}

TEST(opening, a_page_that_broke_is_an_error_of_who_reads_it) {
    const temporary_folder folder("store");
    {
        notes data(folder.path());
        ASSERT_TRUE(data.write(add_note(std::string(100, 'x'))));
    }
    std::fstream file(folder.path() / database::file_name, std::ios::in | std::ios::out);
    const std::string all(std::istreambuf_iterator<char>(file), {});
    const std::size_t page = all.find(std::string(100, 'x')) / 4096 * 4096;
    file.clear();
    file.seekp(static_cast<std::streamoff>(page));
    file << std::string(64, '\x7f');
    file.close();
    notes data(folder.path());
    const auto found =
        data.read([](connection& on) { return on.rows<std::string>("SELECT text FROM notes"); });
    ASSERT_FALSE(found);
    EXPECT_NE(found.error().message.find("malformed"), std::string::npos) << found.error().message;
}

TEST(opening, folders_that_cannot_be_written_are_refused) {
    const temporary_folder folder("store");
    std::ofstream(folder.path() / "file") << "x";
    EXPECT_EQ(refused(folder.path() / "file" / "below"),
              (folder.path() / "file" / "below").string() +
                  " cannot be made a data folder: Not a directory");
    fs::create_directory(folder.path() / database::file_name);
    EXPECT_EQ(refused(folder.path()), (folder.path() / database::file_name).string() +
                                          " cannot be opened for writing: Is a directory");
    // Who may write everything is another user for a moment.
    const fs::path closed = folder.path() / "closed";
    fs::create_directory(closed);
    ASSERT_EQ(chmod(folder.path().c_str(), 0755), 0);
    ASSERT_EQ(chmod(closed.c_str(), 0555), 0);
    const bool root = geteuid() == 0;
    ASSERT_EQ(seteuid(root ? 65534 : geteuid()), 0);
    const std::string message = refused(closed);
    ASSERT_EQ(seteuid(root ? 0 : geteuid()), 0);
    EXPECT_EQ(message, (closed / database::file_name).string() +
                           " cannot be opened for writing: Permission denied");
}

TEST(opening, one_process_has_a_folder) {
    const temporary_folder folder("store");
    child other([&](int to) {
        notes data(folder.path());
        say(to, 1);
        pause();
    });
    std::int64_t opened = 0;
    ASSERT_TRUE(other.read(opened));
    const std::string message = "another server has the data folder " + folder.path().string() +
                                " open: end it, or give this one a folder of its own";
    EXPECT_EQ(refused(folder.path()), message);
    other.kill();
    notes data(folder.path());
    EXPECT_EQ(refused(folder.path()), message);
}

TEST(opening, a_killed_process_loses_nothing_that_it_was_told) {
    const temporary_folder folder("store");
    for (int round = 0; round < 5; ++round) {
        child writer([&](int to) {
            notes data(folder.path());
            const auto before = static_cast<std::int64_t>(data.all().size());
            for (std::int64_t i = before;; ++i)
                data.write(add_note(std::to_string(i))) ? say(to, i) : _exit(1);
        });
        std::int64_t told = -1;
        for (int i = 0; i < 40; ++i) ASSERT_TRUE(writer.read(told));
        writer.kill();
        while (writer.read(told)) continue;
        const auto kept = notes(folder.path()).all();
        ASSERT_GE(static_cast<std::int64_t>(kept.size()), told + 1);
        for (std::size_t i = 0; i < kept.size(); ++i) EXPECT_EQ(kept[i], std::to_string(i));
    }
}

}  // namespace
}  // namespace tessera::server::store::testing
