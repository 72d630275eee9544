#include "loading/config.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string_view>

#include "core/error.hpp"
#include "core/json_text.hpp"

namespace tessera::engine {
namespace {

using json = nlohmann::json;

[[noreturn]] void malformed(std::string_view name, const std::string& reason) {
    throw engine_error(error_code::malformed, "config.json: " + std::string(name) + " " + reason);
}
[[noreturn]] void unsupported(const std::string& what) {
    throw engine_error(error_code::unsupported, "config.json: " + what);
}

/// Members of one object; null counts as absent, as it does in Python.
class members {
  public:
    explicit members(const json& object, std::string prefix = {})
        : object_(object), prefix_(std::move(prefix)) {}

    const json* find(std::string_view name) const {
        const auto it = object_.find(name);
        return it == object_.end() || it->is_null() ? nullptr : &*it;
    }

    int integer(std::string_view name, int low, int high, std::optional<int> otherwise = {}) const {
        const json* x = find(name);
        if (x == nullptr) {
            if (otherwise) return *otherwise;
            malformed(label(name), "is missing");
        }
        return integer(*x, name, low, high);
    }
    int integer(const json& x, std::string_view name, int low, int high) const {
        if (!x.is_number_integer() || x.get<std::int64_t>() < low || x.get<std::int64_t>() > high ||
            (x.is_number_unsigned() && x.get<std::uint64_t>() > static_cast<std::uint64_t>(high))) {
            malformed(label(name), "must be an integer from " + std::to_string(low) + " to " +
                                       std::to_string(high));
        }
        return x.get<int>();
    }
    double real(std::string_view name, double low, double high,
                std::optional<double> otherwise = {}) const {
        const json* x = find(name);
        if (x == nullptr) {
            if (otherwise) return *otherwise;
            malformed(label(name), "is missing");
        }
        if (!x->is_number() || !(x->get<double>() >= low && x->get<double>() <= high)) {
            malformed(label(name),
                      "must be a number from " + short_text(low) + " to " + short_text(high));
        }
        return x->get<double>();
    }
    bool boolean(std::string_view name, bool otherwise) const {
        const json* x = find(name);
        if (x == nullptr) return otherwise;
        if (!x->is_boolean()) malformed(label(name), "must be true or false");
        return x->get<bool>();
    }
    std::string text(std::string_view name, std::string_view otherwise) const {
        const json* x = find(name);
        if (x == nullptr) return std::string(otherwise);
        if (!x->is_string()) malformed(label(name), "must be a string");
        return x->get<std::string>();
    }
    const json* object(std::string_view name) const {
        const json* x = find(name);
        if (x != nullptr && !x->is_object()) malformed(label(name), "must be an object");
        return x;
    }

  private:
    static std::string short_text(double x) { return json(x).dump(); }
    std::string label(std::string_view name) const { return prefix_ + std::string(name); }

    const json& object_;
    std::string prefix_;
};

constexpr std::string_view causal = "ForCausalLM";
constexpr std::string_view classifying = "ForSequenceClassification";
constexpr double tiny = std::numeric_limits<double>::min();
constexpr int largest_position = 1 << 28;

// arXiv 2309.00071, section 3.4: the temperature of the attention, as a scale of cos and sin.
double yarn_scale(double factor, double weight) {
    return factor <= 1 ? 1 : 0.1 * weight * std::log(factor) + 1;
}

rope_config parse_rope(const members& config, int max_position) {
    rope_config rope;
    const json* scaling = config.object("rope_parameters");
    const char* place = "rope_parameters.";
    if (scaling == nullptr) {
        scaling = config.object("rope_scaling");
        place = "rope_scaling.";
    }
    rope.theta = config.real("rope_theta", tiny, 1e15, 10000.0);
    if (scaling == nullptr) return rope;

    const members given(*scaling, place);
    rope.theta = given.real("rope_theta", tiny, 1e15, rope.theta);
    const std::string kind = given.text("rope_type", given.text("type", "default"));
    if (given.real("partial_rotary_factor", 0, 1, 1.0) != 1) unsupported("partial_rotary_factor");
    if (kind == "default") return rope;
    rope.factor = given.real("factor", tiny, 1e6);
    if (kind == "linear") {
        rope.kind = rope_kind::linear;
        return rope;
    }
    rope.original_max_position = given.integer(
        "original_max_position_embeddings", 1, largest_position,
        config.integer("original_max_position_embeddings", 1, largest_position, max_position));
    if (kind == "dynamic") {
        rope.kind = rope_kind::dynamic_ntk;
    } else if (kind == "llama3") {
        rope.kind = rope_kind::llama3;
        rope.low_freq_factor = given.real("low_freq_factor", tiny, 1e6);
        rope.high_freq_factor = given.real("high_freq_factor", tiny, 1e6);
        if (rope.low_freq_factor >= rope.high_freq_factor) {
            malformed("rope_scaling.low_freq_factor", "must be below high_freq_factor");
        }
    } else if (kind == "yarn") {
        rope.kind = rope_kind::yarn;
        rope.beta_fast = given.real("beta_fast", tiny, 1e6, 32.0);
        rope.beta_slow = given.real("beta_slow", tiny, 1e6, 1.0);
        if (rope.beta_slow > rope.beta_fast) {
            malformed("rope_scaling.beta_slow", "must not be above beta_fast");
        }
        rope.truncate = given.boolean("truncate", true);
        const double mscale = given.real("mscale", 0, 1e6, 0.0);
        const double mscale_all_dim = given.real("mscale_all_dim", 0, 1e6, 0.0);
        const double usual =
            mscale != 0 && mscale_all_dim != 0
                ? yarn_scale(rope.factor, mscale) / yarn_scale(rope.factor, mscale_all_dim)
                : yarn_scale(rope.factor, 1);
        rope.attention_factor = given.real("attention_factor", tiny, 1e6, usual);
    } else {
        unsupported("rope scaling of type " + in_quotes(kind));
    }
    return rope;
}

void add_eos(const members& from, model_config& config) {
    const json* eos = from.find("eos_token_id");
    if (eos == nullptr) return;
    const auto add = [&](const json& id) {
        const int token = from.integer(id, "eos_token_id", 0, config.vocab_size - 1);
        if (std::ranges::find(config.eos_tokens, token) == config.eos_tokens.end()) {
            config.eos_tokens.push_back(token);
        }
    };
    if (!eos->is_array()) return add(*eos);
    constexpr std::size_t most = 256;
    if (eos->size() > most) malformed("eos_token_id", "lists more than 256 tokens");
    for (const json& id : *eos) add(id);
}

std::string parse_architecture(const members& config) {
    std::string name;
    if (const json* list = config.find("architectures")) {
        if (!list->is_array() || list->size() != 1 || !list->front().is_string()) {
            malformed("architectures", "must list one name");
        }
        name = list->front().get<std::string>();
    } else {
        const std::string type = config.text("model_type", "");
        name = type == "llama"     ? "LlamaForCausalLM"
               : type == "mistral" ? "MistralForCausalLM"
               : type == "qwen2"   ? "Qwen2ForCausalLM"
                                   : type;
    }
    for (const std::string family : {"Llama", "Mistral", "Qwen2"}) {
        for (const auto task : {causal, classifying}) {
            if (name == family + std::string(task)) return name;
        }
    }
    unsupported("architecture " + in_quotes(name) +
                "; use a LlamaForCausalLM, MistralForCausalLM or Qwen2ForCausalLM, or a "
                "ForSequenceClassification of these families");
}

std::string_view family_of(const model_config& config) {
    const std::string_view name = config.architecture;
    return name.substr(0, name.find("For"));
}

// As Hugging Face's configurations have it: two labels where nothing is said.
classifier_config parse_classifier(const members& given) {
    classifier_config result;
    constexpr int most = 1 << 16;
    if (const json* names = given.object("id2label"); names && !names->empty()) {
        if (names->size() > most) malformed("id2label", "has more than 65536 labels");
        for (std::size_t i = 0; i < names->size(); ++i) {
            const auto name = names->find(std::to_string(i));
            if (name == names->end() || !name->is_string()) {
                malformed("id2label",
                          "must name the labels 0 to " + std::to_string(names->size() - 1));
            }
            result.labels.push_back(name->get<std::string>());
        }
    }
    const int usual = result.labels.empty() ? 2 : static_cast<int>(result.labels.size());
    const int count = given.integer("num_labels", 1, most, usual);
    if (!result.labels.empty() && count != usual)
        malformed("num_labels", "is not that of id2label");
    for (int i = static_cast<int>(result.labels.size()); i < count; ++i) {
        result.labels.push_back("LABEL_" + std::to_string(i));
    }
    const auto kind =
        given.text("problem_type", count == 1 ? "regression" : "single_label_classification");
    if (kind == "regression") {
        result.problem = problem_kind::regression;
    } else if (kind == "single_label_classification") {
        result.problem = problem_kind::single_label;
    } else if (kind == "multi_label_classification") {
        result.problem = problem_kind::multi_label;
    } else {
        unsupported("problem_type " + in_quotes(kind));
    }
    return result;
}

void cap_by_sliding_window(const members& given, model_config& config) {
    const bool qwen = family_of(config) == "Qwen2";
    if (family_of(config) == "Llama") return;
    if (qwen && !given.boolean("use_sliding_window", false)) return;
    if (given.find("sliding_window") == nullptr) return;
    config.max_position = std::min(
        config.max_position, given.integer("sliding_window", 1, std::numeric_limits<int>::max()));
}

}  // namespace

model_config parse_config(const json& source) {
    if (!source.is_object()) malformed("the document", "must be an object");
    const members given(source);
    model_config config;
    config.architecture = parse_architecture(given);
    if (given.find("quantization_config") != nullptr) {
        unsupported(
            "quantized weights (quantization_config); use the float32, float16 or bfloat16 ones");
    }
    const std::string activation = given.text("hidden_act", "silu");
    if (activation != "silu" && activation != "swish")
        unsupported("hidden_act " + in_quotes(activation));

    config.vocab_size = given.integer("vocab_size", 1, 1 << 24);
    config.hidden_size = given.integer("hidden_size", 1, 1 << 17);
    config.layers = given.integer("num_hidden_layers", 1, 1 << 12);
    config.heads = given.integer("num_attention_heads", 1, 1 << 12);
    config.kv_heads = given.integer("num_key_value_heads", 1, 1 << 12, config.heads);
    config.intermediate_size = given.integer("intermediate_size", 1, 1 << 20);
    config.max_position = given.integer("max_position_embeddings", 1, largest_position);
    if (config.heads % config.kv_heads != 0) {
        malformed("num_key_value_heads", "must divide num_attention_heads");
    }
    if (given.find("head_dim") == nullptr && config.hidden_size % config.heads != 0) {
        malformed("num_attention_heads", "must divide hidden_size where head_dim is absent");
    }
    config.head_dim = given.integer("head_dim", 2, 1 << 12, config.hidden_size / config.heads);
    if (config.head_dim < 2 || config.head_dim % 2 != 0) malformed("head_dim", "must be even");
    if (config.heads * config.head_dim > 1 << 20)
        malformed("head_dim", "times heads is above 2^20");

    config.rms_eps = static_cast<float>(given.real("rms_norm_eps", 1e-12, 1, 1e-6));
    config.tied_embeddings = given.boolean("tie_word_embeddings", false);
    const bool qwen = family_of(config) == "Qwen2";
    const bool llama = family_of(config) == "Llama";
    if (config.architecture.ends_with(classifying)) config.classifier = parse_classifier(given);
    config.attention_bias = qwen || (llama && given.boolean("attention_bias", false));
    config.attention_output_bias = config.attention_bias && !qwen;
    config.mlp_bias = llama && given.boolean("mlp_bias", false);
    if (given.real("partial_rotary_factor", 0, 1, 1.0) != 1) unsupported("partial_rotary_factor");
    config.rope = parse_rope(given, config.max_position);
    cap_by_sliding_window(given, config);
    config.bos_token = given.integer("bos_token_id", -1, config.vocab_size - 1, -1);
    add_eos(given, config);
    return config;
}

model_config load_config(const std::filesystem::path& dir) {
    constexpr json_limits limits{.bytes = 1U << 20, .depth = 32};
    try {
        model_config config = parse_config(read_json(dir / "config.json", limits));
        const auto generation = dir / "generation_config.json";
        if (std::filesystem::exists(generation)) {
            const json source = read_json(generation, limits);
            if (!source.is_object()) malformed("generation_config.json", "must be an object");
            const members given(source, "generation_config.json: ");
            add_eos(given, config);
            config.bos_token =
                given.integer("bos_token_id", -1, config.vocab_size - 1, config.bos_token);
        }
        return config;
    } catch (const std::filesystem::filesystem_error& e) {
        throw engine_error(error_code::io, e.what());
    }
}

json to_json(const model_config& config) {
    json out = {
        {"architectures", {config.architecture}},
        {"model_type", family_of(config) == "Qwen2"     ? "qwen2"
                       : family_of(config) == "Mistral" ? "mistral"
                                                        : "llama"},
        {"vocab_size", config.vocab_size},
        {"hidden_size", config.hidden_size},
        {"num_hidden_layers", config.layers},
        {"num_attention_heads", config.heads},
        {"num_key_value_heads", config.kv_heads},
        {"head_dim", config.head_dim},
        {"intermediate_size", config.intermediate_size},
        {"max_position_embeddings", config.max_position},
        {"rms_norm_eps", config.rms_eps},
        {"tie_word_embeddings", config.tied_embeddings},
        {"hidden_act", "silu"},
        {"rope_theta", config.rope.theta},
        {"rope_scaling", nullptr},
    };
    if (family_of(config) == "Llama") {
        out["attention_bias"] = config.attention_bias;
        out["mlp_bias"] = config.mlp_bias;
    }
    if (config.bos_token >= 0) out["bos_token_id"] = config.bos_token;
    if (config.eos_tokens.size() == 1) out["eos_token_id"] = config.eos_tokens.front();
    if (config.eos_tokens.size() > 1) out["eos_token_id"] = config.eos_tokens;

    if (config.classifier) {
        const auto& labels = config.classifier->labels;
        for (std::size_t i = 0; i < labels.size(); ++i) {
            out["id2label"][std::to_string(i)] = labels[i];
            out["label2id"][labels[i]] = i;
        }
        out["num_labels"] = labels.size();
        out["problem_type"] = config.classifier->problem == problem_kind::regression ? "regression"
                              : config.classifier->problem == problem_kind::single_label
                                  ? "single_label_classification"
                                  : "multi_label_classification";
    }

    const rope_config& rope = config.rope;
    if (rope.kind == rope_kind::none) return out;
    json& scaling = out["rope_scaling"] = {{"factor", rope.factor}};
    if (rope.kind != rope_kind::linear) {
        scaling["original_max_position_embeddings"] = rope.original_max_position;
    }
    switch (rope.kind) {
        case rope_kind::none:
            break;
        case rope_kind::linear:
            scaling["rope_type"] = "linear";
            break;
        case rope_kind::dynamic_ntk:
            scaling["rope_type"] = "dynamic";
            break;
        case rope_kind::llama3:
            scaling["rope_type"] = "llama3";
            scaling["low_freq_factor"] = rope.low_freq_factor;
            scaling["high_freq_factor"] = rope.high_freq_factor;
            break;
        case rope_kind::yarn:
            scaling["rope_type"] = "yarn";
            scaling["beta_fast"] = rope.beta_fast;
            scaling["beta_slow"] = rope.beta_slow;
            scaling["attention_factor"] = rope.attention_factor;
            scaling["truncate"] = rope.truncate;
            break;
    }
    return out;
}

}  // namespace tessera::engine
