// What the Cortex gateway adds to a call: latency and processor time, over an upstream that answers
// at once with bytes that are ready, beside asking that upstream straight. Upstream, gateway and
// clients are processes of their own; straight and through the gateway take turns in one run. With
// more connections than processors, latencies are waits for a processor, and what counts is how
// many answers there are a second.
//
//     bench-gateway [SECONDS [ROUNDS]]
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "server.hpp"
#include "tessera/http/request_reader.hpp"
#include "tessera/http/response_reader.hpp"

namespace {

namespace http = tessera::http;
using clock_type = std::chrono::steady_clock;

constexpr int chunks = 200;  // of a stream

double us_since(clock_type::time_point from) {
    return std::chrono::duration<double, std::micro>(clock_type::now() - from).count();
}

[[noreturn]] void fail(const char* what) {
    std::fprintf(stderr, "bench-gateway: %s\n", what);
    std::exit(1);
}

void no_delay(int socket) {
    const int on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void send_all(int to, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto now = ::send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (now <= 0) return;
        bytes.remove_prefix(static_cast<std::size_t>(now));
    }
}

std::string whole_answer() {
    const std::string body =
        R"({"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"gpt-4o",)"
        R"("choices":[{"index":0,"message":{"role":"assistant","content":")" +
        std::string(800, 'x') +
        R"("},"finish_reason":"stop"}],"usage":{"prompt_tokens":20,"completion_tokens":200,)"
        R"("total_tokens":220}})";
    return "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string http_chunk(std::string_view data) {
    char size[20];
    std::snprintf(size, sizeof size, "%zx\r\n", data.size() + 8);
    return std::string(size).append("data: ").append(data).append("\n\n\r\n");
}

// The pieces in which a stream is sent.
std::vector<std::string> stream_pieces() {
    const std::string begin =
        R"({"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"gpt-4o",)"
        R"("choices":[{"index":0,"delta":)";
    std::vector<std::string> made = {
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"};
    made.push_back(
        http_chunk(begin + R"({"role":"assistant","content":""},"finish_reason":null}]})"));
    for (int i = 2; i < chunks; ++i)
        made.push_back(http_chunk(begin + R"({"content":" word"},"finish_reason":null}]})"));
    made.push_back(http_chunk(begin + R"({},"finish_reason":"stop"}]})"));
    made.push_back(http_chunk("[DONE]") + "0\r\n\r\n");
    return made;
}

// As from a model, there is some time between the first piece and the next.
void send_stream(int to, const std::vector<std::string>& pieces) {
    send_all(to, pieces[0] + pieces[1]);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    for (std::size_t i = 2; i < pieces.size(); ++i) send_all(to, pieces[i]);
}

void serve_upstream(int connection) {
    static const std::string whole = whole_answer();
    static const std::vector<std::string> pieces = stream_pieces();
    no_delay(connection);
    http::request_reader reader;
    std::string pending, body;
    for (;;) {
        const http::reader_step step = reader.next(pending);
        if (step.event == http::reader_event::body) body.append(step.data);
        pending.erase(0, step.consumed);
        if (step.event == http::reader_event::complete) {
            if (body.find(R"("stream":true)") == body.npos)
                send_all(connection, whole);
            else
                send_stream(connection, pieces);
            body.clear();
        } else if (step.event == http::reader_event::need_more) {
            char bytes[16384];
            const auto now = ::recv(connection, bytes, sizeof bytes, 0);
            if (now <= 0) break;
            pending.append(bytes, static_cast<std::size_t>(now));
        } else if (step.event == http::reader_event::failed) {
            break;
        }
    }
    ::close(connection);
}

void run_upstream(int told) {
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    if (::bind(listener, reinterpret_cast<sockaddr*>(&at), size) != 0 ||
        ::listen(listener, 256) != 0 ||
        ::getsockname(listener, reinterpret_cast<sockaddr*>(&at), &size) != 0)
        fail("the upstream cannot listen");
    const std::uint16_t port = ntohs(at.sin_port);
    if (::write(told, &port, sizeof port) != ssize_t{sizeof port}) fail("a pipe broke");
    for (;;) {
        const int accepted = ::accept(listener, nullptr, nullptr);
        if (accepted >= 0) std::thread(serve_upstream, accepted).detach();
    }
}

void run_gateway(int told, std::uint16_t upstream) {
    using namespace tessera::server;
    options settings;
    settings.models = {TESSERA_BUNDLED_MODEL};
    settings.port = 0;
    settings.threads = 1;
    for (auto& [name, each] : settings.cortex.providers)
        if (name == "openai")
            each.base_url = "http://127.0.0.1:" + std::to_string(upstream) + "/v1";
    tessera::server::server running(settings);
    running.start();
    const std::uint16_t port = running.port();
    if (::write(told, &port, sizeof port) != ssize_t{sizeof port}) fail("a pipe broke");
    for (;;) ::pause();
}

/// A process that says its port once it serves; ends with this object.
class child {
  public:
    explicit child(const std::function<void(int told)>& body) {
        int says[2];
        if (::pipe(says) != 0) fail("no pipe");
        process_ = ::fork();
        if (process_ == 0) {
            body(says[1]);
            std::_Exit(0);
        }
        ::close(says[1]);
        if (::read(says[0], &port_, sizeof port_) != ssize_t{sizeof port_})
            fail("a process did not start");
        ::close(says[0]);
    }
    ~child() {
        ::kill(process_, SIGKILL);
        ::waitpid(process_, nullptr, 0);
    }
    std::uint16_t port() const { return port_; }
    double cpu_us() const {
        clockid_t of{};
        timespec spent{};
        if (::clock_getcpuclockid(process_, &of) != 0 || ::clock_gettime(of, &spent) != 0)
            fail("no processor time");
        return static_cast<double>(spent.tv_sec) * 1e6 + static_cast<double>(spent.tv_nsec) / 1e3;
    }

  private:
    pid_t process_ = 0;
    std::uint16_t port_ = 0;
};

/// Answers of a kind: until the first byte of the body, and until the end.
struct timings {
    std::vector<double> first_us;
    std::vector<double> whole_us;

    void add(const timings& more) {
        first_us.insert(first_us.end(), more.first_us.begin(), more.first_us.end());
        whole_us.insert(whole_us.end(), more.whole_us.begin(), more.whole_us.end());
    }
};

double part(std::vector<double> of, double share) {
    if (of.empty()) return 0;
    const auto at = of.begin() + static_cast<std::ptrdiff_t>(share * double(of.size() - 1));
    std::nth_element(of.begin(), at, of.end());
    return *at;
}

timings ask(std::uint16_t port, const std::string& request, double seconds) {
    timings made;
    const int connection = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    at.sin_port = htons(port);
    if (::connect(connection, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0)
        fail("no connection");
    no_delay(connection);
    http::response_reader reader;
    std::string pending;
    const auto begun = clock_type::now();
    for (bool warm = false; us_since(begun) < seconds * 1e6; warm = true) {
        const auto sent = clock_type::now();
        double first = 0;
        send_all(connection, request);
        reader.expect("POST");
        for (bool complete = false; !complete;) {
            const auto step = reader.next(pending);
            if (step.event == http::reader_event::head && reader.head().status != 200)
                fail("an answer is not 200");
            if (step.event == http::reader_event::body && first == 0) first = us_since(sent);
            complete = step.event == http::reader_event::complete;
            const bool more = step.event == http::reader_event::need_more;
            pending.erase(0, step.consumed);
            if (step.event == http::reader_event::failed) fail("an answer is broken");
            if (!more) continue;
            char bytes[65536];
            const auto now = ::recv(connection, bytes, sizeof bytes, 0);
            if (now <= 0) fail("a connection ended");
            pending.append(bytes, static_cast<std::size_t>(now));
        }
        if (!warm) continue;
        made.first_us.push_back(first);
        made.whole_us.push_back(us_since(sent));
    }
    ::close(connection);
    return made;
}

timings ask(std::uint16_t port, const std::string& request, double seconds, int connections) {
    std::vector<timings> each(static_cast<std::size_t>(connections));
    std::vector<std::thread> threads;
    for (timings& mine : each) threads.emplace_back([&] { mine = ask(port, request, seconds); });
    timings all;
    for (std::size_t i = 0; i < each.size(); ++i) {
        threads[i].join();
        all.add(each[i]);
    }
    return all;
}

std::string request_to(std::string_view path, bool streams) {
    const std::string body =
        std::string(R"({"model":"gpt-4o","messages":[{"role":"user","content":")") +
        std::string(200, 'y') + R"("}],"stream":)" + (streams ? "true}" : "false}");
    return "POST " + std::string(path) +
           "/v1/chat/completions HTTP/1.1\r\nhost: localhost\r\n"
           "authorization: Bearer cortex-dev-key-001\r\ncontent-type: application/json\r\n"
           "content-length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
}

void compare(const child& upstream, const child& gateway, bool streams, int connections,
             double seconds, int rounds) {
    timings straight, through;
    double cpu = 0;
    for (int i = 0; i < rounds; ++i) {
        straight.add(ask(upstream.port(), request_to("", streams), seconds, connections));
        const double before = gateway.cpu_us();
        through.add(ask(gateway.port(), request_to("/cortex", streams), seconds, connections));
        cpu += gateway.cpu_us() - before;
    }
    // The first answer of a connection is not counted, but it costs.
    const auto answers = [&](const timings& of) {
        return double(of.whole_us.size() + std::size_t(rounds * connections));
    };
    const auto a_second = [&](const timings& of) { return answers(of) / (seconds * rounds); };
    const double added[] = {part(through.first_us, 0.5) - part(straight.first_us, 0.5),
                            part(through.first_us, 0.99) - part(straight.first_us, 0.99)};
    std::printf("%-6s %4d", streams ? "stream" : "whole", connections);
    for (const timings* each : {&straight, &through})
        std::printf("  %9.0f %9.0f %9.0f", part(each->first_us, 0.5), part(each->first_us, 0.99),
                    a_second(*each));
    std::printf("  %9.0f %9.0f  %9.1f", added[0], added[1], cpu / answers(through));
    if (streams) std::printf("  %8.0f", chunks * answers(through) / cpu * 1e6);
    std::printf("\n");
    std::fflush(stdout);
}

}  // namespace

int main(int count, char** words) {
    const double seconds = count > 1 ? std::atof(words[1]) : 3;
    const int rounds = count > 2 ? std::atoi(words[2]) : 3;
    if (!(seconds > 0) || rounds < 1) fail("usage: bench-gateway [SECONDS [ROUNDS]]");
    const child upstream(&run_upstream);
    const child gateway([&](int told) { run_gateway(told, upstream.port()); });
    std::printf("microseconds to the first byte of the body; a stream has %d chunks\n", chunks);
    std::printf("%-6s %4s  %9s %9s %9s  %9s %9s %9s  %9s %9s  %9s  %s\n", "answer", "conn",
                "straight", "p99", "a second", "gateway", "p99", "a second", "added", "p99", "CPU",
                "chunks a CPU second");
    for (const bool streams : {false, true})
        for (const int connections : {1, 64})
            compare(upstream, gateway, streams, connections, seconds, rounds);
}
