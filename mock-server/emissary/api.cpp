#include "emissary/api.hpp"

#include <iterator>

#include "emissary/datasets.hpp"
#include "emissary/deploying.hpp"
#include "emissary/inference.hpp"
#include "emissary/models.hpp"
#include "emissary/problems.hpp"
#include "emissary/projects.hpp"
#include "emissary/service.hpp"
#include "emissary/testing_functions.hpp"
#include "emissary/training_jobs.hpp"
#include "web/credentials.hpp"

namespace tessera::server::emissary {
namespace {

class emissary_api : public api {
  public:
    explicit emissary_api(const services& with) : service_(with) {
        for (std::vector<route> (*const of)(service&) :
             {&model_routes, &project_routes, &dataset_routes, &testing_function_routes,
              &training_job_routes, &deployment_routes, &engine_routes, &inference_routes})
            for (route& each : of(service_)) routes_.push_back(std::move(each));
        service_.begin();
    }

    std::string_view name() const override { return "emissary"; }
    std::span<const route> routes() const override { return routes_; }

    std::optional<problem> admit(const request& asked) override {
        return check_key(asked, service_.settings.api_key);
    }

    answer explain(const request*, const problem& reason) const override {
        return explanation(reason);
    }

    answer invalid(const request& asked, std::string_view,
                   std::span<const json::issue> issues) const override {
        return explain(&asked, invalid_input(issues));
    }

    std::span<const error_schema> errors(const route&) const override {
        static constexpr error_schema all[] = {{404, &component_schema<not_found_error>},
                                               {0, &component_schema<api_error>}};
        return all;
    }

    json::value credential() const override { return service_.settings.api_key; }

    void stop() override { service_.stop(); }

  private:
    service service_;
    std::vector<route> routes_;
};

}  // namespace

std::unique_ptr<api> make_api(const services& with) { return std::make_unique<emissary_api>(with); }

}  // namespace tessera::server::emissary
