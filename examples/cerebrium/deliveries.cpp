// What a program does with the answers that are delivered to it.
// usage: example-cerebrium-deliveries
#include <chrono>
#include <iostream>
#include <string>
#include <string_view>
#include <tessera/cerebrium/webhook.hpp>

namespace cerebrium = tessera::cerebrium;
namespace http = tessera::http;

// [verify]
// What a web server does with a POST: the headers, and the body before anything has read it.
int receive(const http::fields& headers, std::string_view body) {
    const auto genuine = cerebrium::verify_webhook("our secret", headers, body);
    if (!genuine) {
        std::cerr << genuine.error().message << '\n';
        return 401;
    }
    std::cout << "delivered: " << body << '\n';
    return 200;
}
// [/verify]

int main() {
    // A delivery, as the service makes it, and one that was changed on its way.
    const std::string body = R"({"run_id":"r1","result":"done"})";
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(
                             std::chrono::system_clock::now().time_since_epoch())
                             .count();
    const http::fields headers{
        {cerebrium::webhook_request_id, "r1"},
        {cerebrium::webhook_timestamp, std::to_string(seconds)},
        {cerebrium::webhook_signature, cerebrium::sign_webhook("our secret", "r1", seconds, body)}};
    const bool good = receive(headers, body) == 200;
    const bool refused = receive(headers, R"({"run_id":"r1","result":"changed"})") == 401;
    return good && refused ? 0 : 1;
}
