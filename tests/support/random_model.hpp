#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>
#include <vector>

#include "core/bf16.hpp"
#include "loading/config.hpp"
#include "loading/safetensors.hpp"

// Tiny models with random weights, for tests that need a model and not its wisdom.
namespace tessera::testing {

/// A folder below the system's temporary one, gone with the object.
class temporary_folder {
  public:
    explicit temporary_folder(const std::string& name) {
        static int count = 0;
        path_ = std::filesystem::temp_directory_path() /
                (name + "-" + std::to_string(std::hash<std::string>()(name)) + "-" +
                 std::to_string(reinterpret_cast<std::uintptr_t>(this)) + "-" +
                 std::to_string(++count));
        std::filesystem::create_directories(path_);
    }
    ~temporary_folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;
    const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

namespace detail {

// make_golden.py draws the same numbers: SplitMix64 of the index, seeded with FNV-1a of the name.
inline float uniform(std::string_view name, std::uint64_t index) {
    std::uint64_t x = 0xcbf29ce484222325U;
    for (const char c : name) x = (x ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    x += (index + 1) * 0x9e3779b97f4a7c15U;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
    x ^= x >> 31;
    return static_cast<float>(x >> 40) / 8388608.0F - 1.0F;  // in [-1, 1), exact
}

// The visible characters that byte-level BPE writes for bytes, as UTF-8.
inline std::vector<std::string> byte_characters() {
    std::vector<std::string> result;
    unsigned next = 256;
    for (unsigned byte = 0; byte < 256; ++byte) {
        const bool visible = (byte >= 33 && byte <= 126) || (byte >= 161 && byte != 173);
        const unsigned point = visible ? byte : next++;
        if (point < 128) {
            result.emplace_back(1, static_cast<char>(point));
        } else {
            result.push_back({static_cast<char>(0xc0U | point >> 6),
                              static_cast<char>(0x80U | (point & 0x3fU))});
        }
    }
    return result;
}

inline void write_text(const std::filesystem::path& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
}

// Tensors whose numbers are a function of their names.
class drawn_tensors {
  public:
    explicit drawn_tensors(engine::dtype type, std::string salt = {})
        : type_(type), salt_(std::move(salt)) {}

    void add(const std::string& name, std::vector<std::int64_t> shape) {
        const bool norm = name.ends_with("norm.weight");
        const float spread =
            shape.size() == 1 ? 0.25F : std::sqrt(3.0F / static_cast<float>(shape.back()));
        std::size_t count = 1;
        for (const auto n : shape) count *= static_cast<std::size_t>(n);
        const std::string seed = salt_ + name;
        std::vector<std::byte> data(count * engine::size_of(type_));
        for (std::size_t i = 0; i < count; ++i) {
            const float x = uniform(seed, i) * spread + (norm ? 1.0F : 0.0F);
            if (type_ == engine::dtype::bf16) {
                const auto bits = engine::to_bf16(x);
                std::memcpy(&data[2 * i], &bits, 2);
            } else {
                std::memcpy(&data[4 * i], &x, 4);
            }
        }
        storage_.push_back(std::move(data));
        tensors_.push_back({name, type_, std::move(shape), {}});
    }

    void write(const std::filesystem::path& file) {
        for (std::size_t i = 0; i < tensors_.size(); ++i) tensors_[i].data = storage_[i];
        engine::write_safetensors(file, tensors_);
    }

  private:
    engine::dtype type_;
    std::string salt_;
    std::vector<engine::tensor_view> tensors_;
    std::vector<std::vector<std::byte>> storage_;
};

}  // namespace detail

/// The configuration of a tiny byte-level model: vocabulary 264 with the end token 256.
inline nlohmann::json tiny_config() {
    return {{"architectures", {"LlamaForCausalLM"}},
            {"model_type", "llama"},
            {"vocab_size", 264},
            {"hidden_size", 64},
            {"num_hidden_layers", 2},
            {"num_attention_heads", 4},
            {"num_key_value_heads", 2},
            {"intermediate_size", 112},
            {"max_position_embeddings", 2048},
            {"rms_norm_eps", 1e-5},
            {"rope_theta", 10000.0},
            {"tie_word_embeddings", true},
            {"bos_token_id", 257},
            {"eos_token_id", 256}};
}

/// Writes config.json and model.safetensors. The weights are a function of their names.
inline void write_random_weights(const std::filesystem::path& folder, const nlohmann::json& source,
                                 engine::dtype type = engine::dtype::f32) {
    std::filesystem::create_directories(folder);
    detail::write_text(folder / "config.json", source.dump(2));
    const auto config = engine::parse_config(source);
    detail::drawn_tensors tensors(type);
    const auto add = [&](const std::string& name, std::vector<std::int64_t> shape) {
        tensors.add(name, std::move(shape));
    };
    const auto linear = [&](const std::string& name, int outer, int inner, bool bias) {
        add(name + ".weight", {outer, inner});
        if (bias) add(name + ".bias", {outer});
    };
    const int hidden = config.hidden_size;
    const int queries = config.heads * config.head_dim;
    const int keys = config.kv_heads * config.head_dim;
    add("model.embed_tokens.weight", {config.vocab_size, hidden});
    for (int i = 0; i < config.layers; ++i) {
        const auto layer = "model.layers." + std::to_string(i) + ".";
        add(layer + "input_layernorm.weight", {hidden});
        linear(layer + "self_attn.q_proj", queries, hidden, config.attention_bias);
        linear(layer + "self_attn.k_proj", keys, hidden, config.attention_bias);
        linear(layer + "self_attn.v_proj", keys, hidden, config.attention_bias);
        linear(layer + "self_attn.o_proj", hidden, queries, config.attention_output_bias);
        add(layer + "post_attention_layernorm.weight", {hidden});
        linear(layer + "mlp.gate_proj", config.intermediate_size, hidden, config.mlp_bias);
        linear(layer + "mlp.up_proj", config.intermediate_size, hidden, config.mlp_bias);
        linear(layer + "mlp.down_proj", hidden, config.intermediate_size, config.mlp_bias);
    }
    add("model.norm.weight", {hidden});
    if (config.classifier) {
        linear("score", static_cast<int>(config.classifier->labels.size()), hidden, false);
    } else if (!config.tied_embeddings) {
        linear("lm_head", config.vocab_size, hidden, false);
    }
    tensors.write(folder / "model.safetensors");
}

/// Writes adapter_config.json and adapter_model.safetensors of a LoRA adapter for a model of that
/// configuration. The weights are a function of their names, and of `salt`.
inline void write_random_adapter(const std::filesystem::path& folder, const nlohmann::json& model,
                                 const nlohmann::json& adapter,
                                 engine::dtype type = engine::dtype::f32,
                                 const std::string& salt = {}) {
    std::filesystem::create_directories(folder);
    detail::write_text(folder / "adapter_config.json", adapter.dump(2));
    const auto config = engine::parse_config(model);
    const int queries = config.heads * config.head_dim;
    const int keys = config.kv_heads * config.head_dim;
    const int hidden = config.hidden_size;
    const int wide = config.intermediate_size;
    const std::tuple<const char*, const char*, int, int> projections[] = {
        {"self_attn.", "q_proj", queries, hidden}, {"self_attn.", "k_proj", keys, hidden},
        {"self_attn.", "v_proj", keys, hidden},    {"self_attn.", "o_proj", hidden, queries},
        {"mlp.", "gate_proj", wide, hidden},       {"mlp.", "up_proj", wide, hidden},
        {"mlp.", "down_proj", hidden, wide}};
    const auto targets = adapter.at("target_modules").get<std::vector<std::string>>();
    const int rank = adapter.at("r").get<int>();
    detail::drawn_tensors tensors(type, salt);
    for (int i = 0; i < config.layers; ++i) {
        for (const auto& [part, name, outer, inner] : projections) {
            if (std::find(targets.begin(), targets.end(), name) == targets.end()) continue;
            const auto own = "base_model.model.model.layers." + std::to_string(i) + "." +
                             std::string(part) + name;
            tensors.add(own + ".lora_A.weight", {rank, inner});
            tensors.add(own + ".lora_B.weight", {outer, rank});
        }
    }
    const auto kept = adapter.find("modules_to_save");
    if (kept != adapter.end() && !kept->empty()) {
        tensors.add("base_model.model.score.weight",
                    {static_cast<std::int64_t>(config.classifier->labels.size()), hidden});
    }
    tensors.write(folder / "adapter_model.safetensors");
}

/// A tokenizer of the 256 bytes, then the special tokens <|end|> 256, <|start|> 257, <|user|> 258,
/// <|assistant|> 259 and <|system|> 260, with a chat template that uses them.
inline void write_byte_tokenizer(const std::filesystem::path& folder) {
    std::filesystem::create_directories(folder);
    nlohmann::json vocabulary = nlohmann::json::object();
    int id = 0;
    for (const auto& character : detail::byte_characters()) vocabulary[character] = id++;
    nlohmann::json added = nlohmann::json::array();
    for (const char* name : {"<|end|>", "<|start|>", "<|user|>", "<|assistant|>", "<|system|>"}) {
        added.push_back({{"id", id++},
                         {"content", name},
                         {"single_word", false},
                         {"lstrip", false},
                         {"rstrip", false},
                         {"normalized", false},
                         {"special", true}});
    }
    const nlohmann::json byte_level = {{"type", "ByteLevel"},
                                       {"add_prefix_space", false},
                                       {"trim_offsets", true},
                                       {"use_regex", true}};
    const nlohmann::json tokenizer = {{"version", "1.0"},
                                      {"truncation", nullptr},
                                      {"padding", nullptr},
                                      {"added_tokens", added},
                                      {"normalizer", nullptr},
                                      {"pre_tokenizer", byte_level},
                                      {"post_processor", nullptr},
                                      {"decoder", byte_level},
                                      {"model",
                                       {{"type", "BPE"},
                                        {"dropout", nullptr},
                                        {"unk_token", nullptr},
                                        {"byte_fallback", false},
                                        {"vocab", vocabulary},
                                        {"merges", nlohmann::json::array()}}}};
    detail::write_text(folder / "tokenizer.json", tokenizer.dump());
    const nlohmann::json settings = {
        {"bos_token", "<|start|>"},
        {"eos_token", "<|end|>"},
        {"chat_template",
         "{{ bos_token }}{% for message in messages %}{{ '<|' + message['role'] + '|>' + "
         "message['content'] + eos_token }}{% endfor %}{% if add_generation_prompt %}"
         "{{ '<|assistant|>' }}{% endif %}"}};
    detail::write_text(folder / "tokenizer_config.json", settings.dump(2));
}

/// A whole model folder that loads and generates bytes at random.
inline void write_random_model(const std::filesystem::path& folder,
                               const nlohmann::json& config = tiny_config(),
                               engine::dtype type = engine::dtype::f32) {
    write_random_weights(folder, config, type);
    write_byte_tokenizer(folder);
}

}  // namespace tessera::testing
