#pragma once
// What became of runs: the last ones, in memory.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "tessera/core/clock.hpp"
#include "tessera/json/describe.hpp"

namespace tessera::server::cerebrium {

inline double unix_seconds(const clock& time) {
    return std::chrono::duration<double>(time.wall().time_since_epoch()).count();
}

/// One attempt to deliver an answer.
struct delivery_record {
    double at = 0;  // Unix seconds
    std::optional<int> status{};
    std::optional<std::string> error{};
};

constexpr auto describe(json::type<delivery_record>) {
    using r = delivery_record;
    return json::object<r>("Delivery", json::field("at", &r::at), json::field("status", &r::status),
                           json::field("error", &r::error));
}

enum class run_state { waiting, running, succeeded, failed, cancelled };

constexpr auto describe(json::type<run_state>) {
    using s = run_state;
    return json::enumeration<s>(
        "RunState", json::enumerator("waiting", s::waiting),
        json::enumerator("running", s::running), json::enumerator("succeeded", s::succeeded),
        json::enumerator("failed", s::failed), json::enumerator("cancelled", s::cancelled));
}

struct run_record {
    std::string run_id;
    std::string project;
    std::string app;
    std::string function;
    std::string operation;  // below the function: "", "chat/completions", "embedding"
    bool async = false;
    run_state state = run_state::waiting;
    double accepted = 0;  // Unix seconds
    std::optional<double> ended{};
    std::optional<double> run_time_ms{};
    std::optional<int> status{};
    std::optional<json::value> result{};  // of a run that is not streamed, unless it is large
    std::optional<std::string> error{};
    std::optional<std::string> log{};  // what a program wrote to stderr
    std::optional<std::string> webhook{};
    std::vector<delivery_record> deliveries{};
};

constexpr auto describe(json::type<run_record>) {
    using r = run_record;
    return json::object<r>(
        "RunRecord", json::field("run_id", &r::run_id), json::field("project", &r::project),
        json::field("app", &r::app), json::field("function", &r::function),
        json::field("operation", &r::operation), json::field("async", &r::async),
        json::field("state", &r::state), json::field("accepted", &r::accepted),
        json::field("ended", &r::ended), json::field("run_time_ms", &r::run_time_ms),
        json::field("status", &r::status), json::field("result", &r::result),
        json::field("error", &r::error), json::field("log", &r::log),
        json::field("webhook", &r::webhook), json::field("deliveries", &r::deliveries));
}

/// Thread-safe. Older runs make room for newer ones.
class journal {
  public:
    void open(run_record begun);
    /// Nothing happens when there is no such run any more.
    void update(const std::string& run_id, const std::function<void(run_record&)>& change);
    std::optional<run_record> find(const std::string& run_id) const;
    /// The newest first.
    std::vector<run_record> all() const;

  private:
    static constexpr std::size_t most_runs = 500;

    run_record* locate(const std::string& run_id);

    mutable std::mutex mutex_;
    std::deque<run_record> runs_;
};

}  // namespace tessera::server::cerebrium
