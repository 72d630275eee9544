#include "store/database.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <future>
#include <system_error>

namespace tessera::server::store {
namespace {

constexpr std::size_t most_idle = 16;

error fault(std::string message) {
    return {.kind = error_kind::internal_server, .message = std::move(message)};
}

error fault_of(const std::filesystem::path& place, const std::string& what, int reason) {
    return fault(place.string() + " " + what + ": " + std::generic_category().message(reason));
}

error refusal(std::string message) {
    return {.kind = error_kind::internal_server, .message = std::move(message), .status = 503};
}

// What a work throws is its error.
result<void> outcome_of(const work& job, connection& on) {
    try {
        return job(on);
    } catch (const exception& thrown) {
        return thrown.error();
    } catch (const std::exception& thrown) {
        return fault(thrown.what());
    }
}

}  // namespace

// A lock of the folder itself leaves nothing behind, and ends with the process however that ends.
class database::folder_lock {
  public:
    explicit folder_lock(int folder) : folder_(folder) {}
    ~folder_lock() { ::close(folder_); }
    folder_lock(const folder_lock&) = delete;
    folder_lock& operator=(const folder_lock&) = delete;

    static result<std::unique_ptr<folder_lock>> take(const std::filesystem::path& folder) {
        std::error_code failed;
        std::filesystem::create_directories(folder, failed);
        if (failed) return fault_of(folder, "cannot be made a data folder", failed.value());
        const int opened = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (opened < 0) return fault_of(folder, "cannot be opened", errno);
        auto made = std::make_unique<folder_lock>(opened);
        if (::flock(opened, LOCK_EX | LOCK_NB) != 0) {
            if (errno != EWOULDBLOCK) return fault_of(folder, "cannot be locked", errno);
            return fault("another server has the data folder " + folder.string() +
                         " open: end it, or give this one a folder of its own");
        }
        // Made here, so that only this user may read it; the files beside it take its mode.
        const int file = ::openat(opened, std::string(file_name).c_str(),
                                  O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
        if (file < 0) return fault_of(folder / file_name, "cannot be opened for writing", errno);
        ::close(file);
        return made;
    }

  private:
    const int folder_;
};

result<std::unique_ptr<database>> database::open(const std::optional<std::filesystem::path>& folder,
                                                 std::size_t most_waiting) {
    std::unique_ptr<database> made(new database(most_waiting));
    if (result<void> started = made->start(folder); !started) return std::move(started).failure();
    return made;
}

database::database(std::size_t most_waiting) : most_waiting_(most_waiting) {}

result<void> database::start(const std::optional<std::filesystem::path>& folder) {
    if (folder) {
        auto locked = folder_lock::take(*folder);
        if (!locked) return std::move(locked).failure();
        lock_ = *std::move(locked);
        path_ = (*folder / file_name).string();
    }
    auto opened = connection::open(path_, connection::access::writing);
    if (!opened) return std::move(opened).failure();
    writer_ = *std::move(opened);
    if (result<void> ours = claim(); !ours) return ours;
    thread_ = std::thread([this] { run(); });
    // A later program may have other tables of the store's own, and says so by steps.
    return migrate("store", {});
}

result<void> database::claim() {
    const auto tables = writer_->first<std::int64_t>("SELECT count(*) FROM sqlite_schema");
    const auto ours = writer_->first<std::int64_t>(
        "SELECT count(*) FROM sqlite_schema WHERE name = 'schema_versions'");
    if (!tables) return tables.error();
    if (!ours) return ours.error();
    if (**tables != 0 && **ours == 0)
        return fault(path_ +
                     " is the database of another program: move it away, or choose another "
                     "data folder");
    return writer_->run_all(
        "CREATE TABLE IF NOT EXISTS schema_versions"
        "(room TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT, WITHOUT ROWID");
}

database::~database() { close(); }

void database::close() {
    {
        const std::lock_guard lock(queue_guard_);
        closed_ = true;
    }
    arrived_.notify_one();
    room_.notify_all();
    if (thread_.joinable()) thread_.join();
}

result<void> database::migrate(std::string_view room, std::span<const sql> steps) {
    return write([&](connection& to) -> result<void> {
        const auto kept =
            to.first<std::int64_t>("SELECT version FROM schema_versions WHERE room = ?1", room);
        if (!kept) return kept.error();
        const auto done = static_cast<std::size_t>(kept->value_or(0));
        if (done > steps.size())
            return fault("the database " + path_ + " was written by a newer program (" +
                         std::string(room) + " is at step " + std::to_string(done) +
                         ", and this one knows " + std::to_string(steps.size()) +
                         "): use that one, or another data folder");
        for (std::size_t i = done; i < steps.size(); ++i)
            if (result<void> ran = to.run_all(steps[i]); !ran) {
                ran.error().message = "step " + std::to_string(i + 1) + " of " + std::string(room) +
                                      ": " + ran.error().message;
                return ran;
            }
        const auto noted = to.run(
            "INSERT INTO schema_versions VALUES (?1, ?2) "
            "ON CONFLICT (room) DO UPDATE SET version = excluded.version",
            room, static_cast<std::int64_t>(steps.size()));
        if (!noted) return noted.error();
        return {};
    });
}

void database::async_write(work job, told done) {
    enqueue({std::move(job), std::move(done)}, false);
}

result<void> database::write(work job) {
    const auto promise = std::make_shared<std::promise<result<void>>>();
    enqueue(
        {std::move(job), [promise](const result<void>& outcome) { promise->set_value(outcome); }},
        true);
    return promise->get_future().get();
}

void database::enqueue(pending added, bool may_wait) {
    std::unique_lock lock(queue_guard_);
    const auto has_room = [this] { return queue_.size() < most_waiting_ || closed_; };
    if (may_wait) room_.wait(lock, has_room);
    if (!closed_ && has_room()) {
        queue_.push_back(std::move(added));
        if (queue_.size() == 1) arrived_.notify_one();
        return;
    }
    const bool closed = closed_;
    lock.unlock();
    added.done(refusal(closed ? "the database is closed: the server is stopping"
                              : std::to_string(most_waiting_) +
                                    " writes wait for the database already: try again later"));
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
        room_.notify_all();
        {
            const std::lock_guard turn(writer_turn_);
            commit(group);
        }
        for (const pending& each : group) each.done(each.outcome);
        group.clear();
    }
}

void database::commit(std::span<pending> group) {
    if (const auto begun = writer_->run("BEGIN IMMEDIATE"); !begun) {
        for (pending& each : group) each.outcome = begun.error();
        return;
    }
    result<void> going{};
    for (pending& each : group)
        if (going = carry_out(each); !going) break;
    if (going)
        if (const auto committed = writer_->run("COMMIT"); !committed) going = committed.error();
    if (!writer_->is_idle()) (void)writer_->run("ROLLBACK");
    if (going) return;
    if (group.size() == 1) {
        group.front().outcome = std::move(going);
        return;
    }
    // Whose fault it was shows when each has a transaction of its own.
    for (pending& each : group) commit({&each, 1});
}

// An error when the transaction cannot go on.
result<void> database::carry_out(pending& one) {
    if (const auto saved = writer_->run("SAVEPOINT one"); !saved) return saved.error();
    one.outcome = outcome_of(one.job, *writer_);
    if (!one.outcome) {
        // Where the disk fails, SQLite may have ended the whole transaction.
        if (writer_->is_idle()) return one.outcome;
        if (const auto undone = writer_->run("ROLLBACK TO one"); !undone) return undone.error();
    }
    if (const auto released = writer_->run("RELEASE one"); !released) return released.error();
    return {};
}

result<database::reader> database::begin_reading() {
    if (path_.empty()) {
        writer_turn_.lock();
        writer_->only_reads(true);
        return reader(writer_.get(), {this});
    }
    std::unique_ptr<connection> chosen;
    {
        const std::lock_guard lock(idle_guard_);
        if (!idle_.empty()) {
            chosen = std::move(idle_.back());
            idle_.pop_back();
        }
    }
    if (!chosen) {
        auto opened = connection::open(path_, connection::access::reading);
        if (!opened) return std::move(opened).failure();
        chosen = *std::move(opened);
    }
    if (const auto begun = chosen->run("BEGIN"); !begun) return begun.error();
    return reader(chosen.release(), {this});
}

void database::take_back(connection* used) {
    if (path_.empty()) {
        writer_->only_reads(false);
        writer_turn_.unlock();
        return;
    }
    std::unique_ptr<connection> kept(used);
    if (!kept->run("COMMIT")) return;
    const std::lock_guard lock(idle_guard_);
    if (idle_.size() < most_idle) idle_.push_back(std::move(kept));
}

}  // namespace tessera::server::store
