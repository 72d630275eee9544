#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/options.hpp"

namespace tessera::server {

/// The whole server, in this process. Not for use by several threads at once.
class server {
  public:
    /// Loads the models. Throws std::runtime_error with a message for the user.
    explicit server(options settings);
    /// Stops.
    ~server();
    server(const server&) = delete;
    server& operator=(const server&) = delete;

    /// Listens and answers, on threads of its own. Throws std::runtime_error if it cannot.
    void start();
    /// After start().
    std::uint16_t port() const;
    std::string url() const;
    /// Accepts no more, lets answers in progress end (within the limit for it), and returns when
    /// all connections are closed.
    void stop();

  private:
    class implementation;
    std::unique_ptr<implementation> implementation_;
};

}  // namespace tessera::server
