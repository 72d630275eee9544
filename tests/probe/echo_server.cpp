#include <asio.hpp>
#include <ostream>

#include "http_commands.hpp"
#include "tessera/http.hpp"

namespace tessera::probe {

namespace {

using asio::ip::tcp;

constexpr std::uint64_t largest_body = std::uint64_t{256} * 1024 * 1024;

void write_answer(std::string& out, int status, const http::request_head& head, bool keep_alive,
                  std::string_view body) {
    http::response_head answer;
    answer.status = status;
    answer.headers.set("Content-Type", head.headers.find("content-type").value_or("text/plain"));
    answer.headers.set("Content-Length", std::to_string(body.size()));
    if (!keep_alive) answer.headers.set("Connection", "close");
    if (keep_alive && head.minor == 0) answer.headers.set("Connection", "keep-alive");
    if (http::write_head(out, answer) && head.method != "HEAD") out.append(body);
}

asio::awaitable<void> serve(tcp::socket socket) {
    http::reader_limits limits;
    limits.body_bytes = largest_body;
    http::request_reader reader(limits);
    std::string buffer(65536, '\0');
    std::string body, out;
    bool open = true;
    while (open) {
        const std::size_t size =
            co_await socket.async_read_some(asio::buffer(buffer), asio::use_awaitable);
        std::string_view input(buffer.data(), size);
        for (bool more = true; more && open;) {
            const http::reader_step step = reader.next(input);
            input.remove_prefix(step.consumed);
            switch (step.event) {
                case http::reader_event::need_more:
                case http::reader_event::informational:
                    more = false;
                    break;
                case http::reader_event::head:
                    body.clear();
                    if (reader.expects_continue()) out.append("HTTP/1.1 100 Continue\r\n\r\n");
                    break;
                case http::reader_event::body:
                    body.append(step.data);
                    break;
                case http::reader_event::complete: {
                    // A 2xx to CONNECT would make a tunnel of the connection.
                    const bool tunnel = reader.head().method == "CONNECT";
                    open = reader.keep_alive() && !tunnel;
                    write_answer(out, tunnel ? 501 : 200, reader.head(), open, body);
                    break;
                }
                case http::reader_event::failed:
                    open = false;
                    write_answer(out, reader.error().status, {}, false, reader.error().message);
                    break;
            }
        }
        if (!out.empty())
            co_await asio::async_write(socket, asio::buffer(out), asio::use_awaitable);
        out.clear();
    }
    socket.shutdown(tcp::socket::shutdown_send);
    // Closing with input unread resets the connection, and the answer would be lost.
    for (std::size_t left = 1 << 20; left > 0;)
        left -= std::min(
            left, co_await socket.async_read_some(asio::buffer(buffer), asio::use_awaitable));
}

asio::awaitable<void> accept(tcp::acceptor& acceptor) {
    for (;;) {
        tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
        socket.set_option(tcp::no_delay(true));
        // A connection that breaks ends its own coroutine only.
        asio::co_spawn(acceptor.get_executor(), serve(std::move(socket)), asio::detached);
    }
}

}  // namespace

int echo_server_command(std::span<const std::string> args, std::istream&, std::ostream& out) {
    const auto port = static_cast<std::uint16_t>(std::stoul(option(args, "--port").value_or("0")));
    asio::io_context context(1);
    tcp::acceptor acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(), port));
    asio::signal_set signals(context, SIGINT, SIGTERM);
    signals.async_wait([&](std::error_code, int) { context.stop(); });
    asio::co_spawn(context, accept(acceptor), asio::detached);
    out << "listening on http://127.0.0.1:" << acceptor.local_endpoint().port() << std::endl;
    context.run();
    return 0;
}

}  // namespace tessera::probe
