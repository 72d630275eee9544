#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/options.hpp"
#include "tessera/json/value.hpp"
#include "tessera/server/function.hpp"
#include "tessera/server/transcript.hpp"

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
    /// The options' seed, or the one that was drawn.
    std::uint64_t seed() const;
    /// The folders of its models, the first of the catalogue before the others.
    const std::vector<std::filesystem::path>& folders() const;
    /// What it lets in, by API.
    json::value credentials() const;
    /// Adds a function to those of Cerebrium. Throws std::invalid_argument where that is not served.
    void deploy(const std::string& project, const std::string& app, const std::string& name,
                detail::function_body added);
    /// What the gateway transcribes a recording as. Throws std::invalid_argument where that is not
    /// served, or that says what is wrong with it.
    void register_transcript(registered_transcript added);
    /// A token that opens the functions of a project of Cerebrium for so long.
    std::string token(std::string_view project, std::chrono::seconds life) const;
    /// Accepts no more, lets answers in progress end (for so long at most; without an argument as
    /// the limits say), and returns when all connections are closed.
    void stop(std::chrono::milliseconds longest);
    void stop();

  private:
    class implementation;
    std::unique_ptr<implementation> implementation_;
};

}  // namespace tessera::server
