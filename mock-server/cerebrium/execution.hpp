#pragma once
// One run under way, between the thread that it runs on and who waits for it.
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "tessera/server/function.hpp"

namespace tessera::server::cerebrium {

/// What a run came to.
struct outcome {
    int status = 200;
    json::value result{};     // of what did not fail
    std::string failure{};    // not empty for what failed
    double milliseconds = 0;  // it ran for
    std::string events{};     // of a stream that is kept
};

/// The data of a stream's event: texts as they are, all else as JSON.
std::string event_of(const std::string& data);

/// Used through shared_ptr; thread-safe.
class execution : public invocation, public std::enable_shared_from_this<execution> {
  public:
    enum class gives {
        whole,       // what was returned or yielded, with the outcome
        stream,      // what is yielded, as it comes
        kept_stream  // the same, and all of it with the outcome
    };
    /// It is left as well when a stop is asked of `all`.
    execution(std::string run_id, gives how, std::stop_token all)
        : run_id_(std::move(run_id)), how_(how), with_all_(std::move(all), leaver{stop_}) {}

    // For who waits.

    /// `ready` is called, from any thread, when there is something to take; before the run begins.
    void listen(std::function<void()> ready) { ready_ = std::move(ready); }
    /// Puts the data of all events so far into `events`. True with the last.
    bool take(std::vector<std::string>& events);
    /// After take() was true.
    const outcome& end() const { return *outcome_; }
    void leave() { stop_.request_stop(); }

    // For the thread that it runs on.

    /// Returns when the function has.
    outcome perform(const detail::bound_function& work);
    /// Gives the outcome to who waits.
    void publish(outcome made);
    const std::string& run_id() const override { return run_id_; }
    std::stop_token stop() const override { return stop_.get_token(); }

  private:
    static constexpr std::size_t most_waiting = 64 * 1024;      // bytes that a client has to read
    static constexpr std::size_t most_kept = 16 * 1024 * 1024;  // bytes of a whole answer

    bool give(json::value value) override;
    void give_event(const json::value& value);
    void keep(json::value value);
    json::value result_of(std::optional<json::value> returned);

    const std::string run_id_;
    const gives how_;
    std::function<void()> ready_;
    std::stop_source stop_;
    struct leaver {
        std::stop_source stop;
        void operator()() const { std::stop_source(stop).request_stop(); }
    };
    std::stop_callback<leaver> with_all_;

    std::mutex mutex_;
    std::condition_variable_any room_;
    std::vector<std::string> waiting_;
    std::size_t waiting_bytes_ = 0;
    std::optional<outcome> outcome_;

    // On the thread that it runs on.
    std::vector<json::value> kept_;
    std::string events_;
    std::size_t kept_bytes_ = 0;
    bool yielded_ = false;
};

}  // namespace tessera::server::cerebrium
