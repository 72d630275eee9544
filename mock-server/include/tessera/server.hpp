#pragma once
// tessera-server inside a program, for its tests:
//
//     find_package(tessera 0.1 REQUIRED COMPONENTS server)
//     target_link_libraries(my_tests PRIVATE tessera::server GTest::gtest_main)
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tessera/core/clock.hpp"
#include "tessera/server/function.hpp"
#include "tessera/server/transcript.hpp"

namespace tessera::server {

/// What a server is started with. Everything is copied but the clock.
struct local_options {
    /// A server that speaks OpenAI's API, and whose model answers.
    struct upstream_server {
        std::string url{};      ///< with or without /v1
        std::string api_key{};  ///< empty: none is shown
        std::string model{};    ///< empty: the first that it lists
    };

    std::string host = "127.0.0.1";  ///< to listen on
    std::uint16_t port = 0;          ///< 0: any free one
    std::string api = "all";         ///< all of them, each below its name; or one, at / as well
    /// Hugging Face folders; the first answers under every name of the catalogue. None, and no
    /// upstream: the bundled model, which is found in the package, or where the environment
    /// variable TESSERA_BUNDLED_MODEL says.
    std::vector<std::filesystem::path> models{};
    upstream_server upstream{};           ///< goes before the folders
    std::filesystem::path config_file{};  ///< as the program's --config: limits, keys, quotas
    std::string config{};                 ///< the same as a text; goes before the file
    /// By API, instead of those for development. Cerebrium has `jwt_secret` in `config` instead.
    std::map<std::string, std::string> keys{};
    /// Makes ids and the answers to requests without a seed repeatable; none: one is drawn.
    std::optional<std::uint64_t> seed = 1;
    /// Tells the time of day in answers and what quotas go by, from any thread, and outlives the
    /// server; null: the system's. Time-outs and measured times are always real.
    const tessera::clock* clock = nullptr;
    int threads = 1;  ///< that compute; 0: one for each processor
};

/// A server in this process, from construction to destruction:
///
///     TEST(greeter, greets_by_name) {
///         tessera::server::local backend;
///         greeter own({.api_key = backend.api_key("cerebras"), .base_url = backend.url("cerebras")});
///         EXPECT_NE(own.greet("Ada"), "");
///     }
///
/// It starts and stops within a few milliseconds, so every test may have its own, with its own
/// key, quotas, seed and clock; several may run at once. It has its own threads, prints nothing,
/// and leaves signals and locale alone. Const members may be called from any thread.
class local {
  public:
    /// Loads the models and listens: requests are answered when this returns. Throws
    /// std::runtime_error that says what cannot be had: a port, a model, a setting by its name.
    explicit local(local_options options = {}) : local(std::move(options), packaged_model()) {}
    /// Stops at once.
    ~local();
    /// What is moved from may be assigned to or destroyed, and nothing else.
    local(local&&) noexcept;
    /// Stops what was there before.
    local& operator=(local&&) noexcept;

    /// The one that was given or taken.
    std::uint16_t port() const;
    /// "http://127.0.0.1:41234"
    std::string url() const;
    /// The same with the API's folder: the base URL of a client. Throws std::invalid_argument for
    /// an API that is not served.
    std::string url(std::string_view api) const;
    /// What lets a client in. Throws std::invalid_argument for an API that is not served.
    std::string api_key(std::string_view api) const;
    /// A token that opens the functions of a project of Cerebrium, its own one as any other, for so
    /// long by the server's clock. api_key("cerebrium") is one for the project p-tessera.
    std::string token(std::string_view project,
                      std::chrono::seconds life = std::chrono::hours(1)) const;

    /// Makes a function of this program one of Cerebrium's, from the next call on, in place of one
    /// of that name:
    ///
    ///     backend.deploy("p-tessera", "greeter", "run", [](const greeting& given) {
    ///         return "Hello, " + given.name + "!";
    ///     });
    ///
    /// It takes its parameters as a described struct, by whose members they are named, as
    /// json::value (an object), or not at all; then, if it likes, an invocation&, to which it may
    /// give several values, and which tells it when the client has left. What it returns is the
    /// result; where it returns void, what it gave. What it throws is a 500 with the message. Calls
    /// run on threads of the server's, several at once; stopping the server waits for them. Throws
    /// std::invalid_argument where Cerebrium is not served.
    template <class Function>
    void deploy(const std::string& project, const std::string& app, const std::string& name,
                Function function) {
        deploy_body(project, app, name, detail::body_of(std::move(function)));
    }

    /// Makes the gateway transcribe a recording as this from the next call on, whatever is heard in
    /// it, in place of what was registered for the same name or content:
    ///
    ///     backend.register_transcript({.file_name = "talk.wav", .text = "Hello there."});
    ///
    /// Throws std::invalid_argument that says what is wrong with it, or where the gateway ("cortex")
    /// is not served.
    void register_transcript(registered_transcript added);

    /// The names of the APIs that are served.
    std::vector<std::string> apis() const;
    /// The one that was given or drawn: with it the same requests get the same answers again.
    std::uint64_t seed() const;
    /// The one that was given, or the system's.
    const tessera::clock& clock() const;
    /// The folders of its models, the one of the catalogue first; without those of an upstream.
    std::vector<std::filesystem::path> models() const;

    /// Accepts no more, lets answers in progress go on for so long at most, breaks off the others,
    /// and returns when all connections are closed. What it was stays to be asked.
    void stop(std::chrono::milliseconds longest = std::chrono::milliseconds(0));

  private:
    class implementation;

    local(local_options options, std::filesystem::path packaged_model);
    void deploy_body(const std::string& project, const std::string& app, const std::string& name,
                     detail::function_body added);
    static std::filesystem::path packaged_model() {
#ifdef TESSERA_BUNDLED_MODEL  // by the CMake target
        return TESSERA_BUNDLED_MODEL;
#else
        return {};
#endif
    }

    std::unique_ptr<implementation> implementation_;
};

}  // namespace tessera::server
