#include "loading/adapter.hpp"

#include <cmath>
#include <limits>
#include <utility>

#include "core/error.hpp"
#include "core/json_text.hpp"

namespace tessera::engine {
namespace {

constexpr int largest_rank = 1 << 12;

[[noreturn]] void refuse_adapter(error_code code, const std::string& what) {
    throw engine_error(code, "adapter_config.json: " + what);
}

// Null counts as absent, as it does in Python.
const nlohmann::json* member_of(const nlohmann::json& config, const char* name) {
    const auto place = config.find(name);
    return place == config.end() || place->is_null() ? nullptr : &*place;
}

bool flag_of(const nlohmann::json& config, const char* name) {
    const auto* value = member_of(config, name);
    if (!value) return false;
    if (!value->is_boolean()) {
        refuse_adapter(error_code::malformed, std::string(name) + " must be true or false");
    }
    return value->get<bool>();
}

}  // namespace

adapter_config parse_adapter_config(const nlohmann::json& config) {
    if (!config.is_object()) refuse_adapter(error_code::malformed, "must be an object");
    const auto* type = member_of(config, "peft_type");
    if (!type || *type != "LORA") {
        refuse_adapter(error_code::unsupported, "peft_type must be \"LORA\"");
    }
    for (const char* name : {"use_dora", "fan_in_fan_out", "lora_bias"}) {
        if (flag_of(config, name)) refuse_adapter(error_code::unsupported, name);
    }
    for (const char* name : {"rank_pattern", "alpha_pattern"}) {
        if (const auto* value = member_of(config, name); value && !value->empty()) {
            refuse_adapter(error_code::unsupported, name);
        }
    }
    if (const auto* bias = member_of(config, "bias"); bias && *bias != "none") {
        refuse_adapter(error_code::unsupported, "bias must be \"none\"");
    }
    adapter_config result;
    const auto* rank = member_of(config, "r");
    if (!rank || !rank->is_number_integer() || *rank < 1 || *rank > largest_rank) {
        refuse_adapter(error_code::malformed,
                       "r must be an integer from 1 to " + std::to_string(largest_rank));
    }
    result.rank = rank->get<int>();
    const auto* alpha = member_of(config, "lora_alpha");
    if (!alpha || !alpha->is_number() || !(std::abs(alpha->get<double>()) <= 1e6)) {
        refuse_adapter(error_code::malformed, "lora_alpha must be a number up to 10^6");
    }
    const double by = flag_of(config, "use_rslora") ? std::sqrt(result.rank) : result.rank;
    result.scale = alpha->get<double>() / by;
    if (const auto* targets = member_of(config, "target_modules"); targets && targets->is_array()) {
        for (const auto& target : *targets) {
            if (!target.is_string()) {
                refuse_adapter(error_code::malformed, "target_modules must list names");
            }
            result.targets.push_back(target.get<std::string>());
        }
    }
    return result;
}

adapter_files adapter_files::open(const std::filesystem::path& folder) {
    const auto config =
        read_json(folder / "adapter_config.json", {.bytes = std::size_t{1} << 20, .depth = 32});
    return {folder, parse_adapter_config(config),
            safetensors_file::open(folder / "adapter_model.safetensors")};
}

std::vector<std::string> adapter_files::names() const {
    std::vector<std::string> result;
    for (const auto& tensor : file_.tensors()) result.push_back(tensor.name);
    return result;
}

}  // namespace tessera::engine
