#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace tessera::engine {

struct template_limits {
    std::uint64_t steps = 5'000'000;           // evaluated nodes and blocks of bytes touched
    std::size_t output_bytes = 16U << 20;      // of the text, and of any string on the way
    std::size_t allocated_bytes = 256U << 20;  // of all values made in one rendering
    int depth = 200;                           // nesting of evaluation, macro calls included
};

struct render_options {
    template_limits limits;
    std::optional<std::chrono::system_clock::time_point> now;  // for strftime_now; else the clock
};

/// A chat template of Jinja 2 with the settings of the transformers library (trim_blocks,
/// lstrip_blocks, loop controls, its `tojson`, `raise_exception` and `strftime_now`). What would
/// read other templates, draw lots or lay out prose is not there, and an error names it; integers
/// have 128 bits, dict keys are strings, and what Jinja computes lazily is a list. Sandboxed: a
/// template sees its variables, computes and gives text; it cannot reach files, time beyond
/// strftime_now or memory beyond its limits. A cheap handle on an immutable syntax tree; all use is
/// thread-safe.
class chat_template {
  public:
    /// Throws malformed or unsupported with the line, or limit.
    static chat_template parse(std::string source);

    /// Reads chat_template.jinja, or chat_template of tokenizer_config.json. Of several named
    /// templates, "tool_use" serves conversations with tools and "default" all others. bos_token,
    /// eos_token, unk_token and pad_token of tokenizer_config.json become variables that a context
    /// may override.
    static chat_template load(const std::filesystem::path& dir);

    /// The text for a context, an object of any variables: messages, tools,
    /// add_generation_prompt, ... Throws rejected when the template calls raise_exception,
    /// malformed (with the line) when it computes nonsense, limit, and invalid_argument for a
    /// context that is not an object.
    std::string render(const nlohmann::json& context, const render_options& options = {}) const;
    /// The same, keeping the order of object members, which `tojson` shows.
    std::string render(const nlohmann::ordered_json& context,
                       const render_options& options = {}) const;

  private:
    struct state;
    chat_template() = default;

    std::shared_ptr<const state> state_;
};

}  // namespace tessera::engine
