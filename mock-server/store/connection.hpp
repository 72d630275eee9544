#pragma once
// Typed statements on one connection to SQLite.
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "store/values.hpp"
#include "tessera/core/error.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace tessera::server::store {

/// For one thread at a time. Statements are prepared when they are first used, and kept. Their
/// parameters are ?1, ?2 and so on; or :names, which take the members of one described struct.
///
/// What fails throws `exception`, which says what database, why and what can be done:
/// error_kind::conflict for what violates a constraint of a table, else internal_server.
class connection {
  public:
    enum class access { reading, writing };

    /// Opens a file that is there, or makes a database in memory where `path` is empty.
    connection(const std::string& path, access wanted);

    /// Carries one statement out: how many rows it changed. Rows that it answers are passed over.
    template <class... Values>
    std::int64_t run(sql text, const Values&... values) {
        return execute(text, arguments_of(values...), nullptr, {});
    }

    /// All rows that a query answers: each a described struct, whose members are the columns of
    /// these names; or the one value of a row.
    template <class Row, class... Values>
    std::vector<Row> rows(sql text, const Values&... values) {
        std::vector<Row> made;
        execute(text, arguments_of(values...), &detail::row_of<Row>::type,
                [&] { return &made.emplace_back(); });
        return made;
    }

    /// The first row, if there is one.
    template <class Row, class... Values>
    std::optional<Row> first(sql text, const Values&... values) {
        std::optional<Row> made;
        execute(text, arguments_of(values...), &detail::row_of<Row>::type,
                [&] { return made ? nullptr : &made.emplace(); });
        return made;
    }

    /// Carries out a text of several statements that have no parameters.
    void run_all(sql text);

    /// Whether no transaction is open.
    bool is_idle() const;
    /// Refuses statements that write, until it is told otherwise.
    void only_reads(bool on) { only_reads_ = on; }

  private:
    struct closer {
        void operator()(sqlite3* database) const;
        void operator()(sqlite3_stmt* statement) const;
    };
    // The place of the next row, or null when no more is wanted.
    using next_row = std::function<void*()>;

    void set_up();
    sqlite3_stmt* prepare(std::string_view text);
    std::int64_t execute(sql text, std::span<const argument> arguments, const row_type* type,
                         const next_row& next);
    void bind(sqlite3_stmt* to, std::span<const argument> arguments) const;
    std::vector<std::size_t> members_of(sqlite3_stmt* of, const row_type& type) const;
    void check(int code) const;
    [[noreturn]] void misused(std::string_view text, const std::string& why) const;

    const std::string path_;
    bool only_reads_;
    std::unique_ptr<sqlite3, closer> database_;
    std::unordered_map<std::string_view, std::unique_ptr<sqlite3_stmt, closer>> statements_;
};

}  // namespace tessera::server::store
