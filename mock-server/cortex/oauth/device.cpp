// The flow of devices: RFC 8628.
#include <unistd.h>

#include <algorithm>
#include <asio/post.hpp>
#include <cstdlib>
#include <utility>

#include "core/random_token.hpp"
#include "cortex/oauth/service.hpp"
#include "jobs/command.hpp"
#include "tessera/http/grammar.hpp"

namespace tessera::server::cortex {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t most_flows = 8;
constexpr auto slower = 5s;  // RFC 8628 section 3.5
constexpr auto slowest = 300s;

bool is_installed(std::string_view program) {
    const char* variable = std::getenv("PATH");
    std::string_view places = variable ? variable : "";
    while (!places.empty())
        if (const auto place = http::take_until(places, ':');
            ::access((std::string(place) + "/" + std::string(program)).c_str(), X_OK) == 0)
            return true;
    return false;
}

const oauth_refusal pending{"authorization_pending", "nobody has decided yet"};
const oauth_refusal expired{"expired_token", "nobody decided in time"};

}  // namespace

// Of its members those that change are guarded by the service's mutex.
struct oauth_service::device_flow {
    using time_point = std::chrono::steady_clock::time_point;

    oauth_client of;
    std::string device_code;
    secret verifier;
    time_point expires;
    std::chrono::seconds interval;
    time_point next{};  // no poll before
    bool polling = false;
    std::variant<oauth_token, oauth_refusal> outcome = pending;
    bool ended = false;
    std::vector<oauth_told<oauth_token>> waiting{};
};

void oauth_service::begin_device(const oauth_client& of, oauth_told<device_authorization> done) {
    auto verifier = std::make_shared<const secret>(random_token());
    oauth_form form{{"code_challenge", pkce_challenge(verifier->reveal())},
                    {"code_challenge_method", "S256"}};
    std::string scope;
    for (const std::string& each : of.scopes()) scope += (scope.empty() ? "" : " ") + each;
    if (!scope.empty()) form.emplace_back("scope", std::move(scope));
    ask_device(loop_.executor(), stop_.get_token(), of.at(of.places.device), std::move(form),
               [this, of, verifier, done = std::move(done)](auto came) {
                   const auto* begun = std::get_if<device_authorization>(&came);
                   if (!begun) return done(std::move(came));
                   const auto now = time().now();
                   const auto flow = std::make_shared<device_flow>(
                       device_flow{.of = of,
                                   .device_code = begun->device_code,
                                   .verifier = *verifier,
                                   .expires = now + std::chrono::seconds(begun->expires_in),
                                   .interval = std::chrono::seconds(begun->interval),
                                   .next = now + std::chrono::seconds(begun->interval)});
                   {
                       const std::lock_guard lock(mutex_);
                       if (devices_.size() == most_flows) {
                           devices_.front()->ended = true;
                           devices_.erase(devices_.begin());
                       }
                       devices_.push_back(flow);
                   }
                   loop_.at(flow->next, [this, flow] { poll(flow); });
                   if (options_().oauth.open_browser)
                       open_browser(begun->verification_uri_complete);
                   done(std::move(came));
               });
}

void oauth_service::poll_device(const std::optional<std::string>& device_code,
                                oauth_told<oauth_token> done) {
    std::shared_ptr<device_flow> flow;
    {
        const std::lock_guard lock(mutex_);
        const auto found = std::find_if(devices_.rbegin(), devices_.rend(), [&](const auto& each) {
            return !device_code || same_secret(*device_code, each->device_code);
        });
        if (found != devices_.rend()) flow = *found;
    }
    asio::post(loop_.executor(), [this, flow, done = std::move(done)] {
        if (!flow)
            return done(oauth_refusal{
                "invalid_grant",
                "no flow of a device is pending: POST /oauth/qwen/device begins one"});
        {
            const std::lock_guard lock(mutex_);
            const bool is_due = flow->polling || time().now() >= flow->next;
            if (!flow->ended && is_due) flow->waiting.push_back(done);
            if (flow->ended || !is_due) {
                const auto outcome = flow->outcome;
                asio::post(loop_.executor(), [done, outcome] { done(outcome); });
                return;
            }
        }
        poll(flow);
    });
}

// On the loop; what is due does nothing where a client's poll went before.
void oauth_service::poll(const std::shared_ptr<device_flow>& flow) {
    {
        const std::lock_guard lock(mutex_);
        if (flow->ended || flow->polling) return;
        const auto now = time().now();
        if (now < flow->next && now < flow->expires) return;
        flow->polling = true;
        if (now >= flow->expires) {
            asio::post(loop_.executor(), [this, flow] { polled(flow, expired); });
            return;
        }
    }
    ask_token(loop_.executor(), stop_.get_token(), flow->of.at(flow->of.places.token),
              {{"grant_type", "urn:ietf:params:oauth:grant-type:device_code"},
               {"device_code", flow->device_code},
               {"code_verifier", flow->verifier.reveal()}},
              flow->of.scopes(), time().wall(), [this, flow](auto came) {
                  if (!std::holds_alternative<oauth_token>(came))
                      return polled(flow, std::move(came));
                  store(flow->of.name, next_revision(flow->of.name), origin::person,
                        std::get<oauth_token>(std::move(came)),
                        [this, flow](auto stored) { polled(flow, std::move(stored)); });
              });
}

void oauth_service::polled(const std::shared_ptr<device_flow>& flow,
                           std::variant<oauth_token, oauth_refusal> came) {
    std::vector<oauth_told<oauth_token>> waiting;
    bool ended = true;
    {
        const std::lock_guard lock(mutex_);
        if (const auto* refused = std::get_if<oauth_refusal>(&came)) {
            const bool slow = refused->code == "slow_down";
            // Without a code it did not answer: RFC 8628 section 3.5 has a client come less often.
            const bool lost = refused->code.empty();
            ended = !slow && !lost && refused->code != "authorization_pending";
            if (slow) flow->interval += slower;
            if (lost) flow->interval = std::min<std::chrono::seconds>(2 * flow->interval, slowest);
        }
        flow->ended = ended;
        flow->polling = false;
        flow->outcome = came;
        flow->next = std::min(time().now() + flow->interval, flow->expires);
        waiting.swap(flow->waiting);
    }
    if (!ended) {
        loop_.at(flow->next, [this, flow] { poll(flow); });
    } else if (const auto* refused = std::get_if<oauth_refusal>(&came)) {
        log("no device was authorized for " + flow->of.name + ": " + refused->reason);
    } else {
        log("a device was authorized for " + flow->of.name);
    }
    for (const auto& each : waiting) each(came);
}

// By the program that desktops have for it, without a shell, and in a session of its own, so that
// the browser outlives the command. Waited for: what had no time to begin its session would be
// killed with the rest of the group.
void oauth_service::open_browser(const std::string& url) {
    browsers_.run([this, url] {
        if (!is_installed("xdg-open"))
            return log("no browser was opened for a device's flow: xdg-open is not installed");
        command open{.words = {"setsid", "--wait", "xdg-open", url}, .timeout = 10s};
        for (const char* each : {"DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "XDG_RUNTIME_DIR",
                                 "DBUS_SESSION_BUS_ADDRESS", "BROWSER"})
            if (const char* value = std::getenv(each)) open.variables.emplace_back(each, value);
        const command_end end = run_command(
            open, {}, [](std::string_view) {}, stop_.get_token());
        if (!end.succeeded) log("xdg-open, for a device's flow: " + end.reason);
    });
}

}  // namespace tessera::server::cortex
