#pragma once
// Deliveries of answers to URLs of the caller's.
#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "cerebrium/journal.hpp"
#include "jobs/loop.hpp"
#include "tessera/core/result.hpp"
#include "tessera/core/secret.hpp"
#include "tessera/http/url.hpp"

namespace tessera::server::cerebrium {

/// Where an answer is delivered, and the key it is signed with, which may be empty.
struct webhook {
    http::url to;
    secret key{};
};

struct delivery {
    webhook target;
    std::string run_id;
    std::string content_type;
    std::string body;
};

/// Delivers on the loop. Up to three attempts: again when the network fails, when nothing is there
/// (404) and for what is neither success nor an error, never for other errors. Used through
/// shared_ptr; thread-safe.
class webhooks : public std::enable_shared_from_this<webhooks> {
  public:
    /// `hosts` are those off this machine that may be delivered to; "*" is any.
    webhooks(std::vector<std::string> hosts, loop& on, journal& to);

    /// The target of a call. The error says why it is none, or that it is not allowed and how it
    /// would be.
    result<webhook> target(const std::string& url, std::string_view key) const;
    void deliver(delivery what);
    /// Ends all deliveries.
    void stop() { stop_.request_stop(); }

  private:
    struct attempt;
    void start(const std::shared_ptr<attempt>& next);
    void note(const attempt& of, const delivery_record& record);
    void end(const std::shared_ptr<attempt>& ended, std::optional<error> failed, int status);

    const std::vector<std::string> hosts_;
    loop& loop_;
    journal& journal_;
    std::stop_source stop_;
    std::atomic<int> pending_{0};
};

}  // namespace tessera::server::cerebrium
