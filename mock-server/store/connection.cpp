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

std::string name_of(const std::string& path) {
    return path.empty() ? "the database in memory" : "the database " + path;
}

}  // namespace

void connection::closer::operator()(sqlite3* database) const { sqlite3_close_v2(database); }
void connection::closer::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

connection::connection(const std::string& path, access wanted)
    : path_(path), only_reads_(wanted == access::reading) {
    sqlite3* opened = nullptr;
    const int how = only_reads_ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    const int code = sqlite3_open_v2(path.empty() ? ":memory:" : path.c_str(), &opened,
                                     how | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
    database_.reset(opened);
    check(code);
    // What cannot be written is opened for reading without a word.
    if (!only_reads_ && sqlite3_db_readonly(opened, "main") != 0) check(SQLITE_READONLY);
    set_up();
}

void connection::set_up() {
    for (const toggle& each : toggles)
        check(sqlite3_db_config(database_.get(), each.option, each.on, nullptr));
    sqlite3_limit(database_.get(), SQLITE_LIMIT_ATTACHED, 0);
    for (const setting& each : settings) {
        const std::string name = "PRAGMA " + std::string(each.name);
        const std::string wanted(each.value);
        std::string now;
        const auto take = [](void* to, int, char** values, char**) {
            *static_cast<std::string*>(to) = values[0] ? values[0] : "";
            return 0;
        };
        for (const std::string& text : {name + " = " + wanted, name})
            check(sqlite3_exec(database_.get(), text.c_str(), take, &now, nullptr));
        const bool has_log = !path_.empty() || each.name != "journal_mode";
        if (has_log && now != wanted)
            misused(name, "it is " + now + " and not " + wanted +
                              ", which the file system or this SQLite does not support");
    }
}

bool connection::is_idle() const { return sqlite3_get_autocommit(database_.get()) != 0; }

void connection::run_all(sql text) {
    // A literal ends with a zero.
    check(sqlite3_exec(database_.get(), text.text().data(), nullptr, nullptr, nullptr));
}

sqlite3_stmt* connection::prepare(std::string_view text) {
    auto& kept = statements_[text];
    if (!kept) {
        sqlite3_stmt* made = nullptr;
        const char* rest = nullptr;
        const int code =
            sqlite3_prepare_v3(database_.get(), text.data(), static_cast<int>(text.size()),
                               SQLITE_PREPARE_PERSISTENT, &made, &rest);
        kept.reset(made);
        if (code == SQLITE_ERROR) misused(text, sqlite3_errmsg(database_.get()));
        check(code);
        if (!made || rest != text.data() + text.size()) {
            kept.reset();
            misused(text, "it is not one statement");
        }
    }
    if (only_reads_ && sqlite3_stmt_readonly(kept.get()) == 0)
        misused(text, "it writes, and only reading was asked for");
    return kept.get();
}

void connection::bind(sqlite3_stmt* to, std::span<const argument> arguments) const {
    const bool by_name = !arguments.empty() && !arguments.front().name.empty();
    const auto parameters = static_cast<std::size_t>(sqlite3_bind_parameter_count(to));
    if (!by_name && parameters != arguments.size())
        misused(sqlite3_sql(to), "it has " + std::to_string(parameters) +
                                     " parameters, and was given " +
                                     std::to_string(arguments.size()));
    for (std::size_t i = 0; i < parameters; ++i) {
        const int at = static_cast<int>(i) + 1;
        const char* const spelled = sqlite3_bind_parameter_name(to, at);
        const std::string_view name = spelled && *spelled == ':' ? spelled + 1 : "";
        const auto given =
            by_name ? std::find_if(arguments.begin(), arguments.end(),
                                   [&](const argument& each) { return each.name == name; })
                    : arguments.begin() + static_cast<std::ptrdiff_t>(i);
        if (by_name == name.empty() || given == arguments.end())
            misused(sqlite3_sql(to),
                    "nothing was given for its parameter " + std::string(spelled ? spelled : "?"));
        check(bind_value(to, at, given->given));
    }
}

// For each column of the statement, the member of the row that it goes to.
std::vector<std::size_t> connection::members_of(sqlite3_stmt* of, const row_type& type) const {
    std::vector<std::size_t> members;
    const auto columns = sqlite3_column_count(of);
    const auto wanted = std::count_if(type.columns.begin(), type.columns.end(),
                                      [](const column& each) { return each.read != nullptr; });
    if (columns != wanted)
        misused(sqlite3_sql(of), "it answers " + std::to_string(columns) + " columns for the " +
                                     std::to_string(wanted) + " of a row");
    for (int i = 0; i < columns; ++i) {
        const std::string_view name = sqlite3_column_name(of, i);
        std::size_t member = 0;
        // A single value has no name.
        while (member < type.columns.size() && !type.columns[member].name.empty() &&
               type.columns[member].name != name)
            ++member;
        if (member == type.columns.size() ||
            std::find(members.begin(), members.end(), member) != members.end())
            misused(sqlite3_sql(of), "a row has no member for its column " + std::string(name));
        members.push_back(member);
    }
    return members;
}

std::int64_t connection::execute(sql text, std::span<const argument> arguments,
                                 const row_type* type, const next_row& next) {
    const auto end = [](sqlite3_stmt* used) {
        // Views in its parameters end with the run.
        sqlite3_reset(used);
        sqlite3_clear_bindings(used);
    };
    const std::unique_ptr<sqlite3_stmt, decltype(end)> statement(prepare(text.text()), end);
    bind(statement.get(), arguments);
    std::vector<std::size_t> members;
    if (type) members = members_of(statement.get(), *type);
    std::vector<const void*> places(type ? type->columns.size() : 0);
    int code = 0;
    while ((code = sqlite3_step(statement.get())) == SQLITE_ROW) {
        if (!type) continue;
        void* const row = next();
        if (!row) break;
        type->locate(row, places.data());
        for (std::size_t i = 0; i < members.size(); ++i) {
            const int at = static_cast<int>(i);
            // The row is ours to change.
            void* const member = const_cast<void*>(places[members[i]]);
            if (!type->columns[members[i]].read(value_at(statement.get(), at), member))
                misused(text.text(), std::string("the value of its column ") +
                                         sqlite3_column_name(statement.get(), at) +
                                         " does not fit the member's type");
        }
    }
    if (code != SQLITE_ROW && code != SQLITE_DONE) check(code);
    return sqlite3_changes64(database_.get());
}

void connection::check(int code) const {
    if (code == SQLITE_OK) return;
    // The connection remembers its latest failure alone.
    sqlite3* const database = database_.get();
    const bool is_latest = database && sqlite3_extended_errcode(database) == code;
    const std::string why = is_latest ? sqlite3_errmsg(database) : sqlite3_errstr(code);
    const bool of_data = (code & 0xff) == SQLITE_CONSTRAINT;
    throw exception({.kind = of_data ? error_kind::conflict : error_kind::internal_server,
                     .message = name_of(path_) + " failed: " + why + advice(code)});
}

void connection::misused(std::string_view text, const std::string& why) const {
    throw exception(
        {.kind = error_kind::internal_server,
         .message = name_of(path_) + " cannot do \"" + std::string(text) + "\": " + why});
}

}  // namespace tessera::server::store
