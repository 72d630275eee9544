#include "core/cortex_options.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "tessera/core/base64.hpp"
#include "tessera/http/url.hpp"

namespace tessera::server {
namespace {

provider_settings local_provider(provider_type type, std::vector<std::string> keys,
                                 std::vector<std::string> models) {
    provider_settings made;
    made.type = type;
    made.api_keys = std::move(keys);
    made.models = std::move(models);
    return made;
}

std::vector<std::pair<std::string, provider_settings>> local_providers() {
    using enum provider_type;
    return {
        {"openai",
         local_provider(openai, {"sk-openai-local"},
                        {"gpt-4o", "gpt-4o-mini", "gpt-4.1", "gpt-4.1-mini", "gpt-4",
                         "gpt-3.5-turbo", "text-embedding-3-small", "text-embedding-3-large",
                         "text-embedding-ada-002", "whisper-1", "gpt-4o-transcribe",
                         "gpt-4o-mini-transcribe", "gpt-4o-transcribe-diarize"})},
        {"anthropic", local_provider(anthropic, {"sk-ant-local"},
                                     {"claude-3-5-sonnet-20241022", "claude-3-5-haiku-20241022",
                                      "claude-3-7-sonnet-20250219", "claude-sonnet-4-20250514",
                                      "claude-opus-4-20250514", "claude-3-opus-20240229"})},
        {"groq",
         local_provider(groq, {"gsk-groq-local"},
                        {"mixtral-8x7b-32768", "llama-3.1-70b-versatile", "llama-3.3-70b-versatile",
                         "llama-3.1-8b-instant", "whisper-large-v3"})},
        {"mistral", local_provider(mistral, {"mistral-local"},
                                   {"mistral-large-latest", "mistral-small-latest",
                                    "codestral-latest", "mistral-embed"})},
        {"google", local_provider(google, {"google-local"},
                                  {"gemini-2.0-flash", "gemini-1.5-pro", "gemini-1.5-flash"})},
        {"qwen",
         local_provider(qwen, {"qwen-local-key"}, {"qwen-max", "qwen-plus", "qwen3-coder-plus"})},
        {"openrouter", local_provider(openrouter, {"sk-or-local"},
                                      {"openai/gpt-4o", "anthropic/claude-3.5-sonnet",
                                       "meta-llama/llama-3.3-70b-instruct"})},
    };
}

// Against the bundled identity provider.
std::map<std::string, oauth_provider_settings> bundled_oauth() {
    const auto client = [](const char* id, std::vector<std::string> scopes) {
        oauth_provider_settings made;
        made.client_id = id;
        made.client_secret = std::string(id) + "-secret";
        made.scopes = std::move(scopes);
        return made;
    };
    auto qwen = client("tessera-qwen", {"openid", "profile", "model.completion"});
    qwen.client_secret.reset();  // devices keep no secrets
    return {{"google",
             client("tessera-google", {"https://www.googleapis.com/auth/generative-language"})},
            {"anthropic", client("tessera-anthropic", {"user:profile", "user:inference"})},
            {"qwen", std::move(qwen)},
            {"openrouter", client("tessera-openrouter", {})}};
}

bool is_printable(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

class options_check {
  public:
    options_check(const cortex_options& made, std::vector<json::issue>& issues)
        : made_(made), issues_(issues) {}

    void run() {
        check_keys();
        for (const auto& [name, each] : made_.providers) check_provider(name, each);
        for (const auto& [name, prefix] : made_.provider_patterns) {
            require_provider({"cortex", "provider_patterns", name}, name);
            if (prefix.empty()) wrong({"cortex", "provider_patterns", name}, "must not be empty");
        }
        check_names();
        check_oauth();
    }

  private:
    void check_keys() {
        std::set<std::string_view> names, keys;
        for (std::size_t i = 0; i < made_.api_keys.size(); ++i) {
            const gateway_key_settings& each = made_.api_keys[i];
            const json::path_type place{"cortex", "api_keys", i};
            if (!names.insert(each.name).second)
                wrong(place, "name", "another key has this name: records tell keys by it");
            if (!keys.insert(each.key).second) wrong(place, "key", "another entry has this key");
            if (!is_printable(each.key))
                wrong(place, "key", "must be of visible ASCII characters, to stand in a header");
        }
    }

    void check_provider(const std::string& name, const provider_settings& given) {
        const json::path_type place{"cortex", "providers", name};
        if (name.empty() || name.find_first_of(":/") != name.npos || !is_printable(name))
            wrong(place, "a provider's name is of visible ASCII characters without ':' and '/'");
        if (given.base_url) {
            const auto url = http::parse_url(*given.base_url);
            if (!url) wrong(place, "base_url", url.error().message);
        }
        for (const std::string& key : given.api_keys.value_or(std::vector<std::string>{}))
            if (key.empty() || !is_printable(key))
                wrong(place, "api_keys", "a key is of visible ASCII characters, and not empty");
        for (const std::string& model : given.models.value_or(std::vector<std::string>{}))
            if (model.empty()) wrong(place, "models", "a model's name must not be empty");
    }

    // Aliases and virtual models stand for models, in one step each.
    void check_names() {
        for (const auto& [name, target] : made_.aliases) {
            const json::path_type place{"cortex", "aliases", name};
            if (name.empty() || target.empty()) wrong(place, "must not be empty");
            if (made_.aliases.contains(target))
                wrong(place, "'" + target + "' is an alias itself: name what that stands for");
            check_model(place, target);
        }
        for (const auto& [name, model] : made_.virtual_models) {
            const json::path_type place{"cortex", "virtual_models", name};
            if (name.empty()) wrong(place, "a virtual model's name must not be empty");
            if (made_.aliases.contains(name)) wrong(place, "is an alias, too: rename one of both");
            for (std::size_t i = 0; i < model.candidates.size(); ++i) {
                const std::string& candidate = model.candidates[i].model;
                json::path_type there = place;
                there.insert(there.end(), {"candidates", i, "model"});
                if (made_.aliases.contains(candidate) || made_.virtual_models.contains(candidate))
                    wrong(there, "must be a model of a provider, no alias and no virtual model");
                check_model(there, candidate);
            }
        }
    }

    void check_model(const json::path_type& place, const std::string& model) {
        if (made_.virtual_models.contains(model)) return;
        const std::size_t colon = model.find(':');
        if (colon != model.npos && made_.provider(model.substr(0, colon))) return;
        for (const auto& [name, provider] : made_.providers) {
            const auto& models = provider.models;
            if (models && std::find(models->begin(), models->end(), model) != models->end()) return;
            const auto prefix = made_.provider_patterns.find(name);
            if (prefix != made_.provider_patterns.end() && model.starts_with(prefix->second))
                return;
        }
        wrong(place, "no provider has the model '" + model +
                         "': list it under a provider's models, or write provider:model");
    }

    void check_oauth() {
        const json::path_type place{"cortex", "oauth"};
        const std::string key = made_.oauth.encryption_key.value_or(std::string());
        if (!key.empty()) {
            const auto bytes = decode_base64(key);
            if (!bytes || bytes->size() != 32)
                wrong(place, "encryption_key", "must be 32 bytes in base64");
        }
        if (!made_.oauth.providers) return;
        for (const auto& [name, each] : *made_.oauth.providers) {
            json::path_type there = place;
            there.insert(there.end(), {"providers", name});
            check_url(there, "authorize_url", each.authorize_url);
            check_url(there, "token_url", each.token_url);
            check_url(there, "device_url", each.device_url);
            if ((each.authorize_url || each.device_url) && !each.token_url)
                wrong(there, "token_url", "must be there where another URL of the provider is");
        }
    }

    void check_url(const json::path_type& place, const char* member,
                   const std::optional<std::string>& text) {
        if (!text) return;
        const auto url = http::parse_url(*text);
        if (!url) wrong(place, member, url.error().message);
    }

    void require_provider(const json::path_type& place, const std::string& name) {
        if (!made_.provider(name)) wrong(place, "there is no provider of this name");
    }

    void wrong(json::path_type place, const char* member, std::string message) {
        place.emplace_back(member);
        wrong(std::move(place), std::move(message));
    }

    void wrong(json::path_type place, std::string message) {
        issues_.push_back({std::move(place), "value_error", std::move(message)});
    }

    const cortex_options& made_;
    std::vector<json::issue>& issues_;
};

}  // namespace

cortex_options::cortex_options()
    : providers(local_providers()),
      provider_patterns{{"groq", "groq/"}, {"openrouter", "openrouter/"}} {
    oauth.providers = bundled_oauth();
    gateway_key_settings key;
    key.name = "Development Key";
    key.key = "cortex-dev-key-001";
    api_keys.push_back(std::move(key));
}

const provider_settings* cortex_options::provider(std::string_view name) const {
    const auto found = std::find_if(providers.begin(), providers.end(),
                                    [&](const auto& each) { return each.first == name; });
    return found == providers.end() ? nullptr : &found->second;
}

bool is_cortex_file(const json::value& settings) {
    constexpr auto& parts = json::description<cortex_settings>.parts;
    return std::any_of(parts.begin(), parts.end(), [&](const json::part_info& part) {
        return !part.name.empty() && settings.contains(part.name);
    });
}

void apply(const cortex_settings& given, const json::value& text, cortex_options& to) {
    if (given.api_keys) to.api_keys = *given.api_keys;
    if (given.providers) {
        to.providers.clear();
        for (const auto& [name, unused] : text.at("providers").items())
            to.providers.emplace_back(name, given.providers->at(name));
        // Those of the default may belong to providers that are no more.
        std::erase_if(to.provider_patterns,
                      [&](const auto& each) { return !to.provider(each.first); });
    }
    if (given.provider_patterns) to.provider_patterns = *given.provider_patterns;
    if (given.aliases) to.aliases = *given.aliases;
    if (given.virtual_models) to.virtual_models = *given.virtual_models;
    if (given.caching) to.caching = *given.caching;
    if (given.token_refresh) to.token_refresh = *given.token_refresh;
    if (given.oauth) {
        auto before = std::move(to.oauth.providers);
        to.oauth = *given.oauth;
        if (!to.oauth.providers) to.oauth.providers = std::move(before);
    }
    if (given.usage) to.usage = *given.usage;
}

void check(const cortex_options& made, std::vector<json::issue>& issues) {
    options_check(made, issues).run();
}

}  // namespace tessera::server
