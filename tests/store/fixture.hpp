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
struct notes : database {
    explicit notes(const std::optional<std::filesystem::path>& folder,
                   std::size_t most_waiting = 4096)
        : database(folder, most_waiting) {
        migrate("notes", note_steps);
    }

    /// In the order in which they were added.
    std::vector<std::string> all() {
        return read([](connection& on) {
                   return on.rows<std::string>("SELECT text FROM notes ORDER BY id");
               })
            .value();
    }
};

inline work add_note(std::string text) {
    return [text = std::move(text)](connection& to) {
        to.run("INSERT INTO notes (text) VALUES (?1)", text);
    };
}

/// The message of what it throws.
template <class Action>
std::string message_of(Action action) {
    try {
        action();
    } catch (const exception& thrown) {
        return thrown.what();
    }
    return "nothing was thrown";
}

/// Keeps the writing thread of a database from its queue, from construction until open().
class gate {
  public:
    explicit gate(database& of) {
        const auto entered = std::make_shared<std::promise<void>>();
        const std::shared_future<void> opened = opened_.get_future();
        of.async_write(
            [entered, opened](connection&) {
                entered->set_value();
                opened.wait();
            },
            [](const result<void>&) {});
        entered->get_future().wait();
    }
    void open() { opened_.set_value(); }

  private:
    std::promise<void> opened_;
};

}  // namespace tessera::server::store::testing
