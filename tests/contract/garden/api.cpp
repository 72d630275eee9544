#include "contract/garden/api.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <mutex>

#include "contract/garden/operations.hpp"
#include "support/read_all.hpp"
#include "web/credentials.hpp"
#include "web/events.hpp"

namespace tessera::server {
namespace {

/// What grows, and the pictures of it.
class garden_api : public api {
  public:
    garden_api();

    std::string_view name() const override { return "garden"; }
    std::span<const route> routes() const override { return routes_; }
    std::optional<problem> admit(const request& asked) override {
        return check_key(asked, garden_key);
    }
    answer explain(const request*, const problem& reason) const override {
        const garden::error_envelope body{{.reason = reason.message, .place = reason.param}};
        return with_headers_of(reason, json_answer(reason.status, json::encode(body)));
    }
    answer invalid(const request& asked, std::string_view where,
                   std::span<const json::issue> issues) const override {
        std::string place(where);
        if (const std::string path = json::to_string(issues.front().path); !path.empty())
            place += "." + path;
        return explain(
            &asked, {.status = 422, .message = issues.front().message, .param = std::move(place)});
    }
    std::span<const error_schema> errors(const route&) const override {
        static constexpr error_schema all[] = {{0, &component_schema<garden::error_envelope>}};
        return all;
    }
    json::value credential() const override { return garden_key; }

  private:
    struct bed_place {
        garden::plant plant;
        file picture;
    };

    void add(const exchange_ptr& asked, garden::planting given);
    void get(const exchange_ptr& asked);
    void remove(const exchange_ptr& asked);
    void show(const exchange_ptr& asked);
    void grow(const exchange_ptr& asked, const garden::growth_query& query);
    // [handler]
    void water(const exchange_ptr& asked, const garden::watering& given,
               const garden::care_query& query, const garden::care_headers& headers);
    // [/handler]
    void feed(const exchange_ptr& asked, const garden::care_query& query);

    /// The plant of the path; nothing after a 404.
    std::optional<bed_place> found(const exchange_ptr& asked);

    std::vector<route> routes_;
    std::mutex mutex_;
    std::map<std::string, bed_place> places_;
};

garden_api::garden_api() {
    namespace operations = garden::operations;
    // [routes]
    const auto serve = [this](const auto& operation, auto handler) {
        routes_.push_back(make_route(operation, std::bind_front(handler, this)));
    };
    // [/routes]
    serve(operations::add_plant, &garden_api::add);
    serve(operations::get_plant, &garden_api::get);
    serve(operations::remove_plant, &garden_api::remove);
    serve(operations::get_picture, &garden_api::show);
    serve(operations::get_growth, &garden_api::grow);
    // [routes]
    serve(operations::water_plant, &garden_api::water);
    // [/routes]
    serve(operations::feed_plant, &garden_api::feed);
    // What the next version of the API has, and this version's clients do not know.
    const json::value fossil = {{"kind", "fossil"}, {"age", 7}};
    places_["fossil"].plant = {.id = "fossil",
                               .bed = "north",
                               .name = "fern",
                               .light = "moon",
                               .state = json::unknown{fossil},
                               .extra = {{"smell", "none"}}};
    places_["sick"].plant = {.id = "sick", .bed = "north", .name = "rose"};
}

std::optional<garden_api::bed_place> garden_api::found(const exchange_ptr& asked) {
    const std::string& id = asked->request().parameters.at(0);
    const std::lock_guard lock(mutex_);
    if (const auto at = places_.find(id); at != places_.end()) return at->second;
    asked->respond(problem{.status = 404, .message = "no plant is " + id, .param = "path.plant"});
    return std::nullopt;
}

void garden_api::add(const exchange_ptr& asked, garden::planting given) {
    const std::lock_guard lock(mutex_);
    const std::string id = "plant" + std::to_string(places_.size());
    bed_place& made = places_[id];
    made.plant = {.id = id,
                  .bed = asked->request().parameters.at(0),
                  .name = std::move(given.name),
                  .depth = given.depth,
                  .light = given.light.value_or(garden::exposure::half),
                  .labels = std::move(given.labels).value_or(std::vector<std::string>()),
                  .picture_bytes = static_cast<std::int64_t>(given.picture.size().value_or(0)),
                  .state = garden::seed{.days_left = given.depth}};
    made.picture = given.picture;
    succeed(*asked, made.plant);
}

void garden_api::get(const exchange_ptr& asked) {
    if (const auto at = found(asked)) succeed(*asked, at->plant);
}

void garden_api::remove(const exchange_ptr& asked) {
    if (!found(asked)) return;
    const std::lock_guard lock(mutex_);
    places_.erase(asked->request().parameters.at(0));
    succeed(*asked);
}

void garden_api::show(const exchange_ptr& asked) {
    if (const auto at = found(asked))
        succeed(*asked, at->picture.content_type(), test::read_all(at->picture.open()));
}

void garden_api::grow(const exchange_ptr& asked, const garden::growth_query& query) {
    const auto at = found(asked);
    if (!at) return;
    const auto shows = [&](garden::measure wanted) {
        return !query.show || std::count(query.show->begin(), query.show->end(), wanted) != 0;
    };
    const double pace = query.light == garden::exposure::sun ? 2 : 1;
    garden::growth_report report;
    for (std::int64_t day = 1; day <= query.days; ++day) {
        garden::growth& made = report.days.emplace_back();
        made.kind = day == query.days ? garden::step::done : garden::step::day;
        made.day = day;
        if (shows(garden::measure::height)) made.height = pace * static_cast<double>(day);
        if (shows(garden::measure::leaves)) made.leaves = 2 * day;
        if (query.detailed == true) made.remark = "in the bed " + at->plant.bed;
    }
    if (!wants_stream(asked->request(), false)) return succeed(*asked, report);
    start_events(*asked);
    for (const garden::growth& each : report.days) {
        if (at->plant.id == "sick" && each.day == 2) {
            write_event(*asked, garden::error_envelope{{.reason = "it died", .place = "day 2"}});
            break;
        }
        write_event(*asked, each);
    }
    end_events(*asked);
}

void garden_api::water(const exchange_ptr& asked, const garden::watering& given,
                       const garden::care_query& query, const garden::care_headers& headers) {
    if (!found(asked)) return;
    const double litres = given.litres.value_or(1);
    succeed(*asked,
            garden::care{.done = query.dry_run == true ? "nothing" : "watered",
                         .amount = headers.season == garden::season::winter ? litres / 2 : litres});
}

void garden_api::feed(const exchange_ptr& asked, const garden::care_query& query) {
    if (!found(asked)) return;
    succeed(*asked, garden::care{.done = query.dry_run == true ? "nothing" : "fed", .amount = 1});
}

}  // namespace

std::unique_ptr<api> make_garden_api() { return std::make_unique<garden_api>(); }

}  // namespace tessera::server
