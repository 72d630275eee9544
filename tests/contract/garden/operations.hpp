#pragma once

#include "contract/garden/garden.hpp"
#include "tessera/call/form.hpp"
#include "tessera/http/operation.hpp"

namespace tessera::garden::operations {

inline constexpr http::auth key{"x-garden-key", {}};

inline constexpr http::operation<planting, plant> add_plant{
    .id = "addPlant",
    .method = "POST",
    .path = "/v1/beds/{bed}/plants",
    .authentication = key,
    .status = 201,
    .takes = http::media::form,
    .body = {.most_file_bytes = 2 * 1024 * 1024, .too_large = 400},
    .replays = http::replay::once};

inline constexpr http::operation<void, plant> get_plant{
    .id = "getPlant", .method = "GET", .path = "/v1/plants/{plant}", .authentication = key};

inline constexpr http::operation<void, void> remove_plant{.id = "removePlant",
                                                          .method = "DELETE",
                                                          .path = "/v1/plants/{plant}",
                                                          .authentication = key,
                                                          .status = 204};

inline constexpr http::operation<void, std::string> get_picture{
    .id = "getPicture",
    .method = "GET",
    .path = "/v1/plants/{plant}/picture",
    .authentication = key,
    .gives = http::media::bytes};

inline constexpr http::operation<void, growth_report, growth, growth_query> get_growth{
    .id = "getGrowth",
    .method = "GET",
    .path = "/v1/plants/{plant}/growth",
    .authentication = key,
    .stream = {.end = http::stream_end::at_event("done"),
               .error = http::stream_error::event,
               .member = {},
               .by_accept = true}};

// [operation]
inline constexpr http::operation<watering, care, void, care_query, care_headers> water_plant{
    .id = "waterPlant",
    .method = "POST",
    .path = "/v1/plants/{plant}/care?kind=water",
    .authentication = key,
    .body = {.optional = true}};
// [/operation]

inline constexpr http::operation<void, care, void, care_query> feed_plant{
    .id = "feedPlant",
    .method = "POST",
    .path = "/v1/plants/{plant}/care?kind=feed",
    .authentication = key};

}  // namespace tessera::garden::operations
