#include "store/database.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <future>
#include <system_error>

namespace tessera::server::store {
namespace {

constexpr std::size_t most_idle = 16;

error fault(std::string message, int status = 0) {
    return {.kind = error_kind::internal_server, .message = std::move(message), .status = status};
}

[[noreturn]] void fail(const std::filesystem::path& place, const std::string& what, int reason) {
    throw exception(
        fault(place.string() + " " + what + ": " + std::generic_category().message(reason)));
}

}  // namespace

database::descriptor::~descriptor() {
    if (number >= 0) ::close(number);
}

database::database(const std::optional<std::filesystem::path>& folder, std::size_t most_waiting)
    : most_waiting_(most_waiting) {
    if (folder) lock_folder(*folder);
    writer_ = std::make_unique<connection>(path_, connection::access::writing);
    claim();
    thread_ = std::thread([this] { run(); });
}

database::~database() { close(); }

void database::lock_folder(const std::filesystem::path& folder) {
    std::error_code failed;
    // A folder that is new is on the disk before anything is told durable.
    if (std::filesystem::create_directories(folder, failed)) ::sync();
    if (failed) fail(folder, "cannot be made a data folder", failed.value());
    // A lock of the folder itself leaves nothing behind, and ends with the process however that
    // ends.
    lock_.number = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (lock_.number < 0) fail(folder, "cannot be opened", errno);
    if (::flock(lock_.number, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) fail(folder, "cannot be locked", errno);
        throw exception(fault("another server has the data folder " + folder.string() +
                              " open: end it, or give this one a folder of its own"));
    }
    path_ = (folder / file_name).string();
    // Made here, so that only this user may read it; the files beside it take its mode.
    const descriptor file{
        ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600)};
    if (file.number < 0) fail(path_, "cannot be opened for writing", errno);
    if (::fchmod(file.number, 0600) != 0) fail(path_, "cannot be made this user's alone", errno);
}

void database::claim() {
    const auto tables = writer_->rows<std::string>("SELECT name FROM sqlite_schema");
    if (!tables.empty() &&
        std::find(tables.begin(), tables.end(), "schema_versions") == tables.end())
        throw exception(fault(path_ +
                              " is the database of another program: move it away, or choose "
                              "another data folder"));
    writer_->run(
        "CREATE TABLE IF NOT EXISTS schema_versions"
        "(room TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT, WITHOUT ROWID");
    // A later program may have other tables of the store's own, and says so by steps.
    carry_out_steps(*writer_, "store", {});
}

void database::carry_out_steps(connection& to, std::string_view room, std::span<const sql> steps) {
    const auto kept =
        to.first<std::int64_t>("SELECT version FROM schema_versions WHERE room = ?1", room);
    const auto done = static_cast<std::size_t>(kept.value_or(0));
    if (done > steps.size())
        throw exception(fault("the database " + path_ + " was written by a newer program (" +
                              std::string(room) + " is at step " + std::to_string(done) +
                              ", and this one knows " + std::to_string(steps.size()) +
                              "): use that one, or another data folder"));
    for (const sql step : steps.subspan(done)) to.run_all(step);
    to.run(
        "INSERT INTO schema_versions VALUES (?1, ?2) "
        "ON CONFLICT (room) DO UPDATE SET version = excluded.version",
        room, static_cast<std::int64_t>(steps.size()));
}

void database::close() {
    {
        const std::lock_guard lock(queue_guard_);
        closed_ = true;
    }
    arrived_.notify_one();
    space_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void database::migrate(std::string_view room, std::span<const sql> steps) {
    write([&](connection& to) { carry_out_steps(to, room, steps); }).value();
}

void database::async_write(work job, told done) {
    enqueue({std::move(job), std::move(done)}, false);
}

result<void> database::write(work job) {
    const auto promise = std::make_shared<std::promise<result<void>>>();
    enqueue({std::move(job), [promise](const auto& outcome) { promise->set_value(outcome); }},
            true);
    return promise->get_future().get();
}

void database::enqueue(pending added, bool may_wait) {
    std::unique_lock lock(queue_guard_);
    const auto may_go_on = [this] { return queue_.size() < most_waiting_ || closed_; };
    if (may_wait) space_.wait(lock, may_go_on);
    if (!closed_ && may_go_on()) {
        queue_.push_back(std::move(added));
        arrived_.notify_one();
        return;
    }
    const std::string why = closed_ ? "the database is closed: the server is stopping"
                                    : std::to_string(most_waiting_) +
                                          " writes wait for the database already: try again later";
    lock.unlock();
    added.done(fault(why, 503));
}

void database::run() {
    std::vector<pending> group;
    for (;;) {
        {
            std::unique_lock lock(queue_guard_);
            arrived_.wait(lock, [this] { return !queue_.empty() || closed_; });
            if (queue_.empty()) return;
            std::swap(group, queue_);
        }
        space_.notify_all();
        {
            const std::lock_guard turn(writer_turn_);
            commit(group);
        }
        for (const pending& each : group) each.done(each.outcome);
        group.clear();
    }
}

void database::commit(std::span<pending> group) {
    result<void> outcome;
    bool begun = false;
    try {
        writer_->run("BEGIN IMMEDIATE");
        begun = true;
        for (pending& each : group) carry_out(each);
        writer_->run("COMMIT");
        return;
    } catch (const exception& thrown) {
        outcome = thrown.error();
    }
    try {
        if (!writer_->is_idle()) writer_->run("ROLLBACK");
    } catch (const exception&) {
        // Then the next BEGIN fails, and says so.
    }
    // Whose fault it was shows when each has a transaction of its own.
    for (pending& each : group)
        if (begun && group.size() > 1)
            commit({&each, 1});
        else
            each.outcome = outcome;
}

// Throws when the transaction cannot go on.
void database::carry_out(pending& one) {
    writer_->run("SAVEPOINT one");
    one.outcome = {};
    try {
        one.job(*writer_);
    } catch (const exception& thrown) {
        one.outcome = thrown.error();
    } catch (const std::exception& thrown) {
        one.outcome = fault(thrown.what());
    }
    // Where the disk fails, SQLite may have ended the whole transaction.
    if (!one.outcome && writer_->is_idle()) one.outcome.value();
    if (!one.outcome) writer_->run("ROLLBACK TO one");
    writer_->run("RELEASE one");
}

database::reader database::begin_reading() {
    if (path_.empty()) {
        writer_turn_.lock();
        writer_->only_reads(true);
        return {writer_.get(), {this}};
    }
    std::unique_ptr<connection> chosen;
    {
        const std::lock_guard lock(idle_guard_);
        if (!idle_.empty()) {
            chosen = std::move(idle_.back());
            idle_.pop_back();
        }
    }
    if (!chosen) chosen = std::make_unique<connection>(path_, connection::access::reading);
    chosen->run("BEGIN");
    return {chosen.release(), {this}};
}

void database::take_back(connection* used) {
    if (path_.empty()) {
        writer_->only_reads(false);
        writer_turn_.unlock();
        return;
    }
    std::unique_ptr<connection> kept(used);
    try {
        kept->run("COMMIT");
        const std::lock_guard lock(idle_guard_);
        if (idle_.size() < most_idle) idle_.push_back(std::move(kept));
    } catch (const exception&) {
        // It is closed.
    }
}

}  // namespace tessera::server::store
