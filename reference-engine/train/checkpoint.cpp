#include "train/checkpoint.hpp"

#include <charconv>
#include <cstring>
#include <fstream>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/bf16.hpp"
#include "core/error.hpp"
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
    for (const parameter& one : layout.all()) check(files.at(one.name), one);
    for (const parameter& one : layout.all())
        copy_out(files.at(one.name), weights.subspan(one.offset, one.size));
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
