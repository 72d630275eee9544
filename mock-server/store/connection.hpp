#pragma once
// Typed statements on one connection to SQLite.
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "store/values.hpp"
#include "tessera/core/result.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace tessera::server::store {

/// For one thread at a time. A statement is prepared when it is first used, and kept. Parameters are
/// ?1, ?2 and so on; or :names, which take the members of one described struct.
///
/// Errors say which database, why and what can be done. What violates a constraint of a table is
/// error_kind::conflict, all else internal_server.
class connection {
  public:
    enum class access { reading, writing };

    /// Opens a file that is there, or makes a database in memory where `path` is empty.
    static result<std::unique_ptr<connection>> open(const std::string& path, access wanted);

    /// Carries one statement out: how many rows it changed. Rows that it answers are passed over.
    template <class... Values>
    result<std::int64_t> run(sql text, const Values&... values) {
        return execute(text, arguments_of(values...), nullptr);
    }

    /// All rows that a query answers: each a described struct, whose members are the columns of
    /// these names; or the one value of a row.
    template <class Row, class... Values>
    result<std::vector<Row>> rows(sql text, const Values&... values) {
        std::vector<Row> made;
        const taker into{row_type_of<Row>(), &made, [](void* all) -> void* {
                             return &static_cast<std::vector<Row>*>(all)->emplace_back();
                         }};
        if (auto ran = execute(text, arguments_of(values...), &into); !ran)
            return std::move(ran).failure();
        return made;
    }

    /// The first row, if there is one.
    template <class Row, class... Values>
    result<std::optional<Row>> first(sql text, const Values&... values) {
        std::optional<Row> made;
        const taker into{row_type_of<Row>(), &made, [](void* one) -> void* {
                             auto& found = *static_cast<std::optional<Row>*>(one);
                             return found ? nullptr : &found.emplace();
                         }};
        if (auto ran = execute(text, arguments_of(values...), &into); !ran)
            return std::move(ran).failure();
        return made;
    }

    /// Carries out a text of several statements that have no parameters.
    result<void> run_all(sql text);

    /// Whether no transaction is open.
    bool is_idle() const;
    /// Refuses statements that write, until it is told otherwise.
    void only_reads(bool on) { only_reads_ = on; }

  private:
    struct close {
        void operator()(sqlite3* database) const;
        void operator()(sqlite3_stmt* statement) const;
    };
    using statement = std::unique_ptr<sqlite3_stmt, close>;
    // Gives the place of the next row, or null when it wants no more.
    struct taker {
        const row_type& type;
        void* to;
        void* (*next)(void* to);
    };

    connection(std::string name, bool only_reads)
        : name_(std::move(name)), only_reads_(only_reads) {}
    result<void> set_up(bool in_memory);
    result<sqlite3_stmt*> prepare(std::string_view text);
    result<std::int64_t> execute(sql text, std::span<const argument> arguments, const taker* into);
    result<void> bind(sqlite3_stmt* to, std::span<const argument> arguments) const;
    result<std::vector<std::size_t>> members_of(sqlite3_stmt* of, const row_type& type) const;
    result<void> take_row(sqlite3_stmt* from, const row_type& type,
                          std::span<const std::size_t> members, void* row) const;
    error failure(int code) const;
    error misuse(std::string_view text, const std::string& why) const;

    std::string name_;  // in messages
    bool only_reads_;
    std::unique_ptr<sqlite3, close> database_;
    std::unordered_map<std::string_view, statement> statements_;
};

}  // namespace tessera::server::store
