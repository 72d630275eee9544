#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <csignal>
#include <map>
#include <stdexcept>
#include <thread>

#include "store/fixture.hpp"

namespace tessera::server::store::testing {
namespace {

constexpr auto forget = [](const result<void>&) {};

work only(sql text) {
    return [text](connection& to) { to.run(text); };
}

TEST(writing, what_was_told_is_there_for_all_who_read) {
    const temporary_folder folder("store");
    for (const bool on_disk : {true, false}) {
        notes data(on_disk ? std::optional(folder.path()) : std::nullopt);
        ASSERT_TRUE(data.write(add_note("a")));
        EXPECT_EQ(data.all(), (std::vector<std::string>{"a"}));
        const auto again = data.write(add_note("a"));
        EXPECT_EQ(again.error().kind, error_kind::conflict);
        EXPECT_NE(again.error().message.find("UNIQUE constraint failed: notes.text"),
                  std::string::npos);
        const auto wrote = data.read([](connection& on) { return on.run("DELETE FROM notes"); });
        ASSERT_FALSE(wrote);
        EXPECT_NE(wrote.error().message.find("only reading was asked for"), std::string::npos);
        EXPECT_TRUE(data.write(add_note("b")));
    }
}

TEST(writing, a_write_is_whole_or_nothing) {
    notes data(std::nullopt);
    const auto failing = data.write([](connection& to) {
        add_note("first")(to);
        add_note("first")(to);
    });
    EXPECT_EQ(failing.error().kind, error_kind::conflict);
    const auto throwing = data.write([](connection& to) {
        add_note("second")(to);
        throw std::runtime_error("thrown");
    });
    EXPECT_EQ(throwing.error().message, "thrown");
    const auto going_on = data.write([](connection& to) {
        add_note("third")(to);
        EXPECT_THROW(add_note("third")(to), exception);
    });
    EXPECT_TRUE(going_on);
    EXPECT_EQ(data.all(), std::vector<std::string>{"third"});
}

TEST(writing, what_waits_is_committed_together) {
    const temporary_folder folder("store");
    notes data(folder.path());
    gate held(data);
    std::vector<std::size_t> seen;
    std::promise<void> last;
    for (int i = 0; i < 10; ++i)
        data.async_write(add_note(std::to_string(i)), [&](const result<void>& outcome) {
            EXPECT_TRUE(outcome);
            // A connection of its own sees what is committed.
            connection other((folder.path() / database::file_name).string(),
                             connection::access::reading);
            seen.push_back(other.rows<std::int64_t>("SELECT id FROM notes").size());
            if (seen.size() == 10) last.set_value();
        });
    EXPECT_TRUE(data.all().empty());
    held.open();
    last.get_future().wait();
    EXPECT_EQ(seen, std::vector<std::size_t>(10, 10));
}

TEST(writing, a_reader_stays_with_what_it_saw) {
    const temporary_folder folder("store");
    notes data(folder.path());
    ASSERT_TRUE(data.write(add_note("a")));
    const auto counted = data.read([&](connection& on) {
        const auto count = [&] { return on.first<std::int64_t>("SELECT count(*) FROM notes"); };
        EXPECT_EQ(count(), 1);
        std::thread([&] { EXPECT_TRUE(data.write(add_note("b"))); }).join();
        return count();
    });
    EXPECT_EQ(*counted, 1);
    EXPECT_EQ(data.all().size(), 2U);
}

TEST(writing, a_full_queue_refuses_or_makes_wait) {
    notes data(std::nullopt, 2);
    gate held(data);
    data.async_write(add_note("1"), forget);
    data.async_write(add_note("2"), forget);
    int status = 0;
    data.async_write(add_note("3"), [&](const result<void>& refused) {
        status = refused.error().status;
        EXPECT_EQ(refused.error().message,
                  "2 writes wait for the database already: try again later");
    });
    EXPECT_EQ(status, 503);
    std::thread waiting([&] { EXPECT_TRUE(data.write(add_note("4"))); });
    held.open();
    waiting.join();
    EXPECT_EQ(data.all(), (std::vector<std::string>{"1", "2", "4"}));
}

TEST(writing, closing_carries_out_what_waits_and_takes_no_more) {
    notes data(std::nullopt);
    gate held(data);
    int told = 0;
    for (int i = 0; i < 100; ++i)
        data.async_write(add_note(std::to_string(i)),
                         [&](const result<void>& outcome) { told += outcome.has_value(); });
    held.open();
    data.close();
    EXPECT_EQ(told, 100);
    EXPECT_EQ(data.write(add_note("late")).error().status, 503);
    EXPECT_EQ(data.all().size(), 100U);
    data.close();
}

TEST(writing, a_full_disk_is_an_error_of_those_who_fill_it) {
    const temporary_folder folder("store");
    for (const bool on_disk : {true, false}) {
        notes data(on_disk ? std::optional(folder.path()) : std::nullopt);
        ASSERT_TRUE(data.write(only("PRAGMA max_page_count = 12")));
        gate held(data);
        std::vector<std::string> outcomes;
        const auto note = [&](const result<void>& outcome) {
            outcomes.push_back(outcome ? "" : outcome.error().message);
        };
        data.async_write(add_note("small"), note);
        data.async_write(add_note(std::string(200'000, 'x')), note);
        data.async_write(add_note("small too"), note);
        held.open();
        EXPECT_TRUE(data.write(add_note("last")));
        const std::string where =
            on_disk ? (folder.path() / database::file_name).string() : "in memory";
        EXPECT_EQ(outcomes, (std::vector<std::string>{
                                "",
                                "the database " + where +
                                    " failed: database or disk is full: make room on its disk",
                                ""}));
        EXPECT_EQ(data.all(), (std::vector<std::string>{"small", "small too", "last"}));
        ASSERT_TRUE(data.write(only("PRAGMA max_page_count = 1000000")));
        EXPECT_TRUE(data.write(add_note(std::string(200'000, 'x'))));
    }
}

TEST(writing, an_error_of_the_disk_ends_nothing) {
    const temporary_folder folder("store");
    notes data(folder.path());
    ASSERT_TRUE(data.write(add_note("before")));
    // Files do not grow beyond this, and no signal says so.
    const auto ignored = std::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
    rlimit tight = before;
    tight.rlim_cur = 64 * 1024;
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &tight), 0);
    gate held(data);
    std::vector<std::string> outcomes;
    for (const char each : {'x', 'y'})
        data.async_write(add_note(std::string(100'000, each)), [&](const result<void>& outcome) {
            outcomes.push_back(outcome ? "" : outcome.error().message);
        });
    held.open();
    const auto failed = data.write(add_note(std::string(100'000, 'z')));
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
    std::signal(SIGXFSZ, ignored);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().message, "the database " +
                                          (folder.path() / database::file_name).string() +
                                          " failed: disk I/O error: look at its "
                                          "disk");
    EXPECT_EQ(outcomes, std::vector<std::string>(2, failed.error().message));
    EXPECT_EQ(data.all(), (std::vector<std::string>{"before"}));
    EXPECT_TRUE(data.write(add_note("after")));
    EXPECT_EQ(data.all(), (std::vector<std::string>{"before", "after"}));
}

TEST(writing, a_constraint_that_waits_for_the_commit_fails_its_own_write) {
    database data(std::nullopt);
    static constexpr sql steps[] = {
        "CREATE TABLE a (id INTEGER PRIMARY KEY) STRICT;"
        "CREATE TABLE b (a INTEGER REFERENCES a DEFERRABLE INITIALLY DEFERRED) STRICT"};
    data.migrate("r", steps);
    gate held(data);
    std::vector<bool> outcomes;
    const auto note = [&](const result<void>& outcome) { outcomes.push_back(outcome.has_value()); };
    data.async_write(only("INSERT INTO a VALUES (1)"), note);
    data.async_write(only("INSERT INTO b VALUES (2)"), note);
    data.async_write(only("INSERT INTO b VALUES (1)"), note);
    held.open();
    data.close();
    EXPECT_EQ(outcomes, (std::vector<bool>{true, false, true}));
}

TEST(writing, from_many_threads_while_others_read) {
    const temporary_folder folder("store");
    for (const bool on_disk : {true, false}) {
        notes data(on_disk ? std::optional(folder.path()) : std::nullopt, 8);
        std::atomic<bool> done = false;
        std::vector<std::thread> readers;
        for (int i = 0; i < 3; ++i)
            readers.emplace_back([&] {
                std::size_t before = 0;
                while (!done) {
                    const std::size_t now = data.all().size();
                    EXPECT_GE(now, before);
                    before = now;
                }
            });
        std::vector<std::thread> writers;
        for (int i = 0; i < 8; ++i)
            writers.emplace_back([&, i] {
                for (int n = 0; n < 20; ++n)
                    EXPECT_TRUE(data.write(add_note(std::to_string(i * 100 + n))));
            });
        for (auto& each : writers) each.join();
        done = true;
        for (auto& each : readers) each.join();
        // Each thread's own in its order.
        std::map<int, int> latest;
        for (const std::string& each : data.all()) {
            const int number = std::stoi(each);
            EXPECT_EQ(latest[number / 100]++, number % 100);
        }
        EXPECT_EQ(latest.size(), 8U);
    }
}

// What one write does, and what it answers after all before it.
struct step {
    int what;
    int note;
    bool pause;  // a new group begins
};

RC_GTEST_PROP(writing, groups_do_what_one_write_after_another_does, ()) {
    const auto steps = *rc::gen::container<std::vector<step>>(rc::gen::construct<step>(
        rc::gen::inRange(0, 5), rc::gen::inRange(0, 8), rc::gen::arbitrary<bool>()));
    notes data(std::nullopt);
    ASSERT_TRUE(data.write(only("PRAGMA max_page_count = 20")));

    std::vector<bool> expected, outcomes;
    std::vector<std::string> model;
    std::optional<gate> held(std::in_place, data);
    for (const step& each : steps) {
        if (each.pause) {
            held->open();
            held.emplace(data);
        }
        const std::string text = std::to_string(each.note);
        const auto place = std::find(model.begin(), model.end(), text);
        const bool is_there = place != model.end();
        work job = add_note(text);
        bool succeeds = false;
        switch (each.what) {
            case 0:
            case 1:
                succeeds = !is_there;
                if (succeeds) model.push_back(text);
                break;
            case 2:
                job = [text](connection& to) { to.run("DELETE FROM notes WHERE text = ?1", text); };
                succeeds = true;
                if (is_there) model.erase(place);
                break;
            case 3:
                job = [text](connection& to) {
                    to.run("DELETE FROM notes");
                    throw std::runtime_error(text);
                };
                break;
            case 4:
                job = add_note(text + std::string(100'000, 'x'));
        }
        expected.push_back(succeeds);
        data.async_write(std::move(job), [&](const result<void>& outcome) {
            outcomes.push_back(outcome.has_value());
        });
    }
    held->open();
    data.close();
    RC_ASSERT(outcomes == expected);
    // Ids may be used again, so that the order is not that of the writes.
    auto kept = data.all();
    std::sort(kept.begin(), kept.end());
    std::sort(model.begin(), model.end());
    RC_ASSERT(kept == model);
}

}  // namespace
}  // namespace tessera::server::store::testing
