#pragma once
// One request to the gateway, from its head to its answer's end.
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "cortex/gateway.hpp"
#include "cortex/routing.hpp"
#include "cortex/translation/usage.hpp"
#include "web/message.hpp"

namespace tessera::server::cortex {

/// In flight as long as it lives or until its answer ends, and recorded exactly once, whatever
/// becomes of it, where its key is known and it asks a model. On the request's I/O thread, but for
/// its destruction.
class context : public request_state {
  public:
    context(gateway& of, const request& asked);
    ~context() override;

    /// That of a request, which has one.
    static context& of(const request& asked);

    const configuration_in_force& configuration() const { return *configuration_; }
    /// Null: it has none, and needs none.
    const gateway_key_settings* key() const { return key_; }
    const rate_standing& standing() const { return standing_; }

    /// It shows this key.
    void known(const gateway_key_settings& key);
    void limited(const rate_standing& standing) { standing_ = standing; }
    /// It goes there.
    void dispatched(const place& to);
    void streams() { listed_.streams(); }
    void chunk() { listed_.chunk(); }
    /// What the answer has cost so far.
    void used(const token_counts& so_far) { used_ = so_far; }
    void failed(const problem& why);

    /// Records the request, and goes on when the record is kept.
    void before_end(std::function<void()> go) override;

  private:
    usage_entry record() const;

    gateway& of_;
    const std::shared_ptr<const configuration_in_force> configuration_;
    inflight::handle listed_;
    const std::string id_;
    const std::string_view endpoint_;  // of its route
    const bool asks_a_model_;
    const std::chrono::system_clock::time_point came_;
    const std::chrono::steady_clock::time_point began_;
    const gateway_key_settings* key_ = nullptr;
    rate_standing standing_;
    std::string provider_;
    std::string model_;
    token_counts used_;
    std::optional<std::string> error_code_;
    bool recorded_ = false;
};

}  // namespace tessera::server::cortex
