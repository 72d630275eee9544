#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/ids.hpp"
#include "web/api.hpp"
#include "web/router.hpp"
#include "web/session.hpp"

namespace tessera::server {

/// All APIs behind one router, and what every answer has in common: request ids, the Server header,
/// CORS for web pages served from this machine, 404, 405, OPTIONS, 415. Immutable once sessions use
/// it, then thread-safe.
class application : public request_handler {
  public:
    explicit application(id_source& ids) : ids_(ids) {}

    /// Serves the API at /name/, and at / as well if `at_root`.
    void mount(std::unique_ptr<api> added, bool at_root);
    std::span<const std::unique_ptr<api>> apis() const { return apis_; }
    /// Ends what the APIs have running.
    void stop();
    /// What lets a client in, by the name of each API that has keys.
    json::value credentials() const;

    std::optional<answer> admit(request& asked) override;
    void handle(exchange_ptr exchange) override;
    answer explain(const request* asked, const problem& reason) override;
    void decorate(const request* asked, answer& to) override;

  private:
    api* owner_of(std::string_view path) const;

    id_source& ids_;
    router router_;
    std::vector<std::unique_ptr<api>> apis_;
    api* root_ = nullptr;
};

/// The host of a URL or of a Host header is this machine, by name or loopback address.
bool is_local_host(std::string_view host);
/// The page that sent the request was served from this machine.
bool is_local_origin(std::string_view origin);

}  // namespace tessera::server
