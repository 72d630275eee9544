#include "control/control.hpp"

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "control/openapi.hpp"

namespace tessera::server {
namespace {

struct model_health {
    std::string name;
    std::optional<int> context_length;
    std::optional<std::string> precision;
    std::optional<std::string> kernels;
    std::optional<std::string> device;
    std::optional<std::int64_t> device_memory;
    std::optional<std::int64_t> weights_size;
    int preparing;
    int running;
    int queued;
};

constexpr auto describe(json::type<model_health>) {
    return json::object<model_health>("ModelHealth", json::field("name", &model_health::name),
                                      json::field("context_length", &model_health::context_length),
                                      json::field("precision", &model_health::precision),
                                      json::field("kernels", &model_health::kernels),
                                      json::field("device", &model_health::device),
                                      json::field("device_memory", &model_health::device_memory),
                                      json::field("weights_size", &model_health::weights_size),
                                      json::field("preparing", &model_health::preparing),
                                      json::field("running", &model_health::running),
                                      json::field("queued", &model_health::queued));
}

struct health {
    json::fixed<"ok"> status{};
    std::string version;
    std::vector<std::string> apis;
    std::vector<model_health> models;
};

constexpr auto describe(json::type<health>) {
    return json::object<health>(
        "Health", json::field("status", &health::status), json::field("version", &health::version),
        json::field("apis", &health::apis), json::field("models", &health::models));
}

// What is for programs of this machine and for pages that it serves. The Host is looked at since a
// foreign page can make a name of its own lead to a loopback address.
bool is_from_this_machine(const request& asked) {
    const std::string_view origin = asked.header("origin");
    return asked.from_loopback && is_local_host(asked.header("host")) &&
           (origin.empty() || is_local_origin(origin));
}

void refuse_elsewhere(exchange& asked) {
    asked.respond(problem{.status = 403,
                          .message = std::string(asked.request().path) +
                                     " is for this machine only: ask at its loopback address",
                          .code = "loopback_only"});
}

class control : public api {
  public:
    control(const application& whole, const catalog& models) : whole_(whole), models_(models) {
        const auto get = [this](std::string_view id, std::string_view path,
                                void (control::*handler)(exchange&) const,
                                schema_function response = nullptr) {
            routes_.push_back(
                {.id = id,
                 .method = "GET",
                 .path = path,
                 .handle = [this, handler](const exchange_ptr& asked) { (this->*handler)(*asked); },
                 .response_schema = response});
        };
        get("health", "/health", &control::show_health, &component_schema<health>);
        get("credentials", "/credentials", &control::show_credentials);
        get("openapi", "/openapi/{file}", &control::show_openapi);
        for (const auto& each : whole.apis())
            for (const route& inner : each->inspection()) add_inspection(*each, inner);
    }

    std::string_view name() const override { return "_tessera"; }
    bool is_of_a_vendor() const override { return false; }
    std::span<const route> routes() const override { return routes_; }

  private:
    void show_health(exchange& asked) const {
        health now{.version = TESSERA_VERSION, .apis = {}, .models = {}};
        for (const auto& each : whole_.apis())
            if (each->is_of_a_vendor()) now.apis.emplace_back(each->name());
        for (const catalog::entry& each : models_.models()) {
            const model_card card = each.model->card();
            const model::load load = each.model->current();
            const auto known = [](const std::string& text) {
                return text.empty() ? std::nullopt : std::optional(text);
            };
            now.models.push_back({.name = card.name,
                                  .context_length = card.context_length,
                                  .precision = known(card.precision),
                                  .kernels = known(card.kernels),
                                  .device = known(card.device),
                                  .device_memory = card.device_memory,
                                  .weights_size = card.weights_size,
                                  .preparing = load.preparing,
                                  .running = load.running,
                                  .queued = load.queued});
        }
        asked.respond(json_answer(200, json::encode(now)));
    }

    // At /NAME/..., for this machine.
    void add_inspection(const api& of, const route& inner) {
        route made = inner;
        made.path = paths_.emplace_back("/" + std::string(of.name()) + std::string(inner.path));
        made.handle = [inner = inner.handle](const exchange_ptr& asked) {
            if (!is_from_this_machine(asked->request())) return refuse_elsewhere(*asked);
            inner(asked);
        };
        routes_.push_back(std::move(made));
    }

    void show_credentials(exchange& asked) const {
        if (!is_from_this_machine(asked.request())) return refuse_elsewhere(asked);
        answer shown = json_answer(200, json::encode(whole_.credentials()));
        shown.headers.add("cache-control", "no-store");
        asked.respond(std::move(shown));
    }

    void show_openapi(exchange& asked) const {
        const std::string_view file = asked.request().parameters.front();
        for (const auto& each : whole_.apis())
            if (file == std::string(each->name()) + ".json")
                return asked.respond(json_answer(200, json::encode(openapi_document(*each))));
        asked.respond(problem{.status = 404,
                              .message = "no API has the document " + std::string(file),
                              .code = "unknown_url"});
    }

    const application& whole_;
    const catalog& models_;
    std::deque<std::string> paths_;  // of routes whose paths are made here
    std::vector<route> routes_;
};

}  // namespace

std::unique_ptr<api> make_control(const application& whole, const catalog& models) {
    return std::make_unique<control>(whole, models);
}

}  // namespace tessera::server
