#pragma once
// A model folder in memory, with its engine: what the parts of this room share.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "constrain/answer_form.hpp"
#include "core/options.hpp"
#include "inference/local/dialect.hpp"
#include "loading/config.hpp"
#include "serve/engine.hpp"
#include "text/chat_template.hpp"
#include "text/tokenizer.hpp"

namespace tessera::engine {
class compute_budget;
class loaded_model;
}  // namespace tessera::engine

namespace tessera::server {

std::string name_of_folder(const std::filesystem::path& folder);
/// The same for the same files on the same base, which is another's fingerprint or nothing.
std::string fingerprint_of(const std::filesystem::path& folder, std::string_view base = {});

/// Immutable but for the engine and the compiler, which are thread-safe.
struct local_state {
    /// Throws engine_error.
    local_state(const std::filesystem::path& folder, const options& settings,
                std::shared_ptr<engine::compute_budget> budget);

    std::filesystem::path folder;
    std::string name;         // the folder's
    std::string fingerprint;  // the same for the same files
    std::string precision;    // of the stored weights, or what was chosen instead
    std::string kernels;      // of the engine
    std::int64_t created;     // Unix seconds, of the files
    std::shared_ptr<const engine::tokenizer> tokenizer;
    engine::chat_template chat_template;
    tessera::server::dialect dialect;  // how the model writes thoughts and calls
    std::size_t longest_token = 1;     // in bytes; at least that
    engine::model_config config;
    std::unique_ptr<engine::answer_compiler> compiler;  // keeps the latest rules
    std::shared_ptr<const engine::loaded_model> weights;
    std::shared_ptr<engine::compute_budget> budget;  // that the engine computes on
    std::unique_ptr<engine::engine> runner;

    std::size_t context_length() const {
        return static_cast<std::size_t>(runner->context_length());
    }

  private:
    bool can_show(const std::string& mark) const;
};

}  // namespace tessera::server
