#include "store/connection.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <utility>

#include "store/settings.hpp"

namespace tessera::server::store {
namespace {

// The primary code is what can be done about.
const char* advice(int code) {
    switch (code & 0xff) {
        case SQLITE_FULL:
            return ": make room on its disk";
        case SQLITE_READONLY:
        case SQLITE_PERM:
        case SQLITE_CANTOPEN:
            return ": let this user write to its folder";
        case SQLITE_NOTADB:
        case SQLITE_CORRUPT:
            return ": put a copy in its place, or move it away to begin anew";
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return ": another program has it open, which has to end";
        case SQLITE_IOERR:
            return ": look at its disk";
        default:
            return "";
    }
}

int bind_value(sqlite3_stmt* to, int at, const value& given) {
    // A null pointer would bind NULL. What is bound outlives the statement's run.
    if (const auto* integer = std::get_if<std::int64_t>(&given))
        return sqlite3_bind_int64(to, at, *integer);
    if (const auto* real = std::get_if<double>(&given)) return sqlite3_bind_double(to, at, *real);
    if (const auto* text = std::get_if<std::string_view>(&given))
        return sqlite3_bind_text64(to, at, text->empty() ? "" : text->data(), text->size(),
                                   SQLITE_STATIC, SQLITE_UTF8);
    if (const auto* bytes = std::get_if<bytes_view>(&given))
        return bytes->empty()
                   ? sqlite3_bind_zeroblob(to, at, 0)
                   : sqlite3_bind_blob64(to, at, bytes->data(), bytes->size(), SQLITE_STATIC);
    return sqlite3_bind_null(to, at);
}

value value_at(sqlite3_stmt* from, int column) {
    const auto size = [&] { return static_cast<std::size_t>(sqlite3_column_bytes(from, column)); };
    switch (sqlite3_column_type(from, column)) {
        case SQLITE_INTEGER:
            return std::int64_t{sqlite3_column_int64(from, column)};
        case SQLITE_FLOAT:
            return sqlite3_column_double(from, column);
        case SQLITE_TEXT: {
            const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(from, column));
            return std::string_view(text, size());
        }
        case SQLITE_BLOB: {
            const auto* bytes = static_cast<const std::byte*>(sqlite3_column_blob(from, column));
            return bytes_view(bytes, size());
        }
        default:
            return {};
    }
}

// Views in its parameters end with the run.
class run_of {
  public:
    explicit run_of(sqlite3_stmt* statement) : statement_(statement) {}
    ~run_of() {
        sqlite3_reset(statement_);
        sqlite3_clear_bindings(statement_);
    }
    run_of(const run_of&) = delete;
    run_of& operator=(const run_of&) = delete;

  private:
    sqlite3_stmt* statement_;
};

}  // namespace

void connection::close::operator()(sqlite3* database) const { sqlite3_close_v2(database); }
void connection::close::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

result<std::unique_ptr<connection>> connection::open(const std::string& path, access wanted) {
    const bool reading = wanted == access::reading;
    const bool in_memory = path.empty();
    std::unique_ptr<connection> made(new connection(in_memory ? "in memory" : path, reading));
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    flags |= reading ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    if (in_memory) flags |= SQLITE_OPEN_MEMORY;
    sqlite3* opened = nullptr;
    const int code =
        sqlite3_open_v2(in_memory ? ":memory:" : path.c_str(), &opened, flags, nullptr);
    made->database_.reset(opened);
    if (code != SQLITE_OK) return made->failure(code);
    // What cannot be written is opened for reading without a word.
    if (!reading && sqlite3_db_readonly(opened, "main") != 0) return made->failure(SQLITE_READONLY);
    if (result<void> set = made->set_up(in_memory); !set) return std::move(set).failure();
    return made;
}

result<void> connection::set_up(bool in_memory) {
    sqlite3* const database = database_.get();
    for (const toggle& each : toggles)
        if (const int code = sqlite3_db_config(database, each.option, each.on, nullptr))
            return failure(code);
    sqlite3_limit(database, SQLITE_LIMIT_ATTACHED, 0);
    for (const setting& each : settings) {
        const std::string name(each.name);
        const std::string set = "PRAGMA " + name + " = " + std::string(each.value);
        if (const int code = sqlite3_exec(database, set.c_str(), nullptr, nullptr, nullptr))
            return failure(code);
        std::string now;
        const auto take = [](void* to, int, char** values, char**) {
            *static_cast<std::string*>(to) = values[0] ? values[0] : "";
            return 0;
        };
        if (const int code =
                sqlite3_exec(database, ("PRAGMA " + name).c_str(), take, &now, nullptr))
            return failure(code);
        const bool has_log = !in_memory || each.name != "journal_mode";
        if (has_log && now != each.value)
            return error{.kind = error_kind::internal_server,
                         .message = "the database " + name_ + " has " + name + " " + now +
                                    " and not " + std::string(each.value) +
                                    ": its file system or this SQLite does not support that"};
    }
    return {};
}

bool connection::is_idle() const { return sqlite3_get_autocommit(database_.get()) != 0; }

result<void> connection::run_all(sql text) {
    // A literal ends with a zero.
    const int code = sqlite3_exec(database_.get(), text.text().data(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return failure(code);
    return {};
}

result<sqlite3_stmt*> connection::prepare(std::string_view text) {
    const auto kept = statements_.find(text);
    sqlite3_stmt* found = kept == statements_.end() ? nullptr : kept->second.get();
    if (!found) {
        const char* rest = nullptr;
        const int code =
            sqlite3_prepare_v3(database_.get(), text.data(), static_cast<int>(text.size()),
                               SQLITE_PREPARE_PERSISTENT, &found, &rest);
        statement made(found);
        if (code == SQLITE_ERROR) return misuse(text, sqlite3_errmsg(database_.get()));
        if (code != SQLITE_OK) return failure(code);
        if (!found ||
            text.substr(static_cast<std::size_t>(rest - text.data())).find_first_not_of(" \n\t;") !=
                text.npos)
            return misuse(text, "it is not one statement");
        statements_.emplace(text, std::move(made));
    }
    if (only_reads_ && sqlite3_stmt_readonly(found) == 0)
        return misuse(text, "it writes, and only reading was asked for");
    return found;
}

result<void> connection::bind(sqlite3_stmt* to, std::span<const argument> arguments) const {
    const bool by_name = !arguments.empty() && !arguments.front().name.empty();
    const int parameters = sqlite3_bind_parameter_count(to);
    if (!by_name && static_cast<std::size_t>(parameters) != arguments.size())
        return misuse(sqlite3_sql(to), "it has " + std::to_string(parameters) +
                                           " parameters, and was given " +
                                           std::to_string(arguments.size()));
    for (int i = 1; i <= parameters; ++i) {
        const char* const name = sqlite3_bind_parameter_name(to, i);
        const bool is_named = name && *name != '?';
        auto given = arguments.begin() + (by_name ? 0 : i - 1);
        if (by_name && is_named)
            given = std::find_if(arguments.begin(), arguments.end(), [&](const argument& each) {
                return each.name == std::string_view(name + 1);
            });
        if (by_name != is_named || given == arguments.end())
            return misuse(sqlite3_sql(to),
                          "nothing was given for its parameter " + std::string(name ? name : "?"));
        if (const int code = bind_value(to, i, given->given)) return failure(code);
    }
    return {};
}

// For each column of the statement, the member of the row that it goes to.
result<std::vector<std::size_t>> connection::members_of(sqlite3_stmt* of,
                                                        const row_type& type) const {
    std::vector<std::size_t> members;
    std::size_t wanted = 0;
    for (const column& each : type.columns) wanted += each.read != nullptr;
    const int columns = sqlite3_column_count(of);
    if (static_cast<std::size_t>(columns) != wanted)
        return misuse(sqlite3_sql(of), "it answers " + std::to_string(columns) +
                                           " columns for the " + std::to_string(wanted) +
                                           " of a row");
    for (int i = 0; i < columns; ++i) {
        const std::string_view name = sqlite3_column_name(of, i);
        std::size_t member = 0;
        while (member < type.names.size() && type.names[member] != name) ++member;
        const bool is_new = std::find(members.begin(), members.end(), member) == members.end();
        if (!is_new || (!type.names.empty() && member == type.names.size()))
            return misuse(sqlite3_sql(of),
                          "a row has no member for its column " + std::string(name));
        members.push_back(member);
    }
    return members;
}

result<void> connection::take_row(sqlite3_stmt* from, const row_type& type,
                                  std::span<const std::size_t> members, void* row) const {
    std::vector<void*> places(type.columns.size());
    type.locate(row, places.data());
    for (std::size_t i = 0; i < members.size(); ++i) {
        const int at = static_cast<int>(i);
        if (!type.columns[members[i]].read(value_at(from, at), places[members[i]]))
            return misuse(sqlite3_sql(from), std::string("the value of its column ") +
                                                 sqlite3_column_name(from, at) +
                                                 " does not fit the member's type");
    }
    return {};
}

result<std::int64_t> connection::execute(sql text, std::span<const argument> arguments,
                                         const taker* into) {
    result<sqlite3_stmt*> prepared = prepare(text.text());
    if (!prepared) return std::move(prepared).failure();
    const run_of run(*prepared);
    if (result<void> bound = bind(*prepared, arguments); !bound) return std::move(bound).failure();
    std::vector<std::size_t> members;
    if (into) {
        auto found = members_of(*prepared, into->type);
        if (!found) return std::move(found).failure();
        members = *std::move(found);
    }
    for (;;) {
        const int code = sqlite3_step(*prepared);
        if (code == SQLITE_DONE) break;
        if (code != SQLITE_ROW) return failure(code);
        if (!into) continue;
        void* const row = into->next(into->to);
        if (!row) break;
        if (result<void> taken = take_row(*prepared, into->type, members, row); !taken)
            return std::move(taken).failure();
    }
    return std::int64_t{sqlite3_changes64(database_.get())};
}

error connection::failure(int code) const {
    // The connection remembers its latest failure alone.
    sqlite3* const database = database_.get();
    const bool is_latest = database && sqlite3_extended_errcode(database) == code;
    const std::string why = is_latest ? sqlite3_errmsg(database) : sqlite3_errstr(code);
    const bool of_data = (code & 0xff) == SQLITE_CONSTRAINT;
    return {.kind = of_data ? error_kind::conflict : error_kind::internal_server,
            .message = "the database " + name_ + " failed: " + why + advice(code)};
}

error connection::misuse(std::string_view text, const std::string& why) const {
    return {
        .kind = error_kind::internal_server,
        .message = "the database " + name_ + " cannot do \"" + std::string(text) + "\": " + why};
}

}  // namespace tessera::server::store
