#include "server.hpp"

#include <algorithm>
#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <future>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "apis.hpp"
#include "control/control.hpp"
#include "inference/local/local_model.hpp"
#include "inference/upstream/upstream_model.hpp"
#include "tessera/core/random.hpp"
#include "web/application.hpp"
#include "web/worker.hpp"

namespace tessera::server {
namespace {

using asio::ip::tcp;

int io_threads_of(const options& settings) {
    if (settings.io_threads > 0) return settings.io_threads;
    return std::clamp(static_cast<int>(std::thread::hardware_concurrency()) / 2, 2, 8);
}

std::vector<catalog::entry> load_models(const options& settings) {
    std::vector<catalog::entry> models;
    if (const upstream_options& upstream = settings.upstream; !upstream.url.empty())
        models.push_back({.model = std::make_unique<upstream_model>(upstream),
                          .listed_as = upstream.model,
                          .owned_by = "upstream"});
    const auto add = [&](const std::filesystem::path& folder, bool named) {
        auto loaded = std::make_unique<local_model>(folder, settings);
        const std::string name = named ? loaded->card().name : std::string();
        models.push_back({.model = std::move(loaded), .listed_as = name});
    };
    for (const auto& folder : settings.models) add(folder, true);
    if (models.empty())
        if (const auto folder = bundled_model()) add(*folder, false);
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
          ids_(settings_.seed ? *settings_.seed : random_source::system().bits()),
          models_(load_models(settings_)),
          application_(ids_) {
        for (auto& each : make_apis(settings_.api, {settings_, ids_, models_}))
            application_.mount(std::move(each), settings_.api != "all");
        if (application_.apis().empty())
            throw std::runtime_error("this program does not serve the API \"" + settings_.api +
                                     "\"");
        application_.mount(make_control(application_, models_), false);
    }

    ~implementation() { stop(); }

    void start() {
        for (int i = io_threads_of(settings_); i > 0; --i)
            workers_.push_back(std::make_unique<worker>(application_, settings_.limits, open_));
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

    std::string url() const {
        const bool bare_v6 = settings_.host.find(':') != std::string::npos;
        return "http://" + (bare_v6 ? "[" + settings_.host + "]" : settings_.host) + ":" +
               std::to_string(port_);
    }

    void stop() {
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
        if (!open_.wait_until_none(settings_.limits.drain_timeout))
            for (const auto& each : workers_) each->close_all();
        for (const auto& each : workers_) each->join();
        acceptor_.reset();
        pause_.reset();
        // The engines go before the I/O contexts that their threads post to.
        models_.unload();
        workers_.clear();
    }

  private:
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
    id_source ids_;
    catalog models_;
    application application_;
    open_sessions open_;
    std::vector<std::unique_ptr<worker>> workers_;
    std::optional<tcp::acceptor> acceptor_;
    std::optional<asio::steady_timer> pause_;
    std::uint16_t port_ = 0;
};

server::server(options settings)
    : implementation_(std::make_unique<implementation>(std::move(settings))) {}
server::~server() = default;
void server::start() { implementation_->start(); }
std::uint16_t server::port() const { return implementation_->port(); }
std::string server::url() const { return implementation_->url(); }
void server::stop() { implementation_->stop(); }

}  // namespace tessera::server
