#include "loading/weight_files.hpp"

#include <algorithm>
#include <map>
#include <system_error>

#include "core/error.hpp"
#include "core/json_text.hpp"

namespace tessera::engine {
namespace {

constexpr std::size_t most_shards = 4096;

/// A name of a file in the same folder, nothing that leads elsewhere.
bool plain_file_name(std::string_view name) {
    return !name.empty() && name != "." && name != ".." &&
           name.find_first_of(std::string_view("/\\\0", 3)) == std::string_view::npos;
}

}  // namespace

weight_files weight_files::open(const std::filesystem::path& dir) {
    weight_files weights;
    weights.dir_ = dir;
    std::error_code ignored;
    const auto single = dir / "model.safetensors";
    const auto index_path = dir / "model.safetensors.index.json";
    if (std::filesystem::exists(single, ignored)) {
        weights.files_.push_back(safetensors_file::open(single));
        for (const tensor_view& view : weights.files_.front().tensors()) {
            weights.index_.emplace(view.name, &view);
        }
        return weights;
    }
    if (!std::filesystem::exists(index_path, ignored)) {
        throw engine_error(error_code::io, dir.string() +
                                               ": there is neither model.safetensors nor "
                                               "model.safetensors.index.json");
    }

    const auto malformed = [&](const std::string& reason) {
        return engine_error(error_code::malformed, index_path.string() + ": " + reason);
    };
    const nlohmann::json index =
        read_json(index_path, {.bytes = std::size_t{64} << 20, .depth = 8});
    const auto map = index.is_object() ? index.find("weight_map") : index.end();
    if (!index.is_object() || map == index.end() || !map->is_object()) {
        throw malformed("needs an object weight_map");
    }
    std::map<std::string, std::size_t> shards;
    for (const auto& [name, file] : map->items()) {
        if (!file.is_string() || !plain_file_name(file.get_ref<const std::string&>())) {
            throw malformed("weight_map sends " + in_quotes(name) + " to what is no file name");
        }
        shards.emplace(file.get<std::string>(), shards.size());
        if (shards.size() > most_shards) throw malformed("names more than 4096 files");
    }
    weights.files_.resize(shards.size());
    for (const auto& [file, number] : shards) {
        weights.files_[number] = safetensors_file::open(dir / file);
    }
    for (const auto& [name, file] : map->items()) {
        const auto& shard = weights.files_[shards.at(file.get<std::string>())];
        const tensor_view* view = shard.find(name);
        if (view == nullptr) {
            throw malformed("tensor " + in_quotes(name) + " is not in " + file.get<std::string>());
        }
        weights.index_.emplace(view->name, view);
    }
    return weights;
}

const tensor_view* weight_files::find(std::string_view name) const {
    const auto it = index_.find(name);
    return it == index_.end() ? nullptr : it->second;
}

std::vector<std::string> weight_files::names() const {
    std::vector<std::string> result;
    for (const auto& entry : index_) result.emplace_back(entry.first);
    return result;
}

}  // namespace tessera::engine
