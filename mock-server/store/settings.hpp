#pragma once
// What every connection is set to.
#include <sqlite3.h>

#include <string_view>

namespace tessera::server::store {

/// A PRAGMA, and what it answers once it is set.
struct setting {
    std::string_view name;
    std::string_view value;
};

inline constexpr setting settings[] = {
    // A file that somebody tampered with runs no functions by its views, triggers and defaults.
    {"trusted_schema", "0"},
    // Pages that are no pages are found when they are read, not used.
    {"cell_size_check", "1"},
    // Another program, such as sqlite3 at a prompt, may hold the file for so many milliseconds.
    {"busy_timeout", "5000"},
    // A commit is appended and synced once, and readers and the writer do not wait for each other.
    {"journal_mode", "wal"},
    // FULL: the log is synced with every commit. With less, a power cut takes back what was told
    // durable.
    {"synchronous", "2"},
    // The log gives back what a burst of writes took beyond this many bytes.
    {"journal_size_limit", "67108864"},
    {"foreign_keys", "1"},
    // Sorting leaves no files in the system's temporary folder.
    {"temp_store", "2"},
};

struct toggle {
    int option;
    int on;
};

inline constexpr toggle toggles[] = {
    // SQL cannot damage the file, as by writing to the schema's own table.
    {SQLITE_DBCONFIG_DEFENSIVE, 1},
    // "x" is the name of a column, and an error where there is none, never a text.
    {SQLITE_DBCONFIG_DQS_DML, 0},
    {SQLITE_DBCONFIG_DQS_DDL, 0},
};

}  // namespace tessera::server::store
