#include <algorithm>

#include "cortex/context.hpp"
#include "cortex/handlers.hpp"
#include "cortex/model_names.hpp"
#include "cortex/routing.hpp"
#include "tessera/anthropic/models.hpp"
#include "tessera/http/date.hpp"
#include "tessera/openai/models.hpp"
#include "web/api.hpp"

namespace tessera::server::cortex {
namespace {

// Of a model whose name does not tell.
constexpr std::chrono::sys_days unknown_release{std::chrono::year(2024) / 1 / 1};

std::chrono::sys_days release_day_of(const place& model) {
    return release_of(model.model).value_or(unknown_release);
}

std::vector<reachable> models_of(const exchange& asked) {
    const context& here = context::of(asked.request());
    return reachable_models(here.configuration().settings, *here.key());
}

}  // namespace

void list_models(gateway&, const exchange_ptr& asked) {
    openai::model_list made;
    for (const reachable& each : models_of(*asked)) {
        openai::model& to = made.data.emplace_back();
        to.id = each.name;
        to.owned_by = "cortex";
        to.created = std::chrono::duration_cast<std::chrono::seconds>(
                         release_day_of(each.places.front()).time_since_epoch())
                         .count();
    }
    succeed(*asked, made);
}

void list_anthropic_models(gateway&, const exchange_ptr& asked, anthropic::models_query) {
    anthropic::model_list made;
    for (const reachable& each : models_of(*asked)) {
        const auto model =
            std::find_if(each.places.begin(), each.places.end(),
                         [](const place& to) { return speaks_messages(*to.settings); });
        if (model == each.places.end()) continue;
        anthropic::model& to = made.data.emplace_back();
        to.id = each.name;
        to.display_name = display_name_of(each.name);
        to.created_at = http::timestamp(release_day_of(*model));
    }
    made.has_more = false;
    if (!made.data.empty()) {
        made.first_id = made.data.front().id;
        made.last_id = made.data.back().id;
    }
    succeed(*asked, made);
}

}  // namespace tessera::server::cortex
