#include "cortex/routing.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "cortex/keys.hpp"
#include "cortex/problems.hpp"

namespace tessera::server::cortex {
namespace {

using named_provider = std::pair<std::string, provider_settings>;

bool lists(const provider_settings& settings, std::string_view model) {
    return settings.models && std::find(settings.models->begin(), settings.models->end(), model) !=
                                  settings.models->end();
}

// A server elsewhere whose models nobody listed knows for itself which it has.
bool has(const provider_settings& settings, std::string_view model) {
    if (!settings.models || settings.models->empty()) return settings.base_url.has_value();
    return lists(settings, model);
}

std::optional<place> place_of(const named_provider& provider, std::string_view model) {
    if (!provider.second.enabled || model.empty() || !has(provider.second, model))
        return std::nullopt;
    return place{&provider.first, &provider.second, std::string(model)};
}

std::optional<place> with_provider(const cortex_options& configuration, std::string_view name) {
    const std::size_t colon = name.find(':');
    if (colon == name.npos) return std::nullopt;
    for (const named_provider& each : configuration.providers)
        if (each.first == name.substr(0, colon)) return place_of(each, name.substr(colon + 1));
    return std::nullopt;
}

std::optional<place> without_provider(const cortex_options& configuration, std::string_view name) {
    for (const named_provider& each : configuration.providers)
        if (each.second.enabled && lists(each.second, name)) return place_of(each, name);
    return std::nullopt;
}

std::optional<place> with_prefix(const cortex_options& configuration, std::string_view name) {
    for (const named_provider& each : configuration.providers) {
        const auto prefix = configuration.provider_patterns.find(each.first);
        if (prefix == configuration.provider_patterns.end() || !name.starts_with(prefix->second))
            continue;
        if (auto found = place_of(each, name.substr(prefix->second.size()))) return found;
    }
    return std::nullopt;
}

// Of what is no alias and no virtual model.
std::optional<place> find(const cortex_options& configuration, std::string_view name) {
    for (const auto look : {&with_provider, &without_provider, &with_prefix})
        if (auto found = look(configuration, name)) return found;
    return std::nullopt;
}

bool opens(const gateway_key_settings& key, const place& to) {
    return opens_model(key, *to.provider, to.model);
}

// Those that are enabled and there.
std::vector<place> candidates_of(const cortex_options& configuration,
                                 const virtual_model_settings& model) {
    std::vector<place> all;
    for (const candidate_settings& each : model.candidates)
        if (each.enabled)
            if (auto found = find(configuration, each.model)) all.push_back(*std::move(found));
    return all;
}

std::vector<place> places_of(const cortex_options& configuration, const std::string& name) {
    const auto found = configuration.virtual_models.find(name);
    if (found != configuration.virtual_models.end())
        return candidates_of(configuration, found->second);
    if (auto one = find(configuration, name)) return {*std::move(one)};
    return {};
}

std::vector<place> opened(std::vector<place> all, const gateway_key_settings& key) {
    std::erase_if(all, [&](const place& each) { return !opens(key, each); });
    return all;
}

}  // namespace

std::variant<resolution, problem> resolve(const cortex_options& configuration,
                                          const gateway_key_settings& key,
                                          const std::string& name) {
    if (name.empty())
        return problem{.status = 400, .message = "model: must not be empty", .param = "model"};
    const auto alias = configuration.aliases.find(name);
    const std::string& meant = alias == configuration.aliases.end() ? name : alias->second;
    const auto is_virtual = configuration.virtual_models.find(meant);
    resolution made{.places = places_of(configuration, meant)};
    if (is_virtual != configuration.virtual_models.end()) {
        const auto& all = is_virtual->second.candidates;
        made.candidates = static_cast<std::size_t>(
            std::count_if(all.begin(), all.end(), [](const auto& each) { return each.enabled; }));
        if (made.candidates == 0)
            return problem{.status = 400,
                           .message = "the virtual model '" + meant + "' has no enabled candidate",
                           .param = "model",
                           .code = "no_candidate"};
    }
    if (made.places.empty()) return unknown_model(name);
    made.places = opened(std::move(made.places), key);
    if (made.places.empty()) return not_opened(key, "the model " + name);
    return made;
}

std::vector<reachable> reachable_models(const cortex_options& configuration,
                                        const gateway_key_settings& key) {
    std::vector<reachable> all;
    std::set<std::string> names;
    const auto add = [&](const std::string& name, std::vector<place> places) {
        places = opened(std::move(places), key);
        if (!places.empty() && names.insert(name).second) all.push_back({name, std::move(places)});
    };
    for (const named_provider& each : configuration.providers) {
        if (!each.second.enabled || !each.second.models) continue;
        for (const std::string& model : *each.second.models) {
            const auto first = without_provider(configuration, model);
            const bool is_first = first && first->provider == &each.first;
            add(is_first ? model : each.first + ":" + model,
                {place{&each.first, &each.second, model}});
        }
    }
    for (const auto& [name, target] : configuration.aliases)
        add(name, places_of(configuration, target));
    for (const auto& [name, model] : configuration.virtual_models)
        add(name, candidates_of(configuration, model));
    return all;
}

}  // namespace tessera::server::cortex
