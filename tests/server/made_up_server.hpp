#pragma once
// One API behind the web room, without the program around it.
#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "support.hpp"
#include "web/application.hpp"
#include "web/worker.hpp"

namespace tessera::server::testing {

/// Serves the API at its name and at / on a free port of this machine, on one I/O thread.
class made_up_server {
  public:
    explicit made_up_server(std::unique_ptr<api> served) {
        application_.mount(std::move(served), true);
        worker_.emplace(application_, limits_, open_);
        acceptor_.emplace(worker_->context(),
                          asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0));
        port_ = acceptor_->local_endpoint().port();
        asio::post(worker_->context(), [this] { accept(); });
    }
    ~made_up_server() {
        asio::post(worker_->context(), [this] { acceptor_->close(); });
        worker_->close_all();
        worker_->join();
    }

    std::uint16_t port() const { return port_; }

    raw_response ask(std::string_view bytes, std::string_view method = "GET") {
        raw_client client(port_);
        client.send(bytes);
        return client.receive(method);
    }
    raw_response get(std::string_view path) { return ask(head_of("GET", path)); }

  private:
    void accept() {
        acceptor_->async_accept([this](std::error_code error, asio::ip::tcp::socket accepted) {
            if (error) return;
            worker_->adopt(std::move(accepted));
            accept();
        });
    }

    id_source ids_{1};
    application application_{ids_};
    connection_limits limits_;
    open_sessions open_;
    std::optional<worker> worker_;
    std::optional<asio::ip::tcp::acceptor> acceptor_;
    std::uint16_t port_ = 0;
};

}  // namespace tessera::server::testing
