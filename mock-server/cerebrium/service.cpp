#include "cerebrium/service.hpp"

#include <stdexcept>
#include <utility>

#include "core/jwt.hpp"
#include "tessera/json.hpp"
#include "web/credentials.hpp"

namespace tessera::server::cerebrium {
namespace {

// Functions may block, so that there are more of them than processors.
constexpr std::size_t most_workers = 64;

problem refused(std::string why, const char* code) {
    return {.status = 401, .message = std::move(why), .code = code};
}

}  // namespace

service::service(const services& with)
    : settings(with.options.cerebrium),
      common(with),
      background(*with.options.clock),
      workers(most_workers),
      functions(background),
      hooks(std::make_shared<webhooks>(settings.webhook_hosts, background, runs)) {}

model& service::engine() const {
    if (common.models.models().empty())
        throw std::runtime_error("this server has no model to answer with");
    return *common.models.models().front().model;
}

std::string service::run_id() const {
    std::string digits;
    append_hex(digits, common.ids.bits());
    append_hex(digits, common.ids.bits());
    // RFC 9562 section 5.4: version 4.
    digits[12] = '4';
    digits[16] = "89ab"[digits[16] & 3];
    for (const std::size_t at : {20U, 16U, 12U, 8U}) digits.insert(at, "-");
    return digits;
}

void service::stop() {
    ending.request_stop();
    hooks->stop();
    workers.stop();
    background.stop();
}

std::string mint(const cerebrium_options& settings, std::string_view project,
                 std::chrono::system_clock::time_point now, std::chrono::seconds life) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch());
    return sign_jwt(
        {{"projectId", project}, {"iat", seconds.count()}, {"exp", (seconds + life).count()}},
        settings.jwt_secret);
}

std::optional<problem> check_token(const request& asked, const cerebrium_options& settings,
                                   std::chrono::system_clock::time_point now) {
    const auto shown = credential_of(asked, asked.route->authentication);
    if (!shown)
        return refused(
            "send a token as \"authorization: Bearer TOKEN\"; tessera-server token mints one",
            "missing_token");
    const result<json::value> claims = verify_jwt(*shown, settings.jwt_secret, now);
    if (!claims) return refused(claims.error().message, "invalid_token");
    const auto project = claims->find("projectId");
    if (project == claims->end() || !project->is_string())
        return refused("the token names no project: its claim projectId is missing",
                       "invalid_token");
    const std::string& wanted = asked.parameters.front();
    if (*project == wanted) return std::nullopt;
    return problem{.status = 403,
                   .message = "the token is for another project than " + wanted,
                   .code = "wrong_project"};
}

std::string failure_body(const problem& reason, std::string_view run_id) {
    error_body body{.error = content_of(reason)};
    if (!run_id.empty()) body.run_id = run_id;
    return json::encode(body);
}

answer failure(const problem& reason, std::string_view run_id) {
    return with_headers_of(reason, json_answer(reason.status, failure_body(reason, run_id)));
}

problem unknown_function(const request& asked) {
    return {.status = 404,
            .message = "the project " + asked.parameters[0] + " has no app " + asked.parameters[1] +
                       " with a function " + asked.parameters[2],
            .code = "function_not_found"};
}

problem too_many_calls() {
    return {.status = 429,
            .message = "too many calls wait for a replica already; try again in a second",
            .code = "queue_exceeded",
            .retry_after = std::chrono::seconds(1)};
}

problem wrong_parameters(std::span<const json::issue> issues) {
    std::string all;
    for (const json::issue& each : issues) {
        const std::string place = json::to_string(each.path);
        all +=
            (all.empty() ? "" : "; ") + (place.empty() ? "the body" : place) + ": " + each.message;
    }
    return {.status = 400,
            .message = std::move(all),
            .param = json::to_string(issues.front().path),
            .code = issues.front().type};
}

}  // namespace tessera::server::cerebrium
