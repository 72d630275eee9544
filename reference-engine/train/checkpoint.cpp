#include "train/checkpoint.hpp"

#include <charconv>
#include <cstring>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/bf16.hpp"
#include "core/error.hpp"
#include "loading/safetensors.hpp"

namespace tessera::engine::train {
namespace {

constexpr auto state_kind = "tessera-training-state";

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

void copy_out(const tensor_view& view, const parameter& wanted, std::span<float> out) {
    if (view.shape != wanted.shape) {
        throw engine_error(error_code::malformed,
                           in_quotes(wanted.name) + " has another shape than config.json says");
    }
    switch (view.type) {
        case dtype::f32:
            return convert<float>(view, out);
        case dtype::bf16:
            return convert<bf16>(view, out);
        case dtype::f16:
            return convert<f16>(view, out);
        default:
            throw engine_error(error_code::unsupported,
                               in_quotes(wanted.name) + " is neither F32, BF16 nor F16");
    }
}

std::int64_t number(const safetensors_file& file, const std::string& name,
                    const std::filesystem::path& path) {
    const auto found = file.metadata().find(name);
    std::int64_t out = 0;
    if (found != file.metadata().end()) {
        const std::string& text = found->second;
        const auto end = text.data() + text.size();
        if (std::from_chars(text.data(), end, out).ptr == end && out >= 0) return out;
    }
    throw engine_error(error_code::malformed, path.string() + ": no " + name + " in the metadata");
}

}  // namespace

void write_model(const std::filesystem::path& folder, const model_config& config,
                 const parameter_layout& layout, std::span<const float> weights,
                 weight_format format) {
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    if (failed) throw engine_error(error_code::io, folder.string() + ": " + failed.message());
    std::vector<bf16> rounded;
    if (format == weight_format::bf16) {
        rounded.reserve(weights.size());
        for (const float w : weights) rounded.push_back(to_bf16(w));
    }
    std::vector<tensor_view> views;
    for (const parameter& one : layout.all()) {
        if (format == weight_format::bf16) {
            views.push_back({one.name, dtype::bf16, one.shape,
                             std::as_bytes(std::span(rounded).subspan(one.offset, one.size))});
        } else {
            views.push_back({one.name, dtype::f32, one.shape,
                             std::as_bytes(weights.subspan(one.offset, one.size))});
        }
    }
    nlohmann::json described = to_json(config);
    described["torch_dtype"] = format == weight_format::bf16 ? "bfloat16" : "float32";
    write_text(folder / "config.json", described.dump(2) + "\n");
    write_text(folder / "generation_config.json", generation_config(config).dump(2) + "\n");
    write_safetensors(folder / "model.safetensors", views, {{"format", "pt"}});
}

void read_model(const std::filesystem::path& folder, const parameter_layout& layout,
                std::span<float> weights) {
    const weight_files files = weight_files::open(folder);
    for (const parameter& one : layout.all())
        copy_out(files.at(one.name), one, weights.subspan(one.offset, one.size));
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
    const auto take = [&](const char* name, std::span<float> out) {
        const tensor_view* view = opened.find(name);
        if (!view || view->type != dtype::f32 || view->data.size() != out.size_bytes()) {
            throw engine_error(error_code::malformed, file.string() + ": " + in_quotes(name) +
                                                          " is absent or of another size");
        }
        std::memcpy(out.data(), view->data.data(), out.size_bytes());
    };
    state.steps = number(opened, "steps", file);
    state.tokens = number(opened, "tokens", file);
    take("weights", state.weights);
    take("first_moment", state.first);
    take("second_moment", state.second);
}

}  // namespace tessera::engine::train
