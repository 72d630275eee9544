#include "cerebras/api.hpp"

#include "cerebras/handlers.hpp"
#include "cerebras/service.hpp"
#include "tessera/cerebras/operations.hpp"
#include "web/credentials.hpp"

namespace tessera::server::cerebras {
namespace {

namespace operations = tessera::cerebras::operations;

class cerebras_api : public api {
  public:
    explicit cerebras_api(const services& with)
        : common_(with), service_(common_), key_(with.options.cerebras.api_key) {
        const std::vector<parameter> traced = {
            {"X-Amz-Cf-Id", "header", &component_schema<json::nullable<std::string>>},
            {"CF-RAY", "header", &component_schema<json::nullable<std::string>>}};
        std::vector<parameter> delayed = traced;
        delayed.push_back({"X-delay-time", "header", &component_schema<json::nullable<double>>});
        std::vector<parameter> formatted = traced;
        formatted.push_back({"format", "query", &component_schema<wire::model_format>});

        const auto bound = [this](void (*handler)(service&, const exchange_ptr&)) {
            return [this, handler](const exchange_ptr& asked) { handler(service_, asked); };
        };
        routes_.push_back(make_route(operations::warm_tcp, [](const exchange_ptr& asked) {
            asked->respond(json_answer(200, "{}"));
        }));
        routes_.push_back(make_route(
            operations::create_chat_completion,
            [this](const exchange_ptr& asked, wire::chat_request request) {
                create_chat_completion(service_, asked, std::move(request));
            },
            delayed));
        routes_.push_back(make_route(
            operations::create_completion,
            [this](const exchange_ptr& asked, wire::completion_request request) {
                create_completion(service_, asked, std::move(request));
            },
            delayed));
        routes_.push_back(make_route(operations::list_models, bound(&list_models), traced));
        routes_.push_back(make_route(operations::get_model, bound(&get_model), traced));
        routes_.push_back(
            make_route(operations::list_public_models, bound(&list_public_models), formatted));
        routes_.push_back(
            make_route(operations::get_public_model, bound(&get_public_model), formatted));
    }

    std::string_view name() const override { return "cerebras"; }
    std::span<const route> routes() const override { return routes_; }

    std::optional<problem> admit(const request& asked) override {
        if (asked.route->authentication == http::auth::none) return std::nullopt;
        const auto token = credential_of(asked, asked.route->authentication);
        if (!token)
            return problem{.status = 401,
                           .message = "send the API key as \"authorization: Bearer KEY\"",
                           .param = "api_key",
                           .code = "missing_api_key"};
        if (!same_secret(*token, key_))
            return problem{.status = 401,
                           .message = "the API key is wrong",
                           .param = "api_key",
                           .code = "wrong_api_key"};
        return asked.route->request_schema ? service_.limits.admit() : std::nullopt;
    }

    answer explain(const problem& reason) const override {
        answer made = api::explain(reason);
        if (reason.status == 401) made.headers.add("www-authenticate", "Bearer");
        return made;
    }

    answer invalid(std::span<const json::issue> issues) const override {
        return validation_failure("body", issues);
    }

    void decorate(http::fields& headers) override { service_.limits.write(headers); }
    json::value credential() const override { return key_; }

  private:
    services common_;
    service service_;
    std::string key_;
    std::vector<route> routes_;
};

}  // namespace

std::unique_ptr<api> make_api(const services& with) { return std::make_unique<cerebras_api>(with); }

}  // namespace tessera::server::cerebras
