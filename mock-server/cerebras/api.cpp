#include "cerebras/api.hpp"

#include "cerebras/handlers.hpp"
#include "cerebras/service.hpp"
#include "tessera/cerebras/operations.hpp"
#include "web/credentials.hpp"

namespace tessera::server::cerebras {
namespace {

namespace operations = tessera::cerebras::operations;

template <class... P>
auto bound(service& to, void (*handler)(service&, const exchange_ptr&, P...)) {
    return [&to, handler](const exchange_ptr& asked, std::type_identity_t<P>... parts) {
        handler(to, asked, std::move(parts)...);
    };
}

// The answer comes X-delay-time seconds late.
template <class Request>
auto delayed(service& to, void (*handler)(service&, const exchange_ptr&, Request)) {
    return [&to, handler](const exchange_ptr& asked, Request request,
                          const wire::inference_headers& headers) {
        after_delay(asked, headers.delay_time, [&to, handler, asked, request = std::move(request)] {
            handler(to, asked, request);
        });
    };
}

class cerebras_api : public api {
  public:
    explicit cerebras_api(const services& with)
        : common_(with), service_(common_), key_(with.options.cerebras.api_key) {
        const auto add = [this](const auto& operation, auto handler) {
            routes_.push_back(make_route(operation, std::move(handler)));
        };
        add(operations::warm_tcp,
            [](const exchange_ptr& asked) { succeed(*asked, json::value::object()); });
        add(operations::create_chat_completion, delayed(service_, &create_chat_completion));
        add(operations::create_completion, delayed(service_, &create_completion));
        add(operations::list_models, bound(service_, &list_models));
        add(operations::get_model, bound(service_, &get_model));
        add(operations::list_public_models, bound(service_, &list_public_models));
        add(operations::get_public_model, bound(service_, &get_public_model));
    }

    std::string_view name() const override { return "cerebras"; }
    std::span<const route> routes() const override { return routes_; }

    std::optional<problem> admit(const request& asked) override {
        if (auto refused = check_key(asked, key_)) return refused;
        return asked.route->request_schema ? service_.limits.admit() : std::nullopt;
    }

    answer explain(const request* asked, const problem& reason) const override {
        answer made = api::explain(asked, reason);
        if (reason.status == 401) made.headers.add("www-authenticate", "Bearer");
        return made;
    }

    answer invalid(const request&, std::string_view where,
                   std::span<const json::issue> issues) const override {
        return validation_failure(where, issues);
    }
    std::span<const error_schema> errors(const route&) const override {
        static constexpr error_schema all[] = {
            {422, &component_schema<wire::http_validation_error>},
            {0, &component_schema<wire::error_content>}};
        return all;
    }

    void decorate(const request&, http::fields& headers) override {
        service_.limits.write(headers);
    }
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
