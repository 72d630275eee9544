// One client of three against a server; clients_side_by_side.py drives it.
//   bench-clients_side_by_side calls   WHO URL IN_FLIGHT SECONDS   prints calls/s and CPU µs a call
//   bench-clients_side_by_side arrival WHO URL                     prints ms from sending to arrival
//   bench-clients_side_by_side leave   WHO URL                     prints ms to leave a stalled stream
// WHO: tessera (the typed answer), tessera-bytes, curl (easy handles that keep their connection) or
// httplib. The last two, and tessera-bytes, leave the answer unread.
#include <curl/curl.h>
#include <httplib.h>
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tessera/cerebras.hpp"

namespace {

using steady = std::chrono::steady_clock;

double milliseconds_since(steady::time_point start) {
    return std::chrono::duration<double, std::milli>(steady::now() - start).count();
}

double cpu_seconds() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](timeval t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

tessera::client_options options_for(const std::string& url) {
    tessera::client_options options;
    options.api_key = "key";
    options.base_url = url;
    options.max_idle_connections = 64;
    return options;
}

struct curl_closer {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
using curl_handle = std::unique_ptr<CURL, curl_closer>;

std::size_t append(char* bytes, std::size_t size, std::size_t count, void* out) {
    static_cast<std::string*>(out)->append(bytes, size * count);
    return size * count;
}

// What one of the threads calls again and again; throws when an answer is none.
std::function<void()> caller(const std::string& who, const std::string& url) {
    const std::string path = "/v1/models";
    if (who == "curl") {
        const std::shared_ptr<CURL> handle{curl_easy_init(), curl_closer()};
        curl_easy_setopt(handle.get(), CURLOPT_URL, (url + path).c_str());
        curl_easy_setopt(handle.get(), CURLOPT_WRITEFUNCTION, append);
        return [handle] {
            std::string body;
            curl_easy_setopt(handle.get(), CURLOPT_WRITEDATA, &body);
            if (curl_easy_perform(handle.get()) != CURLE_OK || body.empty())
                throw std::runtime_error("curl: no answer");
        };
    }
    if (who == "httplib") {
        const auto client = std::make_shared<httplib::Client>(url);
        client->set_keep_alive(true);
        return [client, path] {
            const auto answer = client->Get(path);
            if (!answer || answer->status != 200) throw std::runtime_error("httplib: no answer");
        };
    }
    static const tessera::cerebras::client client{options_for(url)};
    static const auto channel = tessera::call::channel::make(options_for(url));
    if (who == "tessera-bytes")
        return [path] {
            tessera::call::spec request;
            request.target_path = path;
            (void)tessera::call::invoke<std::string>(*channel, std::move(request));
        };
    return [] { (void)client.models.list(); };
}

void measure_calls(const std::string& who, const std::string& url, int in_flight, double seconds) {
    std::atomic<long> made = 0;
    std::atomic<bool> stop = false;
    caller(who, url)();
    const double cpu = cpu_seconds();
    const auto start = steady::now();
    std::vector<std::thread> threads;
    for (int i = 0; i < in_flight; ++i)
        threads.emplace_back([&, call = caller(who, url)] {
            for (; !stop; ++made) call();
        });
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
    stop = true;
    for (std::thread& each : threads) each.join();
    const double calls = static_cast<double>(made);
    std::cout << calls * 1000 / milliseconds_since(start) << ' '
              << (cpu_seconds() - cpu) * 1e6 / calls << '\n';
}

// Reads a stream of chunks whose text is the sender's time in ms; `see` says whether to go on.
void read_stream(const std::string& who, const std::string& url,
                 const std::function<bool(std::string)>& see) {
    const std::string path = "/v1/chat/completions";
    // The text of a chunk, out of the server's own fixed form.
    const auto text_of = [](const std::string& bytes) {
        const std::string mark = "\"content\":\"";
        const auto from = bytes.find(mark);
        return from == std::string::npos
                   ? std::string()
                   : bytes.substr(from + mark.size(),
                                  bytes.find('"', from + mark.size()) - from - mark.size());
    };
    if (who == "curl") {
        struct state {
            const std::function<bool(std::string)>& see;
            decltype(text_of)& text;
        } shared{see, text_of};
        const curl_handle handle(curl_easy_init());
        curl_easy_setopt(handle.get(), CURLOPT_URL, (url + path).c_str());
        curl_easy_setopt(handle.get(), CURLOPT_POSTFIELDS, "{}");
        curl_easy_setopt(handle.get(), CURLOPT_WRITEDATA, &shared);
        curl_easy_setopt(
            handle.get(), CURLOPT_WRITEFUNCTION,
            +[](char* bytes, std::size_t size, std::size_t count, void* to) -> std::size_t {
                auto& all = *static_cast<state*>(to);
                const std::string text = all.text({bytes, size * count});
                return text.empty() || all.see(text) ? size * count : 0;
            });
        curl_easy_perform(handle.get());
    } else if (who == "httplib") {
        httplib::Client client(url);
        httplib::Request request;
        request.method = "POST";
        request.path = path;
        request.body = "{}";
        request.content_receiver = [&](const char* bytes, std::size_t size, std::uint64_t,
                                       std::uint64_t) {
            const std::string text = text_of({bytes, size});
            return text.empty() || see(text);
        };
        client.send(request);
    } else {
        const tessera::cerebras::client client{options_for(url)};
        const tessera::cerebras::chat_request request{.model = "m",
                                                      .messages = {tessera::user("Hello")}};
        for (const auto& chunk : client.chat.completions.stream(request))
            if (!chunk.text().empty() && !see(std::string(chunk.text()))) return;
    }
}

void measure_arrival(const std::string& who, const std::string& url) {
    read_stream(who, url, [](const std::string& sent) {
        const std::chrono::duration<double, std::milli> now =
            std::chrono::system_clock::now().time_since_epoch();
        std::cout << now.count() - std::stod(sent) << '\n';
        return true;
    });
}

void measure_leaving(const std::string& who, const std::string& url) {
    steady::time_point first;
    read_stream(who, url, [&](const std::string&) {
        first = steady::now();
        return false;
    });
    std::cout << milliseconds_since(first) << '\n';
}

}  // namespace

int main(int argc, char** argv) try {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    if (arguments.size() < 3) throw std::invalid_argument("usage: see the head of the source");
    curl_global_init(CURL_GLOBAL_DEFAULT);
    if (arguments[0] == "calls")
        measure_calls(arguments[1], arguments[2], std::stoi(arguments.at(3)),
                      std::stod(arguments.at(4)));
    else if (arguments[0] == "arrival")
        measure_arrival(arguments[1], arguments[2]);
    else
        measure_leaving(arguments[1], arguments[2]);
} catch (const std::exception& problem) {
    std::cerr << problem.what() << '\n';
    return 1;
}
