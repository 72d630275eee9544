#include "cortex/api.hpp"

#include <stdexcept>
#include <utility>

#include "cortex/administration.hpp"
#include "cortex/context.hpp"
#include "cortex/endpoints.hpp"
#include "cortex/handlers.hpp"
#include "cortex/oauth/handlers.hpp"
#include "cortex/problems.hpp"
#include "cortex/reloading.hpp"
#include "cortex/speech/transcripts.hpp"
#include "cortex/translation/errors.hpp"
#include "tessera/cortex/errors.hpp"
#include "tessera/cortex/operations.hpp"
#include "web/application.hpp"

namespace tessera::server::cortex {
namespace {

namespace operations = tessera::cortex::operations;

// Where the request leads, below the API's own folder.
std::string_view path_of(const request& asked) {
    if (asked.route) return asked.route->path;
    constexpr std::string_view folder = "/cortex";
    std::string_view path = asked.path;
    if (path.starts_with(folder) && path.substr(folder.size()).starts_with('/'))
        path.remove_prefix(folder.size());
    return path;
}

// A path without the name that it should have, in place of an unknown one.
route nameless(std::string_view path) {
    return {.id = "nameless",
            .method = "GET",
            .path = path,
            .authentication = http::auth::bearer,
            .handle =
                [](const exchange_ptr& asked) {
                    asked->respond(problem{.status = 400,
                                           .message = "the provider's name is required",
                                           .param = "name",
                                           .code = "missing"});
                },
            .documented = false};
}

class cortex_api : public api {
  public:
    explicit cortex_api(const services& with) : gateway_(with), reloading_(gateway_) {
        add(operations::create_chat_completion, &create_chat_completion);
        add(operations::list_models, &list_models);
        add(operations::create_embedding, &create_embedding);
        add(operations::create_transcription, &create_transcription);
        add(operations::create_message, &create_message);
        add(operations::list_anthropic_models, &list_anthropic_models);
        // There is one page, whatever page is asked for.
        routes_.back().handle = [this](const exchange_ptr& asked) {
            list_anthropic_models(gateway_, asked, {});
        };
        add(operations::list_provider_models, &list_provider_models);
        add(operations::get_provider_auth, &get_provider_auth);
        routes_.push_back(nameless("/api/providers//models"));
        routes_.push_back(nameless("/api/providers//auth"));
        for (route& each :
             administration_routes({gateway_.usage, gateway_.requests, gateway_.caching,
                                    gateway_.token_refresh, gateway_.workers}))
            routes_.push_back(std::move(each));
        for (route& each : oauth_routes(gateway_.oauth)) routes_.push_back(std::move(each));
        inspection_ = transcript_routes(gateway_.speech);
    }

    std::string_view name() const override { return "cortex"; }
    std::span<const route> routes() const override { return routes_; }

    json::mode reading() const override { return json::mode::relayed; }
    std::span<const route> inspection() const override { return inspection_; }

    std::shared_ptr<request_state> begin(const request& asked) override {
        return std::make_shared<context>(gateway_, asked);
    }

    std::optional<problem> admit(const request& asked) override {
        context& here = context::of(asked);
        const key_ring::shown by = here.configuration().keys.shown_by(asked);
        const endpoint_group group = group_of(asked.route->path);
        if (!by.key) {
            if (!by.any && is_open(asked, group)) return std::nullopt;
            return no_valid_key(by);
        }
        here.known(*by.key);
        if (!opens(*by.key, group))
            return not_opened(*by.key, "the endpoint " + std::string(asked.route->path));
        if (group != endpoint_group::openai && group != endpoint_group::anthropic)
            return std::nullopt;
        here.limited(gateway_.limits.admit(by.key->name, by.key->requests_per_minute));
        if (!here.standing().passes) return too_many_requests(here.standing());
        return std::nullopt;
    }

    answer explain(const request* asked, const problem& reason) const override {
        if (asked && asked->state) context::of(*asked).failed(reason);
        answer made = written(asked, reason);
        if (reason.status == 401) made.headers.add("www-authenticate", "Bearer");
        return with_headers_of(reason, std::move(made));
    }

    answer invalid(const request& asked, std::string_view,
                   std::span<const json::issue> issues) const override {
        return explain(&asked, problem_of(issues));
    }

    std::span<const error_schema> errors(const route& of) const override {
        static constexpr error_schema openai[] = {{0, &component_schema<wire::error_body>}};
        static constexpr error_schema anthropic[] = {{0, &component_schema<anthropic::error_body>}};
        if (family_of(of.path) == family::anthropic) return anthropic;
        if (family_of(of.path) == family::oauth) return oauth_errors(of);
        return openai;
    }

    void decorate(const request& asked, http::fields& headers) override {
        if (!asked.state) return;
        const rate_standing& standing = context::of(asked).standing();
        if (family_of(path_of(asked)) == family::anthropic)
            write_anthropic_headers(standing, gateway_.time.wall(), headers);
        else
            write_openai_headers(standing, headers);
    }

    json::value credential() const override {
        for (const gateway_key_settings& each : gateway_.common.options.cortex.api_keys)
            if (each.enabled) return each.key;
        return nullptr;
    }

    registered_transcripts& transcripts() { return gateway_.speech.registered; }

    void stop() override {
        reloading_.stop();
        gateway_.stop();
    }

  private:
    // A browser that was sent here cannot show a key. What this machine alone reaches needs none,
    // unless a page from elsewhere asks: by its origin, or by a name of its own that leads here.
    bool is_open(const request& asked, endpoint_group group) const {
        if (asked.route->authentication == http::auth::none) return true;
        const std::string_view origin = asked.header("origin");
        return (group == endpoint_group::providers || group == endpoint_group::oauth) &&
               gateway_.opens_providers() && is_local_host(asked.header("host")) &&
               (origin.empty() || is_local_origin(origin));
    }

    template <class Operation, class... Parts>
    void add(const Operation& operation, void (*handler)(gateway&, const exchange_ptr&, Parts...)) {
        routes_.push_back(
            make_route(operation, [this, handler](const exchange_ptr& asked, Parts... parts) {
                handler(gateway_, asked, std::move(parts)...);
            }));
    }

    static answer written(const request* asked, problem reason) {
        const family of = asked ? family_of(path_of(*asked)) : family::management;
        if (of == family::oauth) return oauth_problem(path_of(*asked), reason);
        if (of != family::anthropic)
            return json_answer(reason.status, json::encode(chat_error_of(reason)));
        if (reason.code == "unknown_url") reason.type = "not_found_error";
        anthropic::error_body body = message_error_of(reason);
        if (asked && !asked->id.empty()) body.request_id = asked->id;
        return json_answer(reason.status, json::encode(body));
    }

    gateway gateway_;
    reloading reloading_;
    std::vector<route> routes_;
    std::vector<route> inspection_;
};

}  // namespace

std::unique_ptr<api> make_api(const services& with) { return std::make_unique<cortex_api>(with); }

void register_transcript(api& to, registered_transcript added) {
    std::vector<json::issue> issues;
    json::decode_text<registered_transcript>(json::encode(added), json::mode::strict, issues);
    if (!issues.empty()) throw std::invalid_argument(problem_of(issues).message);
    if (const auto wrong = dynamic_cast<cortex_api&>(to).transcripts().add(std::move(added)))
        throw std::invalid_argument(*wrong);
}

}  // namespace tessera::server::cortex
