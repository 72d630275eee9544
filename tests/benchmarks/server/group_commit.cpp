// Durable writes a second with 1 and with 64 writers: by the store's group commit, and by one commit
// per write on the writer's own thread, which is what a program without a store would do. The two
// take turns in one run; a write is a row of 200 bytes or so.
//
//     bench-group_commit FOLDER [SECONDS [ROUNDS]]    FOLDER is on the disk to be measured
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "store/database.hpp"

namespace {

namespace store = tessera::server::store;
using clock_type = std::chrono::steady_clock;

constexpr store::sql steps[] = {
    "CREATE TABLE records (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, key TEXT NOT NULL, "
    "model TEXT NOT NULL, tokens INTEGER NOT NULL, note TEXT NOT NULL) STRICT;"
    "CREATE INDEX records_at ON records (at)"};

void add_record(store::connection& to) {
    static const std::string note(120, 'x');
    to.run("INSERT INTO records (at, key, model, tokens, note) VALUES (?1, ?2, ?3, ?4, ?5)",
           std::chrono::system_clock::now(), "Development Key", "gpt-4o-mini", 1234, note);
}

// Until the log begins anew at its start: a file that grows is synced at another price.
void fill_log(store::connection& to) {
    for (int i = 0; i < 30'000; ++i) add_record(to);
}

struct figures {
    double per_second = 0;
    double p50_us = 0;
    double p99_us = 0;
};

figures measure(int writers, double seconds, const std::function<void()>& write) {
    std::vector<std::vector<double>> latencies(static_cast<std::size_t>(writers));
    const auto begun = clock_type::now();
    const auto since = [](clock_type::time_point from) {
        return std::chrono::duration<double>(clock_type::now() - from).count();
    };
    std::vector<std::thread> threads;
    for (auto& mine : latencies)
        threads.emplace_back([&] {
            while (since(begun) < seconds) {
                const auto at = clock_type::now();
                write();
                mine.push_back(since(at) * 1e6);
            }
        });
    for (auto& each : threads) each.join();
    const double took = since(begun);
    std::vector<double> all;
    for (const auto& each : latencies) all.insert(all.end(), each.begin(), each.end());
    std::sort(all.begin(), all.end());
    const double last = static_cast<double>(all.size() - 1);
    return {static_cast<double>(all.size()) / took, all[static_cast<std::size_t>(last * 0.5)],
            all[static_cast<std::size_t>(last * 0.99)]};
}

figures median(std::vector<figures> all) {
    std::sort(all.begin(), all.end(),
              [](const figures& a, const figures& b) { return a.per_second < b.per_second; });
    return all[all.size() / 2];
}

void compare(const std::filesystem::path& folder, double seconds, int rounds) {
    { store::database(folder / "alone").migrate("records", steps); }
    store::connection alone((folder / "alone" / store::database::file_name).string(),
                            store::connection::access::writing);
    alone.run("BEGIN IMMEDIATE");
    fill_log(alone);
    alone.run("COMMIT");
    std::mutex turn;
    const auto write_alone = [&] {
        const std::lock_guard lock(turn);
        alone.run("BEGIN IMMEDIATE");
        add_record(alone);
        alone.run("COMMIT");
    };
    store::database grouped(folder / "grouped");
    grouped.migrate("records", steps);
    grouped.write(&fill_log).value();
    const auto write_grouped = [&] { grouped.write(&add_record).value(); };

    std::printf("%-28s %12s %10s %10s\n", "", "writes/s", "p50 us", "p99 us");
    for (const int writers : {1, 64}) {
        std::vector<figures> one, group;
        for (int i = 0; i < rounds; ++i) {
            one.push_back(measure(writers, seconds, write_alone));
            group.push_back(measure(writers, seconds, write_grouped));
        }
        const auto show = [&](const char* what, const figures& of) {
            std::printf("%2d writers, %-16s %12.0f %10.0f %10.0f\n", writers, what, of.per_second,
                        of.p50_us, of.p99_us);
        };
        show("commit per write", median(one));
        show("group commit", median(group));
        std::printf("%2d writers, ratio %22.2f\n", writers,
                    median(group).per_second / median(one).per_second);
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fprintf(stderr, "usage: bench-group_commit FOLDER [SECONDS [ROUNDS]]\n");
        return EXIT_FAILURE;
    }
    try {
        const auto folder = std::filesystem::path(argv[1]) / "tessera-group-commit";
        compare(folder, argc > 2 ? std::stod(argv[2]) : 2, argc > 3 ? std::stoi(argv[3]) : 3);
        std::filesystem::remove_all(folder);
        return EXIT_SUCCESS;
    } catch (const std::exception& thrown) {
        std::fprintf(stderr, "bench-group_commit: %s\n", thrown.what());
        return EXIT_FAILURE;
    }
}
