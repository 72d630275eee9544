#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "store/database.hpp"
#include "support/random_model.hpp"

namespace tessera::server::store::testing {

using tessera::testing::temporary_folder;

inline constexpr sql note_steps[] = {
    "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT"};

/// A database with a table of notes.
inline std::unique_ptr<database> open_notes(const std::optional<std::filesystem::path>& folder,
                                            std::size_t most_waiting = 4096) {
    auto opened = database::open(folder, most_waiting);
    EXPECT_TRUE(opened) << opened.error().message;
    const result<void> migrated = (*opened)->migrate("notes", note_steps);
    EXPECT_TRUE(migrated) << migrated.error().message;
    return *std::move(opened);
}

inline work add_note(std::string text) {
    return [text = std::move(text)](connection& to) -> result<void> {
        const auto added = to.run("INSERT INTO notes (text) VALUES (?1)", text);
        if (!added) return added.error();
        return {};
    };
}

/// In the order in which they were added.
inline std::vector<std::string> notes_of(database& from) {
    auto found = from.read(
        [](connection& on) { return on.rows<std::string>("SELECT text FROM notes ORDER BY id"); });
    EXPECT_TRUE(found) << found.error().message;
    return found ? *std::move(found) : std::vector<std::string>();
}

/// Keeps the writing thread of a database from its queue, from construction until open().
class gate {
  public:
    explicit gate(database& of) {
        const auto entered = std::make_shared<std::promise<void>>();
        of.async_write(
            [entered,
             opened = std::shared_future(opened_.get_future())](connection&) -> result<void> {
                entered->set_value();
                opened.wait();
                return {};
            },
            [](const result<void>&) {});
        entered->get_future().wait();
    }
    void open() { opened_.set_value(); }

  private:
    std::promise<void> opened_;
};

}  // namespace tessera::server::store::testing
