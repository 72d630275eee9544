#pragma once
// A model folder in memory, with its engine: what the parts of this room share.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "constrain/answer_form.hpp"
#include "core/options.hpp"
#include "inference/local/dialect.hpp"
#include "loading/config.hpp"
#include "run/backend.hpp"
#include "serve/engine.hpp"
#include "text/chat_template.hpp"
#include "text/tokenizer.hpp"

namespace tessera::engine {
class compute_budget;
class model;
}  // namespace tessera::engine

namespace tessera::server {

std::string name_of_folder(const std::filesystem::path& folder);
/// The same for the same files on the same base, which is another's fingerprint or nothing.
std::string fingerprint_of(const std::filesystem::path& folder, std::string_view base = {});

/// How a model reads and writes, whatever its weights are. Immutable but for the compiler, which is
/// thread-safe.
struct model_language {
    /// Throws engine_error.
    model_language(const std::filesystem::path& folder, const engine::model_config& config);

    std::shared_ptr<const engine::tokenizer> tokenizer;
    engine::chat_template chat_template;
    tessera::server::dialect dialect;                   // how the model writes thoughts and calls
    std::size_t longest_token = 1;                      // in bytes; at least that
    std::unique_ptr<engine::answer_compiler> compiler;  // keeps the latest rules

  private:
    bool can_show(const std::string& mark) const;
};

/// Immutable but for the engine, which is thread-safe.
struct local_state {
    /// Throws engine_error.
    local_state(const std::filesystem::path& folder, const options& settings,
                std::shared_ptr<engine::compute_budget> budget);
    /// Other weights of the model that `base` is, without what reads and writes, and with a small
    /// cache. Throws engine_error.
    local_state(const local_state& base, const std::filesystem::path& folder);

    std::filesystem::path folder;
    std::string name;            // the folder's
    std::string fingerprint;     // the same for the same files
    std::string precision;       // of the stored weights, or what was chosen instead
    std::string kernels;         // of the engine
    engine::device_card device;  // that computes
    std::int64_t created;        // Unix seconds, of the files
    engine::model_config config;
    std::shared_ptr<const model_language> language;
    std::shared_ptr<const engine::loaded_model> weights;
    std::shared_ptr<engine::compute_budget> budget;  // that the engine computes on
    std::unique_ptr<engine::engine> runner;

    std::size_t context_length() const {
        return static_cast<std::size_t>(runner->context_length());
    }

    /// Bytes of the device's own memory, if it has some.
    std::optional<std::int64_t> device_memory() const;
    /// What the model was started on.
    const engine::backend& computes() const { return *computes_; }
    /// The model for a trainer of adapters on the processors: where another device computes, it is loaded here, too, for
    /// as long as somebody has it. Throws engine_error.
    std::shared_ptr<const engine::model> on_host() const;
    /// An engine for other weights of the model: like a copy's on the device that computes the model,
    /// or, where that has no room, on the processors, in turns of that priority. Throws engine_error.
    std::unique_ptr<engine::engine> start_beside(const engine::model_config&,
                                                 std::shared_ptr<const engine::tensor_source>,
                                                 engine::weight_precision, int turn_priority) const;

  private:
    void start(backend_kind, const std::function<void(const std::string&)>& log);
    void start_on(const engine::backend&);
    engine::load_options loading() const;

    weight_precision chosen_;          // of the weights
    engine::engine::options options_;  // of the engine
    const engine::backend* computes_ = nullptr;
    mutable std::mutex mutex_;
    mutable std::weak_ptr<const engine::model> on_host_;
};

}  // namespace tessera::server
