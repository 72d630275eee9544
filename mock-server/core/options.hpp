#pragma once
// What a server is told at its start.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/cerebrium_options.hpp"
#include "core/cortex_options.hpp"
#include "core/emissary_options.hpp"
#include "core/identity_options.hpp"
#include "tessera/core/clock.hpp"
#include "tessera/core/result.hpp"
#include "tessera/json/describe.hpp"

namespace tessera::server {

/// Bounds against slow and greedy clients. Sizes are in bytes.
struct connection_limits {
    std::size_t connections = 1024;  // more are answered 503
    std::size_t head_bytes = 64 * 1024;
    std::uint64_t body_bytes = 16 * 1024 * 1024;
    std::size_t write_buffer = 256 * 1024;  // per connection; beyond it no answer is produced
    std::chrono::milliseconds head_timeout{10'000};   // for a whole head
    std::chrono::milliseconds body_timeout{30'000};   // for a whole body, and longer for large ones
    std::chrono::milliseconds idle_timeout{75'000};   // between requests
    std::chrono::milliseconds write_timeout{60'000};  // without progress
    std::chrono::milliseconds linger_timeout{
        2'000};  // for what a client sends after the last answer
    std::chrono::milliseconds drain_timeout{
        30'000};  // for answers in progress when the server stops
};

/// A server elsewhere whose models answer.
struct upstream_options {
    std::string url{};      // empty: there is none
    std::string api_key{};  // empty: it asks for none
    std::string model{};    // empty: the first that it lists
    std::optional<int> context_length{};
    std::chrono::milliseconds timeout{600'000};  // for the first byte, and between any two
};

/// The program that listens to speech.
struct speech_options {
    std::string program{};  // empty: the tessera-listen that comes with the server
    std::chrono::milliseconds timeout{1'800'000};  // for a recording
};

struct cerebras_options {
    std::string api_key = "csk-tessera-dev";
    std::int64_t requests_per_day = 100'000'000;
    std::int64_t tokens_per_minute = 1'000'000'000;
};

/// What computes models. `automatic`: a GPU where there is one that can be used, else the processors.
enum class backend_kind { automatic, cpu, cuda };
/// What models are computed in. `automatic`: bf16 where weights are stored so, else f32.
enum class weight_precision { automatic, f32, bf16, int8 };
/// What keys and values are cached in.
enum class kv_precision { f32, bf16 };

struct options {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;                     // 0: any free one
    std::string api = "all";                    // one API answers at / as well
    std::vector<std::filesystem::path> models;  // the first answers for all names of the catalogue
    std::optional<std::filesystem::path> data;  // of the database; none: it is in memory
    std::optional<std::uint64_t> seed;          // makes ids and unseeded requests repeatable
    backend_kind backend = backend_kind::cpu;
    weight_precision precision = weight_precision::automatic;
    kv_precision cached = kv_precision::f32;
    int threads = 0;         // of the engine; 0: all cores
    int io_threads = 0;      // 0: chosen by the cores
    int max_sequences = 32;  // computed at the same time, per model
    int queue_limit = 256;   // waiting beyond those, per model
    connection_limits limits;
    upstream_options upstream;  // its model goes before those of `models`
    speech_options speech;
    cerebras_options cerebras;
    cerebrium_options cerebrium;
    cortex_options cortex;
    emissary_options emissary;
    identity_options identity;
    /// What the settings were read from, with_settings()'s file first; a text that is laid over them
    /// leaves none. Cortex follows their changes.
    std::vector<std::filesystem::path> settings_files;
    /// What an operator should know of, a line each, from any thread; empty: nobody listens.
    std::function<void(const std::string&)> log{};
    /// The time of day in answers, and what quotas go by. Time-outs are the machine's.
    const tessera::clock* clock = &tessera::clock::system();
    std::filesystem::path packaged_model;  // where the package has the bundled one; empty: unknown
};

/// Reads a file of settings, YAML or JSON, over `base`; invalid_argument names every wrong member
/// and its line. One whose top level is that of cortex.yaml is taken as the section `cortex`.
result<options> with_settings(options base, const std::filesystem::path& file);
/// The same of a text, which messages call `name`.
result<options> with_settings(options base, std::string_view text, const std::string& name);

/// The folder of the bundled model: the one that the environment variable TESSERA_BUNDLED_MODEL
/// names; else `packaged`, or the place where an installed program has it. The error says where it
/// was looked for.
result<std::filesystem::path> bundled_model(const std::filesystem::path& packaged = {});

/// What clients of a server that listens there are told.
std::string url_of(const std::string& host, std::uint16_t port);

}  // namespace tessera::server
