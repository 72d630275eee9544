#pragma once
// What the handlers of this API share.
#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

#include "cerebrium/functions.hpp"
#include "cerebrium/journal.hpp"
#include "cerebrium/webhooks.hpp"
#include "chat/services.hpp"
#include "jobs/loop.hpp"
#include "jobs/threads.hpp"
#include "web/api.hpp"
#include "web/error_content.hpp"

namespace tessera::server::cerebrium {

struct service {
    explicit service(const services& with);

    const cerebrium_options& settings;
    const services& common;
    loop background;
    threads workers;  // that functions run on
    cerebrium::functions functions;
    journal runs;
    const std::shared_ptr<webhooks> hooks;
    std::stop_source ending;  // of all runs

    /// The model that answers; throws where the server has none.
    model& engine() const;
    /// In the form of a UUID.
    std::string run_id() const;
    double now() const { return unix_seconds(*common.options.clock); }
    /// Ends all that is under way. The I/O threads have ended before.
    void stop();
};

/// A token that opens the functions of one project.
std::string mint(const cerebrium_options& settings, std::string_view project,
                 std::chrono::system_clock::time_point now, std::chrono::seconds life);

/// Why the request's token does not open the project of its path; nothing for one that does.
std::optional<problem> check_token(const request& asked, const cerebrium_options& settings,
                                   std::chrono::system_clock::time_point now);

/// An error in OpenAI's form, beside the id of the run that it ended.
struct error_body {
    std::optional<std::string> run_id{};
    error_content error;
};

constexpr auto describe(json::type<error_body>) {
    return json::object<error_body>("ErrorBody", json::field("run_id", &error_body::run_id),
                                    json::field("error", &error_body::error));
}

answer failure(const problem& reason, std::string_view run_id = {});
/// What a failed stream ends with: the same object.
std::string failure_body(const problem& reason, std::string_view run_id);

problem unknown_function(const request& asked);
problem too_many_calls();
/// 400: every issue with the name of its parameter.
problem wrong_parameters(std::span<const json::issue> issues);

}  // namespace tessera::server::cerebrium
