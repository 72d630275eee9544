#pragma once

#include <string>

#include "cortex/gateway.hpp"
#include "cortex/routing.hpp"
#include "cortex/translation/usage.hpp"
#include "web/exchange.hpp"

namespace tessera::server::cortex {

/// What the response cache has for a request, where it is on.
class kept_answer {
  public:
    /// `to` is where the request goes. Streams are not kept.
    kept_answer(gateway& of, const exchange& asked, const place& to, bool streams);

    /// Answers with it, if it is there.
    bool give(exchange& asked) const;
    /// Keeps a successful answer.
    void keep(const std::string& body, const token_counts& used);

  private:
    gateway& of_;
    const place to_;
    std::chrono::seconds ttl_{};
    std::string key_;  // empty: nothing is kept
};

}  // namespace tessera::server::cortex
