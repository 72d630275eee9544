#pragma once
// What outlives a request: one database, one thread that writes, any number that read.
#include <condition_variable>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "store/connection.hpp"
#include "tessera/core/result.hpp"

namespace tessera::server::store {

/// A write: one transaction, or nothing at all if it throws. It runs on the writing thread, and
/// again when others of its group fail, so that it does nothing but write.
using work = std::function<void(connection&)>;
/// Is told on the writing thread what became of a write; must be quick, and must not throw.
using told = std::function<void(const result<void>&)>;

/// Members are called from any thread, but not from within a write, a read or a `told` of the same
/// database; async_write() alone is, from a `told`.
class database {
  public:
    static constexpr std::string_view file_name = "tessera.sqlite";

    /// Opens the database of a folder, which is made where there is none and is this object's alone
    /// among all processes; without a folder it is in memory. At most so many writes wait. Throws
    /// `exception`, which says what is wrong with the folder or its file, and what to do.
    explicit database(const std::optional<std::filesystem::path>& folder,
                      std::size_t most_waiting = 4096);
    /// Closes.
    ~database();
    database(const database&) = delete;
    database& operator=(const database&) = delete;

    /// Brings the tables of one room ("cortex.usage") to the latest of its steps, in one
    /// transaction: those that the file has not seen are carried out, once and in order. A step that
    /// was released is never changed; another follows it. Throws `exception`; also when the file
    /// has seen more steps than there are, since a newer program made it.
    void migrate(std::string_view room, std::span<const sql> steps);

    /// Writes, in the order of the calls. `done` is told success once the write is durable: on the
    /// disk, whatever happens to the process or the machine then. Never blocks: when too many writes
    /// wait already, or the database is closed, `done` is told so at once, on this thread, with
    /// status 503.
    void async_write(work job, told done);
    /// The same for threads that may block; waits also for a place in the queue.
    result<void> write(work job);

    /// What `query`, a function of a connection&, finds on this thread: all in one state of the
    /// database, that of the latest commit. An error if it throws `exception`.
    template <class Query>
    auto read(Query&& query) -> result<std::invoke_result_t<Query&, connection&>> {
        try {
            const reader from = begin_reading();
            return query(*from);
        } catch (const exception& thrown) {
            return thrown.error();
        }
    }

    /// Lets what waits become durable and takes no more writes. Reading goes on.
    void close();

  private:
    struct descriptor {
        ~descriptor();
        int number = -1;
    };
    struct pending {
        work job;
        told done;
        result<void> outcome{};
    };
    struct end_reading {
        database* of = nullptr;
        void operator()(connection* used) const { of->take_back(used); }
    };
    using reader = std::unique_ptr<connection, end_reading>;

    void lock_folder(const std::filesystem::path& folder);
    void claim();
    void carry_out_steps(connection& to, std::string_view room, std::span<const sql> steps);
    reader begin_reading();
    void take_back(connection* used);
    void enqueue(pending added, bool may_wait);
    void run();
    void commit(std::span<pending> group);
    void carry_out(pending& one);

    const std::size_t most_waiting_;
    std::string path_;  // empty in memory
    descriptor lock_;
    std::unique_ptr<connection> writer_;
    std::mutex writer_turn_;  // in memory, where it is the only connection
    std::mutex idle_guard_;
    std::vector<std::unique_ptr<connection>> idle_;  // connections that read

    std::mutex queue_guard_;
    std::condition_variable arrived_;
    std::condition_variable space_;
    std::vector<pending> queue_;
    bool closed_ = false;
    std::thread thread_;
};

}  // namespace tessera::server::store
