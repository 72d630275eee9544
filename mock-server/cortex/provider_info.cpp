#include <algorithm>
#include <memory>
#include <utility>

#include "cortex/context.hpp"
#include "cortex/handlers.hpp"
#include "tessera/cortex/providers.hpp"
#include "web/api.hpp"

namespace tessera::server::cortex {
namespace {

constexpr std::string_view filler = "****...****";
constexpr std::size_t shown_characters = 4;

std::string masked(const std::string& key) {
    if (key.size() <= 2 * shown_characters) return std::string(filler);
    return key.substr(0, shown_characters).append(filler) +
           key.substr(key.size() - shown_characters);
}

problem no_provider(const std::string& name) {
    return {.status = 404,
            .message = "there is no provider '" + name + "'",
            .param = "name",
            .code = "provider_not_found"};
}

// The settings of the provider that the path names, or the answer why there are none.
const provider_settings* named(const exchange_ptr& asked) {
    const context& here = context::of(asked->request());
    const std::string& name = asked->request().parameters.front();
    const provider_settings* const found = here.configuration().settings.provider(name);
    if (!found) {
        asked->respond(no_provider(name));
    } else if (here.key() && !opens_provider(*here.key(), name)) {
        asked->respond(not_opened(*here.key(), "the provider " + name));
        return nullptr;
    }
    return found;
}

wire::provider_models listing(const std::string& name, const provider_settings& settings,
                              const std::string& prefix, const std::vector<shown_model>& all) {
    wire::provider_models made{.provider = name, .models = {}, .default_model = {}};
    const auto& listed = settings.models;
    for (const shown_model& each : all) {
        if (listed && !listed->empty() &&
            std::find(listed->begin(), listed->end(), each.id) == listed->end())
            continue;
        made.models.push_back(
            {.id = prefix + each.id, .display_name = each.display_name, .enabled = true});
    }
    if (settings.default_model)
        made.default_model = prefix + *settings.default_model;
    else if (!made.models.empty())
        made.default_model = made.models.front().id;
    return made;
}

}  // namespace

void list_provider_models(gateway&, const exchange_ptr& asked) {
    const provider_settings* const settings = named(asked);
    if (!settings) return;
    const context& here = context::of(asked->request());
    const std::string& name = asked->request().parameters.front();
    const auto with = here.configuration().providers.find(name);
    if (with == here.configuration().providers.end()) return asked->respond(no_provider(name));
    const auto& prefixes = here.configuration().settings.provider_patterns;
    const auto prefix = prefixes.find(name);
    // The exchange owns the question, which tells nobody once it is destroyed.
    const auto under_way = std::make_shared<std::unique_ptr<pending>>();
    asked->on_gone([under_way] { under_way->reset(); });
    *under_way = with->second->list_models(
        asked->executor(),
        [asked, name, settings, before = prefix == prefixes.end() ? std::string() : prefix->second](
            std::variant<std::vector<shown_model>, failure> told) {
            guard(asked, [&] {
                if (auto* failed = std::get_if<failure>(&told)) {
                    failed->reason.status = 500;
                    failed->reason.message =
                        "the models cannot be retrieved: " + failed->reason.message;
                    return asked->respond(failed->reason);
                }
                succeed(*asked,
                        listing(name, *settings, before, std::get<std::vector<shown_model>>(told)));
            });
        });
}

void get_provider_auth(gateway& with, const exchange_ptr& asked) {
    const provider_settings* const settings = named(asked);
    if (!settings) return;
    wire::provider_auth made{.provider = asked->request().parameters.front(),
                             .auth_method = {},
                             .oauth = {.configured = false, .authenticated = false}};
    made.auth_method = static_cast<wire::auth_method>(settings->auth);
    if (settings->auth != auth_method::oauth) {
        auto& keys = made.api_keys.emplace();
        for (const std::string& each : settings->api_keys.value_or(std::vector<std::string>{}))
            keys.push_back(
                {.masked = masked(each), .index = static_cast<std::int64_t>(keys.size())});
    }
    made.oauth.configured = with.oauth.client(made.provider).has_value();
    made.oauth.authenticated = with.oauth.valid_token(made.provider).has_value();
    succeed(*asked, made);
}

}  // namespace tessera::server::cortex
