#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace tessera::engine {

enum class rope_kind : std::uint8_t { none, linear, dynamic_ntk, llama3, yarn };

/// Rotary position embedding; the names follow `rope_scaling` of config.json. What a kind does not
/// use keeps its default.
struct rope_config {
    double theta = 10000;
    rope_kind kind = rope_kind::none;
    double factor = 1;
    double low_freq_factor = 1;     // llama3
    double high_freq_factor = 4;    // llama3
    int original_max_position = 0;  // dynamic_ntk, llama3, yarn; never 0 for those kinds
    double beta_fast = 32;          // yarn
    double beta_slow = 1;           // yarn
    double attention_factor = 1;    // yarn: cos and sin are multiplied by it
    bool truncate = true;           // yarn: the correction range is rounded to whole dimensions
};

/// What the outputs of a classifier's head stand for.
enum class problem_kind : std::uint8_t {
    regression,    // values
    single_label,  // one label is right: logits of a softmax
    multi_label    // any of them may be: logits each of its own
};

/// The head of a ...ForSequenceClassification model, which reads the final state of the last token.
struct classifier_config {
    problem_kind problem = problem_kind::single_label;
    std::vector<std::string> labels;  // of the outputs, at least one
};

/// A decoder of the Llama family. Loading checks every number, so that each of them is positive and
/// any product of vocabulary, hidden size, layers and element size fits 63 bits.
struct model_config {
    /// LlamaForCausalLM, MistralForCausalLM or Qwen2ForCausalLM; or the same family's
    /// ...ForSequenceClassification.
    std::string architecture;
    std::optional<classifier_config> classifier;  // none: it generates
    int vocab_size = 0;
    int hidden_size = 0;
    int layers = 0;
    int heads = 0;
    int kv_heads = 0;  // divides heads
    int head_dim = 0;  // even; heads * head_dim need not be hidden_size
    int intermediate_size = 0;
    int max_position = 0;  // capped by a sliding window, below which windowed attention is full
    float rms_eps = 1e-6F;
    bool tied_embeddings = false;
    bool attention_bias = false;         // of the q, k and v projections
    bool attention_output_bias = false;  // of the o projection
    bool mlp_bias = false;
    rope_config rope;
    std::vector<int> eos_tokens;  // of config.json and generation_config.json, without repetition
    int bos_token = -1;
};

/// Reads config.json and, where there is one, generation_config.json of a Hugging Face folder.
/// Throws io, malformed or unsupported with the member's name.
model_config load_config(const std::filesystem::path& dir);

/// The same for the content of a config.json.
model_config parse_config(const nlohmann::json& config);

/// A config.json that parse_config reads back as the same configuration.
nlohmann::json to_json(const model_config& config);

}  // namespace tessera::engine
