#include "server.hpp"

#include <openssl/crypto.h>
#include <algorithm>
#include <asio/ip/address.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <atomic>
#include <future>
#include <stdexcept>
#include <utility>
#include <vector>

#include "apis.hpp"
#include "cerebrium/api.hpp"
#include "control/control.hpp"
#include "cortex/api.hpp"
#include "identity/identity.hpp"
#include "inference/local/local_model.hpp"
#include "inference/upstream/upstream_model.hpp"
#include "store/database.hpp"
#include "tessera/core/random.hpp"
#include "web/application.hpp"
#include "web/worker.hpp"

namespace tessera::server {
namespace {

using asio::ip::tcp;

int io_threads_of(const options& settings) {
    if (settings.io_threads > 0) return settings.io_threads;
    return std::clamp(usable_processors() / 2, 2, 8);
}

// The bundled one where nothing else is to answer.
std::vector<std::filesystem::path> folders_of(const options& settings) {
    if (!settings.models.empty() || !settings.upstream.url.empty()) return settings.models;
    auto bundled = bundled_model(settings.packaged_model);
    if (!bundled) throw std::runtime_error(bundled.error().message);
    return {*std::move(bundled)};
}

std::vector<catalog::entry> load_models(const options& settings,
                                        const std::vector<std::filesystem::path>& folders) {
    std::vector<catalog::entry> models;
    if (const upstream_options& upstream = settings.upstream; !upstream.url.empty())
        models.push_back({.model = std::make_unique<upstream_model>(upstream),
                          .listed_as = upstream.model,
                          .owned_by = "upstream"});
    const auto budget = make_compute_budget(settings);
    for (const auto& folder : folders) {
        auto loaded = std::make_unique<local_model>(folder, settings, budget);
        // The bundled model has no name of its own.
        const std::string name = settings.models.empty() ? std::string() : loaded->card().name;
        models.push_back({.model = std::move(loaded), .listed_as = name});
    }
    return models;
}

std::string listen_error(const options& settings, const std::string& why) {
    return "cannot listen on " + settings.host + ":" + std::to_string(settings.port) + ": " + why;
}

}  // namespace

class server::implementation {
  public:
    explicit implementation(options given)
        : settings_(std::move(given)),
          seed_(settings_.seed ? *settings_.seed : random_source::system().bits()),
          folders_(folders_of(settings_)),
          ids_(seed_),
          database_(settings_.data),
          models_(load_models(settings_, folders_)),
          application_(ids_) {
        // Its clean-up at the program's exit then comes after a server that is static, whose threads
        // still have what is theirs of it.
        OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CRYPTO_STRINGS, nullptr);
        const services shared{settings_, ids_, models_, database_, [this] { return own_url(); }};
        for (auto& each : make_apis(settings_.api, shared))
            application_.mount(std::move(each), settings_.api != "all");
        if (application_.apis().empty())
            throw std::runtime_error("this program does not serve the API \"" + settings_.api +
                                     "\"");
        application_.mount(make_identity_provider(settings_, shared.own_url), false);
        application_.mount(make_control(application_, models_), false);
    }

    ~implementation() { stop(); }

    void start() {
        for (int i = io_threads_of(settings_); i > 0; --i)
            workers_.push_back(
                std::make_unique<worker>(application_, settings_.limits, open_, *settings_.clock));
        std::error_code error;
        tcp::resolver resolver(workers_.front()->context());
        const auto found = resolver.resolve(settings_.host, std::to_string(settings_.port),
                                            tcp::resolver::passive, error);
        if (error || found.empty())
            throw std::runtime_error(listen_error(settings_, error.message()));
        const tcp::endpoint endpoint = found.begin()->endpoint();
        pause_.emplace(workers_.front()->context());
        acceptor_.emplace(workers_.front()->context());
        acceptor_->open(endpoint.protocol(), error);
        if (!error) acceptor_->set_option(tcp::acceptor::reuse_address(true), error);
        if (!error) acceptor_->bind(endpoint, error);
        if (!error) acceptor_->listen(tcp::acceptor::max_listen_connections, error);
        if (error) throw std::runtime_error(listen_error(settings_, error.message()));
        port_ = acceptor_->local_endpoint().port();
        asio::post(workers_.front()->context(), [this] { accept(); });
    }

    std::uint16_t port() const { return port_; }

    std::string url() const { return url_of(settings_.host, port_); }
    std::uint64_t seed() const { return seed_; }
    const std::vector<std::filesystem::path>& folders() const { return folders_; }
    json::value credentials() const { return application_.credentials(); }

    void deploy(const std::string& project, const std::string& app, const std::string& name,
                detail::function_body added) {
        for (const auto& each : application_.apis())
            if (each->name() == "cerebrium")
                return cerebrium::deploy(*each, project, app, name, std::move(added));
        throw std::invalid_argument("this server has no API \"cerebrium\" to deploy functions to");
    }
    void register_transcript(registered_transcript added) {
        for (const auto& each : application_.apis())
            if (each->name() == "cortex")
                return cortex::register_transcript(*each, std::move(added));
        throw std::invalid_argument("this server has no API \"cortex\" to transcribe recordings");
    }
    std::string token(std::string_view project, std::chrono::seconds life) const {
        return cerebrium::token_for(settings_, project, life);
    }

    void stop() { stop(settings_.limits.drain_timeout); }

    void stop(std::chrono::milliseconds longest) {
        if (acceptor_) {
            // The acceptor belongs to the first worker's thread.
            std::promise<void> closed;
            asio::post(workers_.front()->context(), [&] {
                std::error_code ignored;
                acceptor_->close(ignored);
                pause_->cancel();
                closed.set_value();
            });
            closed.get_future().wait();
        }
        for (const auto& each : workers_) each->drain();
        if (!open_.wait_until_none(longest))
            for (const auto& each : workers_) each->close_all();
        for (const auto& each : workers_) each->join();
        acceptor_.reset();
        pause_.reset();
        // What has threads goes before the I/O contexts that they post to.
        if (!std::exchange(stopped_, true)) application_.stop();
        models_.unload();
        database_.close();
        workers_.clear();
    }

  private:
    std::string own_url() const {
        if (port_ == 0) return {};
        std::error_code not_an_address;
        const auto address = asio::ip::make_address(settings_.host, not_an_address);
        if (not_an_address || !address.is_unspecified()) return url();
        return url_of(address.is_v6() ? "::1" : "127.0.0.1", port_);
    }

    void accept() {
        // The connection's thread is the one with the fewest.
        worker& chosen = **std::min_element(
            workers_.begin(), workers_.end(),
            [](const auto& a, const auto& b) { return a->sessions() < b->sessions(); });
        acceptor_->async_accept(chosen.context(),
                                [this, &chosen](std::error_code error, tcp::socket socket) {
                                    if (!acceptor_->is_open()) return;
                                    if (error) return accept_later();
                                    chosen.adopt(std::move(socket));
                                    accept();
                                });
    }

    // Out of file descriptors, most likely: others have to close first.
    void accept_later() {
        pause_->expires_after(std::chrono::milliseconds(50));
        pause_->async_wait([this](std::error_code error) {
            if (!error && acceptor_->is_open()) accept();
        });
    }

    const options settings_;
    const std::uint64_t seed_;
    const std::vector<std::filesystem::path> folders_;
    id_source ids_;
    store::database database_;
    catalog models_;
    application application_;
    open_sessions open_;
    std::vector<std::unique_ptr<worker>> workers_;
    std::optional<tcp::acceptor> acceptor_;
    std::optional<asio::steady_timer> pause_;
    std::atomic<std::uint16_t> port_{0};  // what APIs have running asks for it
    bool stopped_ = false;
};

server::server(options settings)
    : implementation_(std::make_unique<implementation>(std::move(settings))) {}
server::~server() = default;
void server::start() { implementation_->start(); }
std::uint16_t server::port() const { return implementation_->port(); }
std::string server::url() const { return implementation_->url(); }
std::uint64_t server::seed() const { return implementation_->seed(); }
const std::vector<std::filesystem::path>& server::folders() const {
    return implementation_->folders();
}
void server::deploy(const std::string& project, const std::string& app, const std::string& name,
                    detail::function_body added) {
    implementation_->deploy(project, app, name, std::move(added));
}
std::string server::token(std::string_view project, std::chrono::seconds life) const {
    return implementation_->token(project, life);
}
void server::register_transcript(registered_transcript added) {
    implementation_->register_transcript(std::move(added));
}
json::value server::credentials() const { return implementation_->credentials(); }
void server::stop(std::chrono::milliseconds longest) { implementation_->stop(longest); }
void server::stop() { implementation_->stop(); }

}  // namespace tessera::server
