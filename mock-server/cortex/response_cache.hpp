#pragma once
// Answers that may be given again.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "tessera/core/clock.hpp"
#include "tessera/json/value.hpp"

namespace tessera::server::cortex {

/// A successful answer, and what its record of usage says.
struct cached_answer {
    std::string body;  // JSON
    std::string provider{};
    std::string model{};
    std::int64_t input_tokens = 0;
    std::int64_t output_tokens = 0;
};

/// What has to be the same for the same answer. In `body` the order of members means nothing, and
/// `model` stands for whatever name the body calls it by.
std::string cache_key(std::string_view api_key_name, std::string_view endpoint,
                      std::string_view model, const json::value& body);

/// Thread-safe. Of what takes more bytes than there may be, the answers that were not used for
/// longest go.
class response_cache {
  public:
    explicit response_cache(const clock& time = clock::system(),
                            std::size_t most_bytes = 64 * 1024 * 1024)
        : time_(time), most_bytes_(most_bytes) {}

    /// The answer under this key that was kept less than so long ago, or null.
    std::shared_ptr<const cached_answer> find(const std::string& key, std::chrono::seconds ttl);
    void keep(std::string key, cached_answer answer);
    void clear();
    /// Taken by keys and answers.
    std::size_t bytes() const;

  private:
    struct kept {
        std::string key;
        std::shared_ptr<const cached_answer> answer;
        std::chrono::steady_clock::time_point since;
        std::size_t bytes;
    };
    using order = std::list<kept>;

    void drop(order::iterator which);

    const clock& time_;
    const std::size_t most_bytes_;
    mutable std::mutex mutex_;
    std::size_t bytes_ = 0;
    order order_;                                                   // the one used last first
    std::unordered_map<std::string_view, order::iterator> by_key_;  // views into order_
};

}  // namespace tessera::server::cortex
