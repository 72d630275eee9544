#include "train/checkpoint.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <fstream>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "core/bf16.hpp"
#include "core/error.hpp"
#include "core/json_text.hpp"
#include "loading/adapter.hpp"
#include "loading/safetensors.hpp"
#include "loading/weight_files.hpp"

namespace tessera::engine::train {
namespace {

constexpr auto state_kind = "tessera-training-state";
// Counting on from there overflows nothing.
constexpr std::int64_t most_steps = 1 << 30;
constexpr std::int64_t most_tokens = std::int64_t{1} << 62;

void write_text(const std::filesystem::path& path, const std::string& text) {
    std::filesystem::path partial = path;
    partial += ".partial";
    {
        std::ofstream out(partial, std::ios::binary | std::ios::trunc);
        out << text;
        out.close();
        if (!out) throw engine_error(error_code::io, partial.string() + ": cannot be written");
    }
    std::error_code failed;
    std::filesystem::rename(partial, path, failed);
    if (failed) throw engine_error(error_code::io, path.string() + ": " + failed.message());
}

nlohmann::json generation_config(const model_config& config) {
    nlohmann::json out = nlohmann::json::object();
    if (config.bos_token >= 0) out["bos_token_id"] = config.bos_token;
    if (!config.eos_tokens.empty()) out["eos_token_id"] = config.eos_tokens;
    out["max_length"] = config.max_position;
    return out;
}

std::vector<std::string> modules_of(const adapter_options& adapter) {
    if (!adapter.modules.empty()) return adapter.modules;
    return {std::begin(adapter_modules), std::end(adapter_modules)};
}

}  // namespace

model_config described_model(model_config config, const tuning& tuned) {
    if (tuned.labels == 0) return config;
    config.architecture.resize(
        std::min(config.architecture.find("For"), config.architecture.size()));
    config.architecture += "ForSequenceClassification";
    classifier_config head{
        .problem = tuned.problem.value_or(tuned.labels == 1 ? problem_kind::regression
                                                            : problem_kind::single_label),
        .labels = tuned.label_names};
    for (int i = static_cast<int>(head.labels.size()); i < tuned.labels; ++i)
        head.labels.push_back("LABEL_" + std::to_string(i));
    config.classifier = std::move(head);
    return config;
}

nlohmann::json described_adapter(const tuning& tuned) {
    nlohmann::json out{{"peft_type", "LORA"},
                       {"task_type", tuned.labels > 0 ? "SEQ_CLS" : "CAUSAL_LM"},
                       {"r", tuned.adapter->rank},
                       {"lora_alpha", tuned.adapter->alpha},
                       {"lora_dropout", 0.0},
                       {"target_modules", modules_of(*tuned.adapter)},
                       {"bias", "none"},
                       {"fan_in_fan_out", false},
                       {"inference_mode", true},
                       {"base_model_name_or_path", nullptr},
                       {"modules_to_save", nullptr}};
    if (tuned.labels > 0) out["modules_to_save"] = nlohmann::json::array({"score"});
    return out;
}

namespace {

// Throws malformed for adapters that compute something else than those that are trained.
void check_adapter(const std::filesystem::path& path, const adapter_options& wanted) {
    const auto config = read_json(path);
    const auto require = [&](const char* name, const nlohmann::json& value,
                             const nlohmann::json& absent = {}) {
        if (config.is_object() && config.value(name, absent) == value) return;
        throw engine_error(error_code::malformed, path.string() + ": " + name + " is not " +
                                                      value.dump() +
                                                      ", as in the adapters that are trained");
    };
    require("peft_type", "LORA");
    require("r", wanted.rank);
    require("lora_alpha", wanted.alpha);
    require("bias", "none", "none");
    for (const char* otherwise : {"fan_in_fan_out", "use_rslora", "use_dora"})
        require(otherwise, false, false);
}

template <class Number>
void convert(const tensor_view& view, std::span<float> out) {
    for (std::size_t i = 0; i < out.size(); ++i) {
        Number one;
        std::memcpy(&one, view.data.data() + i * sizeof one, sizeof one);
        if constexpr (std::is_same_v<Number, float>) {
            out[i] = one;
        } else {
            out[i] = to_float(one);
        }
    }
}

void check(const tensor_view& view, const parameter& wanted) {
    if (view.shape != wanted.shape) {
        throw engine_error(error_code::malformed,
                           in_quotes(wanted.name) + " has another shape than config.json says");
    }
    if (view.type != dtype::f32 && view.type != dtype::bf16 && view.type != dtype::f16) {
        throw engine_error(error_code::unsupported,
                           in_quotes(wanted.name) + " is neither F32, BF16 nor F16");
    }
}

void copy_out(const tensor_view& view, std::span<float> out) {
    if (view.type == dtype::f32) return convert<float>(view, out);
    if (view.type == dtype::bf16) return convert<bf16>(view, out);
    convert<f16>(view, out);
}

std::int64_t number(const safetensors_file& file, const std::string& name, std::int64_t most,
                    const std::filesystem::path& path) {
    const auto found = file.metadata().find(name);
    std::int64_t out = 0;
    if (found != file.metadata().end()) {
        const std::string& text = found->second;
        const auto end = text.data() + text.size();
        const auto [read, error] = std::from_chars(text.data(), end, out);
        if (error == std::errc() && read == end && out >= 0 && out <= most) return out;
    }
    throw engine_error(error_code::malformed, path.string() + ": the metadata need " +
                                                  in_quotes(name) + ", a number from 0 to " +
                                                  std::to_string(most));
}

}  // namespace

void write_folder(const std::filesystem::path& folder, const model_config& config,
                  const tuning& tuned, std::span<const tensor_view> tensors, weight_format format) {
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    if (failed) throw engine_error(error_code::io, folder.string() + ": " + failed.message());
    std::vector<tensor_view> views(tensors.begin(), tensors.end());
    std::vector<std::vector<bf16>> rounded(views.size());
    for (std::size_t i = 0; i < views.size(); ++i) {
        tensor_view& view = views[i];
        if (format != weight_format::bf16) continue;
        for (std::size_t at = 0; at < view.data.size(); at += sizeof(float)) {
            float weight;
            std::memcpy(&weight, view.data.data() + at, sizeof weight);
            rounded[i].push_back(to_bf16(weight));
        }
        view.type = dtype::bf16;
        view.data = std::as_bytes(std::span(rounded[i]));
    }
    if (tuned.adapter) {
        write_text(folder / "adapter_config.json", described_adapter(tuned).dump(2) + "\n");
        write_safetensors(folder / "adapter_model.safetensors", views, {{"format", "pt"}});
        return;
    }
    nlohmann::json described = to_json(described_model(config, tuned));
    described["torch_dtype"] = format == weight_format::bf16 ? "bfloat16" : "float32";
    write_text(folder / "config.json", described.dump(2) + "\n");
    write_text(folder / "generation_config.json", generation_config(config).dump(2) + "\n");
    write_safetensors(folder / "model.safetensors", views, {{"format", "pt"}});
}

void read_folder(const std::filesystem::path& folder, const tuning& tuned,
                 const parameter_layout& layout, std::span<float> weights) {
    const auto take = [&](const auto& find) {
        std::vector<const tensor_view*> found;
        for (const parameter& one : layout.all()) {
            const tensor_view* view = find(one.name);
            if (view) {
                check(*view, one);
            } else if (one.name != "score.weight") {
                throw engine_error(error_code::malformed,
                                   folder.string() + ": there is no tensor " + in_quotes(one.name));
            }
            found.push_back(view);
        }
        for (std::size_t i = 0; i < found.size(); ++i) {
            const parameter& one = layout.all()[i];
            if (found[i]) copy_out(*found[i], weights.subspan(one.offset, one.size));
        }
    };
    if (!tuned.adapter) {
        const weight_files files = weight_files::open(folder);
        return take([&](const std::string& name) { return files.find(name); });
    }
    check_adapter(folder / "adapter_config.json", *tuned.adapter);
    const auto file = safetensors_file::open(folder / "adapter_model.safetensors");
    for (const tensor_view& view : file.tensors()) {
        if (!view.name.starts_with(adapter_root) ||
            !layout.find(view.name.substr(adapter_root.size()))) {
            throw engine_error(error_code::malformed, folder.string() + ": the tensor " +
                                                          in_quotes(view.name) +
                                                          " is of no adapter that is trained");
        }
    }
    take([&](const std::string& name) { return file.find(std::string(adapter_root) + name); });
}

void write_state(const std::filesystem::path& file, const model_config& config,
                 const optimiser_state& state) {
    const auto view = [](const char* name, std::span<const float> data) {
        return tensor_view{
            name, dtype::f32, {static_cast<std::int64_t>(data.size())}, std::as_bytes(data)};
    };
    const std::vector<tensor_view> views{view("weights", state.weights),
                                         view("first_moment", state.first),
                                         view("second_moment", state.second)};
    write_safetensors(file, views,
                      {{"kind", state_kind},
                       {"config", to_json(config).dump()},
                       {"steps", std::to_string(state.steps)},
                       {"tokens", std::to_string(state.tokens)}});
}

void read_state(const std::filesystem::path& file, const model_config& config,
                optimiser_state& state) {
    const safetensors_file opened = safetensors_file::open(file);
    const auto described = opened.metadata().find("config");
    if (described == opened.metadata().end() || described->second != to_json(config).dump()) {
        throw engine_error(error_code::malformed,
                           file.string() + ": the training state of another configuration");
    }
    constexpr float most = std::numeric_limits<float>::max();
    const auto checked = [&](const char* name, std::span<float> out, float least) {
        const auto require = [&](bool condition, const char* wrong) {
            if (condition) return;
            throw engine_error(error_code::malformed,
                               file.string() + ": " + in_quotes(name) + " " + wrong);
        };
        const tensor_view* view = opened.find(name);
        require(view && view->type == dtype::f32 && view->data.size() == out.size_bytes(),
                "is absent or of another size");
        for (std::size_t i = 0; i < view->data.size(); i += sizeof least) {
            float x;
            std::memcpy(&x, view->data.data() + i, sizeof x);
            require(x >= least && x <= most, "holds a number out of range");
        }
        return view->data;
    };
    const auto steps = number(opened, "steps", most_steps, file);
    const auto tokens = number(opened, "tokens", most_tokens, file);
    const auto weights = checked("weights", state.weights, -most);
    const auto first = checked("first_moment", state.first, -most);
    const auto second = checked("second_moment", state.second, 0);
    state.steps = steps;
    state.tokens = tokens;
    std::memcpy(state.weights.data(), weights.data(), weights.size());
    std::memcpy(state.first.data(), first.data(), first.size());
    std::memcpy(state.second.data(), second.data(), second.size());
}

}  // namespace tessera::engine::train
