#include "cerebrium/api.hpp"

#include <utility>

#include "cerebrium/chats.hpp"
#include "cerebrium/deployed.hpp"
#include "cerebrium/runs.hpp"
#include "cerebrium/service.hpp"
#include "cerebrium/vectors.hpp"
#include "tessera/cerebrium/operations.hpp"

namespace tessera::server::cerebrium {
namespace {

namespace operations = tessera::cerebrium::operations;

// How long the token lasts that the server shows on its own machine.
constexpr std::chrono::hours shown_life{24};

/// A function's parameters, which are its own, in the order in which they came.
struct free_parameters {
    json::value members = json::value::object();
};

constexpr auto describe(json::type<free_parameters>) {
    return json::object<free_parameters>("Parameters", json::rest(&free_parameters::members));
}

struct run_list {
    std::vector<run_record> runs;
};

constexpr auto describe(json::type<run_list>) {
    return json::object<run_list>("RunList", json::field("runs", &run_list::runs));
}

constexpr auto run = operations::run_function<free_parameters>;
constexpr auto run_async = operations::run_function_async<free_parameters>;
constexpr auto chat = operations::create_chat_completion<free_parameters, openai::json_object>;
constexpr auto embed = operations::create_embedding<free_parameters, openai::json_object>;
constexpr auto embed_alias = [] {
    auto made = embed;
    made.path = "/v4/{projectId}/{appName}/{functionName}/embeddings";
    return made;
}();

function_call call_of(const exchange_ptr& asked, free_parameters given,
                      const std::optional<std::string>& endpoint,
                      const wire::webhook_headers& headers, std::string_view operation) {
    if (given.members.is_null()) given.members = json::value::object();
    return {.asked = asked,
            .parameters = std::move(given.members),
            .webhook_endpoint = endpoint,
            .webhook_secret = headers.webhook_secret,
            .operation = operation};
}

class cerebrium_api : public api {
  public:
    explicit cerebrium_api(const services& with) : common_(with), service_(common_) {
        deploy_own(service_);
        deploy_configured(service_);
        add(run, [this](const exchange_ptr& asked, free_parameters given,
                        const wire::run_query& query, const wire::webhook_headers& headers) {
            run_function(service_,
                         call_of(asked, std::move(given), query.webhook_endpoint, headers, {}));
        });
        add(run_async,
            [this](const exchange_ptr& asked, free_parameters given,
                   const wire::webhook_query& query, const wire::webhook_headers& headers) {
                function_call call =
                    call_of(asked, std::move(given), query.webhook_endpoint, headers, {});
                call.async = true;
                run_function(service_, std::move(call));
            });
        add_below(chat, &create_chat_completion, "chat/completions");
        add_below(embed, &create_embedding, "embedding");
        add_below(embed_alias, &create_embedding, "embedding");
        inspect("list_runs", "/runs", &cerebrium_api::list_runs, &component_schema<run_list>);
        inspect("show_run", "/runs/{run_id}", &cerebrium_api::show_run,
                &component_schema<run_record>);
    }

    std::string_view name() const override { return "cerebrium"; }
    std::span<const route> routes() const override { return routes_; }
    std::span<const route> inspection() const override { return inspection_; }

    std::optional<problem> admit(const request& asked) override {
        return check_token(asked, service_.settings, common_.options.clock->wall());
    }

    answer explain(const request*, const problem& reason) const override {
        answer made = failure(reason);
        if (reason.status == 401) made.headers.add("www-authenticate", "Bearer");
        return made;
    }

    answer invalid(const request& asked, std::string_view,
                   std::span<const json::issue> issues) const override {
        return explain(&asked, wrong_parameters(issues));
    }

    std::span<const error_schema> errors(const route&) const override {
        static constexpr error_schema all[] = {{0, &component_schema<error_body>}};
        return all;
    }

    json::value credential() const override {
        return token_for(common_.options, own_project, shown_life);
    }

    void stop() override { service_.stop(); }

    service& inner() { return service_; }

  private:
    void add(const auto& operation, auto handler) {
        routes_.push_back(make_route(operation, std::move(handler)));
    }

    void add_below(const auto& operation, void (*handler)(service&, function_call),
                   std::string_view name) {
        add(operation, [this, handler, name](const exchange_ptr& asked, free_parameters given,
                                             const wire::webhook_query& query,
                                             const wire::webhook_headers& headers) {
            handler(service_,
                    call_of(asked, std::move(given), query.webhook_endpoint, headers, name));
        });
    }

    void inspect(std::string_view id, std::string_view path,
                 void (cerebrium_api::*handler)(exchange&) const, schema_function response) {
        inspection_.push_back(
            {.id = id,
             .method = "GET",
             .path = path,
             .handle = [this, handler](const exchange_ptr& asked) { (this->*handler)(*asked); },
             .response_schema = response});
    }

    void list_runs(exchange& asked) const { succeed(asked, run_list{service_.runs.all()}); }

    void show_run(exchange& asked) const {
        const std::string& id = asked.request().parameters.front();
        if (const auto found = service_.runs.find(id)) return succeed(asked, *found);
        asked.respond(problem{
            .status = 404, .message = "the journal has no run " + id, .code = "run_not_found"});
    }

    services common_;
    service service_;
    std::vector<route> routes_;
    std::vector<route> inspection_;
};

}  // namespace

std::unique_ptr<api> make_api(const services& with) {
    return std::make_unique<cerebrium_api>(with);
}

std::string token_for(const options& settings, std::string_view project,
                      std::chrono::seconds life) {
    return mint(settings.cerebrium, project, settings.clock->wall(), life);
}

void deploy(api& to, const std::string& project, const std::string& app, const std::string& name,
            detail::function_body added) {
    dynamic_cast<cerebrium_api&>(to).inner().functions.deploy(project, app, name,
                                                              {std::move(added)});
}

}  // namespace tessera::server::cerebrium
