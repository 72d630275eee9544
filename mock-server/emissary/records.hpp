#pragma once
// The store as this API uses it: what is read and written for one answer.
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "core/ids.hpp"
#include "emissary/problems.hpp"
#include "store/database.hpp"

namespace tessera::server::emissary {

/// Thread-safe. Members but migrate() block, and are called from threads that may.
class records {
  public:
    records(store::database& kept_in, id_source& ids) : database_(kept_in), ids_(ids) {}

    /// Brings the tables of a part to the latest of its steps: store::database::migrate.
    void migrate(std::string_view part, std::span<const store::sql> steps) {
        database_.migrate("emissary." + std::string(part), steps);
    }

    /// What `query`, a function of a store::connection&, finds in one state of the database. Throws
    /// what it throws, and `refused` for a database that fails.
    template <class Query>
    auto read(Query&& query) const {
        auto found = database_.read(std::forward<Query>(query));
        if (!found) throw refused(failed(found.error()));
        return *std::move(found);
    }

    /// Carries `work`, a function of a store::connection&, out as one transaction and returns what
    /// it returns once that is durable. Nothing is written if it throws, which only `refused` may
    /// do beside the store; that is thrown on. It may run more than once, and does nothing but
    /// read and write.
    template <class Work>
    auto write(Work work) {
        using outcome = std::invoke_result_t<Work&, store::connection&>;
        constexpr bool is_void = std::is_void_v<outcome>;
        std::optional<std::conditional_t<is_void, bool, outcome>> made;
        std::optional<problem> reason;
        const result<void> written = database_.write([&](store::connection& to) {
            made.reset();
            reason.reset();
            try {
                if constexpr (is_void) {
                    work(to);
                    made = true;
                } else {
                    made.emplace(work(to));
                }
            } catch (const refused& thrown) {
                reason = thrown.reason();
                throw;
            }
        });
        if (reason) throw refused(*std::move(reason));
        if (!written) throw refused(failed(written.error()));
        if constexpr (!is_void) return *std::move(made);
    }

    /// Writes some time soon, without a word of whether it was; never blocks.
    void write_later(store::work work) {
        database_.async_write(std::move(work), [](const result<void>&) {});
    }

    /// An id that `taken`, a query of one parameter, does not find. Ids of a server with a seed
    /// begin again when it starts again.
    std::string new_id(store::connection& from, std::string_view prefix, store::sql taken) {
        for (;;) {
            std::string made = ids_.make(prefix);
            if (!from.first<std::int64_t>(taken, made)) return made;
        }
    }

  private:
    store::database& database_;
    id_source& ids_;
};

}  // namespace tessera::server::emissary
