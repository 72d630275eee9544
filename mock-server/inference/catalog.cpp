#include "inference/catalog.hpp"

#include <algorithm>

namespace tessera::server {
namespace {

struct known_model {
    std::string_view api;
    std::string_view id;
    std::string_view name;
    std::string_view owned_by;
    std::string_view hugging_face_id;
    std::int64_t created;
    std::string_view kind{};
};

constexpr known_model known_models[] = {
    {"cerebras", "llama3.1-8b", "Llama 3.1 8B", "Meta", "meta-llama/Llama-3.1-8B-Instruct",
     1721692800},
    {"cerebras", "llama3.1-70b", "Llama 3.1 70B", "Meta", "meta-llama/Llama-3.1-70B-Instruct",
     1721692800},
    {"cerebras", "llama-3.3-70b", "Llama 3.3 70B", "Meta", "meta-llama/Llama-3.3-70B-Instruct",
     1733443200},
    {"cerebras", "qwen-3-32b", "Qwen 3 32B", "Qwen", "Qwen/Qwen3-32B", 1745798400},
    {"cerebras", "gpt-oss-120b", "GPT-OSS 120B", "OpenAI", "openai/gpt-oss-120b", 1754352000},
    {"emissary", "Llama-3.2-1B-Instruct", "Llama 3.2 1B Instruct", "Meta",
     "meta-llama/Llama-3.2-1B-Instruct", 1727222400, "chat"},
    {"emissary", "Llama-3.2-3B-Instruct", "Llama 3.2 3B Instruct", "Meta",
     "meta-llama/Llama-3.2-3B-Instruct", 1727222400, "chat"},
    {"emissary", "Llama-3.1-8B-Instruct", "Llama 3.1 8B Instruct", "Meta",
     "meta-llama/Llama-3.1-8B-Instruct", 1721692800, "chat"},
    {"emissary", "Llama-3.2-1B-Completion", "Llama 3.2 1B", "Meta", "meta-llama/Llama-3.2-1B",
     1727222400, "completion"},
    {"emissary", "Qwen3-Embedding-0.6B", "Qwen 3 Embedding 0.6B", "Qwen",
     "Qwen/Qwen3-Embedding-0.6B", 1748908800, "embeddings"},
};

}  // namespace

std::vector<listing> catalog::of_api(std::string_view api) const {
    std::vector<listing> all;
    if (models_.empty()) return all;
    for (const known_model& each : known_models)
        if (each.api == api)
            all.push_back({.id = std::string(each.id),
                           .name = std::string(each.name),
                           .owned_by = std::string(each.owned_by),
                           .hugging_face_id = std::string(each.hugging_face_id),
                           .created = each.created,
                           .kind = std::string(each.kind),
                           .model = models_.front().model.get()});
    for (const entry& each : models_) {
        if (each.listed_as.empty()) continue;
        const auto same = std::find_if(all.begin(), all.end(), [&](const listing& other) {
            return other.id == each.listed_as;
        });
        if (same != all.end())
            same->model = each.model.get();
        else
            all.push_back({.id = each.listed_as,
                           .name = each.listed_as,
                           .owned_by = each.owned_by,
                           .hugging_face_id = {},
                           .created = each.model->card().created,
                           .kind = {},
                           .model = each.model.get()});
    }
    return all;
}

}  // namespace tessera::server
