#include "tessera/server.hpp"

#include <signal.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "apis.hpp"
#include "server.hpp"
#include "tessera/json.hpp"

namespace tessera::server {
namespace {

/// Threads that start meanwhile take none of the signals that are sent to the process: those are
/// for the program's own. Faults stay with who causes them.
class signals_left_alone {
  public:
    signals_left_alone() {
        sigset_t all;
        sigfillset(&all);
        for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS, SIGPROF})
            sigdelset(&all, fault);
        pthread_sigmask(SIG_BLOCK, &all, &before_);
    }
    ~signals_left_alone() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    signals_left_alone(const signals_left_alone&) = delete;
    signals_left_alone& operator=(const signals_left_alone&) = delete;

  private:
    sigset_t before_;
};

options valid(result<options> read) {
    if (!read) throw std::runtime_error(read.error().message);
    return *std::move(read);
}

// As a configuration says it: a section for each API.
std::string settings_of(const std::map<std::string, std::string>& keys) {
    json::value sections = json::value::object();
    for (const auto& [api, key] : keys)
        if (api == "cortex")
            sections[api]["api_keys"] = {{{"name", "Development Key"}, {"key", key}}};
        else
            sections[api] = {{"api_key", key}};
    return json::encode(sections);
}

options options_of(local_options given, std::filesystem::path packaged_model) {
    options made;
    if (!given.config_file.empty()) made = valid(with_settings(made, given.config_file));
    if (!given.config.empty()) made = valid(with_settings(made, given.config, "config"));
    if (!given.keys.empty()) made = valid(with_settings(made, settings_of(given.keys), "keys"));
    made.host = std::move(given.host);
    made.port = given.port;
    made.api = std::move(given.api);
    made.models = std::move(given.models);
    if (!given.upstream.url.empty()) {
        made.upstream.url = std::move(given.upstream.url);
        made.upstream.api_key = std::move(given.upstream.api_key);
        made.upstream.model = std::move(given.upstream.model);
    }
    made.seed = given.seed;
    if (given.clock) made.clock = given.clock;
    made.threads = given.threads;
    made.io_threads = 1;
    made.packaged_model = std::move(packaged_model);
    return made;
}

}  // namespace

class local::implementation {
  public:
    explicit implementation(options settings)
        : clock(*settings.clock), api(settings.api), running(std::move(settings)) {
        running.start();
    }

    /// Throws std::invalid_argument for a name that is not among them.
    void require(std::string_view name) const {
        const std::vector<std::string> all = apis();
        if (std::find(all.begin(), all.end(), name) != all.end()) return;
        std::string message = "this server has no API \"" + std::string(name) + "\", but";
        for (const std::string& each : all) message += " " + each;
        throw std::invalid_argument(message);
    }

    std::vector<std::string> apis() const {
        if (api != "all") return {api};
        const auto names = api_names();
        return {names.begin(), names.end()};
    }

    const tessera::clock& clock;
    const std::string api;
    class server running;
};

local::local(local_options options, std::filesystem::path packaged_model) {
    const signals_left_alone while_threads_start;
    implementation_ =
        std::make_unique<implementation>(options_of(std::move(options), std::move(packaged_model)));
}

local::~local() {
    if (implementation_) stop();
}

local::local(local&&) noexcept = default;

local& local::operator=(local&& other) noexcept {
    local replaced(std::move(other));
    std::swap(implementation_, replaced.implementation_);
    return *this;
}

std::uint16_t local::port() const { return implementation_->running.port(); }
std::string local::url() const { return implementation_->running.url(); }

std::string local::url(std::string_view api) const {
    implementation_->require(api);
    return url() + "/" + std::string(api);
}

std::string local::api_key(std::string_view api) const {
    implementation_->require(api);
    return implementation_->running.credentials().at(std::string(api)).get<std::string>();
}

std::string local::token(std::string_view project, std::chrono::seconds life) const {
    implementation_->require("cerebrium");
    return implementation_->running.token(project, life);
}

void local::deploy_body(const std::string& project, const std::string& app, const std::string& name,
                        detail::function_body added) {
    implementation_->running.deploy(project, app, name, std::move(added));
}

void local::register_transcript(registered_transcript added) {
    implementation_->running.register_transcript(std::move(added));
}

std::vector<std::string> local::apis() const { return implementation_->apis(); }
std::uint64_t local::seed() const { return implementation_->running.seed(); }
const tessera::clock& local::clock() const { return implementation_->clock; }
std::vector<std::filesystem::path> local::models() const {
    return implementation_->running.folders();
}

void local::stop(std::chrono::milliseconds longest) { implementation_->running.stop(longest); }

}  // namespace tessera::server
