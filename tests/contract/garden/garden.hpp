#pragma once
// The types of an API made up for these tests.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tessera/core/file.hpp"
#include "tessera/json.hpp"

namespace tessera::garden {

enum class exposure { shade, half, sun };
constexpr auto describe(json::type<exposure>) {
    return json::enumeration<exposure>("Exposure", json::enumerator("shade", exposure::shade),
                                       json::enumerator("half", exposure::half),
                                       json::enumerator("sun", exposure::sun));
}

struct planting {
    file picture;
    std::string name;
    std::int64_t depth = 5;
    std::optional<exposure> light{};
    std::optional<std::vector<std::string>> labels{};
};
constexpr auto describe(json::type<planting>) {
    return json::object<planting>(
        "Planting", json::closed, json::field("picture", &planting::picture),
        json::field("name", &planting::name, json::length(1, 40)),
        json::field("depth", &planting::depth, json::range(1, 50), json::defaults(5)),
        json::field("light", &planting::light),
        json::field("labels", &planting::labels, json::items(0, 4)));
}

struct seed {
    json::fixed<"seed"> kind{};
    std::int64_t days_left = 0;
    json::value extra{};
};
constexpr auto describe(json::type<seed>) {
    return json::object<seed>("Seed", json::field("kind", &seed::kind),
                              json::field("days_left", &seed::days_left), json::rest(&seed::extra));
}

struct grown {
    json::fixed<"grown"> kind{};
    double height = 0;
    json::value extra{};
};
constexpr auto describe(json::type<grown>) {
    return json::object<grown>("Grown", json::field("kind", &grown::kind),
                               json::field("height", &grown::height), json::rest(&grown::extra));
}

struct plant {
    std::string id;
    std::string bed;
    std::string name;
    std::int64_t depth = 0;
    json::open_enum<exposure> light{};
    std::vector<std::string> labels{};
    std::int64_t picture_bytes = 0;
    std::variant<seed, grown, json::unknown> state{};
    json::value extra{};
};
constexpr auto describe(json::type<plant>) {
    return json::object<plant>(
        "Plant", json::field("id", &plant::id), json::field("bed", &plant::bed),
        json::field("name", &plant::name), json::field("depth", &plant::depth),
        json::field("light", &plant::light), json::field("labels", &plant::labels),
        json::field("picture_bytes", &plant::picture_bytes), json::field("state", &plant::state),
        json::rest(&plant::extra));
}

enum class measure { height, leaves };
constexpr auto describe(json::type<measure>) {
    return json::enumeration<measure>("Measure", json::enumerator("height", measure::height),
                                      json::enumerator("leaves", measure::leaves));
}

struct growth_query {
    std::int64_t days = 3;
    std::optional<exposure> light{};
    std::optional<std::vector<measure>> show{};
    std::optional<bool> detailed{};
};
constexpr auto describe(json::type<growth_query>) {
    return json::object<growth_query>(
        "GrowthQuery", json::closed,
        json::field("days", &growth_query::days, json::range(1, 30), json::defaults(3)),
        json::field("light", &growth_query::light), json::field("show", &growth_query::show),
        json::field("detailed", &growth_query::detailed, json::defaults(false)));
}

enum class step { day, done };
constexpr auto describe(json::type<step>) {
    return json::enumeration<step>("Step", json::enumerator("day", step::day),
                                   json::enumerator("done", step::done));
}

struct growth {
    json::open_enum<step> kind{};
    std::int64_t day = 0;
    std::optional<double> height{};
    std::optional<std::int64_t> leaves{};
    std::optional<std::string> remark{};
    json::value extra{};

    std::string_view event_name() const { return kind.text(); }
};
constexpr auto describe(json::type<growth>) {
    return json::object<growth>(
        "Growth", json::field("kind", &growth::kind), json::field("day", &growth::day),
        json::field("height", &growth::height), json::field("leaves", &growth::leaves),
        json::field("remark", &growth::remark), json::rest(&growth::extra));
}

struct growth_report {
    std::vector<growth> days;
    json::value extra{};
};
constexpr auto describe(json::type<growth_report>) {
    return json::object<growth_report>("GrowthReport", json::field("days", &growth_report::days),
                                       json::rest(&growth_report::extra));
}

// [types]
struct watering {
    std::optional<double> litres{};
};
constexpr auto describe(json::type<watering>) {
    return json::object<watering>("Watering", json::closed,
                                  json::field("litres", &watering::litres, json::exclusive_min(0),
                                              json::max(10), json::defaults(1.0)));
}
// [/types]

struct care_query {
    std::optional<bool> dry_run{};
};
constexpr auto describe(json::type<care_query>) {
    return json::object<care_query>(
        "CareQuery", json::closed,
        json::field("dry_run", &care_query::dry_run, json::defaults(false)));
}

enum class season { summer, winter };
constexpr auto describe(json::type<season>) {
    return json::enumeration<season>("Season", json::enumerator("summer", season::summer),
                                     json::enumerator("winter", season::winter));
}

struct care_headers {
    std::optional<garden::season> season{};
    std::optional<std::string> gardener{};
};
constexpr auto describe(json::type<care_headers>) {
    return json::object<care_headers>(
        "CareHeaders",
        json::field("X-Season", &care_headers::season, json::defaults(season::summer)),
        json::field("X-Gardener", &care_headers::gardener));
}

struct care {
    std::string done;
    double amount = 0;
    json::value extra{};
};
constexpr auto describe(json::type<care>) {
    return json::object<care>("Care", json::field("done", &care::done),
                              json::field("amount", &care::amount), json::rest(&care::extra));
}

struct complaint {
    std::string reason;
    std::string place;
};
constexpr auto describe(json::type<complaint>) {
    return json::object<complaint>("Complaint", json::field("reason", &complaint::reason),
                                   json::field("place", &complaint::place));
}

struct error_envelope {
    complaint garden_error;

    std::string_view event_name() const { return "error"; }
};
constexpr auto describe(json::type<error_envelope>) {
    return json::object<error_envelope>("ErrorEnvelope",
                                        json::field("garden_error", &error_envelope::garden_error));
}

}  // namespace tessera::garden
